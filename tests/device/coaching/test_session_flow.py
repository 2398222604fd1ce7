"""The course of a session, told the time and what the camera sees."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np

from device.coaching.command import AnswerQuestion, Dismiss, StartSession, StopSession
from device.coaching.feedback import Feedback, Phase
from device.coaching.session import SessionFlow, SessionIdentity, SessionTimings
from device.pose.pose import Keypoint, Pose
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


def start(given: Prescription | None = None, timings: SessionTimings | None = None) -> Patient:
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
        timings,
    )
    patient = Patient(flow)
    flow.set_prescription(given or prescription(), patient.now_s)
    flow.command(StartSession(), patient.now_s)
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
    assert [len(draft.items[0].sets) for draft in patient.drafts] == [1]
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
    assert (session.pain_after, session.rpe) == (0, None)
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
    assert (session.status, session.stop_reason, session.pain_after) == ("stopped", "tired", 4)
    assert session.items[0].sets[0].reps_counted == 1


def test_an_unanswered_question_is_skipped_not_zero() -> None:
    patient = start(timings=SessionTimings(question_s=1.0))
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
