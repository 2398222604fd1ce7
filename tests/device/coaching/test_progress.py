"""Progress against the last session: measured numbers alone, and nothing within their errors."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from device.coaching.feedback import Change, Progress
from device.coaching.progress import progress_since
from models.exercises.library import load_library
from models.messages import ExerciseResult, MeasuredAngle, Session, SetResult

LIBRARY = load_library()
TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def session(
    days_ago: int,
    *peaks: tuple[float, float | None] | None,
    exercise: str = "shoulder_abduction",
    hold_s: tuple[float, ...] = (),
    counted: int | None = None,
    low_confidence: bool = False,
    patient: str = "p-1",
) -> Session:
    """``peaks`` are degrees with their error."""
    at = TODAY - timedelta(days=days_ago)
    angles = tuple(
        None
        if each is None
        else MeasuredAngle(
            value_deg=each[0], expected_error_deg=each[1], low_confidence=low_confidence
        )
        for each in peaks
    )
    counted = max(len(peaks), len(hold_s)) if counted is None else counted
    result = SetResult(
        reps_target=10, reps_counted=counted, reps_full_rom=0, attempts=0, rom_peak_deg=angles,
        hold_s=hold_s, valid_frame_pct=99.0, started_at=at, ended_at=at,
    )  # fmt: skip
    return Session(
        id=uuid4(), prescription_id=uuid4(), prescription_version=1, patient_id=patient,
        device_id="device-1", software_version="1", camera="usb", started_at=at, ended_at=at,
        status="completed",
        items=(ExerciseResult(exercise_id=exercise, side="left", sets=(result,)),),
    )  # fmt: skip


def change(now: Session, *past: Session) -> Change | None:
    found = progress_since(now, past, LIBRARY)
    return found[0].change if found else None


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((100.0, 5.0), (112.0, 5.0), "more"),
        ((100.0, 5.0), (110.0, 5.0), "same"),
        ((100.0, 5.0), (92.0, 5.0), "same"),
        ((100.0, 5.0), (88.0, 5.0), "less"),
        ((100.0, None), (150.0, 5.0), "unknown"),
        (None, (150.0, 5.0), "unknown"),
    ],
)
def test_an_angle_has_changed_when_it_differs_by_more_than_both_errors(
    before: tuple[float, float | None] | None,
    now: tuple[float, float | None] | None,
    expected: Change,
) -> None:
    assert change(session(0, now), session(2, before)) == expected


def test_the_furthest_of_the_session_is_compared_and_said_with_its_error() -> None:
    found = progress_since(
        session(0, (110.0, 5.0), (130.0, 6.0)), [session(1, (100.0, 4.0))], LIBRARY
    )
    assert found == (
        Progress("exercise-shoulder-abduction", "left", "angle", "more", 130.0, 100.0, 10.0),
    )


def test_where_full_range_is_the_smaller_angle_the_smaller_one_is_more() -> None:
    name = "knee_extension_seated"
    reach = LIBRARY.measured(name).range_of_motion
    assert reach.full_deg < reach.start_deg
    stretched, before = (
        session(0, (10.0, 3.0), exercise=name),
        session(1, (30.0, 3.0), exercise=name),
    )
    assert change(stretched, before) == "more"


def test_the_last_session_with_the_same_exercise_and_side_counts() -> None:
    other = session(1, (20.0, 5.0), exercise="arm_lift")
    assert change(session(0, (120.0, 5.0)), session(9, (60.0, 5.0)), other) == "more"
    assert change(session(0, (120.0, 5.0)), session(9, (60.0, 5.0)), session(3, (118.0, 5.0))) == (
        "same"
    )


def test_nothing_is_said_of_a_first_time_nor_of_another_patient() -> None:
    assert change(session(0, (120.0, 5.0))) is None
    assert change(session(0, (120.0, 5.0)), session(1, (60.0, 5.0), patient="p-2")) is None


def test_an_angle_that_was_hardly_seen_is_no_progress() -> None:
    unsure = session(0, (170.0, 5.0), low_confidence=True)
    assert change(unsure, session(1, (100.0, 5.0))) == "unknown"


@pytest.mark.parametrize(("now", "expected"), [(12.0, "more"), (10.9, "same"), (8.0, "less")])
def test_a_hold_is_compared_by_its_length(now: float, expected: Change) -> None:
    name = "single_leg_stance"
    longest = session(0, hold_s=(3.0, now), exercise=name)
    assert change(longest, session(1, hold_s=(10.0, 4.0), exercise=name)) == expected


@pytest.mark.parametrize(("now", "expected"), [(14, "more"), (13, "same"), (11, "same")])
def test_a_timed_test_is_compared_by_its_count(now: int, expected: Change) -> None:
    name = "chair_stand_30s"
    done = session(0, exercise=name, counted=now)
    assert change(done, session(1, exercise=name, counted=12)) == expected
