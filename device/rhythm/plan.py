"""What a prescription asks for in a week, and what of it is due on a day.

Weeks begin on Monday (ISO 8601). An exercise is done on a day when all its prescribed sets were
done on it. It is due on at most as many days of a week as prescribed, spread evenly: three days a
week are Monday, Wednesday and Friday. What was missed may be caught up on the days that are left,
with the same rest between two days as long as the week allows it, and never twice on one day.
An exercise with weekdays of its own is due on these alone, and what was missed stays missed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo

from device.rhythm.done_sets import DoneSets, ExerciseKey
from models.messages import WEEKDAYS, Prescription, PrescriptionItem

DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """One exercise's dose: ``sets`` a day on ``days_per_week`` days, from ``begins_on``.

    With ``weekdays`` (0 is Monday) it is for these alone; ``times`` are when to remind of it.
    """

    sets: int
    days_per_week: int
    begins_on: date
    ends_on: date | None
    weekdays: frozenset[int] = frozenset()
    times: frozenset[time] = frozenset()

    def is_for(self, day: date) -> bool:
        """Whether it is to be done on such a day of the week."""
        return not self.weekdays or day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Due:
    """An exercise that is due; ``catches_up`` what was to be done on an earlier day."""

    sets_left: int
    catches_up: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted of each exercise, by exercise and side in the prescription's order."""

    wanted: dict[ExerciseKey, Wanted]

    def days(self, key: ExerciseKey, monday: date) -> list[date]:
        """The days of a week on which an exercise may be due."""
        wanted = self.wanted[key]
        week = (monday + timedelta(days=number) for number in range(DAYS_OF_WEEK))
        return [
            day
            for day in week
            if day >= wanted.begins_on and (wanted.ends_on is None or day <= wanted.ends_on)
        ]

    def required(self, key: ExerciseKey, monday: date) -> int:
        """On how many days of a week it is to be done: fewer where the week is not whole."""
        days = self.days(key, monday)
        if self.wanted[key].weekdays:
            return sum(map(self.wanted[key].is_for, days))
        available = len(days)
        if not available:
            return 0
        share = self.wanted[key].days_per_week * available / DAYS_OF_WEEK
        return max(1, math.floor(share + 0.5))

    def is_done(self, key: ExerciseKey, day: date, done: DoneSets) -> bool:
        """Whether an exercise's sets were all done on a day."""
        return done.get(day, {}).get(key, 0) >= self.wanted[key].sets

    def days_done(self, key: ExerciseKey, monday: date, done: DoneSets) -> int:
        """On how many days of a week it was done."""
        return sum(self.is_done(key, day, done) for day in self.days(key, monday))

    def times(self, day: date, done: DoneSets) -> frozenset[time] | None:
        """When to remind of what is due on a day: ``None`` where nothing due has times of its own.

        An exercise without any is reminded of with the others.
        """
        own = [self.wanted[key].times for key in self.due(day, done)]
        return frozenset().union(*own) if any(own) else None

    def due(self, day: date, done: DoneSets) -> dict[ExerciseKey, Due]:
        """What is still to be done on a day, after what ``done`` holds."""
        found = {key: self._due(key, day, done) for key in self.wanted}
        return {key: due for key, due in found.items() if due is not None}

    def _due(self, key: ExerciseKey, day: date, done: DoneSets) -> Due | None:
        wanted = self.wanted[key]
        monday = monday_of(day)
        days = self.days(key, monday)
        if day not in days or not wanted.is_for(day) or self.is_done(key, day, done):
            return None
        sets_left = wanted.sets - done.get(day, {}).get(key, 0)
        if wanted.weekdays:
            return Due(sets_left, catches_up=False)
        required = self.required(key, monday)
        done_before = sum(self.is_done(key, each, done) for each in days if each < day)
        left = required - done_before
        if left <= 0:
            return None
        place = days.index(day)
        planned = [math.floor(number * len(days) / required) for number in range(required)]
        rested = self._is_rested(key, day, done)
        behind = done_before < sum(each <= place for each in planned)
        if left < len(days) - place and not (behind and rested):
            return None
        return Due(sets_left, catches_up=done_before < sum(each < place for each in planned))

    def _is_rested(self, key: ExerciseKey, day: date, done: DoneSets) -> bool:
        """Whether as many days have passed since it was done as lie between two planned days."""
        apart = DAYS_OF_WEEK // self.wanted[key].days_per_week
        recent = (day - timedelta(days=number) for number in range(1, apart))
        return not any(self.is_done(key, each, done) for each in recent)


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def plan_of(prescription: Prescription, versions: Sequence[Prescription], zone: tzinfo) -> Plan:
    """What a prescription asks for; nothing where it is on hold, revoked or completed.

    An exercise begins with the period or, where that has no beginning, on the local day on which
    the first of the prescription's ``versions`` with that exercise was issued. Without a number of
    days a week it is for every day.
    """
    if prescription.status != "active":
        return Plan({})
    wanted: dict[ExerciseKey, Wanted] = {}
    for item in prescription.items:
        key = (item.exercise_id, item.side)
        before = wanted.get(key)
        days = item.days_per_week or DAYS_OF_WEEK
        wanted[key] = Wanted(
            sets=item.sets + (before.sets if before else 0),
            days_per_week=max(days, before.days_per_week if before else 0),
            begins_on=_begin(key, prescription, versions, zone),
            ends_on=prescription.ends_on,
            weekdays=_weekdays(item, before),
            times=frozenset(map(time.fromisoformat, item.times))
            | (before.times if before else frozenset()),
        )
    return Plan(wanted)


def _weekdays(item: PrescriptionItem, before: Wanted | None) -> frozenset[int]:
    weekdays = frozenset(map(WEEKDAYS.index, item.weekdays))
    if before is None:
        return weekdays
    # One exercise prescribed twice: a line that is for any day makes the whole for any day.
    return weekdays | before.weekdays if weekdays and before.weekdays else frozenset()


def _begin(
    key: ExerciseKey, prescription: Prescription, versions: Sequence[Prescription], zone: tzinfo
) -> date:
    issued = [
        each.issued_at
        for each in (*versions, prescription)
        if each.id == prescription.id
        and each.version <= prescription.version
        and any((item.exercise_id, item.side) == key for item in each.items)
    ]
    first = min(issued).astimezone(zone).date()
    return max(first, prescription.starts_on or first)
