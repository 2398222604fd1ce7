"""The document that the page draws: whole on every screen, in every language, and true."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict
from uuid import uuid4

import numpy as np
import pytest

from device.camera.frame import CameraKind
from device.coaching.choices import choices_of
from device.coaching.command import parse_command
from device.coaching.feedback import (
    Agenda,
    Feedback,
    Introduction,
    Phase,
    PlannedExercise,
    Progress,
    SetSummary,
)
from device.coaching.framing import Complaint
from device.coaching.live_values import LiveValues
from device.kiosk.channel import CoachChannel, KioskChannel, LiveUpdate
from device.kiosk.demonstration import motion_of
from device.kiosk.screen import help_screen, screen_of, waiting_screen
from device.kiosk.screen_document import ScreenDocument
from device.kiosk.screen_place import Delivery, ScreenPlace
from device.settings import ClinicSettings
from models.errors import ExerciseNotFoundError
from models.exercises.catalogue import LANGUAGES
from models.exercises.library import load_library

LIBRARY = load_library()
EXERCISING = Feedback(
    phase=Phase.EXERCISING,
    instruction="instruction-shoulder-abduction",
    camera="usb",
    network_is_stand_in=False,
    exercise_id="shoulder_abduction",
    exercise_name="exercise-shoulder-abduction",
    side="left",
    set_number=2,
    sets=3,
    reps_counted=7,
    reps_target=10,
    moment=41,
    target_deg=150.0,
)
PROGRESS = (
    Progress("exercise-shoulder-abduction", "left", "angle", "more", 130.0, 100.0, 9.6),
    Progress("exercise-arm-lift", "both", "angle", "same", 130.0, 128.0, 9.6),
    Progress("exercise-single-leg-stance", "left", "hold", "less", 8.0, 9.2, 1.0),
    Progress("exercise-chair-stand-30s", "both", "repetitions", "more", 14.0, 12.0, 1.0),
    Progress("exercise-bridge", "both", "angle", "unknown"),
)


def showing(phase: Phase, **more: Any) -> Feedback:
    instruction = {
        Phase.QUESTIONS: f"instruct-question-{more.get('question', 'rpe').replace('_', '-')}",
        Phase.EXERCISING: EXERCISING.instruction,
        Phase.DEMONSTRATION: EXERCISING.instruction,
        Phase.FRAMING: "instruct-framing-too-far",
        Phase.PAUSED: "instruct-paused-left-knee",
        Phase.WAITING: "instruct-waiting",
        Phase.RESUMING: "instruct-resuming",
    }.get(phase, f"instruct-{phase.value}")
    return replace(EXERCISING, phase=phase, instruction=instruction, **more)


SCREENS = {
    "idle": showing(Phase.WAITING, exercise_id=None, exercise_name=None),
    "plan": showing(
        Phase.READY,
        plan=(PlannedExercise("exercise-shoulder-abduction", "left", 3, 10, 5.0, 1),),
        agenda=Agenda(day="2026-03-02", next_on="2026-03-03", streak_weeks=2, reminds=True),
    ),
    "resume": showing(Phase.RESUMING),
    "demonstration": showing(
        Phase.DEMONSTRATION,
        introduction=Introduction(
            LIBRARY["shoulder_abduction"].contraindications,
            LIBRARY["shoulder_abduction"].cannot_judge,
            "Keep the left arm below the shoulder. No weights.\n",
            pain_above=5,
        ),
    ),
    "framing": showing(Phase.FRAMING, complaint="too_far"),
    "countdown": showing(Phase.COUNTDOWN, seconds_left=2),
    "live": replace(EXERCISING, cue="cue-too-fast"),
    "paused": showing(Phase.PAUSED),
    "rest": showing(Phase.RESTING, seconds_left=30, good_repetitions=8),
    "question": showing(Phase.QUESTIONS, question="pain_before"),
    "summary": showing(
        Phase.SUMMARY,
        summary=(SetSummary("shoulder_abduction", "left", 1, 9, 10, 8, 151.6, 6.2),),
        progress=PROGRESS,
    ),
    "checking": showing(Phase.CHECKING, seconds_left=14),
    "emergency": showing(Phase.EMERGENCY, note="note-nobody-called"),
    "help": showing(Phase.PAUSED, page="help"),
    "settings": showing(Phase.READY, page="settings"),
}
LIVE = LiveValues(0.62, 0.4, "hold", 0.3, True, "yes", 0.5, 0.8)


def update(feedback: Feedback, live: LiveValues = LIVE) -> LiveUpdate:
    """As it comes out of the channel."""
    document = json.loads(json.dumps(asdict(feedback)))
    return LiveUpdate(3, 0, 1.0, 1.0, live, 640, 480, np.zeros((17, 3), np.float32), None, document)


def screen(feedback: Feedback, **place: Any) -> ScreenDocument:
    return screen_of(update(feedback), Delivery(session="pending"), ScreenPlace(**place))


def assert_of(value: Any, kind: Any, where: str = "document") -> None:
    """The value has exactly the fields and types that the contract says."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        assert isinstance(value, dict), where
        assert set(value) == set(hints), where
        for name, hint in hints.items():
            assert_of(value[name], hint, f"{where}.{name}")
    elif origin is Literal:
        assert value in arguments, (where, value)
    elif origin is UnionType or str(origin) == "typing.Union":
        assert any(_is_of(value, each, where) for each in arguments), (where, value)
    elif origin in (list, tuple, dict):
        assert isinstance(value, origin), (where, value)
        if origin is list:
            for index, each in enumerate(value):
                assert_of(each, arguments[0], f"{where}[{index}]")
    elif kind is float:
        assert isinstance(value, int | float), (where, value)
    elif kind is not Any:
        assert isinstance(value, kind), (where, value)


def _is_of(value: Any, kind: Any, where: str) -> bool:
    try:
        assert_of(value, kind, where)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_is_whole_in_every_language(name: str, language: str) -> None:
    document = screen(replace(SCREENS[name], language=language))
    assert_of(document, ScreenDocument)
    assert (document["screen"], document["language"], document["moment"]) == (name, language, 41)
    assert document["instruction"]
    assert document["camera_sign"]
    actions = document["actions"]
    assert len({each["id"] for each in actions}) == len(actions) > 0
    assert sum(each["kind"] == "primary" for each in actions) <= 1
    assert sum(each["kind"] == "stop" for each in actions) <= 1
    for each in actions:
        assert each["text"]
        assert parse_command(json.dumps(each["command"])).moment in (41, None)
    json.dumps(document)


def test_stop_stands_on_every_screen_of_a_session_that_can_be_stopped() -> None:
    for name in ("demonstration", "framing", "countdown", "live", "paused", "rest", "question"):
        kinds = [each["kind"] for each in screen(SCREENS[name])["actions"]]
        assert "stop" in kinds, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_coach_that_is_silent_leaves_a_page_with_help(language: str) -> None:
    place = ScreenPlace(language=language)
    waiting = waiting_screen(language, place)
    assert_of(waiting, ScreenDocument)
    assert [each["id"] for each in waiting["actions"]] == ["help"]
    opened = help_screen(language, place, [{"label": "Device", "value": "device-1"}])
    assert_of(opened, ScreenDocument)
    assert opened["facts"][0]["value"] == "device-1"
    assert [each["kind"] for each in opened["actions"]] == ["primary"]


def test_only_what_was_measured_is_progress() -> None:
    lines = screen(SCREENS["summary"])["progress_summary"]
    assert [each["text"] for each in lines] == [
        "30° further than last time (± 10°)",
        "No change that could be measured",
        "1 second shorter than last time",
        "2 more than last time",
        "Not measured both times",
    ]
    assert lines[0]["exercise"] == "Arms out and up (left)"
    assert screen(SCREENS["summary"])["summary"][0]["detail"] == "furthest 152° (± 6°)"


@pytest.mark.parametrize("instruction", ["instruct-emergency", "instruct-emergency-dizzy"])
def test_the_clinics_emergency_text_takes_the_place_of_the_standard_one(instruction: str) -> None:
    said = {"de": "Bitte 144 rufen"}
    clinic = ClinicSettings(name="Practice", telephone="+41 44 000 00 00", emergency_text=said)
    emergency = replace(SCREENS["emergency"], instruction=instruction)
    german = screen(replace(emergency, language="de"), clinic=clinic)
    assert german["instruction"] == "Bitte 144 rufen"
    assert "Niemand wurde gerufen" in german["note"]
    english = screen(emergency, clinic=clinic, emergency_number="144")
    # The standard text says the number itself; who is dizzy may have time to call the clinic.
    if instruction == "instruct-emergency":
        assert english["instruction"] == "Call for help now: 144"
        assert english["call"] is None
        assert german["call"] == {"name": "Notruf", "telephone": "112"}
    else:
        assert english["call"] == {"name": "Practice", "telephone": "+41 44 000 00 00"}


def test_before_the_exercise_the_patient_reads_what_speaks_against_it() -> None:
    shown = screen(SCREENS["demonstration"])["demonstration"]
    assert shown is not None
    assert "above 5" in shown["cautions"][0]
    assert shown["cautions"][1:3] == ["Keep the left arm below the shoulder.", "No weights."]
    assert "Not with: New or worsening pain" in shown["cautions"]
    assert "How far forward the arm points is not judged." in shown["not_judged"]
    assert shown["view"] == "Turn to face the camera"
    assert shown["motion"] == "/demonstration/shoulder_abduction/left.json"


def test_the_arc_has_the_limbs_and_the_prescribed_target() -> None:
    target = screen(EXERCISING)["target"]
    assert target is not None
    assert target["joints"] == [(11, 5, 7)]
    assert (target["start_inner_deg"], target["target_inner_deg"]) == (0, 150)
    assert target["share"] == 0.62
    knee = replace(EXERCISING, exercise_id="squat_mini", side="both", target_deg=60.0)
    target = screen(knee)["target"]
    assert target is not None
    assert target["joints"] == [(11, 13, 15), (12, 14, 16)]
    assert target["target_inner_deg"] == 120
    turned = screen(replace(EXERCISING, exercise_id="trunk_rotation", target_deg=40.0))["target"]
    assert turned is not None
    assert turned["joints"] == []
    assert screen(replace(EXERCISING, exercise_id="ankle_pump", target_deg=None))["target"] is None


def test_what_is_live_is_live_only() -> None:
    live = screen(EXERCISING)
    assert live["tempo"] == {"phase": "hold", "share": 0.3, "too_fast": True}
    held = screen(replace(EXERCISING, hold_s=5.0))["hold"]
    assert held == {"share": 0.4, "seconds": 3}
    assert live["gesture"] == {"kind": "yes", "share": 0.5}
    assert screen(SCREENS["rest"])["tempo"] is None
    nothing = screen_of(update(EXERCISING, LiveValues()), Delivery(), ScreenPlace())
    assert (nothing["tempo"], nothing["hold"], nothing["gesture"]) == (None, None, None)
    target = nothing["target"]
    assert target is not None
    assert target["share"] is None


@pytest.mark.parametrize(
    ("camera", "sent", "sign"),
    [
        ("usb", False, "Camera on. The picture stays in this room"),
        ("usb", True, "Camera on. Only a stick figure goes to your clinic"),
        ("simulated", True, "Simulated patient, not a person"),
    ],
)
def test_the_sign_says_what_leaves_the_room(camera: CameraKind, sent: bool, sign: str) -> None:
    feedback = replace(EXERCISING, camera=camera)
    shown = screen_of(update(feedback), Delivery(movement_is_sent=sent), ScreenPlace())
    assert shown["camera_sign"] == sign


@pytest.mark.parametrize("complaint", Complaint)
def test_every_complaint_can_be_drawn(complaint: Complaint) -> None:
    guide = screen(replace(SCREENS["framing"], complaint=complaint.value))["guide"]
    assert guide is not None
    assert guide["ready_share"] == 0.8
    if complaint is Complaint.MOVE_LEFT:
        # As in a looking-glass: the patient's left is the screen's.
        assert guide["arrow"] == "left"


def test_the_hint_says_the_gesture_that_counts_there() -> None:
    hints = {name: screen(feedback)["hint"] for name, feedback in SCREENS.items()}
    assert hints["plan"] == "Raise one hand: Start"
    assert hints["live"] == "Both hands on your head: stop"
    assert hints["question"].startswith("Left hand up: next")
    assert hints["framing"] == hints["live"]
    assert hints["demonstration"] == "Raise one hand: I am ready"
    calf = screen(replace(SCREENS["framing"], exercise_id="calf_raise"))["hint"]
    assert calf == "Raise both hands: stop"
    assert screen(replace(EXERCISING, exercise_id="calf_raise"))["hint"] == calf
    focused = replace(SCREENS["plan"], focus=1)
    name = choices_of(focused)[1].id
    assert name == "later"
    assert screen(focused)["hint"] == "Raise one hand: Later"


def test_what_the_patient_chose_is_shown_and_what_is_configured_until_then() -> None:
    assert screen(EXERCISING, skeleton_only=True)["skeleton_only"] is True
    chosen = replace(EXERCISING, skeleton_only=False, volume=0, language="fr")
    document = screen(chosen, skeleton_only=True, language="de")
    assert (document["skeleton_only"], document["language"]) == (False, "fr")
    assert document["voice"]["state"] == "off"
    assert screen(replace(EXERCISING, language="xx"), language="de")["language"] == "de"


def test_what_goes_on_after_a_restart_is_named() -> None:
    assert screen(SCREENS["resume"])["note"] == "Arms out and up (left): Set 2 of 3"


def test_nothing_due_is_the_idle_screen_with_the_next_appointment() -> None:
    agenda = Agenda(
        due=False, day="2026-03-02", next_on="2026-03-03", next_at="2026-03-03T10:00:00+01:00"
    )
    document = screen(replace(SCREENS["plan"], agenda=agenda))
    assert document["screen"] == "idle"
    assert document["next_appointment"] == "Next time: tomorrow at 10:00"
    assert "start" in [each["id"] for each in document["actions"]]


@pytest.mark.parametrize(
    "live",
    [LIVE, LiveValues(), LiveValues(tempo_phase="return", gesture="stop", gesture_share=1.0)],
)
def test_the_channel_carries_everything_live(tmp_path: Path, live: LiveValues) -> None:
    folder = Path(f"/dev/shm/physiopi-test-{uuid4().hex[:8]}")
    coach, kiosk = KioskChannel(folder), CoachChannel(folder)
    coach.publish(None, -1, None, EXERCISING, live, 2.0)
    received = kiosk.receive(1.0)
    coach.close()
    kiosk.close()
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    assert received is not None
    assert received.live == live
    assert received.feedback["moment"] == 41


@pytest.mark.parametrize("exercise_id", ["shoulder_abduction", "bridge", "step_up"])
def test_a_demonstration_is_one_repetition_in_its_box(exercise_id: str) -> None:
    motion = motion_of(exercise_id, "both")
    frames = np.array(motion["frames"]).reshape(-1, 17, 2)
    tempo = LIBRARY[exercise_id].tempo
    lasts_s = tempo.out_s + tempo.hold_s + tempo.return_s + tempo.pause_s
    assert len(frames) * motion["frame_s"] == pytest.approx(lasts_s, abs=0.1)
    assert 0 <= frames.min() < frames.max() <= 1
    # It moves, and comes back to where it began.
    assert np.ptp(frames, axis=0).max() > 0.1
    assert np.abs(frames[-1] - frames[0]).max() < 0.05
    assert not math.isnan(motion["aspect"])


def test_an_unknown_exercise_has_no_demonstration() -> None:
    with pytest.raises(ExerciseNotFoundError):
        motion_of("flying", "both")
