"""Which version of the prescription a patient had on which day, and what it asks for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from cloud_bridge.progress.session_figures import SessionFigures
from models.messages import WEEKDAYS, ExerciseId, Prescription, PrescriptionItem, Side

DAYS_OF_WEEK: Final = 7
ExerciseKey = tuple[ExerciseId, Side]
"""What belongs together over weeks: an exercise on one side."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of the prescription.

    ``made_on`` is the clinic's day on which it was prescribed. ``in_force_from`` is when the device
    had it, ``begins`` the clinic's day of that; both ``None`` while nothing says that it has. On
    ``days_per_week`` days, 1 to 7, something is to be done.
    """

    prescription: Prescription
    made_on: date
    in_force_from: datetime | None
    begins: date | None
    days_per_week: int

    def asks_on(self, day: date) -> bool:
        """Whether it is active on that day, by its state and its period."""
        plan = self.prescription
        begun = plan.starts_on is None or plan.starts_on <= day
        return plan.status == "active" and begun and (plan.ends_on is None or day <= plan.ends_on)


@dataclass(frozen=True, slots=True)
class Plan:
    """A patient's versions in order of their numbers; days are those of the clinic's time zone."""

    versions: tuple[PlanVersion, ...]
    zone: tzinfo

    def asking_on(self, day: date) -> PlanVersion | None:
        """The version that the device had at the day's end, if it asked for something."""
        return self._asking(day, day + timedelta(days=1))

    def asking_all_of(self, day: date) -> PlanVersion | None:
        """The version that the device had when the day began, if it asked for something."""
        return self._asking(day, day)

    def asked_days_per_week(self, day: date) -> int:
        """0 on a day on which nothing is asked for, else the days a week of that day's version."""
        version = self.asking_all_of(day)
        return 0 if version is None else version.days_per_week

    def is_paused_on(self, day: date) -> bool:
        """Whether the patient had a version on that day and nothing was asked for."""
        had = any(each.begins is not None and each.begins <= day for each in self.versions)
        return had and self.asking_on(day) is None

    def begins(self) -> Iterator[tuple[date, int]]:
        """The day from which the device had each version, and its number."""
        for each in self.versions:
            if each.begins is not None:
                yield each.begins, each.prescription.version

    def newest(self) -> PlanVersion | None:
        """The version prescribed last, whether or not the device has it."""
        return self.versions[-1] if self.versions else None

    def _asking(self, day: date, before: date) -> PlanVersion | None:
        had = (
            each
            for each in reversed(self.versions)
            if each.begins is not None and each.begins < before
        )
        version = next(had, None)
        if version is None or not version.asks_on(day) or self._is_withdrawn(day):
            return None
        return version

    def _is_withdrawn(self, day: date) -> bool:
        """Held, revoked or completed by a clinician, even if the device does not know it yet."""
        made = (each for each in reversed(self.versions) if each.made_on <= day)
        newest = next(made, None)
        return newest is not None and newest.prescription.status != "active"


def plan_of(
    versions: Iterable[tuple[Prescription, datetime, datetime | None]],
    sessions: Sequence[SessionFigures],
    zone: tzinfo,
) -> Plan:
    """The plan from (version, when it was made, when the device accepted it).

    A session that followed a version proves that the device had it, also where the acknowledgement
    has not come.
    """
    followed: dict[tuple[object, int], datetime] = {}
    for session in sessions:
        key = (session.prescription_id, session.prescription_version)
        followed[key] = min(session.started_at, followed.get(key, session.started_at))
    found = []
    for prescription, made_at, accepted_at in versions:
        proofs = [accepted_at, followed.get((prescription.id, prescription.version))]
        in_force = min((each for each in proofs if each is not None), default=None)
        begins = None if in_force is None else in_force.astimezone(zone).date()
        asked = _days_of(prescription)
        made_on = made_at.astimezone(zone).date()
        found.append(PlanVersion(prescription, made_on, in_force, begins, asked))
    return Plan(tuple(sorted(found, key=lambda each: each.prescription.version)), zone)


def _days_of(prescription: Prescription) -> int:
    """Exercises with weekdays of their own are for these days; others go along with them."""
    weekdays = {day for item in prescription.items for day in item.weekdays}
    return max(len(weekdays), *map(days_per_week, prescription.items))


def is_for(item: PrescriptionItem, day: date) -> bool:
    """Whether an exercise may be due on that day by its weekdays."""
    return not item.weekdays or WEEKDAYS[day.weekday()] in item.weekdays


def days_per_week(item: PrescriptionItem) -> int:
    """As on the device: without a number an exercise is for every day."""
    return item.days_per_week or DAYS_OF_WEEK


def key_of(item: PrescriptionItem) -> ExerciseKey:
    """The exercise and side of a prescribed item."""
    return item.exercise_id, item.side
