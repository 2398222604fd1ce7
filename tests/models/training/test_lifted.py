"""Movement for training is lifted by the very file that the device uses."""

import numpy as np
import pytest

from models.networks.find import find_stage
from models.training.errors import TrainingDataError
from models.training.lifted import Lifting
from models.training.motion.motion import Motion
from tests.models.test_standard_body import STANDING, moving

DEPTH = find_stage("depth").path


def motion(joints_m):
    return Motion(
        key="one",
        source="simulated",
        subject="somebody",
        exercise_id="squat_deep",
        joints_m=joints_m.astype(np.float32),
        fps=30.0,
    )


def test_a_person_who_stands_before_the_camera_is_lifted_to_a_standing_person():
    standing = np.repeat(STANDING[None], 30, axis=0)
    (lifted,) = Lifting(DEPTH).lifted([motion(standing)], np.random.default_rng(2), 1.0)
    apart = np.linalg.norm(lifted[10:] - standing[10:], axis=-1)
    assert apart.mean() < 0.15
    assert lifted.dtype == np.float32


def test_each_motion_keeps_its_length_and_its_place_in_the_row():
    motions = [motion(moving(frames)) for frames in (12, 30, 20)]
    lifted = Lifting(DEPTH).lifted(motions, np.random.default_rng(0))
    assert [len(each) for each in lifted] == [12, 30, 20]
    alone = Lifting(DEPTH).lifted(motions[:1], np.random.default_rng(0))
    assert np.allclose(alone[0], lifted[0], atol=1e-5)


def test_a_movement_lifted_by_itself_keeps_its_frames_and_is_near_the_true_one():
    true = motion(moving(40))
    seeds = [np.array([1, number]) for number in range(4)]
    for lifted in Lifting(DEPTH).lifted_one_by_one([true] * 4, seeds):
        assert lifted.shape == true.joints_m.shape
        assert 0.005 < np.linalg.norm(lifted - true.joints_m, axis=-1).mean() < 0.25


def test_a_movement_lifted_by_itself_does_not_depend_on_what_else_is_lifted():
    seeds = [np.array([1, number]) for number in range(2)]
    (alone,) = Lifting(DEPTH).lifted_one_by_one([motion(moving(20))], seeds[1:])
    together = Lifting(DEPTH).lifted_one_by_one([motion(moving(50)), motion(moving(20))], seeds)
    assert np.allclose(alone, together[1])


def test_what_is_no_network_is_refused(tmp_path):
    path = tmp_path / "depth.tflite"
    path.write_bytes(b"no network")
    with pytest.raises(TrainingDataError, match="train the depth stage first"):
        Lifting(path)
