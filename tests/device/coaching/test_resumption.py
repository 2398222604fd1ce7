"""A session that a restart broke off goes on: same id, nothing counted twice, no set lost."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from device.coaching.command import AnswerQuestion, ResumeSession, StartSession
from device.coaching.feedback import Phase
from device.coaching.resumption import course_of, is_left, may_resume
from device.coaching.session import SessionFlow, SessionTimings
from device.coaching.session_limits import load_session_limits
from models.exercises.library import load_library
from models.messages import (
    ExerciseResult,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Session,
    SetResult,
)
from tests.device.coaching.test_session_flow import (
    IDENTITY,
    Patient,
    prescription,
    start,
    to_first_set,
)

LIBRARY = load_library()
BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
OFFERED = timedelta(seconds=load_session_limits().resumption.offered_for_s)


def restarted(given: Prescription, draft: Session) -> Patient:
    """The device starts again with what it had kept, and a patient stands there."""
    flow = SessionFlow(
        IDENTITY,
        LIBRARY,
        lambda: draft.ended_at + timedelta(minutes=1),
        lambda session: after.finished.append(session),  # noqa: PLW0108  bound later
        lambda session: after.drafts.append(session),  # noqa: PLW0108  bound later
        SessionTimings(demonstration_s=0.0),
    )
    after = Patient(flow)
    flow.set_prescription(given, after.now_s)
    flow.offer_resumption(draft, after.now_s)
    return after


@cache
def broken_off() -> tuple[Prescription, Session, Session]:
    """The drafts after the first set of two, and of a device told to stop in the second one."""
    given = prescription()
    patient = start(given)
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    patient.stand(1.0 + 3.2 + 1.6 + 3.2)
    assert patient.flow.phase is Phase.EXERCISING
    patient.raise_arms()
    after_the_first = patient.drafts[-1]
    patient.flow.suspend(patient.now_s)
    assert patient.finished == []
    return given, after_the_first, patient.drafts[-1]


def finish(patient: Patient) -> Session:
    screen = patient.stand(1.5)
    assert screen.question == "pain_after", screen.phase
    patient.flow.command(AnswerQuestion(question="pain_after", rating=1), patient.now_s)
    patient.flow.command(AnswerQuestion(question="rpe", rating=5), patient.now_s)
    patient.show()
    (session,) = patient.finished
    return session


def test_a_set_that_was_broken_off_goes_on_with_the_repetitions_that_are_left() -> None:
    given, _, draft = broken_off()
    after = restarted(given, draft)
    screen = after.show()
    assert (screen.phase, screen.set_number, screen.sets) == (Phase.RESUMING, 2, 2)
    after.flow.command(ResumeSession(go_on=True), after.now_s)
    after.stand(6.0)
    assert after.flow.phase is Phase.EXERCISING
    assert after.show().reps_target == 1
    after.raise_arms()
    session = finish(after)
    assert (session.id, session.status, session.pain_before) == (draft.id, "completed", 2)
    sets = session.items[0].sets
    assert [each.reps_counted for each in sets] == [2, 1, 1]
    assert sum(each.reps_target for each in sets) == 4
    assert session.started_at == draft.started_at


def test_after_a_pulled_plug_the_set_under_way_is_done_again() -> None:
    given, draft, _ = broken_off()
    after = restarted(given, draft)
    after.flow.command(ResumeSession(go_on=True), after.now_s)
    after.stand(6.0)
    assert after.show().reps_target == 2
    for _ in range(2):
        after.raise_arms()
    assert [each.reps_counted for each in finish(after).items[0].sets] == [2, 2]


def test_who_does_not_go_on_keeps_what_was_done() -> None:
    given, _, draft = broken_off()
    after = restarted(given, draft)
    after.flow.command(ResumeSession(go_on=False), after.now_s)
    assert after.show().phase is Phase.READY
    assert after.finished == [draft]


def test_an_offer_that_nobody_takes_ends_by_itself() -> None:
    given, draft, _ = broken_off()
    after = restarted(given, draft)
    after.flow.tick(after.now_s + OFFERED.total_seconds() + 1)
    assert after.flow.phase is Phase.READY
    assert len(after.finished) == 1


def test_another_prescription_ends_the_offer() -> None:
    given, draft, _ = broken_off()
    after = restarted(given, draft)
    after.flow.set_prescription(prescription(), after.now_s)
    assert after.flow.phase is Phase.READY
    assert len(after.finished) == 1


def test_a_session_at_its_last_question_is_over_and_not_broken_off() -> None:
    given = prescription(sets=1)
    patient = start(given)
    to_first_set(patient)
    for _ in range(2):
        patient.raise_arms()
    patient.stand(1.5)
    draft = patient.drafts[-1]
    patient.flow.suspend(patient.now_s)
    assert [each.status for each in patient.finished] == ["completed"]
    # After a pulled plug there only the questions are left.
    after = restarted(given, draft)
    after.flow.command(ResumeSession(go_on=True), after.now_s)
    assert [each.reps_counted for each in finish(after).items[0].sets] == [2]


def test_before_the_first_question_is_answered_there_is_nothing_to_go_on_with() -> None:
    patient = start()
    flow = SessionFlow(
        IDENTITY, LIBRARY, lambda: BEGAN, patient.finished.append, patient.drafts.append
    )
    drafts = len(patient.drafts)
    flow.set_prescription(prescription(), 0.0)
    flow.command(StartSession(), 0.0)
    flow.suspend(1.0)
    assert (patient.finished, len(patient.drafts)) == ([], drafts)


def result(counted: int, target: int = 10, **more: object) -> SetResult:
    fields: dict[str, object] = {
        "reps_target": target, "reps_counted": counted, "reps_full_rom": 0, "attempts": 0,
        "valid_frame_pct": 99.0, "started_at": BEGAN, "ended_at": BEGAN + timedelta(minutes=1),
    }  # fmt: skip
    return SetResult.model_validate(fields | more)


def draft_of(given: Prescription, *sets: tuple[SetResult, ...]) -> Session:
    return Session(
        id=given.id, prescription_id=given.id, prescription_version=given.version,
        patient_id=given.patient_id, device_id="device-1", software_version="1",
        networks=(NetworkVersion(name="net", sha256="0" * 64),), camera="usb",
        started_at=BEGAN, ended_at=BEGAN + timedelta(minutes=5), status="interrupted",
        items=tuple(
            ExerciseResult(exercise_id=item.exercise_id, side=item.side, sets=results)
            for item, results in zip(given.items, sets, strict=False)
            if results
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sets", "done", "left", "targets"),
    [
        ((result(10),), 1, 10, [10]),
        ((result(10), result(4)), 1, 6, [10, 4]),
        ((result(10), result(4, target=4), result(6, target=6)), 2, 10, [10, 4, 6]),
        # Broken off twice.
        ((result(4, target=4), result(3, target=6)), 0, 3, [4, 3]),
        ((result(4, target=4),), 0, 6, [4]),
        ((result(0),), 0, 10, []),
        ((result(0, attempts=2),), 0, 10, [0]),
    ],
)
def test_what_is_left_of_a_set(
    sets: tuple[SetResult, ...], done: int, left: int, targets: list[int]
) -> None:
    given = prescription(sets=3, reps=10)
    course = course_of(draft_of(given, sets), given, LIBRARY)
    assert (course.sets_done, course.next_set.reps) == (done, left)
    assert [each.reps_target for each in course.results[0]] == targets
    counted = sum(each.reps_counted for each in sets)
    assert sum(each.reps_counted for each in course.results[0]) == counted


def items(*names: str, sets: int = 2) -> Prescription:
    plan = tuple(PrescriptionItem(exercise_id=each, sets=sets, reps=10) for each in names)
    return prescription().model_copy(update={"items": plan})


def test_it_goes_on_in_the_exercise_that_was_under_way() -> None:
    given = items("arm_lift", "squat_mini", "bridge")
    whole = (result(10), result(10))
    course = course_of(draft_of(given, whole, (result(10), result(7))), given, LIBRARY)
    assert (course.item.exercise_id, course.next_set.reps) == ("squat_mini", 3)
    assert course.demonstrated == {0, 1}
    course = course_of(draft_of(given, whole, whole), given, LIBRARY)
    assert course.item.exercise_id == "bridge"
    assert not is_left(course_of(draft_of(given, whole, whole, whole), given, LIBRARY))


def test_a_set_by_the_clock_is_done_again_as_a_whole() -> None:
    given = items("chair_stand_30s")
    short = result(3, ended_at=BEGAN + timedelta(seconds=12))
    course = course_of(draft_of(given, (short,)), given, LIBRARY)
    assert (course.sets_done, course.next_set.reps) == (0, 10)
    assert [each.reps_counted for each in course.results[0]] == [3]
    course = course_of(draft_of(given, (result(11, ended_at=BEGAN + timedelta(seconds=31)),)),
                       given, LIBRARY)  # fmt: skip
    assert course.sets_done == 1
    given = items("ankle_pump")
    clock = result(0, guided_by="clock", ended_at=BEGAN + timedelta(seconds=5))
    assert course_of(draft_of(given, (clock,)), given, LIBRARY).results == [[]]


def test_holds_are_left_that_were_not_held_long_enough() -> None:
    item = PrescriptionItem(exercise_id="single_leg_stance", side="left", sets=1, reps=3, hold_s=20)
    given = prescription().model_copy(update={"items": (item,)})
    held = result(3, target=3, hold_s=(21.0, 8.0, 20.0))
    course = course_of(draft_of(given, (held,)), given, LIBRARY)
    assert (course.sets_done, course.next_set.reps) == (0, 1)


def test_only_a_young_draft_of_the_prescription_in_force_goes_on() -> None:
    given = prescription()
    draft = draft_of(given, (result(10),))
    ended = draft.ended_at
    assert may_resume(draft, given, ended + OFFERED)
    assert not may_resume(draft, given, ended + OFFERED + timedelta(seconds=1))
    # A clock that is wrong at boot may say that it is earlier.
    assert may_resume(draft, given, ended - timedelta(minutes=5))
    assert not may_resume(draft, given, ended - OFFERED - timedelta(seconds=1))
    assert not may_resume(draft, None, ended)
    assert not may_resume(draft, given.model_copy(update={"version": 9}), ended)
    completed = draft.model_copy(update={"status": "completed"})
    assert not may_resume(completed, given, ended)
