"""The movement is found between the fidgeting before and after it."""

import numpy as np
import pytest

from device.camera.simulated.training_motion.points import POINTS
from device.camera.simulated.training_motion.take import FPS, take_of
from device.errors import QualityError
from device.quality.trimming import trimmed
from models.exercises.library import load_library
from models.kinect_joints import JOINT_COUNT, JOINTS

BODY = 900_001
"""Not among the bodies of training."""
IN_TAKE = {"hand": "wrist", "foot": "ankle"}


def name_in_take(joint):
    side, _, part = joint.rpartition("_")
    return f"{side}_{IN_TAKE.get(part, part)}" if side else joint


@pytest.fixture(scope="module")
def takes():
    """Of each set joints in space, their times, and when it really begins and ends."""
    return [take_in_space(each) for each in ("shoulder_abduction", "squat_deep", "sit_to_stand")]


@pytest.fixture(scope="module")
def take(takes):
    return takes[0]


def take_in_space(exercise_id):
    simulated = take_of(load_library().measured(exercise_id), BODY)
    joints_m = simulated.points_m[:, [POINTS.index(name_in_take(joint)) for joint in JOINTS]]
    joints_m -= joints_m[:, 7:9].mean(axis=1, keepdims=True)
    return joints_m, np.arange(len(joints_m)) / FPS, (simulated.begins_s, simulated.ends_s)


def test_it_finds_sets_of_a_body_it_was_not_trained_on(takes):
    apart = [np.subtract(trimmed(joints_m, times_s), true_s) for joints_m, times_s, true_s in takes]
    assert np.median(np.abs(apart)) < 0.75
    around_s = [(true_s[0], times_s[-1] - true_s[1]) for _, times_s, true_s in takes]
    assert np.median(around_s) > 1.5, "there must be something to trim"


def test_times_are_those_of_the_recording(take):
    joints_m, times_s, _ = take
    begins_s, ends_s = trimmed(joints_m, times_s)
    assert trimmed(joints_m, times_s + 100) == pytest.approx((begins_s + 100, ends_s + 100))


def test_neither_the_cameras_rate_nor_the_bodys_size_matters(take):
    joints_m, times_s, _ = take
    found = trimmed(joints_m, times_s)
    assert trimmed(joints_m[::2] * 1.2, times_s[::2]) == pytest.approx(found, abs=0.2)


def test_in_a_body_that_stands_still_there_is_no_movement(take):
    still = np.repeat(take[0][:1], 150, axis=0)
    assert trimmed(still, np.arange(150) / FPS) is None


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames_are_no_movement(frames):
    assert trimmed(np.zeros((frames, JOINT_COUNT, 3)), np.arange(float(frames))) is None


@pytest.mark.parametrize(
    ("joints_m", "times_s", "message"),
    [
        (np.zeros((5, 12, 3)), np.arange(5.0), "13"),
        (np.zeros((5, JOINT_COUNT, 3)), np.arange(4.0), "4 times"),
        (np.full((5, JOINT_COUNT, 3), np.nan), np.arange(5.0), "finite"),
        (np.zeros((5, JOINT_COUNT, 3)), np.array([0.0, 1.0, 1.0, 2.0, 3.0]), "increase"),
    ],
)
def test_what_are_no_joints_in_order_of_time_is_refused(joints_m, times_s, message):
    with pytest.raises(QualityError, match=message):
        trimmed(joints_m, times_s)
