"""The form gate's features see the movement, not the side, the tempo or the person."""

import numpy as np
import pytest

from models.form_features import FRAMES, features, ten_frames
from models.standard_body import mirrored
from tests.models.test_standard_body import STANDING, moving


def arm_lift(frames=60, height=1.0):
    joints_m = np.repeat(STANDING[None], frames, axis=0)
    lifted = height * np.sin(np.linspace(0, np.pi, frames))
    upper, lower = 0.28, 0.23
    for joint, reach in ((3, upper), (5, upper + lower)):
        joints_m[:, joint] = joints_m[:, 1] + reach * np.stack(
            [np.sin(lifted), -np.cos(lifted), 0 * lifted], axis=-1
        )
    return joints_m.astype(np.float32)


def test_ten_frames_of_thirty_nine_values_whatever_the_length():
    for frames in (2, 9, 10, 11, 200):
        assert ten_frames(moving(frames)).reshape(FRAMES, -1).shape == (10, 39)


def test_a_movement_by_either_side_looks_the_same():
    joints_m = arm_lift()
    assert np.allclose(ten_frames(mirrored(joints_m)), ten_frames(joints_m), atol=1e-5)


def test_the_same_movement_in_twice_the_time_has_the_same_features():
    slow, fast = (features(ten_frames(arm_lift(frames))) for frames in (120, 60))
    assert np.abs(slow - fast).max() < 3.0


def test_a_lower_lift_has_a_smaller_shoulder_angle():
    high, low = (features(ten_frames(arm_lift(height=height))) for height in (1.4, 0.7))
    # The first feature is the largest angle of the left shoulder.
    assert high[0] == pytest.approx(np.degrees(1.4), abs=6)
    assert low[0] == pytest.approx(np.degrees(0.7), abs=6)


def test_many_at_once_are_as_one_by_one():
    several = np.stack([ten_frames(moving(30, seed)) for seed in range(3)])
    assert np.allclose(features(several)[1], features(several[1]), atol=1e-4)
