"""What smoothing does to an angle: how much calmer a still scene is, and how late a step."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from device.benchmark.filming import Studio, Take
from device.camera.simulated.conditions import Conditions
from device.pose.pose import Keypoint, Pose
from device.pose.smoothing import KeypointSmoother
from device.recording import KeypointRecording

FPS = 15.0
_STILL_S = 12.0
_SETTLES_S = 2.0
_STEP_TORSO = 1.0
_ARRIVED = 0.5
"""A step has arrived when half of it has been made."""
_KNEES = ((11, 13, 15), (12, 14, 16))
_ELBOWS = ((5, 7, 9), (6, 8, 10))


@dataclass(frozen=True, slots=True)
class SmoothingRow:
    """``still_jitter``: root mean square change of knee and elbow angles from frame to frame while
    the patient stands still, smoothed over unsmoothed. ``still_deviation``: the same of their
    deviation over ten seconds, in which a network's slow drift stays. ``step_lag_frames``: frames
    until half of a sudden step of one torso length has been made.
    """

    still_jitter: float
    still_deviation: float
    step_lag_frames: int


def measure_smoothing(studio: Studio) -> SmoothingRow:
    """Film a patient who stands still, and let a keypoint jump."""
    take = Take(
        "squat_mini", "both", 0, 12, Conditions(fps=FPS, obliqueness_deg=-30.0), rest_s=_STILL_S / 2
    )
    (filmed,) = studio.film([take], "smoothing")
    raw = filmed.recording
    smoothed = _smoothed(raw)
    kept = raw.times_s >= _SETTLES_S
    calm, restless = _angles(smoothed[kept]), _angles(raw.keypoints[kept])
    return SmoothingRow(
        still_jitter=round(_jitter(calm) / _jitter(restless), 3),
        still_deviation=round(float(calm.std(axis=1).mean() / restless.std(axis=1).mean()), 3),
        step_lag_frames=_step_lag_frames(raw.keypoints[-1]),
    )


def _smoothed(recording: KeypointRecording) -> NDArray[np.float32]:
    smoother = KeypointSmoother()
    return np.stack([smoother.smooth(pose).keypoints for pose in recording.poses()])


def _angles(keypoints: NDArray[np.float32]) -> NDArray[np.float64]:
    """Knees and elbows, [4, T] radians."""
    points = keypoints[..., 1::-1].astype(np.float64) * (4, 3)
    angles = []
    for start, vertex, end in (*_KNEES, *_ELBOWS):
        first, second = points[:, start] - points[:, vertex], points[:, end] - points[:, vertex]
        cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        angles.append(np.unwrap(np.arctan2(cross, (first * second).sum(axis=1))))
    return np.array(angles)


def _jitter(angles: NDArray[np.float64]) -> float:
    return float(np.sqrt((np.diff(angles, axis=1) ** 2).mean()))


def _step_lag_frames(still: NDArray[np.float32]) -> int:
    sure = still.copy()
    sure[:, 2] = 0.9
    shoulders = sure[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER], 0].mean()
    hips = sure[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 0].mean()
    step = float(hips - shoulders) * _STEP_TORSO
    smoother = KeypointSmoother()
    pose = Pose(1, 0.0, sure, 640, 480)
    for index in range(30):
        smoother.smooth(replace(pose, sequence=index + 1, captured_at_s=index / FPS))
    moved = sure.copy()
    moved[Keypoint.LEFT_WRIST, 0] -= step
    for lag in range(30):
        index = 30 + lag
        later = replace(pose, sequence=index + 1, captured_at_s=index / FPS, keypoints=moved)
        made = (
            sure[Keypoint.LEFT_WRIST, 0] - smoother.smooth(later).keypoints[Keypoint.LEFT_WRIST, 0]
        )
        if made >= _ARRIVED * step:
            return lag
    return 30
