"""Faults of the trunk, the pelvis and the head."""

import math

from device.coaching.body_frame import BodyFrame, BodySide
from device.coaching.form.excursion import ExcursionRule
from device.coaching.form.rule import Limit, signed_degrees
from device.pose.pose import Keypoint
from models.exercises.form_rules import AngleLimit, FaultRule, LowestFraction
from models.exercises.motion import CarriedBy

HEAD_TURNED_DEG = 30.0
"""The face looks away from here on: half of the neck's rotation to one side of people over 65
(about 60 degrees; Youdas et al., Physical Therapy 72, 1992)."""
_NOSE_PER_EAR_DISTANCE = 0.62
"""How far the nose lies before the line of the ears, in distances between the ears (head breadth
0.152 m at the ears, tragus to pronasale about 0.095 m to the front; ANSUR II, 2012)."""
_LEAST_EAR_DISTANCE_PX = 2.0


class TrunkLeanForward(ExcursionRule):
    """The trunk against the vertical, as long as it leans forward."""

    against_baseline = False

    def __init__(self, rule: AngleLimit) -> None:
        super().__init__("trunk_lean_forward", Limit(rule.limit_deg))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees forward of the vertical."""
        return _forward_deg(body)


class TrunkLeanBackward(ExcursionRule):
    """The trunk back of the patient's own upright, which need not be the camera's."""

    def __init__(self, rule: AngleLimit) -> None:
        super().__init__("trunk_lean_backward", Limit(rule.limit_deg))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees back of the vertical."""
        forward_deg = _forward_deg(body)
        return None if forward_deg is None else -forward_deg


class TrunkLeanSideways(ExcursionRule):
    """The trunk to either side of the patient's own upright."""

    def __init__(self, rule: AngleLimit) -> None:
        super().__init__("trunk_lean_sideways", Limit(rule.limit_deg))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees to the picture's right."""
        return None if body.trunk is None else body.trunk.tilt_deg

    def excursion(self, value: float, baseline: float) -> float:
        """To either side."""
        return abs(value - baseline)


class PelvicDrop(ExcursionRule):
    """The hip that is not stood upon sinks below the other one (Trendelenburg).

    The line of the hips is compared with the patient's own at rest, so that a camera that is not
    level does not tilt the pelvis.
    """

    one_sided = True

    def __init__(self, rule: AngleLimit, carried_by: CarriedBy) -> None:
        super().__init__("pelvic_drop", Limit(rule.limit_deg))
        self._moving_leg_stands = carried_by == "moving_foot"

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees by which the hip that hangs while ``side`` moves is the lower one."""
        if not body.visible(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP):
            return None
        left, right = body.points[Keypoint.LEFT_HIP], body.points[Keypoint.RIGHT_HIP]
        left_lower_deg = math.degrees(math.atan2(left[1] - right[1], abs(left[0] - right[0])))
        left_hangs = (side == "left") != self._moving_leg_stands
        return left_lower_deg if left_hangs else -left_lower_deg


class PelvisRoll(ExcursionRule):
    """The pelvis turns out of the picture's plane: the hips come nearer to each other in it."""

    def __init__(self, rule: LowestFraction) -> None:
        super().__init__("pelvis_roll", Limit(1.0 - rule.minimum_fraction))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """The hips' distance in torso lengths."""
        if not body.visible(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP) or not body.torso_px:
            return None
        hips = body.points[Keypoint.LEFT_HIP], body.points[Keypoint.RIGHT_HIP]
        return math.dist(*hips) / body.torso_px

    def excursion(self, value: float, baseline: float) -> float:
        """The fraction of the distance that is lost."""
        return 1.0 - value / max(baseline, 1e-6)


class HeadTurned(ExcursionRule):
    """The face looks away, by how far the nose has left the middle between the ears."""

    def __init__(self, rule: FaultRule) -> None:
        del rule
        super().__init__("head_turned", Limit(HEAD_TURNED_DEG))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees to the picture's right, estimated."""
        if not body.visible(Keypoint.NOSE, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR):
            return None
        (left_x, left_y), (right_x, right_y) = (
            body.points[Keypoint.LEFT_EAR],
            body.points[Keypoint.RIGHT_EAR],
        )
        apart_px = max(math.hypot(left_x - right_x, left_y - right_y), _LEAST_EAR_DISTANCE_PX)
        ahead_px = body.points[Keypoint.NOSE][0] - (left_x + right_x) / 2
        return signed_degrees(ahead_px / apart_px, _NOSE_PER_EAR_DISTANCE)

    def excursion(self, value: float, baseline: float) -> float:
        """To either side."""
        return abs(value - baseline)


def _forward_deg(body: BodyFrame) -> float | None:
    if body.trunk is None or not body.facing:
        return None
    return body.trunk.tilt_deg * body.facing
