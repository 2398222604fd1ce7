"""``benchmark gate``: how well the keypoint gate tells bad keypoints from good ones."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from device.benchmark.counting import film_counts
from device.benchmark.filming import Studio
from device.benchmark.keypoint_truth import (
    BAD_BEYOND_TORSO,
    WindowsAndTruth,
    windows_and_truth,
)
from device.quality.keypoint_gate import GateRule
from device.quality.keypoint_windows import SIGNS, keypoint_windows
from device.recording import KeypointRecording, load_recording
from models.exercises.definition import ExerciseDefinition
from models.quality_limits import GateLimits, load_quality_limits

_RIDGE: Final = 1.0
_STEPS: Final = 30
_CONVERGED: Final = 1e-8
_SCORE: Final = SIGNS.index("score")


@dataclass(frozen=True, slots=True)
class GateRow:
    """One kind of takes: how well the gate tells the windows whose keypoints are far off.

    A window here is one block of one window. ``bad`` is the share that is bad, ``auc`` the area
    under the receiver operating characteristic of the goodness and ``auc_of_score`` that of the
    network's mean score alone. ``caught`` is the share of bad windows that the limits refuse,
    ``refused`` the share of good ones; ``caught_by_score`` and ``refused_by_score`` are what the
    limit of the score alone does.
    """

    name: str
    takes: int
    windows: int
    bad: float
    auc: float
    auc_of_score: float
    caught: float
    refused: float
    caught_by_score: float
    refused_by_score: float


@dataclass(frozen=True, slots=True)
class FiringRow:
    """How often the gate refuses in recordings of people: the share of windows, by block."""

    name: str
    recordings: int
    windows: int
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class GateFigures:
    """Both tables; ``sha256`` is that of the rule that was fitted on all takes."""

    network: str
    sha256: str
    gate: tuple[GateRow, ...]
    firing: tuple[FiringRow, ...]

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object."""
        return asdict(self)


def filmed_windows(
    studio: Studio,
    exercises: Sequence[ExerciseDefinition],
    bodies: Sequence[int],
    clean_bodies: Sequence[int],
) -> list[WindowsAndTruth]:
    """Every exercise with each body, under degraded conditions, and with some in clean ones."""
    return [
        windows_and_truth(filmed, degraded=degraded)
        for degraded, seeds in ((True, bodies), (False, clean_bodies))
        for filmed in film_counts(studio, exercises, seeds, degraded=degraded)
    ]


def fit_gate_rule(takes: Sequence[WindowsAndTruth], fitted_on: str) -> GateRule:
    """Logistic regression with a small ridge, by Newton's method."""
    signs, bad = _samples(takes)
    mean, deviation = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(signs)), (signs - mean) / deviation])
    ridge = np.diag([0.0, *[_RIDGE] * len(SIGNS)])
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        probability = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (probability - bad) + ridge @ weights
        curve = (design * (probability * (1 - probability))[:, None]).T @ design + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < _CONVERGED:
            break
    rounded = [tuple(round(float(v), 6) for v in each) for each in (mean, deviation, weights)]
    return GateRule(
        signs=SIGNS,
        bias=rounded[2][0],
        mean=rounded[0],
        deviation=rounded[1],
        weight=rounded[2][1:],
        bad_beyond_torso=BAD_BEYOND_TORSO,
        fitted_on=fitted_on,
    )


def measure_gate(takes: Sequence[WindowsAndTruth], limits: GateLimits) -> list[GateRow]:
    """Fitted on half of the bodies and judged on the other half, and the other way round."""
    bodies = sorted({take.body_seed for take in takes})
    halves = [set(bodies[::2]), set(bodies[1::2])]
    judged = [
        (take, fit.goodness(take.windows.signs))
        for fitted, tested in (halves, halves[::-1])
        for fit in [fit_gate_rule([t for t in takes if t.body_seed in fitted], "half")]
        for take in takes
        if take.body_seed in tested
    ]
    kinds: dict[str, Callable[[WindowsAndTruth], bool]] = {
        "degraded, upright": lambda take: take.degraded and not take.lies,
        "degraded, lying": lambda take: take.degraded and take.lies,
        "clean, upright": lambda take: not take.degraded and not take.lies,
        "clean, lying": lambda take: not take.degraded and take.lies,
    }
    chosen = {name: [each for each in judged if kind(each[0])] for name, kind in kinds.items()}
    return [_gate_row(name, each, limits) for name, each in chosen.items() if each]


def measure_firing(data: Path, rule: GateRule, limits: GateLimits) -> list[FiringRow]:
    """How often the gate refuses in the recordings of people that are in ``data``."""
    rows = []
    for name in ("tracks", "squats"):
        archive = data / name / f"{name}.npz"
        if not archive.exists():
            continue
        with np.load(archive, allow_pickle=False) as arrays:
            keys = [key for key in arrays.files if arrays[key].shape[1:] == (17, 3)]
        recordings = [load_recording(archive, key.removesuffix(".movenet")) for key in keys]
        rows.append(_firing_row(name, recordings, rule, limits))
    return rows


def gate_rule_document(rule: GateRule) -> str:
    """The rule as the TOML file that the manifest names."""
    lines = [
        "# How keypoints are judged; written by `physiopi-device benchmark gate --write`.",
        "# See keypoint_gate.md. One number for each sign, in the order of `signs`.",
        f"signs = [{', '.join(map(_quoted, rule.signs))}]",
        f"bias = {rule.bias}",
        *(f"{key} = {list(getattr(rule, key))}" for key in ("mean", "deviation", "weight")),
        f"bad_beyond_torso = {rule.bad_beyond_torso}",
        f"fitted_on = {_quoted(rule.fitted_on)}",
    ]
    return "\n".join(lines) + "\n"


def gate_tables(figures: GateFigures) -> str:
    """All figures as Markdown."""
    limits = load_quality_limits().gate
    gate = "\n".join(
        f"| {row.name} | {row.takes} | {row.windows} | {row.bad:.0%} | {row.auc:.3f} |"
        f" {row.auc_of_score:.3f} | {row.caught:.0%} | {row.refused:.0%} |"
        f" {row.caught_by_score:.0%} | {row.refused_by_score:.1%} |"
        for row in figures.gate
    )
    firing = "\n".join(
        f"| {row.name} | {row.recordings} | {row.windows} | {row.top:.0%} | {row.bottom:.0%} |"
        for row in figures.firing
    )
    return f"""Simulated takes seen by {figures.network}, judged by a rule fitted on other bodies.
Bad: a block's worst keypoint is off by more than {BAD_BEYOND_TORSO} torso lengths.
Refused: goodness under {limits.least_goodness} or score under {limits.least_confidence}.

| takes | number | windows | bad | AUC | AUC of the score | bad refused | good refused |\
 bad refused by score | good refused by score |
|---|---|---|---|---|---|---|---|---|---|
{gate}

| people | recordings | windows | arms refused | legs refused |
|---|---|---|---|---|
{firing}
"""


def area_under_curve(goodness: NDArray[np.float64], bad: NDArray[np.bool_]) -> float:
    """The probability that a bad window is less good than a good one; ties count half."""
    if bad.all() or not bad.any():
        return float("nan")
    values, position = np.unique(goodness, return_inverse=True)
    bads = np.bincount(position, bad, len(values))
    goods = np.bincount(position, ~bad, len(values))
    below = np.cumsum(bads) - bads
    return float(((below + bads / 2) * goods).sum() / (bads.sum() * goods.sum()))


def _samples(takes: Sequence[WindowsAndTruth]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    signs = np.concatenate([take.windows.signs.reshape(-1, len(SIGNS)) for take in takes])
    errors = np.concatenate([take.error_torso.ravel() for take in takes])
    return signs, errors > BAD_BEYOND_TORSO


def _gate_row(
    name: str,
    judged: Sequence[tuple[WindowsAndTruth, NDArray[np.float64]]],
    limits: GateLimits,
) -> GateRow:
    signs, bad = _samples([take for take, _ in judged])
    goodness = np.concatenate([each.ravel() for _, each in judged])
    score = signs[:, _SCORE]
    by_score = score < limits.least_confidence
    refused = by_score | (goodness < limits.least_goodness)
    return GateRow(
        name=name,
        takes=len(judged),
        windows=len(bad),
        bad=round(float(bad.mean()), 4),
        auc=round(area_under_curve(goodness, bad), 4),
        auc_of_score=round(area_under_curve(score, bad), 4),
        caught=round(float(refused[bad].mean()), 4),
        refused=round(float(refused[~bad].mean()), 4),
        caught_by_score=round(float(by_score[bad].mean()), 4),
        refused_by_score=round(float(by_score[~bad].mean()), 4),
    )


def _firing_row(
    name: str, recordings: Sequence[KeypointRecording], rule: GateRule, limits: GateLimits
) -> FiringRow:
    windows = [keypoint_windows(recording) for recording in recordings]
    refused = np.concatenate(
        [
            (rule.goodness(each.signs) < limits.least_goodness)
            | (each.confidence < limits.least_confidence)
            for each in windows
        ]
    )
    return FiringRow(
        name=name,
        recordings=len(recordings),
        windows=len(refused),
        top=round(float(refused[:, :2].mean()), 4),
        bottom=round(float(refused[:, 2:].mean()), 4),
    )


def _quoted(text: str) -> str:
    return f'"{text}"'
