"""How well repetitions are counted: exact, off by one, and false counts in everyday movement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device.benchmark.accuracy import coach_take, peak_errors_deg
from device.benchmark.filming import FilmedTake, Studio, Take, sides_of
from device.camera.simulated.conditions import Conditions
from models.exercises.definition import LYING, ExerciseDefinition

REPETITIONS = 4
CLEAN_FPS = 15.0


@dataclass(frozen=True, slots=True)
class CountRow:
    """One exercise, in clean or degraded takes.

    ``error`` is the mean absolute error of the count; ``exact`` and ``off_by_one`` (at most one)
    are shares of the takes; ``peak_error_deg`` the mean absolute error of the peak, ``None`` where
    no angle was measured. ``not_visible`` takes are those in which the coach said of half of the
    frames or more that it could not see the patient well enough.
    """

    exercise_id: str
    grade: str
    degraded: bool
    takes: int
    error: float
    exact: float
    off_by_one: float
    peak_error_deg: float | None
    not_visible: int


def film_counts(
    studio: Studio,
    exercises: Sequence[ExerciseDefinition],
    bodies: Sequence[int],
    *,
    degraded: bool,
) -> list[FilmedTake]:
    """Each exercise with each body, each under conditions of its own."""
    takes = [_take(exercise, body, degraded) for exercise in exercises for body in bodies]
    return studio.film(takes, "degraded counts" if degraded else "clean counts")


def measure_counts(
    filmed: Sequence[FilmedTake], exercises: Sequence[ExerciseDefinition], *, degraded: bool
) -> list[CountRow]:
    """Count the repetitions of each take."""
    return [
        _row(exercise, degraded, [each for each in filmed if each.take.exercise_id == exercise.id])
        for exercise in exercises
    ]


def _take(exercise: ExerciseDefinition, body: int, degraded: bool) -> Take:
    lying = exercise.position in LYING
    conditions = Conditions.from_seed(100 + body, degraded, lying=lying)
    if not degraded:
        # Half the frames, half the time: a Raspberry Pi with one thread sees no more.
        conditions = replace(conditions, fps=CLEAN_FPS)
    return Take(
        exercise.id,
        sides_of(exercise),
        REPETITIONS,
        body,
        conditions,
        variation_seed=body,
    )


def _row(exercise: ExerciseDefinition, degraded: bool, filmed: list[FilmedTake]) -> CountRow:
    analyses = [coach_take(each) for each in filmed]
    errors = [
        abs(analysis.reps_counted - len(each.repetitions))
        for each, analysis in zip(filmed, analyses, strict=True)
    ]
    peaks_deg = [
        abs(error)
        for each, analysis in zip(filmed, analyses, strict=True)
        for error in peak_errors_deg(each, analysis)
    ]
    return CountRow(
        exercise_id=exercise.id,
        grade=exercise.grade,
        degraded=degraded,
        takes=len(filmed),
        error=round(sum(errors) / len(errors), 3),
        exact=round(sum(error == 0 for error in errors) / len(errors), 3),
        off_by_one=round(sum(error <= 1 for error in errors) / len(errors), 3),
        peak_error_deg=round(sum(peaks_deg) / len(peaks_deg), 2) if peaks_deg else None,
        not_visible=sum(analysis.valid_frame_pct < 50 for analysis in analyses),
    )
