"""Knee and hip, in the plane of the picture."""

from device.coaching.body_frame import BodySide
from device.coaching.measures.plane import (
    BodyInPlane,
    angle_between_deg,
    forward_angle_deg,
    sign_of,
    signed_angle_deg,
)
from device.pose.pose import Keypoint

LEGS: dict[BodySide, tuple[Keypoint, Keypoint, Keypoint]] = {
    "left": (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
    "right": (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
}


def knee_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """Between thigh and shank: 0 straight."""
    hip, knee, ankle = LEGS[side]
    if not plane.body.visible(hip, knee, ankle):
        return None
    points = plane.points
    return 180.0 - angle_between_deg(points[hip], points[knee], points[ankle])


def hip_flexion(plane: BodyInPlane, side: BodySide) -> float | None:
    """The thigh against the trunk: 0 in line with it, positive forward."""
    hip, knee, _ = LEGS[side]
    if plane.body.trunk is None or not plane.forward or not plane.body.visible(hip, knee):
        return None
    return forward_angle_deg(plane.forward * plane.signed_deg(hip, knee))


def hip_extension(plane: BodyInPlane, side: BodySide) -> float | None:
    """The thigh against the trunk, positive backward."""
    flexion_deg = hip_flexion(plane, side)
    return None if flexion_deg is None else -flexion_deg


def hip_abduction(plane: BodyInPlane, side: BodySide) -> float | None:
    """The leg outward of the body's midline, seen from the front or from behind."""
    hip, knee, ankle = LEGS[side]
    body, points = plane.body, plane.points
    end = ankle if body.visible(ankle) else knee
    if body.trunk is None or not body.visible(hip, end):
        return None
    outward = plane.left_sign(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP) * sign_of(side)
    against_trunk = outward * plane.signed_deg(hip, end)
    against_vertical = outward * signed_angle_deg((0.0, 1.0), points[hip], points[end])
    # When the trunk leans over the standing leg, that leg too makes an angle with the trunk.
    return min(against_trunk, against_vertical)
