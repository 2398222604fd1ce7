"""Patients' histories in a few words, for the tests of progress."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from cloud_bridge.progress.flag_rules import load_flag_rules
from cloud_bridge.progress.flags import Flag, History, flags_of
from cloud_bridge.progress.plan import Plan, plan_of
from cloud_bridge.progress.session_figures import SessionFigures, figures_of
from models.event import Event
from models.messages import Prescription, Session

BERLIN = ZoneInfo("Europe/Berlin")
PLAN_ID = UUID(int=1)
TODAY = date(2026, 3, 15)
"""A Sunday."""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BERLIN).astimezone(UTC)


def a_set(**fields: Any) -> dict[str, Any]:
    began = noon(TODAY)
    return {
        "reps_target": 10, "reps_counted": 10, "reps_full_rom": 0, "attempts": 0,
        "valid_frame_pct": 95, "started_at": began, "ended_at": began,
    } | fields  # fmt: skip


def peaks(*values: float | None, error: float | None = 4.0, low: bool = False) -> list[Any]:
    return [
        None if value is None
        else {"value_deg": value, "expected_error_deg": error, "low_confidence": low}
        for value in values
    ]  # fmt: skip


def message(
    at: datetime, *sets: dict[str, Any], exercise: str = "squat_mini", side: str = "both",
    **fields: Any,
) -> Session:  # fmt: skip
    return Session.model_validate({
        "id": uuid4(), "prescription_id": PLAN_ID, "prescription_version": 1, "patient_id": "p",
        "device_id": "d", "software_version": "1", "camera": "usb", "started_at": at,
        "ended_at": at, "status": "completed",
        "items": [{"exercise_id": exercise, "side": side, "sets": sets or [a_set()]}],
    } | fields)  # fmt: skip


def session(day: date, *sets: dict[str, Any], **fields: Any) -> SessionFigures:
    return figures_of(message(noon(day), *sets, **fields))


def version(
    days_per_week: int | None = 7, number: int = 1, sets: int = 3, **fields: Any
) -> Prescription:
    item = {"exercise_id": "squat_mini", "sets": sets, "reps": 10, "days_per_week": days_per_week}
    return Prescription.model_validate({
        "id": PLAN_ID, "version": number, "patient_id": "p", "author_id": "a",
        "issued_at": noon(TODAY), "items": [item],
    } | fields)  # fmt: skip


def plan(
    prescription: Prescription | None = None,
    sessions: Iterable[SessionFigures] = (),
    since: date = TODAY - timedelta(days=100),
) -> Plan:
    moment = noon(since)
    return plan_of([(prescription or version(), moment, moment)], list(sessions), BERLIN)


def flags(
    *sessions: SessionFigures,
    on: date = TODAY,
    events: tuple[Event, ...] = (),
    given: Plan | None = None,
) -> dict[tuple[str, str], Flag]:
    last = max((each.started_at for each in sessions), default=None)
    history = History(given or plan(sessions=sessions), sessions, events, last)
    found = flags_of(history, load_flag_rules(), noon(on) + timedelta(hours=6))
    return {(each.rule, each.subject): each for each in found}
