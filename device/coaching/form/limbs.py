"""The joints of arms and legs, and how far they are bent in the picture."""

import math

from device.coaching.body_frame import BodyFrame, BodySide, Point
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


def flexion_deg(body: BodyFrame, joints: Joints) -> float:
    """The angle in the picture by which the lower part of a limb leaves the upper one's line."""
    upper, lower = along(body, joints[0], joints[1]), along(body, joints[1], joints[2])
    cross = upper[0] * lower[1] - upper[1] * lower[0]
    return abs(math.degrees(math.atan2(cross, upper[0] * lower[0] + upper[1] * lower[1])))


def along(body: BodyFrame, start: Keypoint, end: Keypoint) -> Point:
    """From one keypoint to another, pixels."""
    (x1, y1), (x2, y2) = body.points[start], body.points[end]
    return x2 - x1, y2 - y1
