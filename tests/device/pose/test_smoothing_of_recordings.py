"""Jitter and delay of smoothing on real recordings, in torso lengths.

The reference is the recording smoothed forwards and backwards alike (Gaussian, about 2 Hz), which
no live filter can do. Still is under 0.1 torso lengths a second, moving over 0.5.
"""

import csv

import numpy as np
import pytest

from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother

pytestmark = pytest.mark.shared_data

FPS = 15.0
WIDTH, HEIGHT = 1920, 1080
EVERY = 6
CUTOFF_HZ = 2.0
DELAYS_S = np.arange(0.0, 0.2, 0.005)


@pytest.fixture(scope="module")
def recordings(shared_data):
    """Raw and smoothed recordings: (raw_px, smoothed_px, torso_px, both_seen) each."""
    with (shared_data / "squats" / "squats.csv").open(newline="") as file:
        names = [row["id"] for row in csv.DictReader(file)][::EVERY]
    found = []
    with np.load(shared_data / "squats" / "squats.npz") as archive:
        for name in names:
            stored = archive[f"{name}.movenet"].astype(np.float32)
            keypoints = np.stack(
                [
                    stored[..., 1] / 8 / HEIGHT,
                    stored[..., 0] / 8 / WIDTH,
                    stored[..., 2] / 1000,
                ],
                axis=-1,
            )
            found.append(smoothed_beside_raw(keypoints))
    return found


def smoothed_beside_raw(keypoints):
    smoother = KeypointSmoother()
    raw_poses = [Pose(i + 1, i / FPS, k, WIDTH, HEIGHT) for i, k in enumerate(keypoints)]
    poses = [smoother.smooth(each) for each in raw_poses]
    raw_px = np.stack([each.points_px() for each in raw_poses]).astype(float)
    smoothed_px = np.stack([each.points_px() for each in poses]).astype(float)
    trunk = (raw_px[:, 5] + raw_px[:, 6] - raw_px[:, 11] - raw_px[:, 12]) / 2
    torso_px = np.median(np.linalg.norm(trunk, axis=-1))
    seen = (keypoints[..., 2] >= 0.4) & (np.stack([each.scores for each in poses]) >= 0.3)
    return raw_px / torso_px, smoothed_px / torso_px, seen


def zero_phase(positions):
    sigma = FPS * np.sqrt(np.log(2) * 2) / (2 * np.pi * CUTOFF_HZ)
    half = int(4 * sigma) + 1
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(positions, ((half, half), (0, 0), (0, 0)), mode="edge")
    return np.apply_along_axis(lambda line: np.convolve(line, kernel, "valid"), 0, padded)


def speeds(reference):
    return np.linalg.norm(np.gradient(reference, 1 / FPS, axis=0), axis=-1)


def test_still_keypoints_jitter_at_most_four_tenths_as_much(recordings):
    raw_sum = smoothed_sum = 0.0
    for raw, smoothed, seen in recordings:
        steps, smoothed_steps = np.diff(raw, axis=0), np.diff(smoothed, axis=0)
        still = seen[1:] & seen[:-1] & (speeds(zero_phase(raw))[1:] < 0.1)
        still &= np.abs(steps).max(axis=-1) < 0.5
        raw_sum += (steps[still] ** 2).sum()
        smoothed_sum += (smoothed_steps[still] ** 2).sum()
    assert raw_sum > 0
    assert np.sqrt(smoothed_sum / raw_sum) <= 0.40


def test_moving_keypoints_are_at_most_50_ms_late(recordings):
    errors = np.zeros(len(DELAYS_S))
    for raw, smoothed, seen in recordings:
        reference = zero_phase(raw)
        moving = seen & (speeds(reference) > 0.5)
        moving[: int(FPS / 2)] = False
        times_s = np.arange(len(raw)) / FPS
        for index, delay_s in enumerate(DELAYS_S):
            late = np.apply_along_axis(
                lambda line, at=times_s - delay_s, when=times_s: np.interp(at, when, line),
                0,
                reference,
            )
            distance = np.minimum(np.linalg.norm(late - smoothed, axis=-1), 0.5)
            errors[index] += (distance[moving] ** 2).sum()
    assert errors.min() > 0
    assert DELAYS_S[errors.argmin()] <= 0.050
