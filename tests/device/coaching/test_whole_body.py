"""Everyday movement is no repetition, however far the measure goes; bad form still is one."""

from collections.abc import Mapping

import numpy as np
import pytest

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.movement import Movement
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.posture import RepetitionTest
from device.coaching.reference_views import reference_views
from device.coaching.repetition_forest import is_repetition
from device.coaching.set_coach import SetCoach
from device.pose.pose import Keypoint
from device.pose.smoothing import KeypointSmoother
from models.exercises.library import load_library

LIBRARY = load_library()
FPS = 10.0
BODY = 41
"""The trees were not grown on this one."""


def counted(movement: Movement, test: RepetitionTest = is_repetition) -> SetCoach:
    patient = SimulatedPatient(movement, BODY, conditions=Conditions(fps=FPS))
    coach, smoother = SetCoach(movement.exercise, None, is_repetition=test), KeypointSmoother()
    for pose in record_keypoints(patient, BODY).recording.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    return coach


@pytest.mark.parametrize(
    "exercise_id", ["hip_extension_standing", pytest.param("push_up_wall", marks=pytest.mark.slow)]
)
def test_most_everyday_movement_that_goes_far_enough_is_not_counted(exercise_id: str) -> None:
    asked: list[bool] = []

    def remember(features: Mapping[str, float]) -> bool:
        asked.append(is_repetition(features))
        return asked[-1]

    coach = counted(EverydayMovement(LIBRARY.measured(exercise_id), BODY, 60.0), remember)
    assert len(asked) >= 3
    assert coach.disturbed["other_movement"] == asked.count(False) >= 0.6 * len(asked)
    assert coach.reps_counted <= asked.count(True)


@pytest.mark.parametrize(
    ("exercise_id", "fault"),
    [("hip_extension_standing", "trunk_lean_forward"), ("elbow_flexion", "incomplete_return")],
)
def test_badly_done_repetitions_count(exercise_id: str, fault: str) -> None:
    exercise = LIBRARY.measured(exercise_id)
    movement = Performance(exercise, "left", 3, faults={2: fault}, natural_variation_seed=BODY)
    coach = counted(movement)
    assert coach.reps_counted == 3


def test_the_reference_of_an_arm_raise_moves_the_hands_and_keeps_the_feet() -> None:
    views = reference_views(LIBRARY.measured("shoulder_abduction"))
    hands = views.travels[[Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST]]
    feet = views.travels[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]]
    assert hands.min() > 1.0
    assert feet.max() < 0.05
    assert np.allclose(views.at(0.7), (views.at(0.6) + views.at(0.8)) / 2)
    assert np.array_equal(views.at(3.0), views.at(1.2))
