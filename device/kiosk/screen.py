"""Turns the coach's feedback into the screen document: words and numbers for the page."""

import re
from collections.abc import Mapping
from typing import Any

from device.coaching.agenda import rhythm_of
from device.coaching.choices import Choice, choices_of
from device.coaching.command import Dismiss, OpenPage
from device.coaching.feedback import Phase
from device.kiosk import drawing
from device.kiosk.actions import action, feedback_from, gesture, hint
from device.kiosk.channel import LiveUpdate
from device.kiosk.demonstration import view_text_id
from device.kiosk.screen_document import (
    Call,
    Demonstration,
    Fact,
    PlanLine,
    Question,
    ScreenDocument,
    ScreenName,
    State,
    Streak,
)
from device.kiosk.screen_place import Delivery, ScreenPlace
from device.kiosk.summary import named, progress_lines, summary_lines
from device.kiosk.wording import KIOSK_TEXTS, kiosk_catalogue
from device.rhythm.words import appointment_text, streak_text
from device.settings import ClinicSettings
from models.exercises.catalogue import Catalogue
from models.exercises.library import load_library

__all__ = [
    "KIOSK_TEXTS",
    "help_screen",
    "kiosk_catalogue",
    "screen_of",
    "waiting_screen",
]

_SHOWS_COUNT = frozenset({Phase.EXERCISING, Phase.PAUSED, Phase.FRAMING, Phase.COUNTDOWN})
_SCREENS: dict[Phase, ScreenName] = {
    Phase.WAITING: "idle",
    Phase.READY: "plan",
    Phase.RESUMING: "resume",
    Phase.DEMONSTRATION: "demonstration",
    Phase.FRAMING: "framing",
    Phase.COUNTDOWN: "countdown",
    Phase.EXERCISING: "live",
    Phase.RESTING: "rest",
    Phase.PAUSED: "paused",
    Phase.CHECKING: "checking",
    Phase.EMERGENCY: "emergency",
    Phase.QUESTIONS: "question",
    Phase.SUMMARY: "summary",
}
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*")
_SCALE_ENDS = {
    "pain_before": ("scale-none", "scale-worst-pain"),
    "pain_after": ("scale-none", "scale-worst-pain"),
    "rpe": ("scale-easy", "scale-hardest"),
}


def waiting_screen(language: str, place: ScreenPlace) -> ScreenDocument:
    """What is shown while the coach says nothing: it starts, or starts again."""
    texts = kiosk_catalogue(language)
    screen = _blank(texts, place, "no-connection")
    screen["instruction"] = texts.text("instruct-no-connection")
    screen["actions"] = [action(texts, Choice("help", OpenPage(page="help"), "secondary"))]
    return screen


def help_screen(language: str, place: ScreenPlace, facts: list[Fact]) -> ScreenDocument:
    """The page for the telephone help while the coach says nothing."""
    texts = kiosk_catalogue(language)
    screen = _blank(texts, place, "help")
    screen["instruction"] = texts.text("instruct-help")
    screen["facts"], screen["call"] = facts, _clinic(place.clinic)
    screen["actions"] = [action(texts, Choice("done", Dismiss(), "primary"))]
    return screen


def screen_of(
    update: LiveUpdate,
    delivery: Delivery,
    place: ScreenPlace,
    facts: list[Fact] | None = None,
) -> ScreenDocument:
    """The document for one update; ``facts`` are those of the help page, while it is open."""
    feedback = update.feedback
    texts = kiosk_catalogue(place.language_of(feedback))
    phase = Phase(feedback["phase"])
    screen = _blank(texts, place, _screen_name(phase, feedback))
    typed = feedback_from(feedback)
    choices = choices_of(typed)
    connected = delivery.link is not None and delivery.link.connected
    screen["moment"] = typed.moment
    screen["instruction"] = _instruction(texts, phase, feedback, place)
    screen["note"] = _note(texts, phase, feedback, place)
    screen["hint"] = hint(texts, typed, choices)
    screen["exercise"] = _exercise(texts, feedback)
    screen["set"] = _set(texts, phase, feedback)
    screen["seconds"] = feedback["seconds_left"]
    screen["actions"] = [action(texts, choice) for choice in choices]
    screen["focus"] = feedback["focus"]
    screen["gesture"] = gesture(update.live)
    screen["skeleton_only"] = _or(feedback["skeleton_only"], place.skeleton_only)
    screen["voice"] = _voice(texts, _or(feedback["volume"], place.volume))
    screen["camera_sign"] = _camera_sign(texts, feedback, delivery)
    screen["warning"] = texts.text("network-stand-in") if feedback["network_is_stand_in"] else ""
    state = "connected" if connected else "disconnected"
    screen["link"] = State(state=state, text=texts.text(f"link-{state}"))
    if (sent := delivery.session) is not None:
        screen["delivery"] = State(state=sent, text=texts.text(f"delivery-{sent}"))
    if screen["screen"] == "help":
        screen["facts"], screen["call"] = facts or [], _clinic(place.clinic)
    elif feedback["page"] is None:
        _fill_phase(screen, texts, phase, update, place)
    return screen


def _fill_phase(
    screen: ScreenDocument, texts: Catalogue, phase: Phase, update: LiveUpdate, place: ScreenPlace
) -> None:
    feedback, live = update.feedback, update.live
    exercise = drawing.exercise_of(feedback)
    if phase in _SHOWS_COUNT and not feedback["guided_by_clock"]:
        screen["count"] = feedback["reps_counted"]
        screen["count_of"] = texts.text("count-of", target=feedback["reps_target"])
    if phase is Phase.EXERCISING:
        cue = feedback["cue"]
        screen["cue"] = texts.text(cue) if cue else ""
        if cue:
            screen["cue_kind"] = "praise" if cue.startswith("cue-praise") else "correction"
        screen["cue_arrow"] = drawing.cue_arrow(cue, exercise)
        screen["judged"] = drawing.judged(exercise)
        screen["target"] = drawing.target(exercise, feedback, live)
        screen["hold"], screen["tempo"] = drawing.hold(feedback, live), drawing.tempo(live)
    elif phase is Phase.FRAMING:
        screen["guide"] = drawing.guide(exercise, feedback["complaint"], live)
    elif phase is Phase.DEMONSTRATION:
        screen["demonstration"] = _demonstration(texts, feedback)
    elif phase is Phase.QUESTIONS:
        screen["question"] = _question(texts, feedback["question"])
    elif phase is Phase.CHECKING:
        screen["question"] = Question(id="check", layout="check", low="", high="")
        screen["tone"] = "checking"
    elif phase is Phase.EMERGENCY:
        screen["tone"], screen["call"] = "emergency", _emergency_call(texts, feedback, place)
    elif phase in (Phase.READY, Phase.WAITING, Phase.SUMMARY):
        _fill_days(screen, texts, phase, feedback)


def _fill_days(
    screen: ScreenDocument, texts: Catalogue, phase: Phase, feedback: Mapping[str, Any]
) -> None:
    if phase is Phase.SUMMARY:
        screen["summary"] = summary_lines(texts, feedback)
        screen["progress_summary"] = progress_lines(texts, feedback)
    else:
        screen["plan"] = [_plan_line(texts, line) for line in feedback["plan"]]
    rhythm = rhythm_of(feedback["agenda"])
    if rhythm is not None:
        if not (phase is Phase.READY and feedback["agenda"]["due"]):
            screen["next_appointment"] = appointment_text(texts, rhythm)
        said = streak_text(texts, rhythm)
        screen["streak"] = Streak(weeks=rhythm.streak_weeks, text=said) if said else None


def _blank(texts: Catalogue, place: ScreenPlace, name: ScreenName) -> ScreenDocument:
    return ScreenDocument(
        screen=name,
        moment=0,
        language=texts.language,
        instruction="",
        note="",
        hint="",
        exercise="",
        set="",
        count=None,
        count_of="",
        seconds=None,
        cue="",
        cue_kind=None,
        cue_arrow=None,
        judged=[],
        target=None,
        hold=None,
        tempo=None,
        actions=[],
        focus=None,
        gesture=None,
        question=None,
        plan=[],
        demonstration=None,
        guide=None,
        summary=[],
        progress_summary=[],
        streak=None,
        next_appointment="",
        call=None,
        facts=[],
        skeleton_only=place.skeleton_only,
        voice=_voice(texts, place.volume),
        tone=None,
        camera_sign="",
        warning="",
        link=State(state="disconnected", text=""),
        delivery=State(state="", text=""),
    )


def _screen_name(phase: Phase, feedback: Mapping[str, Any]) -> ScreenName:
    if feedback["page"] is not None:
        page: ScreenName = "help" if feedback["page"] == "help" else "settings"
        return page
    if phase is Phase.READY and not feedback["agenda"]["due"]:
        return "idle"
    return _SCREENS[phase]


def _instruction(
    texts: Catalogue, phase: Phase, feedback: Mapping[str, Any], place: ScreenPlace
) -> str:
    if phase is Phase.EMERGENCY:
        clinic = place.clinic.emergency_text.get(texts.language)
        if clinic:
            return clinic
    if phase is Phase.READY and not feedback["agenda"]["due"] and feedback["page"] is None:
        return texts.text("instruct-nothing-due")
    if phase is Phase.READY and feedback["agenda"]["reminds"] and feedback["page"] is None:
        return texts.text("reminder-due")
    return texts.text(feedback["instruction"], number=place.emergency_number)


def _note(texts: Catalogue, phase: Phase, feedback: Mapping[str, Any], place: ScreenPlace) -> str:
    if feedback["page"] is not None:
        return ""
    if feedback["looks_like"]:
        planned = _exercise(texts, feedback)
        seen = texts.text(feedback["looks_like"])
        return texts.text("note-looks-like", seen=seen, planned=planned)
    if feedback["note"]:
        return texts.text(feedback["note"], number=place.emergency_number)
    if phase is Phase.RESUMING:
        return f"{_exercise(texts, feedback)}: {_set(texts, phase, feedback)}"
    good, counted = feedback["good_repetitions"], feedback["reps_counted"]
    if phase is Phase.RESTING and good and counted:
        return texts.text("note-set-all-the-way", good=good, counted=counted)
    return ""


def _exercise(texts: Catalogue, feedback: Mapping[str, Any]) -> str:
    name = feedback["exercise_name"]
    return named(texts, name, feedback["side"]) if name else ""


def _set(texts: Catalogue, phase: Phase, feedback: Mapping[str, Any]) -> str:
    if phase is Phase.READY:
        return texts.text("reps-plan", sets=feedback["sets"], reps=feedback["reps_target"])
    if not feedback["set_number"]:
        return ""
    return texts.text("set-of", number=feedback["set_number"], sets=feedback["sets"])


def _plan_line(texts: Catalogue, line: Mapping[str, Any]) -> PlanLine:
    dose = {"sets": line["sets"], "reps": line["reps"]}
    text = texts.text("reps-plan", **dose)
    if line["hold_s"]:
        text = texts.text("reps-plan-with-hold", dose=text, seconds=round(line["hold_s"]))
    return PlanLine(
        name=named(texts, line["exercise_name"], line["side"]),
        dose=text,
        done=line["sets_done"] >= line["sets"],
        sets_done=line["sets_done"],
        sets=line["sets"],
    )


def _demonstration(texts: Catalogue, feedback: Mapping[str, Any]) -> Demonstration | None:
    exercise = load_library().get(feedback["exercise_id"] or "")
    told = feedback["introduction"]
    if exercise is None or told is None:
        return None
    # Sentence by sentence: what finds no place on the screen goes from the end.
    cautions = [each for each in _SENTENCES.split(told["precautions"].strip()) if each]
    if told["pain_above"] is not None:
        cautions.insert(0, texts.text("caution-pain-above", limit=told["pain_above"]))
    conditions = (texts.text(each) for each in told["cautions"])
    cautions += [texts.text("caution-not-with", condition=each) for each in conditions]
    return Demonstration(
        motion=f"/demonstration/{exercise.id}/{feedback['side']}.json",
        view=texts.text(view_text_id(exercise, feedback["side"])),
        cautions=cautions,
        not_judged=[texts.text(each) for each in told["not_judged"]],
    )


def _question(texts: Catalogue, question: str | None) -> Question | None:
    if question is None:
        return None
    if question == "stop_reason":
        return Question(id=question, layout="reasons", low="", high="")
    low, high = _SCALE_ENDS[question]
    return Question(id=question, layout="scale", low=texts.text(low), high=texts.text(high))


def _voice(texts: Catalogue, volume: int) -> State:
    state = "on" if volume else "off"
    return State(state=state, text=texts.text(f"voice-is-{state}"))


def _clinic(clinic: ClinicSettings) -> Call | None:
    return Call(name=clinic.name, telephone=clinic.telephone) if clinic.telephone else None


def _emergency_call(
    texts: Catalogue, feedback: Mapping[str, Any], place: ScreenPlace
) -> Call | None:
    """The clinic for who is dizzy and can lie down; else the emergency number, where the text above
    it does not say it already.
    """
    if feedback["instruction"] == "instruct-emergency-dizzy":
        return _clinic(place.clinic)
    if texts.language not in place.clinic.emergency_text:
        return None
    return Call(name=texts.text("call-emergency"), telephone=place.emergency_number)


def _camera_sign(texts: Catalogue, feedback: Mapping[str, Any], delivery: Delivery) -> str:
    kind = feedback["camera"]
    if kind in ("simulated", "clip"):
        return texts.text(f"camera-{kind}")
    return texts.text("camera-on-movement-sent" if delivery.movement_is_sent else "camera-on")


def _or(chosen: Any, configured: Any) -> Any:  # noqa: ANN401  of either kind
    return configured if chosen is None else chosen
