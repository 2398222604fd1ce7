"""Smooths keypoints over time without much delay: the One Euro filter, gated by score.

Casiez, Roussel and Vogel, "1 Euro filter", CHI 2012: a first-order low-pass whose cut-off rises
with speed. Speeds are in torso lengths per second, so that one setting serves every distance.

The loop is plain Python on purpose: right after an inference the caches are cold, and some thirty
small NumPy calls measured twice as slow as this.
"""

import math

import numpy as np

from device.pose.pose import KEYPOINT_COUNT, Keypoint, Pose
from device.pose.side_swaps import SideSwapGate

# Measured on the squats recordings at 15 fps (tests/device/pose): still-frame jitter 0.33 of raw at
# 40 ms of delay.
MINIMUM_CUTOFF_HZ = 1.0
BETA = 1.5
DERIVATIVE_CUTOFF_HZ = 1.0

USED_SCORE = 0.3
"""From here on a keypoint is filtered in; below it the filter holds what it had.

Going on at part of the last speed came nearer to the truth in short drop-outs, but cost counted
repetitions on the squats recordings: two of 234.
"""
HOLD_S = 0.3
"""A keypoint held longer than this is not visible: its score becomes 0."""
_LEAST_TORSO_OF_HEIGHT = 0.08
_LONGEST_GAP_S = 0.5
_TORSO = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)


class KeypointSmoother:
    """The filter state of one person; feed it every pose in order of time.

    A keypoint whose score is under :data:`USED_SCORE` keeps its last smoothed place, with the score
    :data:`USED_SCORE`, for :data:`HOLD_S`; then it gets the score 0.
    """

    def __init__(self) -> None:
        self._sides = SideSwapGate(HOLD_S)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._time_s = -math.inf
        self._torso_px = 0.0
        self._y = [0.0] * KEYPOINT_COUNT
        self._x = [0.0] * KEYPOINT_COUNT
        # Torso lengths per second.
        self._speed_y = [0.0] * KEYPOINT_COUNT
        self._speed_x = [0.0] * KEYPOINT_COUNT
        self._seen_s = [-math.inf] * KEYPOINT_COUNT
        self._sides.reset()

    def smooth(self, pose: Pose) -> Pose:
        """The pose with smoothed positions; keypoints not seen for a while get score 0.

        Poses further apart than half a second, or back in time, start afresh.
        """
        now_s = pose.captured_at_s
        step_s = now_s - self._time_s
        if not 0 <= step_s <= _LONGEST_GAP_S:
            self.reset()
            step_s = 0.0
        self._time_s = now_s
        rows: list[list[float]] = pose.keypoints.tolist()
        torso_px = self._follow_torso(rows, pose)
        height, width = pose.height / torso_px, pose.width / torso_px
        self._sides.apply(rows, now_s, height, width, USED_SCORE)
        smoothed = self._filter(rows, now_s, step_s, height, width)
        keypoints = np.array(smoothed, np.float32).reshape(KEYPOINT_COUNT, 3)
        return Pose(pose.sequence, now_s, keypoints, pose.width, pose.height)

    def _filter(
        self, rows: list[list[float]], now_s: float, step_s: float, height: float, width: float
    ) -> list[float]:
        """One step of the filter; ``height`` and ``width`` are the image's in torso lengths."""
        all_y, all_x, seen_s = self._y, self._x, self._seen_s
        all_speed_y, all_speed_x = self._speed_y, self._speed_x
        tau = step_s * 2.0 * math.pi
        least, rise = tau * MINIMUM_CUTOFF_HZ, tau * BETA
        keep = 1.0 / (tau * DERIVATIVE_CUTOFF_HZ + 1.0)
        gain = 2.0 * math.pi * DERIVATIVE_CUTOFF_HZ * keep
        gain_y, gain_x = gain * height, gain * width
        oldest_s = now_s - HOLD_S
        smoothed: list[float] = []
        for index, (raw_y, raw_x, score) in enumerate(rows):
            y, x = all_y[index], all_x[index]
            if score < USED_SCORE:
                held = seen_s[index] >= oldest_s
                smoothed += (y, x, USED_SCORE) if held else (raw_y, raw_x, 0.0)
                continue
            if seen_s[index] < oldest_s:
                # Back after a gap: it starts where it is, not where it was.
                y, x = raw_y, raw_x
                all_speed_y[index] = all_speed_x[index] = 0.0
            else:
                change_y, change_x = raw_y - y, raw_x - x
                speed_y = keep * all_speed_y[index] + gain_y * change_y
                speed_x = keep * all_speed_x[index] + gain_x * change_x
                share_y, share_x = least + rise * abs(speed_y), least + rise * abs(speed_x)
                y += change_y * share_y / (share_y + 1.0)
                x += change_x * share_x / (share_x + 1.0)
                all_speed_y[index], all_speed_x[index] = speed_y, speed_x
            all_y[index], all_x[index] = y, x
            seen_s[index] = now_s
            smoothed += (y, x, score)
        return smoothed

    def _follow_torso(self, rows: list[list[float]], pose: Pose) -> float:
        """The torso's length in pixels, from when all of it was last seen."""
        left_shoulder, right_shoulder, left_hip, right_hip = (rows[index] for index in _TORSO)
        seen = min(left_shoulder[2], right_shoulder[2], left_hip[2], right_hip[2]) >= USED_SCORE
        if seen or self._torso_px == 0.0:
            length_px = 0.5 * math.hypot(
                (left_shoulder[0] + right_shoulder[0] - left_hip[0] - right_hip[0]) * pose.height,
                (left_shoulder[1] + right_shoulder[1] - left_hip[1] - right_hip[1]) * pose.width,
            )
            self._torso_px = max(length_px, _LEAST_TORSO_OF_HEIGHT * pose.height)
        return self._torso_px
