"""Measures for how long a visible person has kept still."""

import math

from device.coaching.body_frame import VISIBLE_SCORE, BodyFrame, Point
from device.coaching.suspicion import Suspicion
from models.event import EventEvidence
from models.safety import StillnessLimits

_LEAST_POINTS = 6
_MOVED_FOR_S = 0.3
_UNSEEN_AFTER_S = 2.0
# Noisy head keypoints tell nothing about a body that keeps still; COCO order from the shoulders on.
_FIRST_BODY_KEYPOINT = 5


class StillnessWatcher:
    """Measures for how long nothing of a visible person has moved."""

    def __init__(self, limits: StillnessLimits) -> None:
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._since_s: float | None = None
        self._seen_s = -math.inf
        self._places: dict[int, Point] = {}
        self._moving_since_s: float | None = None

    def update(self, body: BodyFrame, longest_s: float) -> Suspicion | None:
        """Take one smoothed frame; a suspicion once nobody moved for ``longest_s``."""
        now_s = body.captured_at_s
        if self._since_s is not None and now_s - self._seen_s > _UNSEEN_AFTER_S:
            self.reset()
        seen = {
            index: point
            for index, point in enumerate(body.points)
            if index >= _FIRST_BODY_KEYPOINT and body.scores[index] >= VISIBLE_SCORE
        }
        if len(seen) < _LEAST_POINTS or not body.torso_px:
            return None
        self._seen_s = now_s
        if self._since_s is None or self._has_moved(seen, body.torso_px, now_s):
            self._since_s, self._places, self._moving_since_s = now_s, seen, None
            return None
        self._places = seen | self._places
        still_s = now_s - self._since_s
        if still_s < longest_s:
            return None
        self.reset()
        return Suspicion("long_stillness", EventEvidence(still_s=round(still_s, 1)))

    def _has_moved(self, seen: dict[int, Point], torso_px: float, now_s: float) -> bool:
        least_px = self._limits.moves_torso * torso_px
        moved = any(
            math.dist(point, self._places[index]) > least_px
            for index, point in seen.items()
            if index in self._places
        )
        if not moved:
            self._moving_since_s = None
            return False
        # A keypoint that is unsure where it is jumps for a frame and back.
        if self._moving_since_s is None:
            self._moving_since_s = now_s
        return now_s - self._moving_since_s >= _MOVED_FOR_S
