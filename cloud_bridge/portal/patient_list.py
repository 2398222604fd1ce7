"""The patient list: who needs a look first, in words and symbols; sorted and filtered here."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from cloud_bridge.portal.flag_words import FLAG_NAMES, FlagLine, flag_line
from cloud_bridge.progress.adherence import last_seven_days
from cloud_bridge.progress.flag_rules import FlagRules
from cloud_bridge.progress.flags import History, flags_of
from cloud_bridge.progress.plan import plan_of
from cloud_bridge.progress.range_course import BASELINE_WITHIN
from cloud_bridge.store.progress_records import PatientRecords

NO_FLAG, ANY_FLAG = "none", "any"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PatientListLine:
    """One patient; ``None`` where there is nothing to say. ``simulated``: by sessions alone."""

    patient_id: int
    name: str
    flags: tuple[FlagLine, ...]
    flagged_at: datetime
    trained: int
    asked: int
    last_session_at: datetime | None
    last_status: str
    last_pain: int | None
    pain_when: datetime | None
    prescription: str
    device: str
    simulated: bool

    @property
    def urgent(self) -> bool:
        """Whether one of the flags is."""
        return any(each.urgent for each in self.flags)

    @property
    def rules(self) -> frozenset[str]:
        """The rules that hold."""
        return frozenset(each.rule for each in self.flags)

    @property
    def flags_by_rule(self) -> tuple[tuple[FlagLine, int], ...]:
        """One flag of each rule that holds, and how many there are."""
        first = {each.rule: each for each in reversed(self.flags)}
        counts = Counter(each.rule for each in self.flags)
        return tuple((first[rule], counts[rule]) for rule in counts)


@dataclass(frozen=True, slots=True)
class ListChoice:
    """What of the list is shown, and in which order."""

    words: str = ""
    flag: str = ""
    sort: str = "flags"
    descending: bool = False


def list_since(now: datetime, rules: FlagRules) -> datetime:
    """From when on sessions are needed for the list."""
    return now - max(
        timedelta(days=rules.range_down.look_back_days) + BASELINE_WITHIN, _days(rules)
    )


def _days(rules: FlagRules) -> timedelta:
    looked_back = (
        rules.pain_rise.look_back_days,
        rules.pain_in_exercise.look_back_days,
        rules.stop.look_back_days,
    )
    return timedelta(days=max(looked_back) + 7)


def history_of(records: PatientRecords, zone: tzinfo) -> History:
    """What the flags are made from."""
    return History(
        plan=plan_of(records.versions, records.sessions, zone),
        sessions=records.sessions,
        events=records.events,
        last_session_at=records.last_session_at,
    )


def list_line(
    records: PatientRecords, rules: FlagRules, zone: tzinfo, now: datetime
) -> PatientListLine:
    """One patient's line, with the flags that nobody has acknowledged."""
    history = history_of(records, zone)
    open_flags = [
        flag for flag in flags_of(history, rules, now) if flag.is_new(records.acknowledged)
    ]
    today = now.astimezone(zone).date()
    trained, asked = last_seven_days(history.plan, records.sessions, today)
    last = records.sessions[-1] if records.sessions else None
    rated = next((each for each in reversed(records.sessions) if each.pain_after is not None), None)
    return PatientListLine(
        patient_id=records.patient.id,
        name=records.patient.display_name,
        flags=tuple(flag_line(each, records.acknowledged, zone) for each in open_flags),
        flagged_at=max((each.at for each in open_flags), default=_LONG_AGO),
        trained=trained,
        asked=asked,
        last_session_at=records.last_session_at,
        last_status=last.status if last is not None else "",
        last_pain=None if rated is None else rated.pain_after,
        pain_when=None if rated is None else rated.started_at,
        prescription=_prescription(records),
        device=_device(records),
        simulated=bool(records.sessions) and all(each.simulated for each in records.sessions),
    )


def _prescription(records: PatientRecords) -> str:
    if not records.states:
        return "none"
    newest = records.states[-1]
    if newest.acknowledged_at is None:
        state = "waiting to be sent" if newest.published_at is None else "not confirmed yet"
    else:
        state = "on the device" if newest.accepted else "refused by the device"
    return f"version {newest.version}, {state}"


def _device(records: PatientRecords) -> str:
    if records.device is None:
        return "none lent"
    return "connected" if records.device.online else "not connected"


_ORDERS: Final[Mapping[str, Callable[[PatientListLine], Any]]] = {
    "flags": lambda line: (
        not line.urgent, not line.flags, *(rule not in line.rules for rule in FLAG_NAMES),
        -line.flagged_at.timestamp(), line.name.casefold(),
    ),
    "name": lambda line: line.name.casefold(),
    "last": lambda line: (line.last_session_at or _LONG_AGO).timestamp(),
    "days": lambda line: (line.trained / line.asked if line.asked else 2.0, line.name.casefold()),
    # Who did not answer comes first, and is not taken for who answered 0.
    "pain": lambda line: -1 if line.last_pain is None else line.last_pain,
}  # fmt: skip
ORDERS: Final = tuple(_ORDERS)


def chosen_lines(lines: Sequence[PatientListLine], choice: ListChoice) -> list[PatientListLine]:
    """The lines that match, in order; an order that is not known is that of the flags."""
    words = choice.words.casefold().split()
    found = [
        line
        for line in lines
        if all(word in line.name.casefold() for word in words) and _has(line, choice.flag)
    ]
    order = _ORDERS.get(choice.sort, _ORDERS["flags"])
    return sorted(found, key=order, reverse=choice.descending)


def _has(line: PatientListLine, flag: str) -> bool:
    if not flag:
        return True
    if flag in (ANY_FLAG, NO_FLAG):
        return bool(line.flags) == (flag == ANY_FLAG)
    return any(each.rule == flag for each in line.flags)
