"""Who needs a look, and why: rules over the stored sessions, each flag with its evidence.

A flag is about figures, not a diagnosis. Somebody acknowledges it; it comes back only when there is
evidence that was not there then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from uuid import UUID

from cloud_bridge.progress.adherence import missed_in_a_row
from cloud_bridge.progress.flag_rules import FlagRules, RuleName
from cloud_bridge.progress.plan import Plan
from cloud_bridge.progress.range_course import range_courses, range_drops
from cloud_bridge.progress.session_figures import SessionFigures
from models.event import Event

HISTORY_DAYS: Final = 84
"""How many days of sessions the flags are made from, at most."""
_RATINGS: Final = {"before": "pain_before", "after": "pain_after"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a flag rests on, in words; ``key`` stays the same for the same evidence."""

    key: str
    at: datetime
    said: str
    session_id: UUID | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """One rule that holds; ``subject`` tells flags of one rule apart (an exercise, a rating)."""

    rule: RuleName
    subject: str
    urgent: bool
    evidence: tuple[Evidence, ...]

    @property
    def at(self) -> datetime:
        """When its newest evidence is from."""
        return max(each.at for each in self.evidence)

    @property
    def simulated(self) -> bool:
        """Whether it rests on simulated sessions alone."""
        return all(each.simulated for each in self.evidence)

    def is_new(self, acknowledged: Mapping[tuple[str, str], frozenset[str]]) -> bool:
        """Whether some of its evidence was acknowledged by nobody, by (rule, subject)."""
        known = acknowledged.get((self.rule, self.subject), frozenset())
        return any(each.key not in known for each in self.evidence)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one patient; sessions of the last :data:`HISTORY_DAYS` suffice.

    ``last_session_at`` may be older than they are; ``events`` are all.
    """

    plan: Plan
    sessions: tuple[SessionFigures, ...]
    events: tuple[Event, ...]
    last_session_at: datetime | None


def flags_of(history: History, rules: FlagRules, now: datetime) -> tuple[Flag, ...]:
    """The flags of one patient, urgent ones first, in the order of the rules here."""
    found = [
        *_fall_suspected(history, rules),
        *_stop(history, rules, now),
        *_pain_in_exercise(history, rules, now),
        *_pain_rise(history, rules, now),
        *_range_down(history, rules, now),
        *_absence(history, rules, now),
    ]
    return tuple(sorted(found, key=lambda each: not each.urgent))


def _fall_suspected(history: History, rules: FlagRules) -> Iterator[Flag]:
    rule = rules.fall_suspected
    evidence = tuple(
        Evidence(
            key=f"event:{event.id}",
            at=event.occurred_at,
            said=f"fall suspected; asked whether all right: {_answer(event)}",
            session_id=event.session_id,
            simulated=event.camera in ("simulated", "clip"),
        )
        for event in history.events
        if event.event_kind == "fall_suspected"
    )
    if rule.on and evidence:
        yield Flag("fall_suspected", "", rule.urgent, evidence)


def _answer(event: Event) -> str:
    return "not known" if event.answer is None else event.answer.replace("_", " ")


def _stop(history: History, rules: FlagRules, now: datetime) -> Iterator[Flag]:
    rule = rules.stop
    evidence = tuple(
        _of(session, f"stopped: {(session.stop_reason or 'unknown reason').replace('_', ' ')}")
        for session in _since(history, now, rule.look_back_days)
        if session.status == "stopped"
    )
    if rule.on and evidence:
        yield Flag("stop", "", rule.urgent, evidence)


def _pain_in_exercise(history: History, rules: FlagRules, now: datetime) -> Iterator[Flag]:
    rule = rules.pain_in_exercise
    since = now - timedelta(days=rule.look_back_days)
    evidence = [
        _of(session, f"pain {session.pain_after} of 10 after the session")
        for session in _since(history, now, rule.look_back_days)
        if session.pain_after is not None and session.pain_after > rule.above
    ]
    evidence += [
        Evidence(
            key=f"event:{event.id}",
            at=event.occurred_at,
            said=f"pain {event.evidence.pain} of 10 when stopping",
            session_id=event.session_id,
            simulated=event.camera in ("simulated", "clip"),
        )
        for event in history.events
        if event.occurred_at >= since
        and event.evidence.pain is not None
        and event.evidence.pain > rule.above
    ]
    if rule.on and evidence:
        yield Flag("pain_in_exercise", "", rule.urgent, tuple(evidence))


def _pain_rise(history: History, rules: FlagRules, now: datetime) -> Iterator[Flag]:
    rule = rules.pain_rise
    since = now - timedelta(days=rule.look_back_days)
    if not rule.on:
        return
    for when, field in _RATINGS.items():
        # A pain of 0 is an answer.
        answered = [each for each in _in_order(history) if getattr(each, field) is not None]
        evidence = []
        for end in range(rule.sessions, len(answered) + 1):
            run = answered[end - rule.sessions : end]
            ratings = [getattr(each, field) for each in run]
            if run[-1].started_at >= since and ratings[-1] - ratings[0] >= rule.points:
                said = " → ".join(map(str, ratings))
                evidence.append(_of(run[-1], f"pain {when} the session {said}"))
        if evidence:
            yield Flag("pain_rise", when, rule.urgent, tuple(evidence))


def _range_down(history: History, rules: FlagRules, now: datetime) -> Iterator[Flag]:
    rule = rules.range_down
    since = now - timedelta(days=rule.look_back_days)
    if not rule.on:
        return
    for key, points in range_courses(history.sessions).items():
        evidence = tuple(
            Evidence(
                key=f"session:{drop.points[-1].session_id}",
                at=drop.points[-1].at,
                said=(
                    ", ".join(
                        f"{each.range.value_deg:.0f}° ± {each.range.expected_error_deg:.0f}°"
                        for each in drop.points
                    )
                    + f" after a median of {drop.baseline_deg:.0f}°"
                ),
                session_id=drop.points[-1].session_id,
                simulated=drop.points[-1].simulated,
            )
            for drop in range_drops(key, points, rule, since)
        )
        if evidence:
            yield Flag("range_down", "/".join(key), rule.urgent, evidence)


def _absence(history: History, rules: FlagRules, now: datetime) -> Iterator[Flag]:
    zone = history.plan.zone
    today = now.astimezone(zone).date()
    simulated = bool(history.sessions) and all(each.simulated for each in history.sessions)
    silent = _silent_days(history, today)
    is_silent = rules.silence.on and silent is not None and silent[0] >= rules.silence.days
    missed = missed_in_a_row(history.plan, history.sessions, today)
    if (
        rules.missed_days.on
        and not is_silent  # which says more
        and missed is not None
        and missed.days >= rules.missed_days.days
    ):
        yield Flag(
            "missed_days",
            "",
            rules.missed_days.urgent,
            (
                Evidence(
                    key=f"missed-since:{missed.first}",
                    at=_midnight(missed.first, zone),
                    said=(
                        f"{missed.days} training days missed in a row since {missed.first}"
                        f" (trained {missed.trained} of {missed.asked} days in the week to"
                        " yesterday)"
                    ),
                    simulated=simulated,
                ),
            ),
        )
    if is_silent and silent is not None:
        days, since, said = silent
        yield Flag(
            "silence",
            "",
            rules.silence.urgent,
            (
                Evidence(
                    key=f"silent-since:{since}",
                    at=_midnight(since, zone),
                    said=f"{days} whole days without a session; {said}",
                    simulated=simulated,
                ),
            ),
        )


def _silent_days(history: History, today: date) -> tuple[int, date, str] | None:
    """Whole days without a session, since when, and what was last; ``None`` on hold or ended."""
    newest = history.plan.newest()
    if newest is None or not newest.asks_on(today):
        return None
    zone = history.plan.zone
    last = history.last_session_at
    known = [] if last is None else [(last.astimezone(zone).date(), "the last session was then")]
    if newest.prescription.starts_on is not None:
        known.append((newest.prescription.starts_on - timedelta(days=1), "prescribed from then on"))
    if last is None and newest.in_force_from is None:
        known.append((newest.made_on, f"prescribed {newest.made_on}, no device has confirmed it"))
    elif last is None and newest.begins is not None:
        known.append((newest.begins, "on the device since then"))
    since, said = max(known, default=(None, ""), key=lambda each: each[0])
    on_hold_until = _asks_again_since(history.plan, today)
    if since is None or (on_hold_until is not None and on_hold_until > since):
        since, said = on_hold_until or today, "nothing was asked for before"
    return (today - since).days - 1, since, f"since {since} ({said})"


def _asks_again_since(plan: Plan, today: date) -> date | None:
    """The last day, of the history's, on which the patient had a version and nothing was asked."""
    for back in range(HISTORY_DAYS):
        day = today - timedelta(days=back)
        if plan.is_paused_on(day):
            return day
    return None


def _of(session: SessionFigures, said: str) -> Evidence:
    return Evidence(
        key=f"session:{session.id}",
        at=session.started_at,
        said=said,
        session_id=session.id,
        simulated=session.simulated,
    )


def _in_order(history: History) -> Sequence[SessionFigures]:
    return sorted(history.sessions, key=lambda each: each.started_at)


def _since(history: History, now: datetime, days: int) -> Iterable[SessionFigures]:
    since = now - timedelta(days=days)
    return (each for each in _in_order(history) if each.started_at >= since)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
