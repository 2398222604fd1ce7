"""What a session has brought against the last one in which the same was measured."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from device.coaching.feedback import Change, Progress, ProgressMeasure
from device.coaching.session_limits import ProgressLimits, load_session_limits
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary
from models.messages import ExerciseResult, Session, SetResult


class Best(NamedTuple):
    """The best that a session has of an exercise, and its error; ``None`` not known."""

    value: float
    error: float | None


def progress_since(
    session: Session, past: Sequence[Session], library: ExerciseLibrary
) -> tuple[Progress, ...]:
    """Each exercise of a session against the last one before it in which it was measured.

    Only what was measured both times is compared: the furthest angle, the longest hold, or the
    repetitions of a test. Nothing is said of an exercise that is done for the first time.
    """
    before = [
        each
        for each in past
        if each.id != session.id
        and each.patient_id == session.patient_id
        and each.started_at < session.started_at
    ]
    before.sort(key=lambda each: each.started_at, reverse=True)
    limits = load_session_limits().progress
    found = []
    for item in session.items:
        exercise = library.get(item.exercise_id)
        if not isinstance(exercise, ExerciseDefinition) or not item.sets:
            continue
        earlier = _last(item, before)
        if earlier is not None:
            found.append(_compared(item, earlier, exercise, limits))
    return tuple(found)


def _last(item: ExerciseResult, before: Iterable[Session]) -> ExerciseResult | None:
    for session in before:
        for each in session.items:
            if (each.exercise_id, each.side) == (item.exercise_id, item.side) and each.sets:
                return each
    return None


def _compared(
    item: ExerciseResult,
    earlier: ExerciseResult,
    exercise: ExerciseDefinition,
    limits: ProgressLimits,
) -> Progress:
    measure = _measure(exercise)
    now = _best(item.sets, exercise, measure, limits)
    before = _best(earlier.sets, exercise, measure, limits)
    change: Change = "unknown"
    error = None
    if now is not None and before is not None and None not in (now.error, before.error):
        error = (now.error or 0.0) + (before.error or 0.0)
        further = now.value - before.value
        if measure == "angle" and not _rises(exercise):
            further = -further
        change = "same" if abs(further) <= error else "more" if further > 0 else "less"
    return Progress(
        exercise_name=exercise.name,
        side=item.side,
        measure=measure,
        change=change,
        now=None if now is None else now.value,
        before=None if before is None else before.value,
        error=error,
    )


def _measure(exercise: ExerciseDefinition) -> ProgressMeasure:
    if exercise.kind == "hold":
        return "hold"
    if exercise.test is not None and exercise.test.result == "repetitions":
        return "repetitions"
    return "angle"


def _best(
    sets: Sequence[SetResult],
    exercise: ExerciseDefinition,
    measure: ProgressMeasure,
    limits: ProgressLimits,
) -> Best | None:
    """``None`` where nothing of the kind was measured."""
    if measure == "hold":
        holds = [each for result in sets for each in result.hold_s]
        return Best(max(holds), limits.hold_s / 2) if holds else None
    if measure == "repetitions":
        counts = [each.reps_counted for each in sets if each.guided_by == "camera"]
        return Best(float(max(counts)), limits.repetitions / 2) if counts else None
    peaks = [peak for each in sets for peak in each.rom_peak_deg if peak is not None]
    sure = [peak for peak in peaks if not peak.low_confidence]
    if not sure:
        return None
    best = (max if _rises(exercise) else min)(sure, key=lambda each: each.value_deg)
    return Best(best.value_deg, best.expected_error_deg)


def _rises(exercise: ExerciseDefinition) -> bool:
    return exercise.range_of_motion.full_deg > exercise.range_of_motion.start_deg
