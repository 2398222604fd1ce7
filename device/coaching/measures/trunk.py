"""Trunk and pelvis seen from the front or from behind; positive to the side that is asked for."""

import math
from collections import deque
from statistics import median

from device.coaching.body_frame import BodySide
from device.coaching.measures.plane import BodyInPlane, arc_sine_deg, sign_of
from device.pose.pose import Keypoint

_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
_ELBOWS = (Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW)
_WRISTS = (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST)
_HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
_ANKLES = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
_BEFORE_TRUNK_TORSO = 0.6
_LEAST_BEFORE = 3
_STRAIGHT_EVERY_S, _STRAIGHT_COUNT = 0.4, 60


def trunk_lateral_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """The trunk against the vertical, positive to ``side``; the pelvis is taken to stay level."""
    trunk = plane.body.trunk
    if trunk is None or not plane.body.visible(*_SHOULDERS):
        return None
    (right, down) = plane.down
    to_the_right_deg = math.degrees(math.atan2(-right, down))
    return to_the_right_deg * plane.left_sign(*_SHOULDERS) * sign_of(side)


def pelvis_shift(plane: BodyInPlane, side: BodySide) -> float | None:
    """The line from the middle of the ankles to the middle of the hips against the vertical,
    positive when the hips are on ``side``."""
    if not plane.body.visible(*_HIPS, *_ANKLES):
        return None
    (left_x, left_y), (right_x, right_y) = (plane.points[each] for each in _HIPS)
    (from_left_x, from_left_y), (from_right_x, from_right_y) = (
        plane.points[each] for each in _ANKLES
    )
    over_x = (left_x + right_x - from_left_x - from_right_x) / 2
    above_y = (from_left_y + from_right_y - left_y - right_y) / 2
    shift_deg = math.degrees(math.atan2(over_x, max(above_y, 1.0)))
    return shift_deg * plane.left_sign(*_SHOULDERS) * sign_of(side)


class TrunkRotation:
    """How far the shoulders have turned, from what is before them: nose, elbows and hands.

    They move to the side the trunk turns to; how far they are before the trunk is that of arms
    bent before the chest. The shoulders' own width says less: a pose network keeps them apart.
    """

    def __init__(self) -> None:
        self._straight: deque[float] = deque(maxlen=_STRAIGHT_COUNT)
        self._next_s = -math.inf

    def measure(self, plane: BodyInPlane) -> float | None:
        """Degrees to the person's left."""
        body = plane.body
        aside_torso = self._aside(plane)
        if aside_torso is None:
            return None
        # Who stands a little turned has their hands there too: what moves from there counts.
        if body.captured_at_s >= self._next_s:
            self._next_s = body.captured_at_s + _STRAIGHT_EVERY_S
            self._straight.append(aside_torso)
        moved_torso = aside_torso - median(self._straight)
        left = plane.left_sign(*_SHOULDERS)
        return left * arc_sine_deg(moved_torso / _BEFORE_TRUNK_TORSO)

    def _aside(self, plane: BodyInPlane) -> float | None:
        """How far to the picture's right they are of the middle of the shoulders, torso lengths."""
        body, points = plane.body, plane.points
        if not body.torso_px or not body.visible(*_SHOULDERS):
            return None
        before = (Keypoint.NOSE, *_ELBOWS, *_WRISTS)
        seen = [points[each][0] for each in before if body.visible(each)]
        if len(seen) < _LEAST_BEFORE:
            return None
        middle_x = (points[_SHOULDERS[0]][0] + points[_SHOULDERS[1]][0]) / 2
        return (sum(seen) / len(seen) - middle_x) / body.torso_px
