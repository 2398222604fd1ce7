"""How the simulated patient is filmed: camera, light, sensor, and what is in the way.

Nothing here moves the patient; the same conditions give the same pictures.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.view import DISTANCE_M, FIELD_DEG
from device.errors import DeviceError

Light = Literal["bright", "normal", "dim", "backlit"]
Occluder = Literal["none", "chair", "table"]
BystanderPath = Literal["none", "behind", "before"]

LIGHTS: tuple[Light, ...] = ("bright", "normal", "dim", "backlit")
OCCLUDERS: tuple[Occluder, ...] = ("none", "chair", "table")
BYSTANDER_PATHS: tuple[BystanderPath, ...] = ("none", "behind", "before")

# What a picture of 4 : 3 must span at the patient's distance, metres: arms raised or not.
_SPAN_CLEAN_M, _SPAN_DEGRADED_M = 2.2, 1.85
_ASPECT = 3 / 4
_MIDDLE_UPRIGHT_M, _MIDDLE_LYING_M = 0.95, 0.35
_STEEPEST_DRAWN_DEG = 17.0


class ConditionsError(DeviceError, ValueError):
    """A condition lies outside what can be filmed."""

    exit_code = 2


# Lowest and highest value allowed of each number.
_RANGES: dict[str, tuple[float, float]] = {
    "distance_m": (1.5, 4.0),
    "camera_height_m": (0.5, 1.8),
    "tilt_deg": (-20.0, 20.0),
    "roll_deg": (-5.0, 5.0),
    "obliqueness_deg": (-180.0, 180.0),
    "field_deg": (50.0, 80.0),
    "exposure_s": (0.0, 0.1),
    "noise": (0.0, 4.0),
    "fps": (1.0, 60.0),
    "drop_share": (0.0, 0.5),
    "drop_burst_frames": (1.0, 60.0),
    "bystander_enters_s": (-60.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a performance is filmed; what is left out is a quiet, well-lit room.

    Camera: ``distance_m`` 1.5 to 4, ``camera_height_m`` 0.5 to 1.8 (``None``: 1.1, or 0.7 before a
    patient who lies), ``tilt_deg`` -20 to 20, positive looking down (``None``: level, or before a
    patient who lies towards their middle), ``roll_deg`` -5 to 5, ``obliqueness_deg`` away from
    the exercise's own view, positive towards the patient's left, 180 from behind, ``field_deg`` 50
    to 80, horizontal.

    Sensor: ``exposure_s`` blurs what moves in it; ``noise`` is relative to a usual webcam's, and
    grows by itself in dim light; ``fps`` is the rate at which pictures are due, of which
    ``drop_share`` are lost, ``drop_burst_frames`` at a time on average.

    In the way: an ``occluder`` between the camera and the legs, and a ``bystander`` who walks
    through once, behind or before the patient, from ``bystander_enters_s`` on.

    ``room_seed`` furnishes the room, ``None`` is the demo's plain one. ``seed`` draws the lost
    frames and the bystander. Raises :class:`ConditionsError` for a value outside its range.
    """

    distance_m: float = DISTANCE_M
    camera_height_m: float | None = None
    tilt_deg: float | None = None
    roll_deg: float = 0.0
    obliqueness_deg: float = 0.0
    field_deg: float = FIELD_DEG
    light: Light = "normal"
    exposure_s: float = 0.0
    noise: float = 1.0
    fps: float = 30.0
    drop_share: float = 0.0
    drop_burst_frames: float = 1.0
    occluder: Occluder = "none"
    bystander: BystanderPath = "none"
    bystander_enters_s: float = 3.0
    room_seed: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConditionsError(f"{name} is {value}: give a value from {low:g} to {high:g}")
        for name, allowed in (
            ("light", LIGHTS),
            ("occluder", OCCLUDERS),
            ("bystander", BYSTANDER_PATHS),
        ):
            if getattr(self, name) not in allowed:
                raise ConditionsError(
                    f"{name} is {getattr(self, name)!r}: give one of {', '.join(allowed)}"
                )

    @classmethod
    def from_seed(cls, seed: int, degraded: bool = False, *, lying: bool = False) -> "Conditions":
        """Conditions drawn by ``seed``: a good set-up, or one with ``degraded`` faults.

        The camera is always placed so that a body in the middle is in the picture, as the framing
        instructions see to; ``lying`` aims it at a patient on the floor.
        """
        random = np.random.default_rng((seed, int(degraded)))
        conditions = cls._camera_from(random, degraded, lying)
        if degraded:
            return _degraded(conditions, random, seed)
        return replace(
            conditions,
            light="bright" if random.random() < 0.4 else "normal",
            exposure_s=float(random.uniform(0.004, 0.016)),
            fps=float(random.choice([25.0, 30.0])),
            room_seed=seed,
            seed=seed,
        )

    @classmethod
    def _camera_from(cls, random: np.random.Generator, degraded: bool, lying: bool) -> "Conditions":
        distance_m = float(random.uniform(1.5, 4.0) if degraded else random.uniform(2.2, 3.3))
        span_m = _SPAN_DEGRADED_M if degraded else _SPAN_CLEAN_M
        needed_deg = 2 * math.degrees(math.atan2(span_m / _ASPECT / 2, distance_m))
        narrowest_deg, widest_deg = (50.0, 80.0) if degraded else (56.0, 74.0)
        field_deg = float(random.uniform(max(narrowest_deg, needed_deg), widest_deg))
        middle_m = _MIDDLE_LYING_M if lying else _MIDDLE_UPRIGHT_M
        reach_m = distance_m * math.tan(math.radians(_STEEPEST_DRAWN_DEG))
        low, high = (0.5, 1.8) if degraded else (0.8, 1.4)
        height_m = float(
            random.uniform(max(low, middle_m - reach_m), min(high, max(middle_m + reach_m, low)))
        )
        aimed_deg = math.degrees(math.atan2(height_m - middle_m, distance_m))
        off_deg = 3.0 if degraded else 1.5
        tilt_deg = float(np.clip(aimed_deg + random.normal(0, off_deg / 2), -20, 20))
        return cls(
            distance_m=distance_m,
            camera_height_m=height_m,
            tilt_deg=tilt_deg,
            roll_deg=float(random.uniform(-5, 5) if degraded else random.uniform(-1, 1)),
            obliqueness_deg=float(random.uniform(-45, 45) if degraded else random.uniform(-8, 8)),
            field_deg=field_deg,
        )

    def changed(self, given: Mapping[str, object]) -> "Conditions":
        """The same but for the fields ``given`` that are not ``None``."""
        chosen = {name: value for name, value in given.items() if value is not None}
        return replace(self, **chosen)  # type: ignore[arg-type]

    def captured(self, count: int) -> NDArray[np.bool_]:
        """Which of ``count`` frames in turn are not lost, bool [count]; the first never is.

        A Gilbert channel: it turns bad and good by chance, so that lost frames come in bursts whose
        mean length and share are the ones given (Gilbert 1960).
        """
        kept = np.ones(count, np.bool_)
        if not self.drop_share:
            return kept
        random = np.random.default_rng((self.seed, 0xD0))
        ends = 1.0 / self.drop_burst_frames
        begins = min(ends * self.drop_share / (1.0 - self.drop_share), 1.0)
        lost = False
        for index in range(1, count):
            lost = random.random() >= ends if lost else random.random() < begins
            kept[index] = not lost
        return kept

    def frame_times_s(self, duration_s: float) -> NDArray[np.float64]:
        """When the frames that are not lost are taken, seconds from the beginning."""
        count = round(duration_s * self.fps)
        return np.asarray(np.flatnonzero(self.captured(count)) / self.fps)


PLAIN = Conditions()
"""The demo's room and camera."""


def _degraded(conditions: Conditions, random: np.random.Generator, seed: int) -> Conditions:
    drops = random.random() < 0.5
    path: BystanderPath = "none"
    if random.random() < 0.3:
        path = "before" if random.random() < 0.4 else "behind"
    return replace(
        conditions,
        light=LIGHTS[int(random.choice(4, p=[0.15, 0.25, 0.35, 0.25]))],
        exposure_s=float(random.uniform(0.01, 0.06)),
        noise=float(random.uniform(0.8, 2.0)),
        fps=round(float(random.uniform(10, 30)), 1),
        drop_share=float(random.uniform(0.02, 0.2)) if drops else 0.0,
        drop_burst_frames=float(random.uniform(1, 5)),
        occluder=OCCLUDERS[int(random.choice(3, p=[0.7, 0.15, 0.15]))],
        bystander=path,
        bystander_enters_s=float(random.uniform(1, 10)),
        room_seed=seed,
        seed=seed,
    )
