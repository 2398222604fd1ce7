"""Turns the coach's feedback into the words and numbers that the page shows."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from device.coaching.feedback import Phase
from device.kiosk.channel import LiveUpdate
from device.store import DeliveryState, LinkState
from models.exercises.catalogue import Catalogue, exercise_text_folders
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library

KIOSK_TEXTS = Path(__file__).parent / "texts"
_SHOWS_COUNT = frozenset({Phase.EXERCISING, Phase.PAUSED, Phase.FRAMING, Phase.COUNTDOWN})
_STOPPABLE = frozenset(
    {Phase.FRAMING, Phase.COUNTDOWN, Phase.EXERCISING, Phase.RESTING, Phase.PAUSED}
)
_BUTTONS = ("start", "stop", "again", "done", "skip", "close")
_REASONS = ("pain", "chest_pain", "breathless", "dizzy", "tired", "technical")
_ANSWERS = ("all_right", "needs_help")
# The keypoints whose limbs are drawn as the judged ones: COCO indices, left and right.
_ARMS, _LEGS, _TRUNK = (5, 7, 9, 6, 8, 10), (11, 13, 15, 12, 14, 16), (5, 6, 11, 12)


@cache
def kiosk_catalogue(language: str) -> Catalogue:
    """All texts the kiosk needs in one language."""
    return Catalogue(language, (*exercise_text_folders(), KIOSK_TEXTS))


def waiting_screen(language: str) -> dict[str, Any]:
    """What is shown while the coach says nothing: it starts, or starts again."""
    texts = kiosk_catalogue(language)
    return _blank(texts) | {
        "phase": "no-connection",
        "instruction": texts.text("instruct-no-connection"),
    }


def screen_of(
    update: LiveUpdate,
    language: str,
    link: LinkState | None,
    delivery: DeliveryState | None,
    emergency_number: str,
) -> dict[str, Any]:
    """The words for one update; JSON-ready."""
    texts, feedback = kiosk_catalogue(language), update.feedback
    phase = Phase(feedback["phase"])
    connected = link is not None and link.connected
    return _blank(texts) | {
        "phase": phase.value,
        "instruction": texts.text(feedback["instruction"], number=emergency_number),
        "note": _note(texts, feedback, emergency_number),
        "exercise": _exercise(texts, feedback),
        "set": _set(texts, phase, feedback),
        "count": feedback["reps_counted"] if _counts(phase, feedback) else None,
        "countOf": texts.text("count-of", target=feedback["reps_target"])
        if _counts(phase, feedback)
        else "",
        "seconds": feedback["seconds_left"],
        "cue": texts.text(feedback["cue"]) if feedback["cue"] else "",
        "praise": str(feedback["cue"]).startswith("cue-praise"),
        "progress": None if math.isnan(update.rom_progress) else round(update.rom_progress, 3),
        "judged": _judged(feedback["exercise_id"]) if phase is Phase.EXERCISING else [],
        "question": _check(texts)
        if phase is Phase.CHECKING
        else _question(texts, feedback["question"]),
        "summary": _summary(texts, feedback) if phase is Phase.SUMMARY else [],
        "delivery": texts.text(f"delivery-{delivery}") if delivery else "",
        "deliveryState": delivery or "",
        "canStart": phase is Phase.READY,
        "canStop": phase in _STOPPABLE,
        "cameraSign": _camera_sign(texts, feedback),
        "warning": texts.text("network-stand-in") if feedback["network_is_stand_in"] else "",
        "link": texts.text("link-connected" if connected else "link-disconnected"),
        "linked": connected,
    }


def _blank(texts: Catalogue) -> dict[str, Any]:
    return {
        "language": texts.language,
        "note": "",
        "exercise": "",
        "set": "",
        "count": None,
        "countOf": "",
        "seconds": None,
        "cue": "",
        "praise": False,
        "progress": None,
        "judged": [],
        "question": None,
        "summary": [],
        "delivery": "",
        "deliveryState": "",
        "canStart": False,
        "canStop": False,
        "cameraSign": "",
        "warning": "",
        "link": "",
        "linked": False,
        "buttons": {name: texts.text(f"button-{name}") for name in _BUTTONS},
    }


def _note(texts: Catalogue, feedback: Mapping[str, Any], emergency_number: str) -> str:
    if feedback["looks_like"]:
        planned = _exercise(texts, feedback)
        seen = texts.text(feedback["looks_like"])
        return texts.text("note-looks-like", seen=seen, planned=planned)
    return texts.text(feedback["note"], number=emergency_number) if feedback["note"] else ""


def _counts(phase: Phase, feedback: Mapping[str, Any]) -> bool:
    return phase in _SHOWS_COUNT and not feedback["guided_by_clock"]


def _exercise(texts: Catalogue, feedback: Mapping[str, Any]) -> str:
    name = feedback["exercise_name"]
    return texts.text(name) if name else ""


def _set(texts: Catalogue, phase: Phase, feedback: Mapping[str, Any]) -> str:
    if phase is Phase.READY:
        return texts.text("reps-plan", sets=feedback["sets"], reps=feedback["reps_target"])
    if not feedback["set_number"]:
        return ""
    return texts.text("set-of", number=feedback["set_number"], sets=feedback["sets"])


def _judged(exercise_id: str | None) -> list[int]:
    exercise = load_library().get(exercise_id or "")
    if not isinstance(exercise, ExerciseDefinition):
        return []
    if exercise.measure.startswith(("shoulder", "elbow")):
        return list(_ARMS)
    return list(_TRUNK if exercise.measure.startswith(("trunk", "pelvis")) else _LEGS)


def _check(texts: Catalogue) -> dict[str, Any]:
    choices = [
        {
            "text": texts.text(f"answer-{each.replace('_', '-')}"),
            "command": {"command": "check", "answer": each},
        }
        for each in _ANSWERS
    ]
    return {"id": "check", "choices": choices, "low": "", "high": ""}


def _question(texts: Catalogue, question: str | None) -> dict[str, Any] | None:
    if question is None:
        return None
    if question == "stop_reason":
        reasons = [
            {
                "text": texts.text(f"reason-{each.replace('_', '-')}"),
                "command": {"command": "answer", "question": question, "reason": each},
            }
            for each in _REASONS
        ]
        return {"id": question, "choices": reasons, "low": "", "high": ""}
    low, high = (
        ("scale-none", "scale-worst-pain")
        if question == "pain_after"
        else ("scale-easy", "scale-hardest")
    )
    choices = [
        {
            "text": str(rating),
            "command": {"command": "answer", "question": question, "rating": rating},
        }
        for rating in range(11)
    ]
    return {"id": question, "choices": choices, "low": texts.text(low), "high": texts.text(high)}


def _summary(texts: Catalogue, feedback: Mapping[str, Any]) -> list[dict[str, str]]:
    lines = [_summary_line(texts, line) for line in feedback["summary"]]
    return lines or [{"text": texts.text("summary-nothing"), "detail": ""}]


def _summary_line(texts: Catalogue, line: Mapping[str, Any]) -> dict[str, str]:
    name = texts.text(load_library()[line["exercise_id"]].name)
    if line["guided_by_clock"]:
        text = texts.text("summary-set-by-clock", exercise=name)
        return {"text": text, "detail": texts.text("summary-not-counted")}
    counted, target = line["reps_counted"], line["reps_target"]
    return {
        "text": texts.text("summary-set", exercise=name, counted=counted, target=target),
        "detail": _angle(texts, line["rom_peak_deg"], line["expected_error_deg"]),
    }


def _angle(texts: Catalogue, angle_deg: float | None, error_deg: float | None) -> str:
    if angle_deg is None:
        return texts.text("summary-angle-not-measured")
    if error_deg is None:
        return texts.text("summary-angle", angle=round(angle_deg))
    return texts.text(
        "summary-angle-with-error", angle=round(angle_deg), error=max(round(error_deg), 1)
    )


def _camera_sign(texts: Catalogue, feedback: Mapping[str, Any]) -> str:
    kind = feedback["camera"]
    return texts.text(f"camera-{kind}" if kind in ("simulated", "clip") else "camera-on")
