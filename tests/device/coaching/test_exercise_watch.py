"""The coach notices another exercise than the planned one, and one begun unasked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import Conditions, SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.command import AnswerQuestion, Ready, StartSession
from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Feedback, Phase
from device.coaching.recognition.index import References
from device.coaching.recognition.movement_watch import MovementWatch
from device.coaching.recognition.recogniser import ExerciseRecogniser
from device.coaching.session import SessionFlow, SessionIdentity
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother
from models.exercises.library import load_library
from models.messages import NetworkVersion, Prescription, PrescriptionItem

LIBRARY = load_library()
PLANNED = ("arm_lift", "squat_deep", "hip_abduction_standing", "sit_to_stand")
FPS = 10.0


def watch(references: References, candidates: tuple[str, ...] | None = PLANNED) -> ExerciseWatch:
    return ExerciseWatch(MovementWatch(ExerciseRecogniser(references, candidates)))


def smoothed(movement: Performance | EverydayMovement, begins_s: float = 0.0) -> Iterator[Pose]:
    smoother = KeypointSmoother()
    take = record_keypoints(SimulatedPatient(movement, 4, conditions=Conditions(fps=FPS)))
    for pose in take.recording.poses():
        yield smoother.smooth(replace(pose, captured_at_s=pose.captured_at_s + begins_s))


def done(exercise_id: str, reps: int) -> Performance:
    return Performance(LIBRARY.measured(exercise_id), "both", reps)


def test_another_exercise_is_named_after_two_movements_and_forgotten_after_a_right_one(
    references: References,
) -> None:
    watching = watch(references)
    named = []
    for pose in smoothed(done("squat_deep", 4)):
        watching.compare(pose, "arm_lift", pose.captured_at_s)
        named.append(watching.looks_like(pose.captured_at_s))
    assert set(named) == {None, "squat_deep"}
    assert named.index("squat_deep") / FPS > done("squat_deep", 4).repetitions[1].peaks_s
    for pose in smoothed(done("arm_lift", 3), begins_s=40.0):
        watching.compare(pose, "arm_lift", pose.captured_at_s)
    assert watching.looks_like(pose.captured_at_s) is None


def test_the_planned_exercise_is_never_taken_for_another(references: References) -> None:
    for planned in ("arm_lift", "squat_deep"):
        watching = watch(references)
        for pose in smoothed(done(planned, 4)):
            watching.compare(pose, planned, pose.captured_at_s)
            assert watching.looks_like(pose.captured_at_s) is None


def test_an_exercise_is_begun_by_doing_it_and_only_if_it_is_planned(references: References) -> None:
    for planned, expected in ((["arm_lift", "squat_deep"], "squat_deep"), (["arm_lift"], None)):
        watching = watch(references)
        begun = [
            watching.begun(pose, planned, pose.captured_at_s)
            for pose in smoothed(done("squat_deep", 5))
        ]
        assert next((each for each in begun if each), None) == expected


def test_everyday_movement_begins_nothing(references: References) -> None:
    movement = EverydayMovement(LIBRARY.measured("arm_lift"), 3, 150.0)
    watching = watch(references, None)
    assert not any(watching.begun(pose, PLANNED, pose.captured_at_s) for pose in smoothed(movement))


def flow(references: References, *planned: str) -> SessionFlow:
    session = SessionFlow(
        SessionIdentity(
            "device-1", "1", NetworkVersion(name="net", sha256="0" * 64), False, "simulated"
        ),
        LIBRARY,
        now=lambda: datetime.now(UTC),
        on_finished=lambda _: None,
        on_progress=lambda _: None,
        exercise_watch=watch(references),
    )
    items = [PrescriptionItem(exercise_id=each, sets=1, reps=2, rest_s=1) for each in planned]
    session.set_prescription(
        Prescription(
            id=uuid4(), version=1, patient_id="p-1", author_id="a-1",
            issued_at=datetime.now(UTC), items=tuple(items),
        ),
        0.0,
    )  # fmt: skip
    return session


def test_a_set_begins_by_itself_and_the_rest_of_the_plan_follows(references: References) -> None:
    session = flow(references, "arm_lift", "squat_deep")
    seen: list[Feedback] = []
    for pose in smoothed(done("squat_deep", 7)):
        seen.append(session.take(pose, pose.captured_at_s))
    exercising = [each for each in seen if each.phase is Phase.EXERCISING]
    assert exercising[0].exercise_id == "squat_deep"
    squats = [each.reps_counted for each in exercising if each.exercise_id == "squat_deep"]
    assert max(squats) == 2
    assert session.current_item is not None
    assert session.current_item.exercise_id == "arm_lift"


def test_the_screen_says_which_exercise_it_looks_like(references: References) -> None:
    session = flow(references, "arm_lift")
    session.command(StartSession(), 0.0)
    session.command(AnswerQuestion(question="pain_before"), 0.0)
    session.command(Ready(), 0.0)
    said = set()
    for pose in smoothed(done("squat_deep", 5)):
        feedback = session.take(pose, pose.captured_at_s)
        said.add((feedback.phase, feedback.looks_like))
    assert (Phase.EXERCISING, LIBRARY["squat_deep"].name) in said
