"""Joint-angle features of a repetition: the baseline that a network must beat, and its words.

Every feature belongs to a joint and, where it can, to a phase, so that what a score comes from can
be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.movement_score.body import STANDARD_LENGTHS, VECTORS
from models.movement_score.phase import PHASES, Phase
from models.movement_score.repetition import FRAMES, Array, Repetition

_START_FRAMES: Final = 4
_SMOOTHING_FRAMES: Final = 5
_LEAST: Final = 1e-9
_SPECTRUM_PADDED: Final = 8
_SPECTRUM_TO_HZ: Final = 6.0
"""A repetition's 48 frames last seconds: above 6 Hz there is only noise."""


@dataclass(frozen=True, slots=True)
class Feature:
    """``joint`` is a vector's name in :mod:`models.movement_score.body`, ``whole`` for the body;
    ``phase`` is ``None`` where it spans the repetition."""

    name: str
    joint: str
    phase: Phase | None


def angles_of(repetition: Repetition) -> dict[str, Array]:
    """Angles in degrees (lengths in torso lengths) by name, each float64 [48]."""
    vector = {name: repetition.vectors[:, at] for at, name in enumerate(VECTORS)}
    trunk = vector["trunk"]
    angles = {
        "trunk.lean": _deg(np.arctan2(trunk[:, 2], trunk[:, 1])),
        "trunk.tilt": _deg(np.arctan2(trunk[:, 0], trunk[:, 1])),
        "trunk.turn": _heading(vector["shoulders"]) - _heading(vector["pelvis"]),
        "pelvis.turn": _heading(vector["pelvis"]),
        "pelvis.drop": _slope(vector["pelvis"]),
        "shoulders.slope": _slope(vector["shoulders"]),
        "head.lean": _deg(np.arctan2(vector["head"][:, 2], vector["head"][:, 1])),
        "head.height": np.linalg.norm(vector["head"], axis=-1),
    }
    for side, outwards in (("left", 1.0), ("right", -1.0)):
        upper, fore = vector[f"{side}_shoulder"], vector[f"{side}_elbow"]
        thigh, shank = vector[f"{side}_hip"], vector[f"{side}_knee"]
        forward, aside = _against(thigh, trunk)
        angles |= {
            f"{side}_shoulder.raised": _between(upper, -trunk),
            f"{side}_shoulder.forward": _deg(np.arcsin(_unit(upper)[:, 2])),
            f"{side}_shoulder.aside": _deg(np.arcsin(_unit(upper)[:, 0] * outwards)),
            f"{side}_elbow.bent": _between(upper, fore),
            f"{side}_elbow.height": _unit(fore)[:, 1],
            f"{side}_hip.bent": forward,
            f"{side}_hip.aside": aside * outwards,
            f"{side}_knee.bent": _between(thigh, shank),
            f"{side}_knee.inward": _inward(thigh, shank, outwards),
            f"{side}_knee.foot_height": -(thigh + shank)[:, 1],
            f"{side}_knee.foot_forward": (thigh + shank)[:, 2],
            f"{side}_knee.foot_aside": (thigh + shank)[:, 0] * outwards,
        }
    return angles


def features_of(repetition: Repetition, expected_duration_s: float) -> dict[Feature, float]:
    """All features of a repetition; their order is always the same.

    ``expected_duration_s`` is how long the exercise should take by its tempo.
    """
    angles = angles_of(repetition)
    series = np.stack(list(angles.values()))
    smooth = _smoothed(series)
    starts = series[:, :_START_FRAMES].mean(axis=1)
    columns: list[tuple[str, Phase | None, Array]] = [("start", None, starts)]
    for at, phase in enumerate(PHASES):
        frames = repetition.phases == at
        here = smooth[:, frames if frames.any() else repetition.phases == 1] - starts[:, None]
        columns += [
            (f"{phase}.mean", phase, here.mean(axis=1)),
            (f"{phase}.most", phase, here.max(axis=1)),
            (f"{phase}.least", phase, here.min(axis=1)),
        ]
    columns.append(("rough", None, np.std(series - smooth, axis=1)))
    values = {
        Feature(f"{name}.{what}", name.partition(".")[0], phase): float(of[row])
        for row, name in enumerate(angles)
        for what, phase, of in columns
    }
    values |= _asymmetry(dict(zip(angles, smooth, strict=True)), repetition)
    values |= _course(repetition, expected_duration_s)
    return values


def _asymmetry(smooth: Mapping[str, Array], repetition: Repetition) -> dict[Feature, float]:
    """Between the busier side and the other: ranges, and the way while held."""
    values: dict[Feature, float] = {}
    held = repetition.phases == 1
    for name, left in smooth.items():
        if not name.startswith("left_"):
            continue
        right = smooth[f"right_{name[5:]}"]
        joint = name.partition(".")[0]
        values[Feature(f"{name}.range_gap", joint, None)] = float(np.ptp(left) - np.ptp(right))
        gap = float((left - right)[held].mean())
        values[Feature(f"{name}.held_gap", joint, "hold")] = gap
    return values


def _course(repetition: Repetition, expected_duration_s: float) -> dict[Feature, float]:
    """Tempo and smoothness."""
    speed = np.linalg.norm(np.diff(repetition.vectors, axis=0), axis=-1).mean(axis=-1)
    seconds = repetition.duration_s
    shares = np.bincount(repetition.phases, minlength=3) / FRAMES
    values = {
        Feature("whole.seconds", "whole", None): np.log(seconds),
        Feature("whole.tempo", "whole", None): np.log(seconds / expected_duration_s),
        Feature("whole.smoothness", "whole", None): spectral_arc_length(
            speed, (FRAMES - 1) / seconds
        ),
    }
    for share, phase in zip(shares, PHASES, strict=True):
        values[Feature(f"whole.{phase}.share", "whole", phase)] = share
        values[Feature(f"whole.{phase}.seconds", "whole", phase)] = np.log1p(share * seconds)
    return {feature: float(value) for feature, value in values.items()}


def spectral_arc_length(speed: Array, rate_hz: float) -> float:
    """Smoothness of a speed [T]: nearer to 0 is smoother (Balasubramanian et al. 2015, SPARC)."""
    size = _SPECTRUM_PADDED * len(speed)
    spectrum = np.abs(np.fft.rfft(speed, size))
    frequencies = np.fft.rfftfreq(size, 1.0 / rate_hz)
    spectrum = spectrum[frequencies <= _SPECTRUM_TO_HZ] / max(float(spectrum.max()), _LEAST)
    loud = np.flatnonzero(spectrum >= 0.05)
    spectrum = spectrum[: loud[-1] + 1]
    if len(spectrum) < 2:
        return 0.0
    return -float(np.hypot(1.0 / (len(spectrum) - 1), np.diff(spectrum)).sum())


def _against(thigh: Array, trunk: Array) -> tuple[Array, Array]:
    """The thigh against the trunk: forward (hip flexion) and towards the body's left, degrees."""
    down = -_unit(trunk)
    forward = np.stack([np.zeros(len(down)), -down[:, 2], down[:, 1]], axis=-1)
    forward = -_unit(forward)
    left = np.cross(forward, down)
    unit = _unit(thigh)
    along = (unit * down).sum(axis=-1)
    ahead, aside = (unit * forward).sum(axis=-1), (unit * left).sum(axis=-1)
    return _deg(np.arctan2(ahead, along)), _deg(np.arcsin(np.clip(aside, -1.0, 1.0)))


def _inward(thigh: Array, shank: Array, outwards: float) -> Array:
    """How far the knee is inside the line from hip to foot, in parts of the leg's length."""
    leg = (thigh + shank)[:, :2]
    knee = thigh[:, :2]
    length = np.maximum(np.linalg.norm(leg, axis=-1), 0.3)
    beside = (knee[:, 0] * leg[:, 1] - knee[:, 1] * leg[:, 0]) / length
    inward: Array = beside * outwards / float(STANDARD_LENGTHS[8] + STANDARD_LENGTHS[10])
    return inward


def _smoothed(series: Array) -> Array:
    """``series`` [S, 48] under a moving mean, the ends held."""
    reach = _SMOOTHING_FRAMES // 2
    padded = np.pad(series, ((0, 0), (reach, reach)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING_FRAMES, axis=1)
    smooth: Array = windows.mean(axis=-1)
    return smooth


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _LEAST)
    return unit


def _between(one: Array, other: Array) -> Array:
    cosine = (_unit(one) * _unit(other)).sum(axis=-1)
    return _deg(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _heading(across: Array) -> Array:
    return _deg(np.unwrap(np.arctan2(-across[:, 2], across[:, 0])))


def _slope(across: Array) -> Array:
    return _deg(np.arcsin(np.clip(_unit(across)[:, 1], -1.0, 1.0)))


def _deg(radians: Array) -> Array:
    degrees: Array = np.rad2deg(radians)
    return degrees
