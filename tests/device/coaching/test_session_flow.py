"""The course of a session, told the time and what the camera sees."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from device.coaching.command import (
    AnswerCheck,
    AnswerQuestion,
    Dismiss,
    SaidReason,
    StartSession,
    StopSession,
)
from device.coaching.feedback import Feedback, Phase
from device.coaching.session import SessionFlow, SessionIdentity, SessionTimings
from device.coaching.set_recording import SetAnalyst
from device.pose.pose import Keypoint, Pose
from models.event import Event
from models.exercises.library import load_library
from models.exercises.motion import minimum_jerk
from models.messages import NetworkVersion, Prescription, PrescriptionItem, Session

FPS = 15
IDENTITY = SessionIdentity(
    "device-1", "0.1.0", NetworkVersion(name="net", sha256="0" * 64), False, "usb"
)


def prescription(**item: object) -> Prescription:
    fields = {"exercise_id": "shoulder_abduction", "sets": 2, "reps": 2, "rest_s": 3} | item
    return Prescription(
        id=uuid4(),
        version=3,
        patient_id="p-1",
        author_id="a-1",
        issued_at=datetime.now(UTC),
        items=(PrescriptionItem.model_validate(fields),),
    )


@dataclass
class Patient:
    """Stands before the camera, and moves both arms out to an angle."""

    flow: SessionFlow
    now_s: float = 100.0
    frame: int = 0
    feedback: Feedback | None = None
    finished: list[Session] = field(default_factory=list)
    drafts: list[Session] = field(default_factory=list)
    asked: list[Event] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def show(self, arm_deg: float = 8.0, score: float = 0.9) -> Feedback:
        self.frame += 1
        self.now_s += 1 / FPS
        self.feedback = self.flow.take(standing(self.frame, self.now_s, arm_deg, score), self.now_s)
        return self.feedback

    def stand(self, seconds: float, score: float = 0.9) -> Feedback:
        for _ in range(int(seconds * FPS)):
            self.show(score=score)
        assert self.feedback is not None
        return self.feedback

    def fall(self, lying_s: float = 3.0) -> Feedback:
        """To the floor in 0.6 s, and lying there."""
        for index in range(int((0.6 + lying_s) * FPS)):
            self.frame += 1
            self.now_s += 1 / FPS
            upright = standing(self.frame, self.now_s, 8.0, 0.9)
            pose = fallen(upright, min(1.0, index / FPS / 0.6))
            self.feedback = self.flow.take(pose, self.now_s)
        assert self.feedback is not None
        return self.feedback

    def lie(self, seconds: float) -> Feedback:
        for _ in range(int(seconds * FPS)):
            self.frame += 1
            self.now_s += 1 / FPS
            pose = fallen(standing(self.frame, self.now_s, 8.0, 0.9), 1.0)
            self.feedback = self.flow.take(pose, self.now_s)
        assert self.feedback is not None
        return self.feedback

    def raise_arms(self, to_deg: float = 160.0) -> None:
        for way in (*np.linspace(0, 1, 2 * FPS), *[1.0] * FPS, *np.linspace(1, 0, 3 * FPS)):
            self.show(8 + (to_deg - 8) * minimum_jerk(float(way)))
        self.stand(1.0)


def standing(sequence: int, time_s: float, arm_deg: float, score: float) -> Pose:
    points = {
        Keypoint.NOSE: (0.0, -1.4), Keypoint.LEFT_EYE: (0.05, -1.45),
        Keypoint.RIGHT_EYE: (-0.05, -1.45), Keypoint.LEFT_EAR: (0.1, -1.4),
        Keypoint.RIGHT_EAR: (-0.1, -1.4), Keypoint.LEFT_HIP: (0.17, 0.0),
        Keypoint.RIGHT_HIP: (-0.17, 0.0), Keypoint.LEFT_KNEE: (0.18, 0.8),
        Keypoint.RIGHT_KNEE: (-0.18, 0.8), Keypoint.LEFT_ANKLE: (0.18, 1.6),
        Keypoint.RIGHT_ANKLE: (-0.18, 1.6),
    }  # fmt: skip
    arm = np.array([np.sin(np.radians(arm_deg)), np.cos(np.radians(arm_deg))])
    for sign, shoulder, elbow, wrist in ((1, 5, 7, 9), (-1, 6, 8, 10)):
        at = np.array([sign * 0.35, -1.0])
        points[Keypoint(shoulder)] = tuple(at)
        points[Keypoint(elbow)] = tuple(at + arm * [sign, 1] * 0.6)
        points[Keypoint(wrist)] = tuple(at + arm * [sign, 1] * 1.1)
    keypoints = np.array(
        [[0.45 + points[k][1] * 0.2, 0.5 + points[k][0] * 0.15, score] for k in Keypoint],
        np.float32,
    )
    return Pose(sequence, time_s, keypoints, 640, 480)


def fallen(pose: Pose, share: float) -> Pose:
    """The same on the way to the floor, turned about the feet by a right angle at ``share`` 1."""
    points = pose.keypoints[:, :2] * (pose.height, pose.width)
    feet = points[15:17].mean(axis=0)
    y, x = (points - feet).T
    down = np.column_stack([x * 0.3 - 10, y - 20])
    keypoints = pose.keypoints.copy()
    keypoints[:, :2] = points + (feet + down - points) * share
    keypoints[:, :2] /= (pose.height, pose.width)
    return Pose(pose.sequence, pose.captured_at_s, keypoints, pose.width, pose.height)


def start(
    given: Prescription | None = None,
    timings: SessionTimings | None = None,
    analyst: SetAnalyst | None = None,
) -> Patient:
    patient: Patient
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]

    def now() -> datetime:
        clock[0] += timedelta(seconds=1)
        return clock[0]

    flow = SessionFlow(
        IDENTITY,
        load_library(),
        now,
        lambda session: patient.finished.append(session),  # noqa: PLW0108  bound later
        lambda session: patient.drafts.append(session),  # noqa: PLW0108  bound later
        timings or SessionTimings(demonstration_s=0.0),
        on_asked=lambda event: patient.asked.append(event),  # noqa: PLW0108  bound later
        on_event=lambda event: patient.events.append(event),  # noqa: PLW0108  bound later
        analyst=analyst,
    )
    patient = Patient(flow)
    flow.set_prescription(given or prescription(), patient.now_s)
    flow.command(StartSession(), patient.now_s)
    flow.command(AnswerQuestion(question="pain_before", rating=2), patient.now_s)
    return patient


def to_first_set(patient: Patient) -> None:
    patient.stand(1.0)
    assert patient.flow.phase is Phase.FRAMING
    patient.stand(1.0)
    assert patient.flow.phase is Phase.COUNTDOWN
    patient.stand(3.5)
    assert patient.flow.phase is Phase.EXERCISING


def test_a_whole_session() -> None:
    patient = start()
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    patient.stand(1.0)
    assert patient.flow.phase is Phase.RESTING
    assert [len(draft.items) for draft in patient.drafts] == [0, 1]
    patient.stand(3.5 + 1.6 + 3.2)
    for _ in range(2):
        patient.raise_arms()
    feedback = patient.stand(1.0)
    assert (feedback.phase, feedback.question) == (Phase.QUESTIONS, "pain_after")
    patient.flow.command(AnswerQuestion(question="pain_after", rating=0), patient.now_s)
    patient.flow.command(AnswerQuestion(question="rpe"), patient.now_s)
    feedback = patient.show()
    assert feedback.phase is Phase.SUMMARY
    assert [line.reps_counted for line in feedback.summary] == [2, 2]
    (session,) = patient.finished
    assert session.status == "completed"
    assert (session.pain_before, session.pain_after, session.rpe) == (2, 0, None)
    assert [each.reps_counted for each in session.items[0].sets] == [2, 2]
    assert session.prescription_version == 3
    patient.flow.command(Dismiss(), patient.now_s)
    assert patient.show().phase is Phase.READY


def test_leaving_the_picture_pauses_within_two_seconds_and_coming_back_resumes() -> None:
    patient = start()
    to_first_set(patient)
    patient.raise_arms()
    feedback = patient.stand(2.3, score=0.0)
    assert feedback.phase is Phase.PAUSED
    assert feedback.instruction == "instruct-paused-not-visible"
    assert feedback.reps_counted == 1
    assert patient.stand(1.5).phase is Phase.EXERCISING
    patient.raise_arms()
    assert patient.feedback is not None
    assert patient.stand(1.0).phase is Phase.RESTING


def test_a_lost_camera_pauses_and_says_so() -> None:
    patient = start()
    to_first_set(patient)
    patient.flow.set_camera_lost(True, patient.now_s)
    feedback = patient.flow.tick(patient.now_s + 0.1)
    assert (feedback.phase, feedback.instruction) == (Phase.PAUSED, "instruct-paused-camera-lost")
    patient.flow.set_camera_lost(False, patient.now_s)
    assert patient.stand(1.5).phase is Phase.EXERCISING


def test_a_stop_asks_why_and_keeps_what_was_done() -> None:
    patient = start()
    to_first_set(patient)
    patient.raise_arms()
    patient.flow.command(StopSession(), patient.now_s)
    assert patient.show().question == "stop_reason"
    patient.flow.command(AnswerQuestion(question="stop_reason", reason="tired"), patient.now_s)
    patient.flow.command(AnswerQuestion(question="pain_after", rating=4), patient.now_s)
    (session,) = patient.finished
    assert patient.show().instruction == "instruct-summary-stopped"
    assert (session.status, session.stop_reason, session.pain_after) == ("stopped", "tired", 4)
    assert session.items[0].sets[0].reps_counted == 1


def test_an_unanswered_question_is_skipped_not_zero() -> None:
    patient = start(timings=SessionTimings(question_s=1.0, demonstration_s=0.0))
    to_first_set(patient)
    patient.flow.command(StopSession(), patient.now_s)
    patient.stand(2.5)
    (session,) = patient.finished
    assert (session.stop_reason, session.pain_after) == ("unknown", None)


def test_switching_off_sends_what_was_done_as_interrupted() -> None:
    patient = start()
    to_first_set(patient)
    patient.raise_arms()
    patient.flow.interrupt(patient.now_s)
    (session,) = patient.finished
    assert session.status == "interrupted"
    assert session.items[0].sets[0].reps_counted == 1


def test_a_session_is_finished_on_the_prescription_it_began_with() -> None:
    patient = start()
    to_first_set(patient)
    patient.flow.set_prescription(prescription(exercise_id="squat_mini"), patient.now_s)
    assert patient.show().exercise_id == "shoulder_abduction"


def test_no_prescription_waits_and_start_changes_nothing() -> None:
    patient = start()
    patient.flow.command(StopSession(), patient.now_s)
    fresh = SessionFlow(
        IDENTITY, load_library(), lambda: datetime.now(UTC), lambda _: None, lambda _: None
    )
    fresh.command(StartSession(), 0.0)
    assert fresh.tick(1.0).phase is Phase.WAITING


def test_at_most_one_cue_in_six_seconds() -> None:
    patient = start(prescription(reps=20))
    to_first_set(patient)
    given: list[float] = []
    last = None
    for _ in range(6):
        for way in (*np.linspace(0, 1, 10), *np.linspace(1, 0, 10), *[0.0] * 8):
            cue = patient.show(8 + 102 * float(way)).cue
            if cue is not None and cue != last:
                given.append(patient.now_s)
            last = cue
    assert given
    assert all(second - first >= 6.0 for first, second in itertools.pairwise(given))


def test_an_unchanged_screen_stays_the_same_object() -> None:
    patient = start()
    to_first_set(patient)
    assert patient.show() is patient.show()


def test_a_fall_raises_the_question_and_who_is_all_right_goes_on() -> None:
    patient = start()
    to_first_set(patient)
    patient.raise_arms()
    feedback = patient.fall()
    assert (feedback.phase, feedback.instruction) == (Phase.CHECKING, "instruct-checking")
    assert feedback.seconds_left is not None
    assert 10 <= feedback.seconds_left <= 15
    assert [each.event_kind for each in patient.asked] == ["fall_suspected"]
    assert patient.events == []
    patient.flow.command(AnswerCheck(answer="all_right"), patient.now_s)
    assert patient.stand(1.5).phase is Phase.EXERCISING
    assert patient.stand(0.1).reps_counted == 1
    (event,) = patient.events
    assert (event.id, event.answer) == (patient.asked[0].id, "all_right")
    assert event.evidence.drop_torso is not None
    assert event.answered_after_s is not None
    assert event.answered_after_s < 3
    assert (event.patient_id, event.exercise_id) == ("p-1", "shoulder_abduction")


def test_no_answer_ends_the_session_with_the_emergency_text_and_says_so() -> None:
    patient = start()
    to_first_set(patient)
    patient.raise_arms()
    assert patient.fall().phase is Phase.CHECKING
    feedback = patient.lie(16.0)
    assert feedback.phase is Phase.EMERGENCY
    assert (feedback.instruction, feedback.note) == ("instruct-emergency", "note-nobody-called")
    (session,), (event,) = patient.finished, patient.events
    assert (session.status, session.stop_reason) == ("stopped", "no_answer")
    assert session.items[0].sets[0].reps_counted == 1
    assert (event.answer, event.session_id) == ("no_answer", session.id)
    assert event.answered_after_s is not None
    assert event.answered_after_s >= 15
    assert patient.stand(120.0).phase is Phase.EMERGENCY
    patient.flow.command(Dismiss(), patient.now_s)
    assert patient.show().phase is Phase.SUMMARY


def test_who_asks_for_help_reads_at_once_what_to_do() -> None:
    patient = start()
    to_first_set(patient)
    patient.fall()
    patient.flow.command(AnswerCheck(answer="needs_help"), patient.now_s)
    assert patient.show().phase is Phase.EMERGENCY
    assert patient.finished[0].stop_reason == "needs_help"
    assert [each.answer for each in patient.events] == ["needs_help"]


def test_a_question_is_not_asked_again_at_once_and_a_stray_answer_changes_nothing() -> None:
    patient = start()
    to_first_set(patient)
    patient.flow.command(AnswerCheck(answer="needs_help"), patient.now_s)
    assert patient.show().phase is Phase.EXERCISING
    patient.fall()
    patient.flow.command(AnswerCheck(answer="all_right"), patient.now_s)
    patient.stand(3.0)
    patient.fall()
    assert len(patient.asked) == 1


def test_switching_off_at_the_question_keeps_the_event_without_an_answer() -> None:
    patient = start()
    to_first_set(patient)
    patient.fall()
    patient.flow.interrupt(patient.now_s)
    assert [each.answer for each in patient.events] == [None]
    assert patient.finished[0].status == "interrupted"


def test_the_rest_is_that_of_the_set_that_is_done() -> None:
    first = PrescriptionItem(exercise_id="shoulder_abduction", sets=1, reps=2, rest_s=3)
    then = PrescriptionItem(exercise_id="arm_lift", sets=1, reps=2, rest_s=300)
    patient = start(prescription().model_copy(update={"items": (first, then)}))
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    feedback = patient.stand(0.5)
    assert feedback.seconds_left is not None
    assert feedback.seconds_left <= 3


def test_a_fall_during_the_rest_is_asked_about_and_the_rest_goes_on() -> None:
    patient = start(prescription(rest_s=60))
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    patient.stand(8.0)
    assert patient.flow.phase is Phase.RESTING
    patient.fall()
    assert patient.flow.phase is Phase.CHECKING
    patient.flow.command(AnswerCheck(answer="all_right"), patient.now_s)
    feedback = patient.show()
    assert feedback.phase is Phase.RESTING
    assert feedback.seconds_left is not None
    assert 40 <= feedback.seconds_left <= 55


def test_keeping_still_in_a_set_is_asked_about() -> None:
    patient = start()
    to_first_set(patient)
    feedback = patient.stand(46.0)
    assert feedback.phase is Phase.CHECKING
    (event,) = patient.asked
    assert event.event_kind == "long_stillness"
    assert event.evidence.still_s is not None
    assert event.evidence.still_s >= 45


def test_stopping_for_pain_becomes_an_event_with_the_pain() -> None:
    patient = start()
    to_first_set(patient)
    patient.flow.command(StopSession(), patient.now_s)
    patient.flow.command(AnswerQuestion(question="stop_reason", reason="pain"), patient.now_s)
    patient.flow.command(AnswerQuestion(question="pain_after", rating=0), patient.now_s)
    (event,) = patient.events
    assert (event.event_kind, event.evidence.pain) == ("stopped_for_pain", 0)
    assert patient.show().phase is Phase.SUMMARY


@pytest.mark.parametrize(
    ("reason", "kind", "instruction"),
    [
        ("chest_pain", "stopped_for_chest_pain", "instruct-emergency"),
        ("breathless", "stopped_breathless", "instruct-emergency"),
        ("dizzy", "stopped_dizzy", "instruct-emergency-dizzy"),
    ],
)
def test_a_symptom_that_may_be_dangerous_shows_what_to_do_without_more_questions(
    reason: SaidReason, kind: str, instruction: str
) -> None:
    patient = start()
    to_first_set(patient)
    patient.flow.command(StopSession(), patient.now_s)
    patient.flow.command(AnswerQuestion(question="stop_reason", reason=reason), patient.now_s)
    feedback = patient.show()
    assert (feedback.phase, feedback.instruction) == (Phase.EMERGENCY, instruction)
    assert [each.event_kind for each in patient.events] == [kind]
    assert (patient.finished[0].stop_reason, patient.finished[0].pain_after) == (reason, None)


def test_who_does_not_turn_begins_all_the_same_and_the_set_says_so() -> None:
    patient = start(prescription(exercise_id="squat_mini", sets=2, rest_s=1))
    feedback = patient.stand(3.0)
    assert feedback.instruction == "instruct-framing-turn-sideways"
    patient.stand(18.0)
    assert patient.flow.phase is Phase.COUNTDOWN
    patient.stand(4.0)
    assert patient.flow.phase is Phase.EXERCISING
    patient.flow.interrupt(patient.now_s)
    (result,) = patient.finished[0].items[0].sets
    assert result.framing_complaints == ("turn_sideways",)


def test_the_unseen_limb_is_named() -> None:
    patient = start(prescription(side="left"))
    to_first_set(patient)
    for _ in range(int(2.5 * FPS)):
        patient.frame += 1
        patient.now_s += 1 / FPS
        pose = standing(patient.frame, patient.now_s, 8.0, 0.9)
        pose.keypoints[[7, 8], 2] = 0.0
        feedback = patient.flow.take(pose, patient.now_s)
    assert (feedback.phase, feedback.instruction) == (
        Phase.PAUSED, "instruct-paused-left-elbow"
    )  # fmt: skip


def test_a_set_by_the_clock_needs_no_camera_shows_its_seconds_and_counts_nothing() -> None:
    patient = start(prescription(exercise_id="quad_set", side="left", sets=1, reps=2))
    assert patient.stand(1.0, score=0.0).phase is Phase.COUNTDOWN
    feedback = patient.stand(3.0, score=0.0)
    assert (feedback.phase, feedback.guided_by_clock) == (Phase.EXERCISING, True)
    # Twice 1 s out, 5 s held, 1 s back and 3 s pause.
    assert feedback.seconds_left is not None
    assert 18 <= feedback.seconds_left <= 20
    feedback = patient.stand(5.0, score=0.0)
    assert feedback.seconds_left is not None
    assert 13 <= feedback.seconds_left <= 15
    assert patient.stand(16.0, score=0.0).phase is Phase.QUESTIONS
    patient.flow.interrupt(patient.now_s)
    (result,) = patient.finished[0].items[0].sets
    assert (result.guided_by, result.reps_counted, result.reps_target) == ("clock", 0, 2)
    (line,) = patient.show().summary
    assert line.guided_by_clock


def test_a_timed_test_ends_with_its_time_and_a_pause_does_not_count() -> None:
    patient = start(prescription(exercise_id="chair_stand_30s", sets=1, reps=10))
    patient.stand(26.0)
    assert patient.flow.phase is Phase.EXERCISING
    before = patient.show().seconds_left
    patient.stand(10.0, score=0.0)
    assert patient.flow.phase is Phase.PAUSED
    patient.stand(1.0)
    after = patient.show().seconds_left
    assert before is not None
    assert after is not None
    assert before - after <= 4
    assert patient.stand(after + 1).phase is Phase.QUESTIONS


def test_a_hold_shows_the_seconds_still_to_be_held() -> None:
    given = prescription(exercise_id="single_leg_stance", side="left", sets=1, reps=1, hold_s=12)
    patient = start(given)
    to_first_set(patient)
    assert patient.show().seconds_left == 12
