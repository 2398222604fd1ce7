"""How straight an arm or a leg is, in the picture's plane and out of it."""

import math

from device.coaching.body_frame import BodyFrame, BodySide
from device.coaching.form.excursion import ExcursionRule
from device.coaching.form.rule import arc_cosine_deg
from device.pose.pose import Keypoint

Joints = tuple[Keypoint, Keypoint, Keypoint]
LEGS: dict[BodySide, Joints] = {
    "left": (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
    "right": (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
}
ARMS: dict[BodySide, Joints] = {
    "left": (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    "right": (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
}


class StraightLimbRule(ExcursionRule):
    """A knee or elbow that must stay as straight as it is at rest.

    From the side the joint bends in the picture's plane. From in front it may bend towards the
    camera as well: there, what counts is how much of its own length at rest the lower part of the
    limb still has along the upper one.
    """

    one_sided = True
    limbs: dict[BodySide, Joints]

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees of flexion from the side; from in front, torso lengths along the upper part."""
        joints = self.limbs[side]
        if not body.visible(*joints):
            return None
        if self.view == "sagittal":
            return flexion_deg(body, joints)
        upper_x, upper_y = _along(body, joints[0], joints[1])
        lower_x, lower_y = _along(body, joints[1], joints[2])
        upper_px = math.hypot(upper_x, upper_y)
        if not body.torso_px or upper_px < 1.0:
            return None
        return (upper_x * lower_x + upper_y * lower_y) / upper_px / body.torso_px

    def excursion(self, value: float, baseline: float) -> float:
        """Degrees of flexion more than at rest."""
        if self.view == "sagittal":
            return value - baseline
        return arc_cosine_deg(value / max(baseline, 1e-6))


def flexion_deg(body: BodyFrame, joints: Joints) -> float:
    """The angle in the picture by which the lower part of a limb leaves the upper one's line."""
    upper, lower = _along(body, joints[0], joints[1]), _along(body, joints[1], joints[2])
    cross = upper[0] * lower[1] - upper[1] * lower[0]
    return abs(math.degrees(math.atan2(cross, upper[0] * lower[0] + upper[1] * lower[1])))


def _along(body: BodyFrame, start: Keypoint, end: Keypoint) -> tuple[float, float]:
    (x1, y1), (x2, y2) = body.points[start], body.points[end]
    return x2 - x1, y2 - y1
