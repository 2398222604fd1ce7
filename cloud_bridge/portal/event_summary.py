"""Turns a stored event into what a doctor reads: what was suspected, the answer, the figures."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.event import Answer, Event, EventEvidence, EventKind
from models.exercises.catalogue import exercise_text
from models.exercises.library import load_library

_KINDS: dict[EventKind, str] = {
    "fall_suspected": "Fall suspected",
    "long_stillness": "Long stillness",
    "stopped_for_pain": "Stopped for pain",
    "stopped_for_chest_pain": "Stopped for chest pain",
    "stopped_breathless": "Stopped: breathless",
    "stopped_dizzy": "Stopped: dizzy",
}
_ASKED: tuple[EventKind, ...] = ("fall_suspected", "long_stillness")
_ANSWERS: dict[Answer | None, str] = {
    "all_right": "“I am all right”",
    "needs_help": "“I need help”",
    "no_answer": "no answer in time",
    None: "not known: the device was switched off",
}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event in words; ``urgent`` where the patient asked for help or did not answer."""

    occurred_at: datetime
    kind: str
    exercise: str
    answer: str
    evidence: str
    session_id: UUID | None
    simulated: bool
    urgent: bool


def event_line(event: Event) -> EventLine:
    """The line of one event on the patient's page."""
    asked = event.event_kind in _ASKED
    answer = _ANSWERS[event.answer] if asked else "said so when stopping"
    if event.answered_after_s is not None and event.answer != "no_answer":
        answer += f", after {event.answered_after_s:.0f} s"
    return EventLine(
        occurred_at=event.occurred_at,
        kind=_KINDS[event.event_kind],
        exercise=_exercise(event.exercise_id),
        answer=answer,
        evidence=_evidence(event.evidence),
        session_id=event.session_id,
        simulated=event.camera in ("simulated", "clip"),
        urgent=event.answer != "all_right" if asked else True,
    )


def _exercise(exercise_id: str | None) -> str:
    library = load_library()
    if exercise_id is None or exercise_id not in library:
        return "-"
    return exercise_text(library[exercise_id].name)


def _evidence(evidence: EventEvidence) -> str:
    figures = (
        ("hips came down {:.1f} torso lengths", evidence.drop_torso),
        ("within {:.1f} s", evidence.drop_s),
        ("trunk {:.0f}° from upright", evidence.trunk_deg),
        ("low for {:.0f} s", evidence.low_s),
        ("no movement for {:.0f} s", evidence.still_s),
        ("pain {:d} of 10", evidence.pain),
    )
    return ", ".join(text.format(value) for text, value in figures if value is not None) or "-"
