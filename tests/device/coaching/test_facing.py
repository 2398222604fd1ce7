"""Which way a person looks: by the nose, or else as they were asked to stand."""

import numpy as np
import pytest

from device.coaching.body_frame import BodyObserver
from device.coaching.measure_counting import estimator_for
from device.pose.pose import Keypoint, Pose
from models.exercises.library import load_library

TORSO = 0.25
LEG_RAISE = load_library().measured("slr_standing")


def pose(nose_ahead_torso: float, index: int) -> Pose:
    """Somebody seen from the side; positive looks to the right of the picture."""
    keypoints = np.full((17, 3), 0.8, np.float32)
    keypoints[:, 1] = 0.5
    keypoints[: Keypoint.LEFT_SHOULDER, 0] = 0.15
    keypoints[Keypoint.NOSE, 1] += nose_ahead_torso * TORSO
    keypoints[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER], 0] = 0.25
    keypoints[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 0] = 0.25 + TORSO
    keypoints[Keypoint.LEFT_KNEE :, 0] = 0.7
    return Pose(index, index / 15, keypoints, 480, 480)


def facing(nose_ahead_torso: float, expected: int = 0) -> int:
    observer = BodyObserver(expected)
    return [observer.observe(pose(nose_ahead_torso, index)).facing for index in range(90)][-1]


@pytest.mark.parametrize("expected", [-1, 0, 1])
def test_a_nose_well_ahead_decides(expected):
    assert facing(0.15, expected) == 1
    assert facing(-0.15, expected) == -1


def test_a_nose_that_shows_nothing_leaves_it_to_how_the_person_was_asked_to_stand():
    assert facing(0.005) == 0
    assert facing(0.005, expected=-1) == -1
    assert facing(-0.005, expected=1) == 1


def test_whoever_trains_one_leg_is_asked_to_turn_it_to_the_camera():
    for side, looks in (("left", -1), ("right", 1), (None, 0), ("both", 0)):
        estimator = estimator_for(LEG_RAISE, side)
        for index in range(30):
            angles = estimator.estimate(pose(0.0, index))
        assert angles.facing == looks
