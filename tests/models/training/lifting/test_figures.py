"""Errors in centimetres, deviations as large as errors, baselines that do what they say."""

import numpy as np
import pytest

from models.depth_window import FRAME_VALUES, VALUES
from models.kinect_joints import JOINT_COUNT
from models.training.lifting.baselines import newest, nothing, ridge
from models.training.lifting.calibration import band_coverage, widening_of
from models.training.lifting.figures import errors_cm, figures_of
from models.training.lifting.filming import Clips
from tests.models.training.lifting.bodies_in_space import STANDING, movement


def clips(count=6, frames=5):
    random = np.random.default_rng(0)
    joints = np.broadcast_to(STANDING / 0.5, (count, frames, JOINT_COUNT, 3)).astype(np.float32)
    converted = joints.copy()
    converted[..., 2] = 0.8
    converted[..., :2] += random.normal(0, 0.02, converted[..., :2].shape)
    return Clips(
        converted=converted,
        lengths=np.zeros((count, frames, 7), np.float32),
        times_s=np.tile(np.arange(frames) / 10.0, (count, 1)),
        joints=joints,
        torso_m=np.full(count, 0.5),
        yaw_deg=np.array([0.0, -10, 30, -44, 60, -80]),
        motion=np.zeros(count, np.intp),
    )


def test_what_is_right_has_no_error_and_a_shift_has_its_length():
    truth = clips()
    exact, scaled = errors_cm(truth.joints, truth.joints, truth.torso_m)
    assert exact == pytest.approx(0.0)
    shifted, _ = errors_cm(
        truth.joints + np.array([0, 0, 0.1], np.float32), truth.joints, truth.torso_m
    )
    assert shifted == pytest.approx(5.0, abs=1e-4)
    assert scaled == pytest.approx(0.0, abs=1e-4)


def test_a_wrong_size_alone_disappears_with_the_best_scale():
    truth = clips()
    exact, scaled = errors_cm(truth.joints * 1.2, truth.joints, truth.torso_m)
    assert exact.mean() > 5.0
    assert scaled == pytest.approx(0.0, abs=1e-4)


def test_figures_are_given_by_view_and_movement():
    found = figures_of({"nothing": nothing}, clips(), [movement()])
    assert set(found["nothing"]["by_view"]) == {"0-20", "20-45", "45-90"}
    assert set(found["nothing"]["by_movement"]) == {"shoulder_abduction"}
    assert 0 < found["nothing"]["mpjpe_cm"] < 3


def test_widened_deviations_hold_nine_tenths_of_the_errors():
    truth = clips(count=6, frames=4000)
    random = np.random.default_rng(4)
    error = random.normal(0, 0.1, truth.joints.shape)
    deviations = np.full((6 * 4000, JOINT_COUNT), 0.03)
    places = (truth.joints + error).reshape(6 * 4000, -1)
    answers = np.concatenate([places, deviations], axis=1).astype(np.float32)
    widening = widening_of(answers, truth)
    assert widening == pytest.approx(0.1 / 0.03, rel=0.05)
    assert band_coverage(answers, truth)["all"] < 0.5
    answers[:, FRAME_VALUES:] *= widening
    assert band_coverage(answers, truth)["all"] == pytest.approx(0.9, abs=0.005)


def test_doing_nothing_keeps_what_is_seen_and_has_no_depth():
    inputs = clips().inputs().reshape(-1, VALUES)
    flat = nothing(inputs).reshape(-1, JOINT_COUNT, 3)
    assert np.array_equal(flat[..., :2], newest(inputs).reshape(-1, JOINT_COUNT, 3)[..., :2])
    assert not flat[..., 2].any()


def test_ridge_finds_a_linear_lift():
    random = np.random.default_rng(5)
    inputs = random.normal(size=(3000, VALUES)).astype(np.float32)
    joints = (inputs @ random.normal(size=(VALUES, FRAME_VALUES)) + 1).astype(np.float32)
    lifted = ridge(inputs[:2000], joints[:2000])(inputs[2000:])
    assert np.abs(lifted - joints[2000:]).mean() < 0.2
