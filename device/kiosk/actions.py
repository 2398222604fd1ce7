"""What the patient can do on a screen, in words, and how to do it from three metres away."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from device.coaching.choices import Choice
from device.coaching.feedback import Agenda, Feedback, Phase
from device.coaching.gestures import Posture, meaning_at
from device.coaching.live_values import LiveValues
from device.kiosk.screen_document import Action, Gesture
from device.kiosk.wording import kiosk_catalogue
from models.exercises.catalogue import Catalogue
from models.exercises.library import load_library


def feedback_from(document: Mapping[str, Any]) -> Feedback:
    """As much of the feedback as its choices depend on, from the document of the channel."""
    known = {each.name for each in fields(Feedback)} - {"plan", "summary", "progress"}
    values = {name: value for name, value in document.items() if name in known}
    agenda = Agenda(**values.pop("agenda"))
    values.pop("introduction")
    return Feedback(**values | {"phase": Phase(values["phase"]), "agenda": agenda})


def action(texts: Catalogue, choice: Choice) -> Action:
    """A choice with its words and its command."""
    return Action(
        id=choice.id,
        text=_text(texts, choice),
        command=choice.command.model_dump(mode="json"),
        kind=choice.kind,
        gesture=choice.gesture,
    )


def _text(texts: Catalogue, choice: Choice) -> str:
    kind, _, value = choice.id.partition("-")
    if kind == "rating":
        return value
    if kind == "language":
        return kiosk_catalogue(value).text("language-name")
    return texts.text(choice.id if kind == "reason" else f"button-{choice.id}")


def gesture(live: LiveValues) -> Gesture | None:
    """The gesture that is being held."""
    if live.gesture is None:
        return None
    return Gesture(kind=live.gesture, share=round(live.gesture_share, 3))


def hint(texts: Catalogue, feedback: Feedback, choices: tuple[Choice, ...]) -> str:
    """How to do it from three metres away."""
    if feedback.page is None and feedback.phase is Phase.CHECKING:
        return texts.text("hint-check")
    exercise = load_library().get(feedback.exercise_id or "")
    meaning = meaning_at(feedback, choices, exercise, feedback.focus)
    if meaning.get(Posture.LEFT) == "next":
        return texts.text("hint-choose")
    done = next((each for each in choices if each.gesture == "yes"), None)
    if "yes" not in meaning.values():
        done = None
    if feedback.focus is not None:
        done = choices[feedback.focus]
    if done is not None:
        return texts.text("hint-one-hand", action=_text(texts, done))
    how = {"stop": "hint-stop-hands", "next": "hint-both-hands"}.get(meaning.get(Posture.BOTH, ""))
    if how is None and meaning.get(Posture.HEAD) == "stop":
        how = "hint-stop-head"
    return texts.text(how) if how else ""
