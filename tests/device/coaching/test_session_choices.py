"""What the patient can do on each screen, by a command or by a hand, and what happens only once."""

import numpy as np
import pytest

from device.coaching.choices import REASONS, choices_of
from device.coaching.command import (
    AnswerQuestion,
    ChooseLanguage,
    Command,
    Dismiss,
    OpenPage,
    Ready,
    SetVolume,
    ShowPicture,
    Snooze,
    StartSession,
    StopSession,
)
from device.coaching.feedback import Agenda, Feedback, Phase, ScreenChoices
from device.coaching.session import SessionFlow, SessionTimings
from device.coaching.session_limits import load_session_limits
from device.pose.pose import Keypoint, Pose
from tests.device.coaching.test_session_flow import (
    FPS,
    Patient,
    fallen,
    prescription,
    standing,
    start,
    to_first_set,
)

WAITING = load_session_limits().waiting
SHOWN = SessionTimings()


def say(patient: Patient, command: Command) -> Feedback:
    """A command, and the screen after it."""
    patient.flow.command(command, patient.now_s)
    return patient.show()


def press(patient: Patient, name: str) -> Feedback:
    """The choice of that name on the screen that stands there."""
    return say(patient, command_of(patient.show(), name))


def command_of(screen: Feedback, name: str) -> Command:
    return next(each.command for each in choices_of(screen) if each.id == name)


def names(screen: Feedback) -> list[str]:
    return [each.id for each in choices_of(screen)]


def before_the_first_question(**item: object) -> Patient:
    """A session is due, and nothing has been pressed."""
    patient = start(prescription(**item), SHOWN)
    patient.flow.command(StopSession(), patient.now_s)
    patient.flow.command(AnswerQuestion(question="stop_reason"), patient.now_s)
    patient.flow.command(Dismiss(), patient.now_s)
    assert patient.show().phase is Phase.READY
    return patient


def raise_hands(patient: Patient, left: bool, right: bool, seconds: float = 2.6) -> Feedback:
    """Both hands down, then some up for that long, beside and above the head."""
    patient.stand(0.6)
    for _ in range(int(seconds * FPS)):
        patient.frame += 1
        patient.now_s += 1 / FPS
        upright = standing(patient.frame, patient.now_s, 8.0, 0.9)
        patient.feedback = patient.flow.take(with_hands_up(upright, left, right), patient.now_s)
    assert patient.feedback is not None
    return patient.feedback


def with_hands_up(pose: Pose, left: bool, right: bool) -> Pose:
    keypoints = pose.keypoints.copy()
    for up, sign, elbow, wrist in (
        (left, 1, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
        (right, -1, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
    ):
        if up:
            keypoints[elbow, :2] = 0.45 - 1.25 * 0.2, 0.5 + sign * 0.7 * 0.15
            keypoints[wrist, :2] = 0.45 - 1.75 * 0.2, 0.5 + sign * 0.6 * 0.15
    return Pose(pose.sequence, pose.captured_at_s, keypoints, pose.width, pose.height)


def test_the_way_from_the_plan_to_the_first_set() -> None:
    patient = before_the_first_question()
    assert names(patient.show()) == ["start", "settings", "help"]
    screen = press(patient, "start")
    assert (screen.phase, screen.question) == (Phase.QUESTIONS, "pain_before")
    assert names(screen)[:11] == [f"rating-{rating}" for rating in range(11)]
    assert names(screen)[11:] == ["skip", "stop"]
    screen = press(patient, "rating-3")
    assert (screen.phase, screen.exercise_id) == (Phase.DEMONSTRATION, "shoulder_abduction")
    assert screen.introduction is not None
    assert screen.introduction.cautions
    assert screen.introduction.not_judged
    screen = press(patient, "ready")
    assert screen.phase is Phase.FRAMING
    assert names(screen) == ["stop"]


def test_a_skipped_pain_is_none_and_pain_above_the_limit_is_said() -> None:
    patient = before_the_first_question(pain_stop=4)
    press(patient, "start")
    screen = press(patient, "skip")
    assert screen.introduction is not None
    assert screen.introduction.pain_above is None
    patient.flow.interrupt(patient.now_s)
    assert patient.finished[-1].pain_before is None
    patient = before_the_first_question(pain_stop=4)
    press(patient, "start")
    screen = press(patient, "rating-5")
    assert screen.introduction is not None
    assert screen.introduction.pain_above == 4


def test_who_starts_by_accident_and_goes_away_has_begun_nothing() -> None:
    patient = before_the_first_question()
    finished, drafts = len(patient.finished), len(patient.drafts)
    press(patient, "start")
    patient.now_s += WAITING.question_s
    assert patient.show().phase is Phase.READY
    assert (len(patient.finished), len(patient.drafts)) == (finished, drafts)


def test_where_nothing_is_due_one_hand_begins_nothing() -> None:
    patient = before_the_first_question()
    patient.flow.set_agenda(Agenda(due=False))
    assert raise_hands(patient, True, False).phase is Phase.READY
    assert raise_hands(patient, True, True, 1.3).focus == 0
    assert raise_hands(patient, True, False).question == "pain_before"


def test_each_exercise_is_shown_once_and_what_is_known_more_shortly() -> None:
    patient = start(prescription(rest_s=1), SHOWN)
    assert patient.show().phase is Phase.DEMONSTRATION
    assert patient.stand(WAITING.demonstration_again_s + 1).phase is Phase.DEMONSTRATION
    longer_s = WAITING.demonstration_first_s - WAITING.demonstration_again_s
    assert patient.stand(longer_s).phase is Phase.FRAMING
    patient.stand(6.0)
    for _ in range(2):
        patient.raise_arms()
    patient.stand(2.0)
    assert patient.flow.phase in (Phase.FRAMING, Phase.COUNTDOWN)
    known = start(prescription(), SHOWN)
    known.flow.set_demonstrated(["shoulder_abduction"])
    known.stand(WAITING.demonstration_again_s + 0.5)
    assert known.flow.phase is Phase.FRAMING


def test_a_second_press_of_the_same_button_changes_nothing() -> None:
    patient = start()
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    screen = patient.stand(1.0)
    assert screen.phase is Phase.RESTING
    ready = command_of(screen, "ready")
    assert say(patient, ready).phase is Phase.FRAMING
    patient.stand(5.0)
    for _ in range(2):
        patient.raise_arms()
    screen = patient.stand(1.0)
    assert screen.question == "pain_after"
    answer = command_of(screen, "rating-2")
    assert say(patient, answer).question == "rpe"
    assert say(patient, answer).question == "rpe"
    done = press(patient, "rating-6")
    assert done.phase is Phase.SUMMARY
    again = command_of(done, "again")
    assert say(patient, command_of(done, "done")).phase is Phase.READY
    assert say(patient, again).phase is Phase.READY


def test_stop_is_taken_on_whatever_screen_of_the_session_it_was_pressed() -> None:
    patient = start()
    stop = command_of(patient.stand(0.5), "stop")
    to_first_set(patient)
    screen = say(patient, stop)
    assert (screen.phase, screen.question) == (Phase.QUESTIONS, "stop_reason")
    assert say(patient, stop).question == "stop_reason"


def test_both_hands_stop_before_a_set() -> None:
    # Seen from the front, which is not as asked: the framing waits.
    patient = start(prescription(exercise_id="calf_raise"))
    patient.stand(1.0)
    assert patient.flow.phase is Phase.FRAMING
    assert raise_hands(patient, True, True).question == "stop_reason"


def test_who_tries_what_is_demonstrated_stops_nothing() -> None:
    patient = start(prescription(), SHOWN)
    assert patient.show().phase is Phase.DEMONSTRATION
    assert raise_hands(patient, True, True, 4.0).phase is Phase.DEMONSTRATION


def test_a_whole_session_by_hands_alone() -> None:
    patient = before_the_first_question(rest_s=100)
    screen = raise_hands(patient, True, False)
    assert screen.question == "pain_before"
    # The hand is still up: it chooses nothing before it has been down.
    assert raise_hands(patient, False, False, 0.1).focus is None
    screen = raise_hands(patient, True, False, 4.4)
    assert screen.focus == 3
    screen = raise_hands(patient, False, True)
    assert screen.phase is Phase.DEMONSTRATION
    assert raise_hands(patient, False, True).phase is Phase.FRAMING
    for last in (False, True):
        patient.stand(6.0)
        for _ in range(2):
            patient.raise_arms()
        screen = patient.stand(1.0)
        if not last:
            assert screen.phase is Phase.RESTING
            assert raise_hands(patient, True, False).phase is Phase.FRAMING
    assert screen.question == "pain_after"
    raise_hands(patient, True, False, 1.3)
    assert raise_hands(patient, False, True).question == "rpe"
    raise_hands(patient, True, False, 5.4)
    assert raise_hands(patient, False, True).phase is Phase.SUMMARY
    assert raise_hands(patient, False, True).phase is Phase.READY
    session = patient.finished[-1]
    assert (session.pain_before, session.pain_after, session.rpe) == (3, 0, 4)
    assert [each.reps_counted for each in session.items[0].sets] == [2, 2]


def test_the_focus_skips_the_stop_and_comes_round() -> None:
    patient = before_the_first_question()
    raise_hands(patient, True, False)
    seen = set()
    patient.stand(0.6)
    for _ in range(12):
        screen = raise_hands(patient, True, False, 1.3)
        seen.add(screen.focus)
    assert seen == set(range(12))


def test_a_session_that_was_stopped_before_a_set_asks_why_and_nothing_else() -> None:
    patient = before_the_first_question()
    press(patient, "start")
    screen = press(patient, "stop")
    assert screen.question == "stop_reason"
    assert names(screen) == [f"reason-{each.replace('_', '-')}" for each in REASONS] + ["skip"]
    assert press(patient, "reason-tired").phase is Phase.SUMMARY


@pytest.mark.parametrize("reason", ["chest-pain", "breathless", "dizzy"])
def test_what_may_be_dangerous_brings_the_emergency_text_at_once(reason: str) -> None:
    patient = start()
    to_first_set(patient)
    press(patient, "stop")
    screen = press(patient, f"reason-{reason}")
    assert screen.phase is Phase.EMERGENCY
    # One hand, as of somebody who waves for help, does not take it away.
    assert raise_hands(patient, True, False).phase is Phase.EMERGENCY
    assert raise_hands(patient, True, True, 1.3).focus == 0
    assert raise_hands(patient, True, False).phase is Phase.SUMMARY


def test_after_a_fall_a_hand_says_all_right_of_who_stands_and_not_of_who_lies() -> None:
    patient = start()
    to_first_set(patient)
    assert patient.fall().phase is Phase.CHECKING
    for _ in range(5 * FPS):
        patient.frame += 1
        patient.now_s += 1 / FPS
        upright = standing(patient.frame, patient.now_s, 8.0, 0.9)
        raised = patient.now_s % 3 > 0.6
        lying = fallen(with_hands_up(upright, raised, False), 1.0)
        patient.feedback = patient.flow.take(lying, patient.now_s)
    assert patient.flow.phase is Phase.CHECKING
    assert raise_hands(patient, True, False).phase is Phase.PAUSED
    assert [each.answer for each in patient.events] == ["all_right"]


def test_a_session_that_nobody_comes_to_ends_by_itself() -> None:
    patient = start()
    assert patient.stand(1.0, score=0.0).phase is Phase.FRAMING
    patient.flow.tick(patient.now_s + WAITING.abandoned_s + 1)
    assert [each.status for each in patient.finished] == ["interrupted"]


def test_settings_are_kept_and_go_by_themselves() -> None:
    patient = before_the_first_question()
    kept: list[ScreenChoices] = []
    flow = patient.flow
    flow._settings._on_chosen = kept.append
    assert press(patient, "settings").page == "settings"
    assert press(patient, "language-de").language == "de"
    assert press(patient, "picture-off").skeleton_only is True
    assert press(patient, "quieter").volume == 40
    assert press(patient, "voice-off").volume == 0
    assert "voice-on" in names(patient.show())
    assert kept[-1] == ScreenChoices("de", True, 0)
    patient.stand(WAITING.settings_s + 1)
    assert patient.show().page is None


def test_the_same_choice_twice_is_kept_once() -> None:
    kept: list[ScreenChoices] = []
    patient = start()
    flow = SessionFlow(
        patient.flow._identity, patient.flow._library, patient.flow._now,
        lambda _: None, lambda _: None, on_chosen=kept.append,
    )  # fmt: skip
    for command in (ChooseLanguage(language="fr"), SetVolume(volume=20), ShowPicture(shown=True)):
        flow.command(command, 0.0)
        flow.command(command, 0.0)
    assert [each.language for each in kept] == ["fr"] * 3
    assert kept[-1] == ScreenChoices("fr", False, 20)


def test_the_help_page_opens_in_a_pause_and_goes_when_the_set_goes_on() -> None:
    patient = start()
    to_first_set(patient)
    assert say(patient, OpenPage(page="help")).page is None
    patient.flow.set_camera_lost(True, patient.now_s)
    screen = patient.flow.tick(patient.now_s)
    patient.flow.command(command_of(screen, "help"), patient.now_s)
    screen = patient.flow.tick(patient.now_s)
    assert (screen.page, names(screen)) == ("help", ["done", "stop"])
    patient.flow.set_camera_lost(False, patient.now_s)
    screen = patient.stand(1.5)
    assert (screen.phase, screen.page) == (Phase.EXERCISING, None)


def test_a_reminder_can_be_put_off() -> None:
    snoozed: list[bool] = []
    patient = before_the_first_question()
    patient.flow._on_snooze = lambda: snoozed.append(True)
    patient.flow.set_agenda(Agenda(reminds=True))
    assert "later" in names(patient.show())
    press(patient, "later")
    patient.flow.set_agenda(Agenda(reminds=False))
    assert snoozed == [True]
    assert "later" not in names(patient.show())
    to_first_set(start())
    say(patient, StartSession())
    say(patient, Snooze())
    assert snoozed == [True]


def test_every_phase_but_the_clocks_own_has_a_way_out_without_a_keyboard() -> None:
    for phase in Phase:
        screen = Feedback(phase, "x", "usb", False, question="rpe")
        assert choices_of(screen), phase


def test_the_plan_says_what_of_today_is_done() -> None:
    patient = before_the_first_question(sets=3)
    patient.flow.set_agenda(Agenda(sets_done=(("shoulder_abduction", "both", 2),)))
    (line,) = patient.show().plan
    assert (line.sets, line.sets_done) == (3, 2)


def test_after_a_set_its_good_repetitions_are_told_in_the_rest() -> None:
    patient = start(prescription(rest_s=30))
    to_first_set(patient)
    patient.raise_arms(170.0)
    patient.raise_arms(100.0)
    screen = patient.stand(1.5)
    assert screen.phase is Phase.RESTING
    assert (screen.good_repetitions, screen.reps_counted) == (1, 2)


def test_the_ring_the_range_and_the_tempo_travel_beside_the_screen() -> None:
    patient = start()
    to_first_set(patient)
    for way in np.linspace(0, 1, 2 * FPS):
        patient.show(8 + 140 * float(way))
    live = patient.flow.live(patient.now_s)
    assert live.rom_progress is not None
    assert live.rom_progress > 0.7
    assert live.tempo_phase == "out"
    assert live.tempo_share == pytest.approx(0.7, abs=0.3)
    assert live.gesture is None
    screen = patient.show()
    assert screen.target_deg == 165
    patient = before_the_first_question()
    raise_hands(patient, True, False, 1.0)
    live = patient.flow.live(patient.now_s)
    assert live.gesture == "yes"
    assert live.gesture_share == pytest.approx(0.5, abs=0.2)


def test_ready_before_its_time_changes_nothing() -> None:
    patient = start()
    to_first_set(patient)
    assert say(patient, Ready()).phase is Phase.EXERCISING
