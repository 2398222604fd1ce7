"""Turns what was coached into the session message for the bridge and the lines of the summary."""

from datetime import datetime

from device.coaching.feedback import SetSummary
from device.coaching.set_coach import SetCoach
from device.coaching.set_progress import JudgedMovement
from models.exercises.definition import ExerciseDefinition
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    MeasuredAngle,
    PrescriptionItem,
    Session,
    SetResult,
)


def set_result(
    item: PrescriptionItem,
    exercise: ExerciseDefinition,
    coach: SetCoach,
    started_at: datetime,
    ended_at: datetime,
) -> SetResult:
    """The measured figures of one set, each angle with its expected error."""
    repetitions = coach.repetitions
    score = coach.mean_keypoint_score
    return SetResult(
        reps_target=item.reps,
        reps_counted=coach.reps_counted,
        reps_full_rom=coach.reps_full_rom,
        attempts=coach.attempts,
        rom_peak_deg=tuple(_measured_angle(each) for each in repetitions),
        tempo_s=tuple(round(each.movement.duration_s, 2) for each in repetitions),
        hold_s=tuple(round(each.movement.hold_s, 2) for each in repetitions),
        faults=dict(coach.faults),
        not_judged=dict(coach.not_judged),
        valid_frame_pct=round(coach.valid_frame_pct, 2),
        mean_keypoint_score=None if score is None else round(min(max(score, 0.0), 1.0), 4),
        started_at=started_at,
        ended_at=max(ended_at, started_at),
    )


def fitting(session: Session) -> Session:
    """The session, without the quality of single repetitions where it would be too large to send.

    The sets' own figures stay: a session must never be lost for what was computed of it.
    """
    if len(session.model_dump_json().encode()) <= MAXIMUM_PAYLOAD_BYTES:
        return session
    items = tuple(
        item.model_copy(update={"sets": tuple(map(_without_repetitions, item.sets))})
        for item in session.items
    )
    return session.model_copy(update={"items": items})


def _without_repetitions(result: SetResult) -> SetResult:
    if result.quality is None:
        return result
    quality = result.quality.model_copy(update={"repetitions": (), "findings": ()})
    return result.model_copy(update={"quality": quality})


def set_summary(
    item: PrescriptionItem, exercise: ExerciseDefinition, number: int, result: SetResult
) -> SetSummary:
    """One line of the patient's summary."""
    peaks = [each for each in result.rom_peak_deg if each is not None]
    rises = exercise.range_of_motion.full_deg > exercise.range_of_motion.start_deg
    best = (max if rises else min)(peaks, key=lambda each: each.value_deg, default=None)
    return SetSummary(
        exercise_id=item.exercise_id,
        side=item.side,
        set_number=number,
        reps_counted=result.reps_counted,
        reps_target=result.reps_target,
        reps_full_rom=result.reps_full_rom,
        rom_peak_deg=None if best is None else best.value_deg,
        expected_error_deg=None if best is None else best.expected_error_deg,
    )


def _measured_angle(judged: JudgedMovement) -> MeasuredAngle | None:
    if judged.peak_deg is None:
        return None
    return MeasuredAngle(
        value_deg=round(judged.peak_deg, 1),
        expected_error_deg=judged.expected_error_deg,
        low_confidence=judged.low_confidence,
    )
