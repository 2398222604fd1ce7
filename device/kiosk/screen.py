"""Turns the coach's feedback into the words and numbers that the page shows."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from device.coaching.feedback import Phase
from device.kiosk.channel import LiveUpdate
from device.store import DeliveryState, LinkState
from models.exercises.catalogue import TEXTS_FOLDER, Catalogue
from models.exercises.definition import Measure
from models.exercises.library import load_library

KIOSK_TEXTS = Path(__file__).parent / "texts"
_SHOWS_COUNT = frozenset({Phase.EXERCISING, Phase.PAUSED, Phase.FRAMING, Phase.COUNTDOWN})
_STOPPABLE = frozenset(
    {Phase.FRAMING, Phase.COUNTDOWN, Phase.EXERCISING, Phase.RESTING, Phase.PAUSED}
)
_BUTTONS = ("start", "stop", "again", "done", "skip")
_REASONS = ("pain", "dizzy", "tired", "technical")
# The keypoints whose limbs are drawn as the judged ones: COCO indices, left and right.
_JUDGED: dict[Measure, tuple[int, ...]] = {
    "knee_flexion": (11, 13, 15, 12, 14, 16),
    "hip_abduction": (11, 13, 15, 12, 14, 16),
    "shoulder_abduction": (5, 7, 9, 6, 8, 10),
    "shoulder_flexion": (5, 7, 9, 6, 8, 10),
}


@cache
def kiosk_catalogue(language: str) -> Catalogue:
    """All texts the kiosk needs in one language."""
    return Catalogue(language, (TEXTS_FOLDER, KIOSK_TEXTS))


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
) -> dict[str, Any]:
    """The words for one update; JSON-ready."""
    texts, feedback = kiosk_catalogue(language), update.feedback
    phase = Phase(feedback["phase"])
    connected = link is not None and link.connected
    return _blank(texts) | {
        "phase": phase.value,
        "instruction": texts.text(feedback["instruction"]),
        "exercise": _exercise(texts, feedback),
        "set": _set(texts, phase, feedback),
        "count": feedback["reps_counted"] if phase in _SHOWS_COUNT else None,
        "countOf": texts.text("count-of", target=feedback["reps_target"]),
        "seconds": feedback["seconds_left"],
        "cue": texts.text(feedback["cue"]) if feedback["cue"] else "",
        "praise": str(feedback["cue"]).startswith("cue-praise"),
        "progress": None if math.isnan(update.rom_progress) else round(update.rom_progress, 3),
        "judged": _judged(feedback["exercise_id"]) if phase is Phase.EXERCISING else [],
        "question": _question(texts, feedback["question"]),
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
        "buttons": {
            name: texts.text(f"button-{name}")
            for name in ("start", "stop", "again", "done", "skip")
        },
    }


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
    library = load_library()
    if exercise_id is None or exercise_id not in library:
        return []
    return list(_JUDGED[library.measured(exercise_id).measure])


def _question(texts: Catalogue, question: str | None) -> dict[str, Any] | None:
    if question is None:
        return None
    if question == "stop_reason":
        reasons = [{"value": each, "text": texts.text(f"reason-{each}")} for each in _REASONS]
        return {"id": question, "choices": reasons, "low": "", "high": ""}
    low, high = (
        ("scale-none", "scale-worst-pain")
        if question == "pain_after"
        else ("scale-easy", "scale-hardest")
    )
    choices = [{"value": rating, "text": str(rating)} for rating in range(11)]
    return {"id": question, "choices": choices, "low": texts.text(low), "high": texts.text(high)}


def _summary(texts: Catalogue, feedback: Mapping[str, Any]) -> list[dict[str, str]]:
    library = load_library()
    lines = [
        {
            "text": texts.text(
                "summary-set",
                exercise=texts.text(library[line["exercise_id"]].name),
                counted=line["reps_counted"],
                target=line["reps_target"],
            ),
            "detail": _angle(texts, line["rom_peak_deg"], line["expected_error_deg"]),
        }
        for line in feedback["summary"]
    ]
    return lines or [{"text": texts.text("summary-nothing"), "detail": ""}]


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
