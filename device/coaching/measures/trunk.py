"""Trunk and pelvis seen from the front or from behind; positive to the side that is asked for."""

import math
from collections import deque
from statistics import median

from device.coaching.body_frame import BodySide, Point, follow
from device.coaching.measures.plane import BodyInPlane, arc_sine_deg, sign_of
from device.pose.pose import Keypoint

_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
_HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
_ANKLES = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
_SHIFT_TIME_CONSTANT_S = 0.4
_BEFORE_TRUNK = {
    Keypoint.NOSE: 0.25,
    Keypoint.LEFT_ELBOW: 0.4,
    Keypoint.RIGHT_ELBOW: 0.4,
    Keypoint.LEFT_WRIST: 0.8,
    Keypoint.RIGHT_WRIST: 0.8,
}
"""How far before the shoulders each is, torso lengths, with the arms bent before the chest."""
_LEAST_BEFORE = 3
_ROTATION_TIME_CONSTANT_S = 0.25
_STRAIGHT_EVERY_S, _STRAIGHT_COUNT = 0.4, 60


def trunk_lateral_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """The trunk against the vertical, positive to ``side``; the pelvis is taken to stay level."""
    trunk = plane.body.trunk
    if trunk is None or not plane.body.visible(*_SHOULDERS):
        return None
    (right, down) = plane.down
    to_the_right_deg = math.degrees(math.atan2(-right, down))
    return to_the_right_deg * plane.body.left_sign * sign_of(side)


class PelvisShift:
    """The line from the middle of the ankles to the middle of the hips against the vertical.

    Some degrees are the whole range, and a network's noise is as large: it is averaged for longer.
    """

    def __init__(self) -> None:
        self._right_deg: float | None = None

    def measure(self, plane: BodyInPlane) -> float | None:
        """Degrees to the person's left."""
        body = plane.body
        if not body.visible(*_HIPS, *_ANKLES):
            return None
        hips, ankles = _middle(plane, _HIPS), _middle(plane, _ANKLES)
        above_px = max(ankles[1] - hips[1], 1.0)
        right_deg = math.degrees(math.atan2(hips[0] - ankles[0], above_px))
        self._right_deg = follow(self._right_deg, right_deg, body.step_s, _SHIFT_TIME_CONSTANT_S)
        return self._right_deg * plane.body.left_sign


class TrunkRotation:
    """How far the shoulders have turned, from what is before them: nose, elbows and hands.

    They move to the side the trunk turns to, all alike; how far they are before the trunk is that
    of arms bent before the chest. The shoulders' own width says less: a network keeps them apart.
    Hands before the chest are easily missed: what they show is averaged a little.
    """

    def __init__(self) -> None:
        self._straight = {each: deque[float](maxlen=_STRAIGHT_COUNT) for each in _BEFORE_TRUNK}
        self._next_s = -math.inf
        self._right_sine: float | None = None

    def measure(self, plane: BodyInPlane) -> float | None:
        """Degrees to the person's left."""
        body = plane.body
        if not body.torso_px or not body.visible(*_SHOULDERS):
            return None
        middle_x, _ = _middle(plane, _SHOULDERS)
        due = body.captured_at_s >= self._next_s
        sines: list[float] = []
        for keypoint, before_torso in _BEFORE_TRUNK.items():
            if not body.visible(keypoint):
                continue
            aside_torso = (plane.points[keypoint][0] - middle_x) / body.torso_px
            straight = self._straight[keypoint]
            # Who stands a little turned has their hands there too: what moves from there counts.
            if due or not straight:
                straight.append(aside_torso)
            sines.append((aside_torso - median(straight)) / before_torso)
        if due:
            self._next_s = body.captured_at_s + _STRAIGHT_EVERY_S
        if len(sines) < _LEAST_BEFORE:
            return None
        self._right_sine = follow(
            self._right_sine, median(sines), body.step_s, _ROTATION_TIME_CONSTANT_S
        )
        return plane.body.left_sign * arc_sine_deg(self._right_sine)


def _middle(plane: BodyInPlane, pair: tuple[Keypoint, Keypoint]) -> Point:
    (x1, y1), (x2, y2) = (plane.points[each] for each in pair)
    return (x1 + x2) / 2, (y1 + y2) / 2
