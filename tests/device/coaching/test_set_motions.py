"""Whose movement is kept: of sessions that began while the patient's consent stood, of no other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest

from device.coaching.session_course import Course
from device.coaching.set_motions import SetMotions
from device.coaching.set_qualities import SetQualities
from device.coaching.set_recording import RecordedSet, SetKey
from device.errors import StoreError
from device.recording import KeypointRecording
from models.errors import MessageError
from models.exercises.library import load_library
from models.messages import Prescription, PrescriptionItem, SetResult
from models.motion import Motion, MotionConsent, SetMotion, motion_id
from models.quality import SetQuality
from tests.models.test_motion import set_motion

NOW = datetime(2026, 1, 2, 10, tzinfo=UTC)
CONSENT = uuid4()
GOOD = SetQuality(status="analysed", score=0.4, deviation=0.3)
RECORDED = RecordedSet(
    "squat_mini", "both", KeypointRecording(np.zeros((2, 17, 3)), np.array([0.0, 1.0]), 640, 480)
)


class Analyst:
    """Answers every set at once, with its movement where the set asks for it."""

    def __init__(self) -> None:
        self.given: list[tuple[SetKey, RecordedSet]] = []
        self._done: list[tuple[SetKey, SetQuality]] = []
        self._made: list[tuple[SetKey, SetMotion]] = []

    def submit(self, key: SetKey, recorded: RecordedSet) -> None:
        self.given.append((key, recorded))

    def answer(self) -> None:
        for key, recorded in self.given:
            self._done.append((key, GOOD))
            if recorded.keep_motion:
                self._made.append((key, set_motion()))
        self.given = []

    def finished(self) -> Sequence[tuple[SetKey, SetQuality]]:
        done, self._done = self._done, []
        return done

    def motions(self) -> Sequence[tuple[SetKey, SetMotion]]:
        made, self._made = self._made, []
        return made


class Session:
    """A session of squats that began at ``NOW``, with the consent that the device knows."""

    def __init__(self, consent: MotionConsent | None, error: Exception | None = None) -> None:
        self.analyst, self.kept, self._error = Analyst(), [], error
        item = PrescriptionItem(exercise_id="squat_mini", sets=3, reps=1)
        prescription = Prescription(
            id=uuid4(), version=1, patient_id="p-1", author_id="a-1", issued_at=NOW, items=(item,)
        )
        self.course = Course(prescription, load_library(), NOW)
        self.consent = consent
        motions = SetMotions("device-1", self.analyst, lambda: self.consent, self._keep)
        self.qualities = SetQualities(self.analyst, motions=motions)

    def _keep(self, motion: Motion) -> bool:
        if self._error is not None:
            raise self._error
        self.kept.append(motion)
        return True

    def do_set(self, number: int = 0) -> SetResult:
        began = NOW + timedelta(minutes=number + 1)
        self.course.add_set(
            SetResult(
                reps_target=1, reps_counted=1, reps_full_rom=0, attempts=0, valid_frame_pct=90,
                started_at=began, ended_at=began,
            )
        )  # fmt: skip
        self.qualities.hand_over(self.course, RECORDED)
        return self.course.results[0][number]

    def qualities_of_sets(self) -> list[SetQuality | None]:
        return [each.quality for each in self.course.results[0]]


def consent(
    minutes: float = -60, patient_id: str = "p-1", consent_id: UUID | None = CONSENT
) -> MotionConsent:
    at = NOW + timedelta(minutes=minutes)
    return MotionConsent(patient_id=patient_id, consent_id=consent_id, decided_at=at)


def test_a_sets_movement_is_kept_under_its_sessions_id_and_its_own_time() -> None:
    session = Session(consent())
    done = [session.do_set(0), session.do_set(1)]
    session.analyst.answer()
    session.qualities.attend(1.0)
    assert [each.set_started_at for each in session.kept] == [each.started_at for each in done]
    first = session.kept[0]
    assert first.id == motion_id(session.course.id, done[0].started_at)
    assert (first.session_id, first.patient_id) == (session.course.id, "p-1")
    assert (first.consent_id, first.exercise_id) == (CONSENT, "squat_mini")
    assert session.qualities_of_sets() == [GOOD, GOOD]


@pytest.mark.parametrize(
    "word",
    [
        None,
        consent(consent_id=None),
        consent(patient_id="somebody-else"),
        # Given while the session was under way: it began without.
        consent(minutes=+0.5),
    ],
)
def test_without_a_consent_of_this_patient_from_before_nothing_is_asked_for(
    word: MotionConsent | None,
) -> None:
    session = Session(word)
    session.do_set()
    assert not session.analyst.given[0][1].keep_motion
    session.analyst.answer()
    session.qualities.attend(1.0)
    assert session.kept == []
    assert session.qualities_of_sets() == [GOOD]


def test_a_withdrawal_stops_it_from_the_next_set_on() -> None:
    session = Session(consent())
    session.do_set(0)
    session.consent = consent(2, consent_id=None)
    session.do_set(1)
    assert [recorded.keep_motion for _, recorded in session.analyst.given] == [True, False]


def test_movement_that_is_made_after_the_session_was_sent_is_kept_all_the_same() -> None:
    session = Session(consent())
    session.do_set()
    sent: list[bool] = []
    session.qualities.close(session.course, lambda: sent.append(True), lambda: None, 0.0)
    session.qualities.attend(0.0, at_once=True)
    assert sent == [True]
    session.analyst.answer()
    session.qualities.attend(60.0)
    assert len(session.kept) == 1


@pytest.mark.parametrize("error", [StoreError("the card is full"), MessageError("too large")])
def test_movement_that_cannot_be_kept_does_not_hold_the_session(error: Exception) -> None:
    session = Session(consent(), error)
    session.do_set()
    session.analyst.answer()
    session.qualities.attend(1.0)
    assert session.qualities_of_sets() == [GOOD]


def test_an_analyst_that_makes_no_movement_leaves_the_quality() -> None:
    session = Session(consent())
    session.do_set()
    session.analyst.answer()
    session.analyst._made.clear()
    session.qualities.attend(1.0)
    assert (session.kept, session.qualities_of_sets()) == ([], [GOOD])
