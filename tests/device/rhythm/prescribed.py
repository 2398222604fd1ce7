"""Prescriptions and sessions for the tests of the rhythm."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from device.rhythm.done_sets import DoneSession
from models.messages import ExerciseResult, Prescription, PrescriptionItem, Session, SetResult

PLAN = UUID(int=1)
SQUAT, ARMS = ("squat_deep", "both"), ("arm_lift", "both")
MONDAY = date(2026, 3, 2)


def item(
    exercise_id: str = "squat_deep", days: int | None = 3, sets: int = 2, **changes: Any
) -> PrescriptionItem:
    fields = {"exercise_id": exercise_id, "sets": sets, "reps": 10, "days_per_week": days}
    return PrescriptionItem(**(fields | changes))


def prescription(*items: PrescriptionItem, **changes: Any) -> Prescription:
    fields: dict[str, Any] = {
        "id": PLAN,
        "version": 1,
        "patient_id": "p",
        "author_id": "a",
        "issued_at": datetime(2026, 2, 1, 9, tzinfo=UTC),
        "items": items or (item(),),
    }
    return Prescription(**(fields | changes))


def day(number: int) -> date:
    """The so many-th day from a certain Monday."""
    return MONDAY + timedelta(days=number)


def at(number: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(MONDAY.year, MONDAY.month, MONDAY.day, hour, minute, tzinfo=UTC) + timedelta(
        days=number
    )


def done_on(number: int, sets: int = 2, exercise_id: str = "squat_deep") -> DoneSession:
    begun = at(number)
    return DoneSession(begun, begun + timedelta(minutes=20), {(exercise_id, "both"): sets})


def set_result(number: int, counted: int = 10, target: int = 10) -> SetResult:
    begun = at(number)
    return SetResult(
        reps_target=target,
        reps_counted=counted,
        reps_full_rom=0,
        attempts=0,
        valid_frame_pct=100.0,
        started_at=begun,
        ended_at=begun + timedelta(minutes=1),
    )


def session(
    number: int, *sets: SetResult, status: str = "completed", id_: int | None = None
) -> Session:
    return Session(
        id=UUID(int=1000 + (number if id_ is None else id_)),
        prescription_id=PLAN,
        prescription_version=1,
        patient_id="p",
        device_id="d",
        software_version="1",
        camera="usb",
        started_at=at(number),
        ended_at=at(number) + timedelta(minutes=20),
        status=status,
        items=(ExerciseResult(exercise_id="squat_deep", side="both", sets=sets),),
    )
