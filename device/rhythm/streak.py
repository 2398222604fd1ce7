"""For how many weeks in a row the prescribed was done."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from device.rhythm.done_sets import DoneSets
from device.rhythm.plan import DAYS_OF_WEEK, Plan, monday_of, plan_of
from models.messages import Prescription

_WEEK = timedelta(days=DAYS_OF_WEEK)


def weeks_in_a_row(
    prescriptions: Sequence[Prescription], done: DoneSets, today: date, zone: tzinfo
) -> int:
    """The number of weeks, back from this one, in which all that was prescribed was done.

    A week (Monday to Sunday, local time) is done when every exercise was done, with all its sets,
    on as many days as prescribed. This week adds one as soon as it is done and takes nothing away
    before it is over. A week in which nothing was prescribed, or in which the prescription was on
    hold at any time, neither adds nor ends the row. In a week in which the prescription changed,
    doing what any of its versions asked for is enough. Only ``done``, which comes from stored
    sessions, counts.
    """
    monday = monday_of(today)
    if not prescriptions:
        return 0
    first = min(each.issued_at for each in prescriptions).astimezone(zone).date()
    weeks = int(_is_done(prescriptions, done, monday, zone) is True)
    while (monday := monday - _WEEK) >= monday_of(first):
        week_done = _is_done(prescriptions, done, monday, zone)
        if week_done is False:
            break
        weeks += int(week_done is True)
    return weeks


def _is_done(
    prescriptions: Sequence[Prescription], done: DoneSets, monday: date, zone: tzinfo
) -> bool | None:
    """``None`` for a week that neither adds nor ends."""
    plans = [plan_of(each, prescriptions, zone) for each in _in_force(prescriptions, monday, zone)]
    asked = [plan for plan in plans if any(plan.required(key, monday) for key in plan.wanted)]
    if any(_all_done(plan, done, monday) for plan in asked):
        return True
    return None if len(asked) < len(plans) or not plans else False


def _all_done(plan: Plan, done: DoneSets, monday: date) -> bool:
    return all(
        plan.days_done(key, monday, done) >= plan.required(key, monday) for key in plan.wanted
    )


def _in_force(
    prescriptions: Sequence[Prescription], monday: date, zone: tzinfo
) -> list[Prescription]:
    """Those that held at any time of a week; each holds until the next is issued."""
    begin, end = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (monday, monday + _WEEK)
    )
    ordered = sorted(prescriptions, key=lambda each: (each.issued_at, each.version))
    until = [each.issued_at for each in ordered[1:]] + [end]
    return [
        each
        for each, ended_at in zip(ordered, until, strict=True)
        if each.issued_at < end and (ended_at > begin)
    ]
