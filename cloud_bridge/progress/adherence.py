"""What was prescribed against what was done, per day and set, in the clinic's days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Final

from cloud_bridge.progress.plan import (
    DAYS_OF_WEEK,
    ExerciseKey,
    Plan,
    days_per_week,
    is_for,
    key_of,
)
from cloud_bridge.progress.session_figures import SessionFigures, SetFigures

WEEKS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class DayOfExercise:
    """One exercise on one day: ``prescribed`` sets, 0 where none were, and those done."""

    day: date
    prescribed: int
    done: tuple[SetFigures, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class WeekDone:
    """A week from Monday; ``prescribed_days`` and ``_sets`` are the share of the week's plan.

    ``over`` is false for the week that still runs: its figures are those of the whole week.
    """

    monday: date
    trained_days: int
    prescribed_days: int
    sets_done: int
    prescribed_sets: int
    over: bool


@dataclass(frozen=True, slots=True)
class MissedDays:
    """Training days missed in a row, up to yesterday; ``first`` is the first day of the run.

    ``trained`` and ``asked`` are of the last seven days.
    """

    days: int
    first: date
    trained: int
    asked: int


def day_of(session: SessionFigures, zone: tzinfo) -> date:
    """The day on which a session began."""
    return session.started_at.astimezone(zone).date()


def trained_days(sessions: Iterable[SessionFigures], zone: tzinfo) -> frozenset[date]:
    """The days on which at least one set was finished."""
    return frozenset(day_of(each, zone) for each in sessions if each.sets_done)


def weeks_until(today: date, weeks: int = WEEKS_SHOWN) -> tuple[date, ...]:
    """The Mondays of the last weeks, the one that runs last."""
    monday = today - timedelta(days=today.weekday())
    return tuple(monday - timedelta(weeks=back) for back in reversed(range(weeks)))


def days_of_exercises(
    plan: Plan, sessions: Sequence[SessionFigures], days: Sequence[date], today: date
) -> Mapping[ExerciseKey, tuple[DayOfExercise, ...]]:
    """Each exercise that was prescribed or done on these days; days after today are left out."""
    done: dict[tuple[ExerciseKey, date], list[SetFigures]] = {}
    simulated: set[tuple[ExerciseKey, date]] = set()
    for session in sorted(sessions, key=lambda each: each.started_at):
        for exercise in session.exercises:
            place = ((exercise.exercise_id, exercise.side), day_of(session, plan.zone))
            done.setdefault(place, []).extend(exercise.sets)
            if session.simulated:
                simulated.add(place)
    shown = [day for day in days if day <= today]
    asked = {day: _prescribed_sets(plan, day) for day in shown}
    keys = dict.fromkeys(key for day in shown for key in asked[day])
    keys |= dict.fromkeys(key for key, day in done if day in asked)
    return {
        key: tuple(
            DayOfExercise(
                day=day,
                prescribed=asked[day].get(key, 0),
                done=tuple(done.get((key, day), ())),
                simulated=(key, day) in simulated,
            )
            for day in shown
        )
        for key in keys
    }


def _prescribed_sets(plan: Plan, day: date) -> dict[ExerciseKey, int]:
    version = plan.asking_on(day)
    if version is None:
        return {}
    asked: dict[ExerciseKey, int] = {}
    for item in version.prescription.items:
        if is_for(item, day):
            asked[key_of(item)] = asked.get(key_of(item), 0) + item.sets
    return asked


def weeks_done(
    plan: Plan, sessions: Sequence[SessionFigures], mondays: Sequence[date], today: date
) -> tuple[WeekDone, ...]:
    """Days and sets, done and prescribed, of each week."""
    trained = trained_days(sessions, plan.zone)
    sets: dict[date, int] = {}
    for session in sessions:
        day = day_of(session, plan.zone)
        sets[day] = sets.get(day, 0) + session.sets_done
    found = []
    for monday in mondays:
        days = [monday + timedelta(days=each) for each in range(DAYS_OF_WEEK)]
        found.append(
            WeekDone(
                monday=monday,
                trained_days=sum(day in trained for day in days),
                prescribed_days=sum(map(plan.asked_days_per_week, days)) // DAYS_OF_WEEK,
                sets_done=sum(sets.get(day, 0) for day in days),
                prescribed_sets=_sets_of_week(plan, days),
                over=days[-1] < today,
            )
        )
    return tuple(found)


def _sets_of_week(plan: Plan, days: Sequence[date]) -> int:
    """Each exercise asks for its share of days; of each day as many sets as that day's version."""
    weighted: dict[ExerciseKey, list[tuple[int, int]]] = {}
    for day in days:
        version = plan.asking_all_of(day)
        if version is None:
            continue
        for item in version.prescription.items:
            weighted.setdefault(key_of(item), []).append((days_per_week(item), item.sets))
    total = 0
    for each in weighted.values():
        asked_days = sum(share for share, _ in each) // DAYS_OF_WEEK
        total += asked_days * max(sets for _, sets in each)
    return total


def missed_in_a_row(
    plan: Plan, sessions: Sequence[SessionFigures], today: date
) -> MissedDays | None:
    """Training days missed in a row, up to yesterday; ``None`` where none is.

    A day without a finished set is behind when in the seven days that end with it fewer days were
    trained than the prescription asks for: the rest days of somebody who trains on three days a
    week are not. The days behind in a row count as missed up to what is lacking: who trains on
    Monday, Wednesday and Friday has missed two days after the Wednesday, not after the Tuesday.
    Today is not over, and a set finished today ends the run.
    """
    trained = trained_days(sessions, plan.zone)
    if today in trained:
        return None
    yesterday = today - timedelta(days=1)
    day, run = yesterday, 0
    while plan.asked_days_per_week(day) and day not in trained and _lacking(plan, trained, day) > 0:
        day -= timedelta(days=1)
        run += 1
    missed = min(run, _lacking(plan, trained, yesterday))
    if missed < 1:
        return None
    return MissedDays(
        days=missed,
        first=day + timedelta(days=1),
        trained=_trained_within_week(trained, yesterday),
        asked=_asked_within_week(plan, yesterday),
    )


def _lacking(plan: Plan, trained: frozenset[date], day: date) -> int:
    return _asked_within_week(plan, day) - _trained_within_week(trained, day)


def _asked_within_week(plan: Plan, day: date) -> int:
    return sum(map(plan.asked_days_per_week, _week_to(day))) // DAYS_OF_WEEK


def _trained_within_week(trained: frozenset[date], day: date) -> int:
    return sum(each in trained for each in _week_to(day))


def _week_to(day: date) -> Iterable[date]:
    return (day - timedelta(days=back) for back in range(DAYS_OF_WEEK))


def last_seven_days(plan: Plan, sessions: Sequence[SessionFigures], today: date) -> tuple[int, int]:
    """Days trained, and asked for, in the seven days that end with today."""
    trained = trained_days(sessions, plan.zone)
    return _trained_within_week(trained, today), _asked_within_week(plan, today)
