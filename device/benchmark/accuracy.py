"""``benchmark accuracy``: how far the measured peak is from the truth, by exercise and view.

The result is the library's ``accuracy.json``, from which every angle takes its expected error.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device.analyse import Analysis, analyse_poses
from device.benchmark.filming import FilmedTake, Studio, Take, sides_of
from device.camera.simulated.conditions import Conditions
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library

BANDS_DEG: Mapping[float, float] = {10.0: 0.0, 30.0: 20.0, 45.0: 40.0}
"""Up to which obliqueness a band reaches, and at which it is measured, degrees; to one side with
one body and to the other side with the next."""
FPS = 15.0
REPETITIONS = 2
_LARGEST_USEFUL_ERROR_DEG = 30.0
_LEAST_EXPECTED_ERROR_DEG = 1.0
"""No error smaller than this is claimed: the truth's own joint centres are a model."""


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One exercise in one band of obliqueness.

    ``done`` repetitions were performed and ``counted``, and the angle of ``measured`` of them was
    given. Errors in degrees, ``None`` where none was measured: the mean absolute error, the bias
    (measured less true), and the error that 90 of 100 stay within.
    """

    exercise_id: str
    grade: str
    view: str
    obliqueness_up_to_deg: float
    done: int
    counted: int
    measured: int
    error_deg: float | None
    bias_deg: float | None
    error_90_deg: float | None


def measure_accuracy(
    studio: Studio, exercises: Sequence[ExerciseDefinition], bodies: Sequence[int]
) -> list[AccuracyRow]:
    """Film every exercise from every obliqueness with every body, and compare the peaks."""
    takes = [
        (exercise, up_to_deg, _take(exercise, obliqueness_deg * (1 if body % 2 else -1), body))
        for exercise in exercises
        for up_to_deg, obliqueness_deg in BANDS_DEG.items()
        for body in bodies
    ]
    filmed = studio.film([take for _, _, take in takes], "accuracy")
    by_band: dict[tuple[str, float], list[FilmedTake]] = {}
    for (exercise, up_to_deg, _), each in zip(takes, filmed, strict=True):
        by_band.setdefault((exercise.id, up_to_deg), []).append(each)
    return [
        _row(load_library().measured(exercise_id), up_to_deg, each)
        for (exercise_id, up_to_deg), each in by_band.items()
    ]


def coach_take(filmed: FilmedTake) -> Analysis:
    """What the coach makes of a take."""
    exercise = load_library().measured(filmed.take.exercise_id)
    return analyse_poses(filmed.recording.poses(), exercise, filmed.take.side, "benchmark")


def peak_errors_deg(filmed: FilmedTake, analysis: Analysis) -> Iterator[float]:
    """Measured less true peak of every repetition that was measured.

    A repetition belongs to the true one in whose time its peak lies; one that belongs to none is a
    false count, and no error of an angle.
    """
    for repetition in analysis.repetitions:
        true = next(
            (
                each
                for each in filmed.repetitions
                if each.begins_s <= repetition.peak_s <= each.returned_s
            ),
            None,
        )
        if true is not None and repetition.peak_deg is not None:
            yield repetition.peak_deg - true.peak_deg


def write_library_accuracy(rows: Sequence[AccuracyRow], network: str, path: Path) -> None:
    """Write ``accuracy.json``: per exercise the expected error of each band that was measured.

    A band whose error is smaller than a nearer one's takes the nearer one's: turning the camera
    away never makes an angle better. From a useless band on none is written: no error is known
    there, and the angle is of low confidence.
    """
    document: dict[str, object] = {}
    for exercise_id in dict.fromkeys(row.exercise_id for row in rows):
        bands: list[dict[str, float]] = []
        worst_deg = _LEAST_EXPECTED_ERROR_DEG
        for row in rows:
            if row.exercise_id != exercise_id or row.error_deg is None:
                continue
            if row.error_deg > _LARGEST_USEFUL_ERROR_DEG:
                break
            worst_deg = max(worst_deg, round(row.error_deg, 1))
            bands.append(
                {
                    "obliqueness_up_to_deg": row.obliqueness_up_to_deg,
                    "expected_error_deg": worst_deg,
                }
            )
        if bands:
            document[exercise_id] = {
                "measured_on": "simulated patient only: mean absolute error of the peak, "
                f"{network}",
                "bands": bands,
            }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def accuracy_table(rows: Sequence[AccuracyRow]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| exercise | grade | view | camera off by | counted of | error | bias | 90 % within |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.exercise_id} | {row.grade} | {row.view} |"
            f" up to {row.obliqueness_up_to_deg:.0f}° | {row.counted} of {row.done} |"
            f" {_degrees(row.error_deg)} |"
            f" {_degrees(row.bias_deg, signed=True)} | {_degrees(row.error_90_deg)} |"
        )
    return "\n".join(lines)


def _take(exercise: ExerciseDefinition, obliqueness_deg: float, body: int) -> Take:
    conditions = Conditions(obliqueness_deg=obliqueness_deg, fps=FPS)
    return Take(exercise.id, sides_of(exercise), REPETITIONS, body, conditions, variation_seed=body)


def _row(exercise: ExerciseDefinition, up_to_deg: float, filmed: list[FilmedTake]) -> AccuracyRow:
    analyses = [coach_take(each) for each in filmed]
    errors = np.array(
        [
            error
            for each, analysis in zip(filmed, analyses, strict=True)
            for error in peak_errors_deg(each, analysis)
        ]
    )
    return AccuracyRow(
        exercise_id=exercise.id,
        grade=exercise.grade,
        view=exercise.view,
        obliqueness_up_to_deg=up_to_deg,
        done=sum(len(each.repetitions) for each in filmed),
        counted=sum(each.reps_counted for each in analyses),
        measured=len(errors),
        error_deg=round(float(np.abs(errors).mean()), 2) if len(errors) else None,
        bias_deg=round(float(errors.mean()), 2) if len(errors) else None,
        error_90_deg=round(float(np.quantile(np.abs(errors), 0.9)), 2) if len(errors) else None,
    )


def _degrees(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "not measured"
    return f"{value:+.1f}°" if signed else f"{value:.1f}°"
