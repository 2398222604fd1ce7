"""Shoulder and elbow, in the plane of the picture."""

import math

from device.coaching.body_frame import BodySide
from device.coaching.measures.plane import BodyInPlane, angle_between_deg, forward_angle_deg
from device.pose.pose import Keypoint

ARMS: dict[BodySide, tuple[Keypoint, Keypoint, Keypoint]] = {
    "left": (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    "right": (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
}
_SHORTEST_FOREARM_TORSO = 0.15


def shoulder_elevation(plane: BodyInPlane, side: BodySide) -> float | None:
    """The upper arm against the trunk, 0 to 180, in whatever direction it is raised: abduction
    seen from the front, and in the plane of the shoulder blade."""
    shoulder, elbow, _ = ARMS[side]
    if not plane.body.visible(shoulder, elbow):
        return None
    return abs(plane.signed_deg(shoulder, elbow))


def shoulder_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """The upper arm against the trunk, positive forward, -90 to 270; without a sign where it is
    not known which way the person looks."""
    shoulder, elbow, _ = ARMS[side]
    if not plane.body.visible(shoulder, elbow):
        return None
    signed_deg = plane.signed_deg(shoulder, elbow)
    if not plane.forward:
        return abs(signed_deg)
    return forward_angle_deg(plane.forward * signed_deg)


def shoulder_extension(plane: BodyInPlane, side: BodySide) -> float | None:
    """The upper arm against the trunk, positive backward."""
    shoulder, elbow, _ = ARMS[side]
    if not plane.forward or not plane.body.visible(shoulder, elbow):
        return None
    return -forward_angle_deg(plane.forward * plane.signed_deg(shoulder, elbow))


def shoulder_rotation(plane: BodyInPlane, side: BodySide) -> float | None:
    """The forearm of an arm held out to the side, seen along the upper arm: 0 straight forward,
    positive upward (outward rotation)."""
    _, elbow, wrist = ARMS[side]
    body = plane.body
    if not plane.forward or body.torso_px is None or not body.visible(elbow, wrist):
        return None
    if plane.length_px(elbow, wrist) < _SHORTEST_FOREARM_TORSO * body.torso_px:
        return None
    down_deg = math.radians(plane.forward * plane.signed_deg(elbow, wrist))
    return math.degrees(math.atan2(-math.cos(down_deg), math.sin(down_deg)))


def elbow_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """Between upper arm and forearm: 0 straight."""
    shoulder, elbow, wrist = ARMS[side]
    if not plane.body.visible(shoulder, elbow, wrist):
        return None
    points = plane.points
    return 180.0 - angle_between_deg(points[shoulder], points[elbow], points[wrist])
