"""A set's quality comes into its session beside everything else, and never holds it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from device.coaching.command import AnswerQuestion, Dismiss, StartSession
from device.coaching.feedback import Phase
from device.coaching.light import Light
from device.coaching.quality_notes import session_note, set_note
from device.coaching.session_result import fitting
from device.coaching.set_qualities import SESSION_ENDED
from device.coaching.set_recording import RecordedSet, SetKey, SetRecording
from device.kiosk.screen import kiosk_catalogue
from device.pose.pose import Pose
from models.exercises.catalogue import LANGUAGES
from models.messages import MAXIMUM_PAYLOAD_BYTES, Session
from models.quality import (
    Contribution,
    GateCause,
    RepetitionQuality,
    SetQuality,
    not_analysed,
)
from models.quality_limits import load_quality_limits
from tests.device.coaching.test_session_flow import Patient, prescription, start, to_first_set

WAITS_S = load_quality_limits().analysis.session_waits_s
GOOD = SetQuality(status="analysed", score=0.4, deviation=0.3, good_repetitions=1)


class Analyst:
    """Analyses when told to."""

    def __init__(self) -> None:
        self.given: list[tuple[SetKey, RecordedSet]] = []
        self.ready: list[tuple[SetKey, SetQuality]] = []

    def submit(self, key: SetKey, recorded: RecordedSet) -> None:
        self.given.append((key, recorded))

    def finished(self) -> Sequence[tuple[SetKey, SetQuality]]:
        ready, self.ready = self.ready, []
        return ready

    def answer(self, index: int, quality: SetQuality = GOOD) -> None:
        self.ready.append((self.given[index][0], quality))


def after_one_set(analyst: Analyst, sets: int = 1) -> Patient:
    patient = start(prescription(sets=sets, reps=1), analyst=analyst)
    to_first_set(patient)
    patient.raise_arms()
    patient.stand(1.0)
    return patient


def skip_questions(patient: Patient) -> None:
    for question in ("pain_after", "rpe"):
        patient.flow.command(AnswerQuestion(question=question), patient.now_s)


def test_a_set_is_handed_over_with_its_raw_keypoints_and_its_repetitions() -> None:
    analyst = Analyst()
    after_one_set(analyst)
    ((key, recorded),) = analyst.given
    assert (key.item, key.number) == (0, 0)
    assert recorded.exercise_id == "shoulder_abduction"
    assert len(recorded.repetitions) == 1
    times_s = recorded.recording.times_s
    assert times_s[0] < recorded.repetitions[0].begins_s < recorded.repetitions[-1].ends_s
    # Unsmoothed: the arm is where it was shown, without a filter's delay.
    assert recorded.recording.keypoints[:, 9, 0].min() < 0.3


def test_quality_that_comes_in_the_rest_is_in_the_draft_and_the_session() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst, sets=2)
    # After a power cut the draft is sent so.
    assert patient.drafts[-1].items[0].sets[0].quality == not_analysed(SESSION_ENDED)
    assert patient.flow.phase is Phase.RESTING
    analyst.answer(0)
    feedback = patient.show()
    assert patient.drafts[-1].items[0].sets[0].quality == GOOD
    assert feedback.note == "quality-praise"


def test_a_session_is_sent_at_once_when_everything_is_analysed() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst)
    analyst.answer(0)
    patient.show()
    skip_questions(patient)
    (session,) = patient.finished
    assert session.items[0].sets[0].quality == GOOD
    assert session.schema_version == "1.4"


def test_a_session_waits_a_little_for_its_last_set_with_a_whole_draft_meanwhile() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst)
    skip_questions(patient)
    assert patient.finished == []
    # A power cut now would send the session as it ended, not as interrupted.
    assert patient.drafts[-1].status == "completed"
    assert patient.show().phase is Phase.SUMMARY
    analyst.answer(0)
    feedback = patient.show()
    (session,) = patient.finished
    assert session.items[0].sets[0].quality == GOOD
    assert session.ended_at == patient.drafts[-1].ended_at
    assert feedback.note == "quality-praise"


def test_an_analysis_that_hangs_delays_a_session_by_no_more_than_the_limit() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst)
    skip_questions(patient)
    patient.stand(WAITS_S - 0.5)
    assert patient.finished == []
    patient.stand(1.0)
    (session,) = patient.finished
    assert session.items[0].sets[0].quality == not_analysed(SESSION_ENDED)
    analyst.answer(0)
    patient.show()
    assert len(patient.finished) == 1


def test_switching_off_or_a_new_session_sends_what_is_there_at_once() -> None:
    for leave in ("switched off", "new session"):
        analyst = Analyst()
        patient = after_one_set(analyst)
        skip_questions(patient)
        if leave == "switched off":
            patient.flow.interrupt(patient.now_s)
        else:
            patient.flow.command(Dismiss(), patient.now_s)
            patient.flow.command(StartSession(), patient.now_s)
        (session,) = patient.finished
        assert session.status == "completed"
        assert session.items[0].sets[0].quality == not_analysed(SESSION_ENDED), leave


def test_switching_off_in_a_set_sends_the_session_at_once() -> None:
    analyst = Analyst()
    patient = start(prescription(), analyst=analyst)
    to_first_set(patient)
    patient.raise_arms()
    patient.flow.interrupt(patient.now_s)
    (session,) = patient.finished
    assert session.status == "interrupted"
    assert session.items[0].sets[0].quality == not_analysed(SESSION_ENDED)


def test_without_an_analyst_nothing_is_said_and_nothing_waits() -> None:
    patient = start(prescription(sets=1, reps=1))
    to_first_set(patient)
    patient.raise_arms()
    patient.stand(1.0)
    skip_questions(patient)
    assert patient.finished[0].items[0].sets[0].quality is None


def pose(number: int) -> Pose:
    return Pose(number, float(number), np.zeros((17, 3), np.float32), 640, 480)


def recorded(recording: SetRecording) -> RecordedSet | None:
    return recording.recorded("squat_mini", "both", [], [])


def test_a_very_long_set_is_kept_with_fewer_frames_but_from_end_to_end() -> None:
    recording = SetRecording(most_frames=100)
    for number in range(1000):
        recording.take(pose(number))
    kept = recorded(recording)
    assert kept is not None
    assert 40 <= len(kept.recording) <= 100
    assert kept.recording.times_s[0] < 20
    assert kept.recording.times_s[-1] > 980
    assert len(set(np.diff(kept.recording.times_s))) == 1


def test_a_pose_that_comes_twice_is_kept_once_and_hardly_anything_is_no_set() -> None:
    recording = SetRecording()
    for number in (1, 1):
        recording.take(pose(number))
    assert recorded(recording) is None
    recording.take(pose(2))
    recording.see_light(Light(100.0, 30.0, None, 0.0))
    kept = recorded(recording)
    assert kept is not None
    assert len(kept.recording) == 2
    assert len(kept.lights) == 1


def test_a_session_too_large_to_send_keeps_its_sets_and_loses_single_repetitions() -> None:
    repetition = RepetitionQuality(begins_s=1.0, ends_s=2.0, good=True, probability_good=0.9)
    quality = GOOD.model_copy(update={"repetitions": (repetition,) * 200})
    analyst = Analyst()
    patient = after_one_set(analyst)
    analyst.answer(0, quality)
    patient.show()
    skip_questions(patient)
    session = patient.finished[0]
    assert fitting(session) == session
    item = session.items[0].model_copy(update={"sets": session.items[0].sets * 30})
    large = fitting(session.model_copy(update={"items": (item,)}))
    assert len(large.to_bytes()) <= MAXIMUM_PAYLOAD_BYTES
    assert Session.from_bytes(large.to_bytes()).items[0].sets[29].quality == GOOD


def test_the_draft_s_clock_is_the_end_of_the_session_not_of_the_waiting() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst)
    before = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1)
    skip_questions(patient)
    patient.stand(WAITS_S + 1)
    assert patient.finished[0].ended_at < before
    assert patient.finished[0].ended_at == patient.drafts[-1].ended_at


def stopped(cause: str) -> SetQuality:
    return SetQuality(status="gate_stopped", reason=cause)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_to_the_patient_exists_in_every_language(language: str) -> None:
    texts = kiosk_catalogue(language)
    causes = GateCause.__args__  # type: ignore[attr-defined]
    notes = [set_note(stopped(cause)) for cause in causes] + [set_note(GOOD)]
    for note in notes:
        assert note is not None
        assert note in texts, note
        assert len(texts.text(note)) <= 60


def test_a_poor_set_names_what_to_watch_and_a_middling_one_nothing() -> None:
    part = (Contribution(joint="left_knee", phase="out", share=0.5),)
    poor = GOOD.model_copy(update={"score": 3.0, "contributions": part, "good_repetitions": 0})
    assert set_note(poor) == "quality-watch-left-knee"
    assert set_note(poor.model_copy(update={"contributions": ()})) is None
    assert set_note(poor.model_copy(update={"score": 1.9})) is None
    assert set_note(GOOD.model_copy(update={"score": None})) is None
    assert set_note(not_analysed("analysis_failed")) is None
    assert set_note(None) is None


def test_the_patient_hears_nothing_of_an_unsure_score_or_one_that_the_form_gate_denies() -> None:
    part = (Contribution(joint="left_knee", phase="out", share=0.5),)
    poor = GOOD.model_copy(update={"score": 3.0, "contributions": part, "good_repetitions": 0})
    assert set_note(poor.model_copy(update={"deviation": 1.1})) is None
    assert set_note(poor.model_copy(update={"deviation": None})) is None
    assert set_note(poor.model_copy(update={"good_repetitions": 3})) is None
    assert set_note(GOOD.model_copy(update={"bad_repetitions": 1})) is None
    assert set_note(GOOD.model_copy(update={"deviation": 2.0})) is None


def test_of_a_session_the_picture_is_said_first() -> None:
    assert session_note([stopped("too_far"), GOOD]) == "quality-seen-badly-too-far"
    assert session_note([GOOD]) == "quality-praise"
    assert session_note([]) is None


def test_quality_of_a_set_that_nobody_waits_for_changes_nothing() -> None:
    analyst = Analyst()
    patient = after_one_set(analyst, sets=2)
    analyst.ready.append((SetKey(uuid4(), 0, 0), GOOD))
    patient.show()
    assert patient.drafts[-1].items[0].sets[0].quality == not_analysed(SESSION_ENDED)
