"""Where a body's joints are, from its joint angles: forward kinematics.

Axes are the body's own: x to its left, y up, z forward; metres, the floor at y = 0, the middle
between the feet of the starting stance at x = z = 0.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.exercises.motion import JointAngles, SideAngles

Vector = NDArray[np.float64]
"""A point or direction, float64 [3]; or several, [N, 3]."""

BodySide = Literal["left", "right"]
SIDES: tuple[BodySide, BodySide] = ("left", "right")

# Segment lengths as fractions of stature: Winter, Biomechanics and Motor Control of Human Movement
# (2009), figure 4.1, after Drillis and Contini (1966). Joint centres lie inside the widths given
# there: hips after Bell, Brand and Pedersen (1989), shoulders after Meskers et al. (1998).
ANKLE_HEIGHT, SHANK, THIGH, TRUNK = 0.039, 0.246, 0.245, 0.288
UPPER_ARM, FOREARM, HAND, FOOT = 0.186, 0.146, 0.095, 0.110
HALF_SHOULDERS, HALF_HIPS = 0.112, 0.056
HEAD_CENTRE = 0.117

# The shoulder girdle follows a raised arm up and inwards (scapulohumeral rhythm, Inman et al.
# 1944).
_GIRDLE_RISE, _GIRDLE_GOES_IN = 0.030, 0.020
_GIRDLE_RISES_FROM_DEG, _GIRDLE_RISES_OVER_DEG = 40.0, 120.0
_NECK_SHARE_OF_TRUNK_FLEXION = 0.45
_CURLED_HAND_SHARE = 0.75

# Left, up and forward of the head's centre, as fractions of stature.
FACE: dict[str, tuple[float, float, float]] = {
    "nose": (0.0, -0.012, 0.066),
    "left_eye": (0.0185, 0.008, 0.050),
    "right_eye": (-0.0185, 0.008, 0.050),
    "left_ear": (0.043, -0.004, -0.004),
    "right_ear": (-0.043, -0.004, -0.004),
}


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A body in space.

    ``joints`` are points in metres by name; ``forward`` the front of each limb segment, unit
    vectors by the name of its lower end; ``trunk`` and ``head`` have the axes left, up and forward
    as columns, [3, 3].
    """

    joints: dict[str, Vector]
    forward: dict[str, Vector]
    trunk: NDArray[np.float64]
    head: NDArray[np.float64]

    def moved(self, by: Vector) -> "Skeleton":
        """The same somewhere else."""
        joints = {name: point + by for name, point in self.joints.items()}
        return Skeleton(joints, self.forward, self.trunk, self.head)


def skeleton_of(stature_m: float, angles: JointAngles) -> Skeleton:
    """The joints of a body of that stature, placed so that what carries it rests."""
    trunk = _axes(angles.trunk_flexion_deg, angles.trunk_lateral_flexion_deg)
    neck_share = _NECK_SHARE_OF_TRUNK_FLEXION
    head = _axes(
        angles.trunk_flexion_deg * neck_share, angles.trunk_lateral_flexion_deg * neck_share
    )
    joints: dict[str, Vector] = {"pelvis": np.zeros(3)}
    forward: dict[str, Vector] = {}
    for side in SIDES:
        _add_leg(joints, forward, side, angles)
    joints["neck"] = trunk[:, 1] * TRUNK
    for side in SIDES:
        _add_arm(joints, forward, side, angles, trunk)
    joints["head"] = joints["neck"] + head[:, 1] * HEAD_CENTRE
    for name, place in FACE.items():
        joints[name] = joints["head"] + head @ np.array(place)
    resting = _resting_place(joints, angles)
    return Skeleton(
        {name: (point + resting) * stature_m for name, point in joints.items()},
        forward,
        trunk,
        head,
    )


def _axes(flexion_deg: float, lateral_deg: float) -> NDArray[np.float64]:
    """Left, up and forward of something bent forward and then to its left, as columns."""
    pitch, roll = math.radians(flexion_deg), math.radians(lateral_deg)
    cos_p, sin_p, cos_r, sin_r = math.cos(pitch), math.sin(pitch), math.cos(roll), math.sin(roll)
    bent_left = np.array([[cos_r, sin_r, 0.0], [-sin_r, cos_r, 0.0], [0.0, 0.0, 1.0]])
    bent_forward = np.array([[1.0, 0.0, 0.0], [0.0, cos_p, -sin_p], [0.0, sin_p, cos_p]])
    return np.asarray(bent_forward @ bent_left)


def _swung(sign: float, forward_deg: float, outward_deg: float) -> tuple[Vector, Vector]:
    """The direction of a limb that hung down, and its front, swung forward and outward."""
    swing, spread = math.radians(forward_deg), math.radians(outward_deg)
    hanging = np.array([sign * math.sin(spread), -math.cos(spread), 0.0])
    along = np.array([hanging[0], hanging[1] * math.cos(swing), -hanging[1] * math.sin(swing)])
    return along, np.array([0.0, math.sin(swing), math.cos(swing)])


def _add_leg(
    joints: dict[str, Vector], forward: dict[str, Vector], side: BodySide, angles: JointAngles
) -> None:
    sign, leg = _of_side(angles, side)
    lateral_deg = angles.trunk_lateral_flexion_deg
    # On one foot the pelvis tilts with the trunk and takes the free leg along; on two it is level.
    on_one_foot = angles.support in ("left_foot", "right_foot")
    tilt_deg = -sign * lateral_deg if on_one_foot and not angles.carries(side) else 0.0
    spread_deg = leg.hip_abduction_deg + tilt_deg
    thigh_deg = leg.hip_flexion_deg - angles.trunk_flexion_deg
    shank_deg = thigh_deg - leg.knee_flexion_deg
    foot_deg = shank_deg + leg.ankle_dorsiflexion_deg
    pelvis = _axes(0.0, lateral_deg if on_one_foot else 0.0)
    hip = pelvis[:, 0] * sign * HALF_HIPS
    thigh, thigh_front = _swung(sign, thigh_deg, spread_deg)
    shank, shank_front = _swung(sign, shank_deg, spread_deg)
    # A foot that carries is flat on the floor, however the leg leans to the side.
    foot_down, foot = _swung(sign, foot_deg, 0.0 if angles.carries(side) else spread_deg)
    joints[f"{side}_hip"] = hip
    joints[f"{side}_knee"] = hip + thigh * THIGH
    joints[f"{side}_ankle"] = joints[f"{side}_knee"] + shank * SHANK
    joints[f"{side}_sole"] = joints[f"{side}_ankle"] + foot_down * ANKLE_HEIGHT
    joints[f"{side}_toes"] = joints[f"{side}_sole"] + foot * FOOT
    forward[f"{side}_knee"], forward[f"{side}_ankle"] = thigh_front, shank_front
    forward[f"{side}_toes"] = -foot_down


def _add_arm(
    joints: dict[str, Vector],
    forward: dict[str, Vector],
    side: BodySide,
    angles: JointAngles,
    trunk: NDArray[np.float64],
) -> None:
    sign, arm = _of_side(angles, side)
    raised_deg = max(arm.shoulder_flexion_deg, arm.shoulder_abduction_deg)
    rise = min(max((raised_deg - _GIRDLE_RISES_FROM_DEG) / _GIRDLE_RISES_OVER_DEG, 0.0), 1.0)
    upper, front = _swung(sign, arm.shoulder_flexion_deg, arm.shoulder_abduction_deg)
    elbow = math.radians(arm.elbow_flexion_deg)
    lower = upper * math.cos(elbow) + front * math.sin(elbow)
    half_width = HALF_SHOULDERS - _GIRDLE_GOES_IN * rise
    joints[f"{side}_shoulder"] = joints["neck"] + trunk @ np.array(
        [sign * half_width, _GIRDLE_RISE * rise, 0.0]
    )
    forward[f"{side}_shoulder"] = trunk[:, 2]
    for joint, start, along, length in (
        ("elbow", "shoulder", upper, UPPER_ARM),
        ("wrist", "elbow", lower, FOREARM),
        ("fingers", "wrist", lower, HAND * _CURLED_HAND_SHARE),
    ):
        joints[f"{side}_{joint}"] = joints[f"{side}_{start}"] + trunk @ along * length
        forward[f"{side}_{joint}"] = trunk @ (
            front if joint == "elbow" else front * math.cos(elbow) - upper * math.sin(elbow)
        )


def _resting_place(joints: dict[str, Vector], angles: JointAngles) -> Vector:
    """How far to move everything, in statures, so that feet stand still or the pelvis sits."""
    if angles.support == "seat":
        return np.array([0.0, SHANK + ANKLE_HEIGHT, -THIGH])
    bearing = [side for side in SIDES if angles.carries(side)]
    stand = [np.array([_of_side(angles, side)[0] * HALF_HIPS, 0.0, 0.0]) for side in bearing]
    soles = [joints[f"{side}_sole"] for side in bearing]
    return np.asarray(np.mean(stand, axis=0) - np.mean(soles, axis=0))


def _of_side(angles: JointAngles, side: BodySide) -> tuple[float, SideAngles]:
    return (1.0, angles.left) if side == "left" else (-1.0, angles.right)
