"""When to remind: at set times, softly, and never at night.

Pure functions of a moment; everything is compared in UTC, for two times of one zone are compared by
their clock faces, which run back in autumn.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from device.settings import ReminderSettings


@dataclass(frozen=True, slots=True)
class Reminder:
    """One that stands now; ``number`` counts the day's from 1, ``is_new`` until it is noted."""

    since: datetime
    number: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What was reminded of on ``day``: the times, in UTC, for which it was; and a pause."""

    day: date
    times: tuple[datetime, ...] = ()
    snoozed_until: datetime | None = None


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time of a day, in UTC; one that the clocks skip in spring comes an hour later.

    One that comes twice in autumn is its first.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def is_quiet(local: time, settings: ReminderSettings) -> bool:
    """Whether a local time lies in the quiet hours, which may go over midnight."""
    begin, end = settings.quiet_from, settings.quiet_until
    if begin <= end:
        return begin <= local < end
    return local >= begin or local < end


def reminding_times(
    settings: ReminderSettings, prescribed: frozenset[time] | None = None
) -> list[time]:
    """The set times outside the quiet hours, in order; those that were prescribed take their place.

    Where all that were prescribed are in the quiet hours the set times hold.
    """
    for times in (prescribed or frozenset(), frozenset(settings.times)):
        if waking := sorted(each for each in times if not is_quiet(each, settings)):
            return waking
    return []


def reminder_at(
    now: datetime,
    zone: tzinfo,
    settings: ReminderSettings,
    given: Given,
    prescribed: frozenset[time] | None = None,
) -> Reminder | None:
    """The reminder that stands at ``now``, if something is due with ``prescribed`` times."""
    local = now.astimezone(zone)
    now = now.astimezone(UTC)
    if not settings.remind or is_quiet(local.time(), settings):
        return None
    given = given_on(local.date(), given)
    if given.snoozed_until is not None and now < given.snoozed_until:
        return None
    times = [moment_of(local.date(), each, zone) for each in reminding_times(settings, prescribed)]
    if given.snoozed_until is not None:
        times.append(given.snoozed_until)
    past = [each for each in times if each <= now]
    if not past or now - max(past) > timedelta(minutes=settings.late_minutes):
        return None
    latest = max(past)
    if latest in given.times:
        return Reminder(latest, given.times.index(latest) + 1, is_new=False)
    if len(given.times) >= settings.most_per_day:
        return None
    return Reminder(latest, len(given.times) + 1, is_new=True)


def given_on(day: date, given: Given) -> Given:
    """What was given, as it counts on a day: nothing of another day."""
    return given if given.day == day else Given(day)


def noted(given: Given, reminder: Reminder, day: date) -> Given:
    """With a new reminder among those given."""
    given = given_on(day, given)
    return replace(given, times=(*given.times, reminder.since))


def snoozed(given: Given, now: datetime, zone: tzinfo, settings: ReminderSettings) -> Given:
    """Nothing for a while, and then once more if the day still allows it."""
    until = now.astimezone(UTC) + timedelta(minutes=settings.snooze_minutes)
    return replace(given_on(now.astimezone(zone).date(), given), snoozed_until=until)
