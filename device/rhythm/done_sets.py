"""What was done on which day, from stored sessions only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from models.messages import ExerciseId, Session, Side

ExerciseKey = tuple[ExerciseId, Side]
DoneSets = Mapping[date, Mapping[ExerciseKey, int]]
"""Sets done, by local day."""

_FUTURE_BEYOND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DoneSession:
    """One stored session, as far as the rhythm needs it; times UTC."""

    started_at: datetime
    ended_at: datetime
    sets: Mapping[ExerciseKey, int]


def done_session(session: Session) -> DoneSession:
    """How many sets of each exercise were done in a session.

    The set at which the patient stopped, or the power went, counts only if all its repetitions were
    counted.
    """
    sets: Counter[ExerciseKey] = Counter()
    for item in session.items:
        sets[item.exercise_id, item.side] += len(item.sets)
    if session.status != "completed":
        latest = max(
            ((each.ended_at, number) for number, item in enumerate(session.items)
             for each in item.sets),
            default=None,
        )  # fmt: skip
        if latest is not None:
            item = session.items[latest[1]]
            last = item.sets[-1]
            if last.reps_counted < last.reps_target:
                sets[item.exercise_id, item.side] -= 1
    return DoneSession(session.started_at, session.ended_at, +sets)


def done_sets(sessions: Iterable[DoneSession], zone: tzinfo, now: datetime) -> DoneSets:
    """All sets by the local day on which their session began.

    Sessions more than a day ahead of ``now`` were dated by a wrong clock and are left out.
    """
    days: dict[date, Counter[ExerciseKey]] = {}
    for session in sessions:
        if session.started_at.astimezone(UTC) <= now.astimezone(UTC) + _FUTURE_BEYOND:
            day = session.started_at.astimezone(zone).date()
            days.setdefault(day, Counter()).update(session.sets)
    return days
