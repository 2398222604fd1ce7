"""Flags in a doctor's words: name and symbol, what each rests on, who has acknowledged it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from uuid import UUID

from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.progress.flag_rules import RuleName
from cloud_bridge.progress.flags import Flag
from cloud_bridge.store.tables import FlagAcknowledgement

FLAG_NAMES: Final[Mapping[RuleName, str]] = {
    "fall_suspected": "Fall suspected",
    "stop": "Stopped",
    "pain_in_exercise": "Pain in exercise",
    "pain_rise": "Pain rising",
    "range_down": "Range down",
    "missed_days": "Days missed",
    "silence": "Silent",
}
FLAG_SYMBOLS: Final[Mapping[RuleName, str]] = {
    "fall_suspected": "⚠",
    "stop": "■",
    "pain_in_exercise": "✚",
    "pain_rise": "↗",
    "range_down": "↘",
    "missed_days": "○",
    "silence": "…",
}
_SHOWN_EVIDENCE: Final = 5


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One thing that a flag rests on."""

    when: str
    said: str
    session_id: UUID | None
    simulated: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One flag; ``keys`` is what the page's form sends back, so that no more is acknowledged."""

    rule: RuleName
    subject: str
    symbol: str
    name: str
    about: str
    urgent: bool
    simulated: bool
    is_new: bool
    evidence: tuple[EvidenceLine, ...]
    more_evidence: int
    keys: str


def flag_line(
    flag: Flag, acknowledged: Mapping[tuple[str, str], frozenset[str]], zone: tzinfo
) -> FlagLine:
    """A flag as the page shows it, its newest evidence first."""
    known = acknowledged.get((flag.rule, flag.subject), frozenset())
    ordered = sorted(flag.evidence, key=lambda each: each.at, reverse=True)
    return FlagLine(
        rule=flag.rule,
        subject=flag.subject,
        symbol=FLAG_SYMBOLS[flag.rule],
        name=FLAG_NAMES[flag.rule],
        about=_about(flag),
        urgent=flag.urgent,
        simulated=flag.simulated,
        is_new=flag.is_new(acknowledged),
        evidence=tuple(
            EvidenceLine(
                when=f"{each.at.astimezone(zone):%Y-%m-%d}",
                said=each.said,
                session_id=each.session_id,
                simulated=each.simulated,
                is_new=each.key not in known,
            )
            for each in ordered[:_SHOWN_EVIDENCE]
        ),
        more_evidence=max(0, len(ordered) - _SHOWN_EVIDENCE),
        keys=" ".join(each.key for each in ordered),
    )


def _about(flag: Flag) -> str:
    if flag.rule == "range_down":
        exercise_id, _, side = flag.subject.partition("/")
        return f"{exercise_name(exercise_id)}, {'both sides' if side == 'both' else side}"
    return f"{flag.subject} the session" if flag.rule == "pain_rise" else ""


@dataclass(frozen=True, slots=True)
class AcknowledgementLine:
    """Who has seen which flag, when, and what they noted."""

    when: str
    who: str
    name: str
    note: str
    lines: tuple[str, ...]


def acknowledgement_lines(
    rows: Sequence[FlagAcknowledgement], names: Mapping[int, str], zone: tzinfo
) -> tuple[AcknowledgementLine, ...]:
    """Each acknowledgement with its evidence as it was worded then."""
    return tuple(
        AcknowledgementLine(
            when=f"{row.acknowledged_at.astimezone(zone):%Y-%m-%d %H:%M}",
            who=names.get(row.acknowledged_by, "unknown"),
            name=next((said for rule, said in FLAG_NAMES.items() if rule == row.rule), row.rule),
            note=row.note,
            lines=tuple(row.evidence["lines"]),
        )
        for row in rows
    )
