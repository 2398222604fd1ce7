"""Simulated keypoints are the true ones with a network's errors, and the same for the same seed."""

import numpy as np
import pytest

from device.camera.simulated.keypoint_recording import MOVENET_LIKE, NO_NOISE, record_keypoints
from device.camera.simulated.patient import Conditions, Performance, SimulatedPatient
from device.pose.pose import Keypoint
from models.exercises.library import load_library

LIBRARY = load_library()
FPS = 15.0


def take_of(exercise_id, seed=0, noise=MOVENET_LIKE, conditions=None):
    performance = Performance(LIBRARY.measured(exercise_id), "left", 3)
    patient = SimulatedPatient(performance, 2, conditions=conditions or Conditions())
    return record_keypoints(patient, seed, noise, FPS)


def errors_torso(take):
    size = np.array([take.recording.height, take.recording.width])
    true = np.array([truth.keypoints for truth in take.truths]) * size
    shoulders, hips = true[:, 5:7].mean(axis=1), true[:, 11:13].mean(axis=1)
    torso = np.linalg.norm(shoulders - hips, axis=1)
    return (take.recording.keypoints[..., :2] * size - true) / torso[:, None, None]


def test_without_noise_the_keypoints_are_the_true_ones():
    take = take_of("squat_mini", noise=NO_NOISE)
    assert np.abs(errors_torso(take)).max() < 1e-4
    assert take.recording.keypoints[..., 2].min() > 0.85


def test_the_same_seed_gives_the_same_keypoints_and_another_seed_others():
    first, again, other = (take_of("squat_mini", seed).recording.keypoints for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_errors_are_a_few_hundredths_of_the_torso_and_larger_where_the_score_is_low():
    take = take_of("squat_mini")
    error, score = np.abs(errors_torso(take)).max(axis=2), take.recording.keypoints[..., 2]
    sure, unsure = np.median(error[score > 0.6]), np.median(error[(score > 0.25) & (score < 0.5)])
    assert 0.01 < sure < 0.05
    assert unsure > 1.3 * sure


def test_a_limb_behind_the_body_and_the_far_half_of_the_face_score_lower():
    scores = take_of("squat_mini").recording.keypoints[..., 2].mean(axis=0)
    near = [Keypoint.LEFT_SHOULDER, Keypoint.LEFT_KNEE, Keypoint.LEFT_EAR]
    far = [Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_EAR]
    assert scores[near].min() > scores[far].max() + 0.15


@pytest.mark.parametrize(
    ("exercise_id", "swaps"), [("knee_extension_seated", True), ("hip_abduction_standing", False)]
)
def test_left_and_right_are_mistaken_only_from_the_side(exercise_id, swaps):
    true = take_of(exercise_id, noise=NO_NOISE).recording.keypoints[:, :, :2]
    noisy = take_of(exercise_id).recording.keypoints[:, :, :2]
    left, right = Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE
    own = np.linalg.norm(noisy[:, left] - true[:, left], axis=1)
    others = np.linalg.norm(noisy[:, left] - true[:, right], axis=1)
    gap = np.linalg.norm(true[:, left] - true[:, right], axis=1)
    mistaken = (others < 0.03) & (own > 0.1) & (gap > 0.1)
    assert bool(mistaken.any()) == swaps


def test_keypoints_outside_the_picture_are_not_believed():
    take = take_of("arm_lift", conditions=Conditions(distance_m=1.5))
    true = np.array([truth.keypoints for truth in take.truths])
    outside = ((true < 0) | (true > 1)).any(axis=2)
    assert outside.any()
    assert take.recording.keypoints[..., 2][outside].max() < 0.1
    assert take.recording.keypoints[..., :2].min() >= 0
