"""What the idle screen shows of the days: what is due, what was done, and what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from device.rhythm.clock import is_believed
from device.rhythm.done_sets import DoneSession, DoneSets, done_sets
from device.rhythm.plan import DAYS_OF_WEEK, Plan, monday_of, plan_of
from device.rhythm.reminders import Given, Reminder, moment_of, reminder_at, reminding_times
from device.rhythm.streak import weeks_in_a_row
from device.settings import ReminderSettings
from models.messages import ExerciseId, Prescription, Side

_LOOKS_AHEAD_DAYS = 2 * DAYS_OF_WEEK


@dataclass(frozen=True, slots=True)
class ExerciseToday:
    """One prescribed exercise today: ``sets_done`` of ``sets``, and whether more is due."""

    exercise_id: ExerciseId
    side: Side
    sets: int
    sets_done: int
    is_due: bool
    catches_up: bool


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The days of one patient as they are now.

    ``next_on`` is the next local day on which something is due, ``next_at`` the next set time for
    it (aware, local), ``None`` where no time is set. ``days_done`` of ``days_planned`` days of this
    week have had all that belonged to one exercise. Nothing is due, and no reminder stands, while
    the clock cannot be believed.
    """

    day: date
    exercises: tuple[ExerciseToday, ...] = ()
    next_on: date | None = None
    next_at: datetime | None = None
    streak_weeks: int = 0
    days_done: int = 0
    days_planned: int = 0
    clock_believed: bool = True
    reminder: Reminder | None = None

    @property
    def due(self) -> tuple[ExerciseToday, ...]:
        """What is still to be done today."""
        return tuple(each for each in self.exercises if each.is_due)

    @property
    def done(self) -> tuple[ExerciseToday, ...]:
        """What was done today, with all its sets."""
        return tuple(each for each in self.exercises if each.sets_done >= each.sets)

    @property
    def catches_up(self) -> bool:
        """Whether what is due was missed on an earlier day."""
        return any(each.catches_up for each in self.due)


def rhythm_at(
    now: datetime,
    zone: tzinfo,
    settings: ReminderSettings,
    prescriptions: Sequence[Prescription],
    sessions: Iterable[DoneSession],
    given: Given,
    *,
    under_way: bool = False,
    synchronised: bool = False,
) -> Rhythm:
    """The rhythm at ``now``.

    ``prescriptions`` are all that were ever received; the newest holds. There is no reminder while
    a session is ``under_way``; ``synchronised`` says that a time server has set the clock.
    """
    sessions = list(sessions)
    today = now.astimezone(zone).date()
    if not is_believed(now, _newest(prescriptions, sessions, given), synchronised=synchronised):
        return Rhythm(today, clock_believed=False)
    done = done_sets(sessions, zone, now)
    streak = weeks_in_a_row(prescriptions, done, today, zone)
    if not prescriptions:
        return Rhythm(today)
    current = max(prescriptions, key=lambda each: (each.issued_at, each.version))
    plan = plan_of(current, prescriptions, zone)
    exercises = _exercises(plan, today, done)
    is_due = any(each.is_due for each in exercises)
    next_on, next_at = _next(plan, done, now, zone, settings)
    monday = monday_of(today)
    planned = [plan.required(key, monday) for key in plan.wanted]
    return Rhythm(
        day=today,
        exercises=exercises,
        next_on=next_on,
        next_at=next_at,
        streak_weeks=streak,
        days_done=max((plan.days_done(key, monday, done) for key in plan.wanted), default=0),
        days_planned=max(planned, default=0),
        reminder=reminder_at(now, zone, settings, given, plan.times(today, done))
        if is_due and not under_way
        else None,
    )


def _exercises(plan: Plan, today: date, done: DoneSets) -> tuple[ExerciseToday, ...]:
    due = plan.due(today, done)
    return tuple(
        ExerciseToday(
            exercise_id=key[0],
            side=key[1],
            sets=wanted.sets,
            sets_done=done.get(today, {}).get(key, 0),
            is_due=key in due,
            catches_up=key in due and due[key].catches_up,
        )
        for key, wanted in plan.wanted.items()
        if plan.days(key, monday_of(today)) and today in plan.days(key, monday_of(today))
    )


def _next(
    plan: Plan, done: DoneSets, now: datetime, zone: tzinfo, settings: ReminderSettings
) -> tuple[date | None, datetime | None]:
    today = now.astimezone(zone).date()
    for number in range(_LOOKS_AHEAD_DAYS):
        day = today + timedelta(days=number)
        if not plan.due(day, done):
            continue
        times = reminding_times(settings, plan.times(day, done))
        later = [at for each in times if (at := moment_of(day, each, zone)) > now.astimezone(UTC)]
        if later:
            return day, min(later).astimezone(zone)
        if not times:
            return day, None
    return None, None


def _newest(
    prescriptions: Sequence[Prescription], sessions: Sequence[DoneSession], given: Given
) -> datetime | None:
    known = [each.issued_at for each in prescriptions]
    known += [each.ended_at for each in sessions]
    known += given.times
    return max(known, default=None)
