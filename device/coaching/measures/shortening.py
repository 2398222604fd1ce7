"""Angles of limbs that move towards the camera, from how much they have shortened.

There the plane of the movement is lost. What is left is good enough to count repetitions by.
"""

import math

from device.coaching.body_frame import BodyFrame, BodySide, follow, follow_longest
from device.coaching.measures.arms import ARMS
from device.coaching.measures.legs import LEGS
from device.coaching.measures.plane import arc_cosine_deg
from device.pose.pose import Keypoint

_FLOOR_TIME_CONSTANT_S = 2.0
_LEG_TIME_CONSTANT_S = 0.25
# Bounds of hip to ankle, hip to knee and shoulder to elbow in torso lengths, generous for
# perspective: 1.70, 0.85 and 0.65 in Winter, Biomechanics and Motor Control of Human Movement
# (2009).
_LEG_PER_TORSO = (1.1, 2.2)
_THIGH_PER_TORSO = (0.55, 1.1)
_UPPER_ARM_PER_TORSO = (0.4, 0.9)


class FullLengths:
    """The full lengths of the limbs of one person, remembered while they are shortened.

    ``start_deg`` is the measure at rest: a leg seen first on a seated person is longer than it
    looks.
    """

    def __init__(self, start_deg: float) -> None:
        self._start_deg = start_deg
        self._floor_y: float | None = None
        self._leg_px: dict[BodySide, float] = {}
        self._full_px: dict[BodySide, float] = {}

    def knees_by_hip_height(self, body: BodyFrame) -> float | None:
        """Flexion of both knees together, from the height of the hips over the feet."""
        hips = body.middle(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
        ankles_y = [
            body.points[each][1]
            for each in (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
            if body.visible(each)
        ]
        if hips is None or not ankles_y:
            return None
        # The feet stay where they are: a slow floor keeps a restless ankle, or one lifted foot,
        # from looking like a squat.
        self._floor_y = follow(self._floor_y, max(ankles_y), body.step_s, _FLOOR_TIME_CONSTANT_S)
        return self._knee_of("left", max(self._floor_y - hips[1], 1.0), body)

    def knee_by_leg_length(self, body: BodyFrame, side: BodySide) -> float | None:
        """Flexion of one knee, from hip to ankle."""
        hip, _, ankle = LEGS[side]
        if not body.visible(hip, ankle):
            return None
        length_px = math.dist(body.points[hip], body.points[ankle])
        # Near the full length a little noise is many degrees.
        length_px = follow(self._leg_px.get(side), length_px, body.step_s, _LEG_TIME_CONSTANT_S)
        self._leg_px[side] = length_px
        return self._knee_of(side, length_px, body)

    def thigh_elevation(self, body: BodyFrame, side: BodySide) -> float | None:
        """The thigh against the trunk."""
        hip, knee, _ = LEGS[side]
        return self._elevation(body, side, hip, knee, _THIGH_PER_TORSO)

    def arm_elevation(self, body: BodyFrame, side: BodySide) -> float | None:
        """The upper arm against the trunk."""
        shoulder, elbow, _ = ARMS[side]
        return self._elevation(body, side, shoulder, elbow, _UPPER_ARM_PER_TORSO)

    def _knee_of(self, side: BodySide, length_px: float, body: BodyFrame) -> float:
        at_rest_px = length_px / max(math.cos(math.radians(self._start_deg / 2)), 0.5)
        full_px = self._full_length(side, length_px, at_rest_px, _LEG_PER_TORSO, body)
        # Thigh and shank of equal length, the hip above the ankle: half the knee's angle each.
        return 2.0 * arc_cosine_deg(length_px / full_px)

    def _elevation(
        self,
        body: BodyFrame,
        side: BodySide,
        start: Keypoint,
        end: Keypoint,
        per_torso: tuple[float, float],
    ) -> float | None:
        if not body.visible(start, end):
            return None
        (x1, y1), (x2, y2), (down_x, down_y) = body.points[start], body.points[end], body.down
        length_px = math.hypot(x2 - x1, y2 - y1)
        full_px = self._full_length(side, length_px, length_px, per_torso, body)
        return arc_cosine_deg(((x2 - x1) * down_x + (y2 - y1) * down_y) / full_px)

    def _full_length(
        self,
        side: BodySide,
        length_px: float,
        first_px: float,
        per_torso: tuple[float, float],
        body: BodyFrame,
    ) -> float:
        full_px = follow_longest(self._full_px.get(side, first_px), length_px, body.step_s)
        if body.torso_px is not None:
            shortest, longest = per_torso
            full_px = max(shortest * body.torso_px, min(full_px, longest * body.torso_px))
        self._full_px[side] = full_px
        return max(full_px, 1.0)
