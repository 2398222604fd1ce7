"""How far a network's keypoints are from the truth in filmed takes, window by window."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.benchmark.filming import FilmedTake
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.pose.pose import Keypoint
from device.quality.keypoint_windows import (
    BLOCK_KEYPOINTS,
    WINDOW_FRAMES,
    KeypointWindows,
    keypoint_windows,
)
from models.exercises.definition import LYING
from models.exercises.library import load_library
from models.quality import BODY_BLOCKS

BAD_BEYOND_TORSO: Final = 0.25
"""A block is bad in a window in which its worst keypoint lies further than this from the truth on
average: an angle over a thigh or an upper arm of 0.8 torso lengths is then off by some 15°."""

_LIMBS = [BLOCK_KEYPOINTS[block] for block in BODY_BLOCKS]
_SHOULDERS = [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]
_HIPS = [Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]


@dataclass(frozen=True, slots=True)
class WindowsAndTruth:
    """A take's windows, and the error of each block's worst keypoint, float64 [N, 4], torsos."""

    body_seed: int
    lies: bool
    degraded: bool
    windows: KeypointWindows
    error_torso: NDArray[np.float64]


def windows_and_truth(filmed: FilmedTake, *, degraded: bool) -> WindowsAndTruth:
    """The windows of one take beside what is so; the truth is computed, nothing is rendered."""
    take, recording = filmed.take, filmed.recording
    exercise = load_library().measured(take.exercise_id)
    performance = Performance(
        exercise,
        take.side,
        take.reps,
        faults=dict(take.faults),
        natural_variation_seed=take.variation_seed,
        rest_s=take.rest_s,
    )
    patient = SimulatedPatient(performance, take.body_seed, conditions=take.conditions)
    size = np.array([recording.height, recording.width], np.float64)
    true = np.array([patient.truth_at(float(at)).keypoints for at in recording.times_s]) * size
    errors = np.linalg.norm(recording.keypoints[..., :2] * size - true, axis=2)
    windows = keypoint_windows(recording)
    cut = errors[: len(windows) * WINDOW_FRAMES, _LIMBS].reshape(len(windows), WINDOW_FRAMES, 4, 3)
    return WindowsAndTruth(
        body_seed=take.body_seed,
        lies=exercise.position in LYING,
        degraded=degraded,
        windows=windows,
        error_torso=cut.mean(axis=1).max(axis=2) / _usual_torso(true),
    )


def _usual_torso(true: NDArray[np.float64]) -> float:
    shoulders, hips = true[:, _SHOULDERS], true[:, _HIPS]
    length = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    breadth = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    return float(np.median(np.maximum(length, breadth)))
