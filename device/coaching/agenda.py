"""Takes what the days bring into the screen, and back into words there."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from device.coaching.feedback import Agenda
from device.rhythm.rhythm import Rhythm


def agenda_of(rhythm: Rhythm) -> Agenda:
    """What the screen shows of the rhythm. A clock that cannot be believed says nothing of what is
    due: then the plan is shown, as ever."""
    return Agenda(
        due=bool(rhythm.due) or not rhythm.clock_believed,
        day=rhythm.day.isoformat(),
        next_on=None if rhythm.next_on is None else rhythm.next_on.isoformat(),
        next_at=None if rhythm.next_at is None else rhythm.next_at.isoformat(),
        streak_weeks=rhythm.streak_weeks,
        reminds=rhythm.reminder is not None,
        sets_done=tuple((each.exercise_id, each.side, each.sets_done) for each in rhythm.exercises),
    )


def rhythm_of(agenda: Mapping[str, Any]) -> Rhythm | None:
    """As much of the rhythm as its words need, from the agenda as it came over the channel."""
    if not agenda["day"]:
        return None
    return Rhythm(
        day=date.fromisoformat(agenda["day"]),
        next_on=date.fromisoformat(agenda["next_on"]) if agenda["next_on"] else None,
        next_at=datetime.fromisoformat(agenda["next_at"]) if agenda["next_at"] else None,
        streak_weeks=agenda["streak_weeks"],
    )
