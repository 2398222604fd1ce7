"""Whole movements are named as they end."""

import numpy as np

from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import Conditions, SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.recognition.index import References
from device.coaching.recognition.library_references import library_references
from device.coaching.recognition.movement_watch import MovementWatch
from device.coaching.recognition.recogniser import ExerciseRecogniser
from device.pose.pose import Pose
from models.exercises.library import load_library

LIBRARY = load_library()
THREE = [LIBRARY.measured(each) for each in ("arm_lift", "squat_deep", "hip_abduction_standing")]


def watch() -> MovementWatch:
    return MovementWatch(ExerciseRecogniser(References.of(list(library_references(THREE)))))


def test_each_movement_is_named_once_as_it_ends() -> None:
    performance = Performance(LIBRARY.measured("squat_deep"), "both", 3)
    take = record_keypoints(SimulatedPatient(performance, 4, conditions=Conditions(fps=10)))
    watching = watch()
    ended = [
        (pose.captured_at_s, named.could_be)
        for pose in take.recording.poses()
        if (named := watching.observe(pose)) is not None
    ]
    assert [could_be for _, could_be in ended] == [{"squat_deep"}] * len(ended)
    assert len(ended) in (2, 3)  # the first may be over before it is recognised with certainty
    returned_s = [each.returned_s for each in performance.repetitions][-len(ended) :]
    assert np.allclose([time_s for time_s, _ in ended], returned_s, atol=1.5)


def test_someone_who_stands_has_done_nothing() -> None:
    performance = Performance(LIBRARY.measured("squat_deep"), "both", 0, rest_s=8.0)
    take = record_keypoints(SimulatedPatient(performance, 4, conditions=Conditions(fps=10)))
    watching = watch()
    assert all(watching.observe(pose) is None for pose in take.recording.poses())


def test_a_movement_before_a_reset_is_forgotten() -> None:
    performance = Performance(LIBRARY.measured("arm_lift"), "both", 2)
    take = record_keypoints(SimulatedPatient(performance, 4, conditions=Conditions(fps=10)))
    watching = watch()
    almost_back_s = performance.repetitions[1].returned_s - 1.0
    named: list[Pose] = []
    for pose in take.recording.poses():
        if abs(pose.captured_at_s - almost_back_s) < 0.06:
            watching.reset()
        if watching.observe(pose) is not None and pose.captured_at_s > almost_back_s:
            named.append(pose)
    assert not named
