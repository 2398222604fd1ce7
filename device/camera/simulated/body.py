"""The simulated patient's body: size, build, looks, and joints in space from joint angles.

Axes are the body's own: x to its left, y up, z forward; metres, the floor at y = 0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.exercises.motion import JointAngles, SideAngles

Vector = NDArray[np.float64]
Colour = tuple[int, int, int]
"""Blue, green, red; 0 to 255."""

# Lengths as fractions of stature: Winter, Biomechanics and Motor Control of Human Movement (2009),
# figure 4.1, after Drillis and Contini (1966).
_ANKLE_HEIGHT, _SHANK, _THIGH, _TRUNK = 0.039, 0.246, 0.245, 0.288
_UPPER_ARM, _FOREARM, _HAND, _FOOT = 0.186, 0.146, 0.070, 0.110
_HALF_SHOULDERS, _HALF_HIPS = 0.115, 0.066
_NECK, _HEAD_CENTRE = 0.055, 0.115

_SKINS: tuple[Colour, ...] = ((150, 180, 225), (110, 145, 195), (70, 95, 140), (55, 70, 105))
_HAIRS: tuple[Colour, ...] = ((200, 200, 205), (60, 70, 90), (35, 35, 40), (110, 140, 170))
_SHIRTS: tuple[Colour, ...] = ((160, 90, 40), (60, 60, 170), (90, 140, 60), (70, 150, 200))
_TROUSERS: tuple[Colour, ...] = ((70, 50, 40), (45, 45, 50), (95, 60, 35), (60, 75, 55))


@dataclass(frozen=True, slots=True)
class Body:
    """One person's size and looks; ``build`` scales widths, 1 is average."""

    stature_m: float
    build: float
    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour

    @classmethod
    def from_seed(cls, seed: int) -> "Body":
        """A body; the same seed gives the same body."""
        random = np.random.default_rng(seed)
        return cls(
            stature_m=float(random.uniform(1.55, 1.86)),
            build=float(random.uniform(0.9, 1.2)),
            skin=_SKINS[int(random.integers(len(_SKINS)))],
            hair=_HAIRS[int(random.integers(len(_HAIRS)))],
            shirt=_SHIRTS[int(random.integers(len(_SHIRTS)))],
            trousers=_TROUSERS[int(random.integers(len(_TROUSERS)))],
        )


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints in space; each a vector [3] in metres. ``up``, ``forward`` are the head's axes."""

    joints: dict[str, Vector]
    head_up: Vector
    head_forward: Vector


def skeleton_of(body: Body, angles: JointAngles) -> Skeleton:
    """Where the joints of ``body`` are, carried by feet or seat so that what bears it rests."""
    lengths = body.stature_m
    trunk = _trunk_axes(angles.trunk_flexion_deg, angles.trunk_lateral_flexion_deg)
    joints: dict[str, Vector] = {"pelvis": np.zeros(3)}
    for side, sign, limb in (("left", 1.0, angles.left), ("right", -1.0, angles.right)):
        _add_leg(joints, side, sign, limb, lengths, angles.trunk_flexion_deg)
    neck = trunk[:, 1] * _TRUNK * lengths
    joints["neck"] = neck
    for side, sign, limb in (("left", 1.0, angles.left), ("right", -1.0, angles.right)):
        _add_arm(joints, side, sign, limb, lengths, trunk, neck)
    head_axes = _trunk_axes(angles.trunk_flexion_deg * 0.4, angles.trunk_lateral_flexion_deg * 0.4)
    joints["head"] = neck + head_axes[:, 1] * _HEAD_CENTRE * lengths
    joints["throat"] = neck + head_axes[:, 1] * _NECK * lengths
    _add_face(joints, head_axes, lengths)
    carried = _carry(joints, angles, lengths)
    return Skeleton(
        {name: point + carried for name, point in joints.items()},
        head_axes[:, 1],
        head_axes[:, 2],
    )


def seat_height_m(body: Body) -> float:
    """The height of the chair's seat that lets this body sit with thighs level."""
    return body.stature_m * (_SHANK + _ANKLE_HEIGHT) - 0.07


def _trunk_axes(flexion_deg: float, lateral_deg: float) -> Vector:
    """Columns: the trunk's left, up and forward."""
    pitch, roll = math.radians(flexion_deg), math.radians(lateral_deg)
    about_x = np.array(
        [
            [1, 0, 0],
            [0, math.cos(pitch), -math.sin(pitch)],
            [0, math.sin(pitch), math.cos(pitch)],
        ]
    )
    about_z = np.array(
        [[math.cos(roll), math.sin(roll), 0], [-math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    )
    axes: Vector = about_x @ about_z
    return axes


def _pitched(degrees: float, outward: Vector) -> Vector:
    """Straight down, turned forward by ``degrees`` and tilted ``outward`` (a unit vector's x)."""
    pitch = math.radians(degrees)
    down = np.array([0.0, -math.cos(pitch), math.sin(pitch)])
    direction: Vector = down * outward[1] + np.array([outward[0], 0.0, 0.0])
    return direction


def _add_leg(
    joints: dict[str, Vector],
    side: str,
    sign: float,
    limb: SideAngles,
    lengths: float,
    trunk_flexion_deg: float,
) -> None:
    abduction = math.radians(limb.hip_abduction_deg)
    outward = np.array([sign * math.sin(abduction), math.cos(abduction)])
    thigh_deg = limb.hip_flexion_deg - trunk_flexion_deg
    shank_deg = thigh_deg - limb.knee_flexion_deg
    hip = np.array([sign * _HALF_HIPS * lengths, 0.0, 0.0])
    knee = hip + _pitched(thigh_deg, outward) * _THIGH * lengths
    ankle = knee + _pitched(shank_deg, outward) * _SHANK * lengths
    foot_deg = shank_deg + 90.0 + limb.ankle_dorsiflexion_deg
    heel_drop = _pitched(shank_deg, outward) * _ANKLE_HEIGHT * 0.6 * lengths
    joints[f"{side}_hip"], joints[f"{side}_knee"], joints[f"{side}_ankle"] = hip, knee, ankle
    joints[f"{side}_heel"] = ankle + heel_drop
    joints[f"{side}_toes"] = ankle + heel_drop + _pitched(foot_deg, outward) * _FOOT * lengths


def _add_arm(
    joints: dict[str, Vector],
    side: str,
    sign: float,
    limb: SideAngles,
    lengths: float,
    trunk: Vector,
    neck: Vector,
) -> None:
    abduction = math.radians(limb.shoulder_abduction_deg)
    flexion = math.radians(limb.shoulder_flexion_deg)
    elbow = math.radians(limb.elbow_flexion_deg)
    # In the trunk's axes: abducted sideways first, then raised forward.
    down = np.array([sign * math.sin(abduction), -math.cos(abduction), 0.0])
    ahead = np.array([0.0, 0.0, 1.0])
    raise_forward = np.array(
        [
            [1, 0, 0],
            [0, math.cos(flexion), math.sin(flexion)],
            [0, -math.sin(flexion), math.cos(flexion)],
        ]
    )
    upper = trunk @ raise_forward @ down
    lower = trunk @ raise_forward @ (down * math.cos(elbow) + ahead * math.sin(elbow))
    # The shoulder girdle follows the arm upwards a little (scapulohumeral rhythm).
    shrug = (
        0.012
        * lengths
        * min(max((limb.shoulder_abduction_deg + limb.shoulder_flexion_deg - 60) / 100, 0.0), 1.0)
    )
    shoulder = (
        neck
        + trunk[:, 0] * sign * _HALF_SHOULDERS * lengths
        + trunk[:, 1] * (shrug - 0.005 * lengths)
    )
    joints[f"{side}_shoulder"] = shoulder
    joints[f"{side}_elbow"] = shoulder + upper * _UPPER_ARM * lengths
    joints[f"{side}_wrist"] = joints[f"{side}_elbow"] + lower * _FOREARM * lengths
    joints[f"{side}_hand"] = joints[f"{side}_wrist"] + lower * _HAND * lengths


def _add_face(joints: dict[str, Vector], axes: Vector, lengths: float) -> None:
    head = joints["head"]
    for name, (left, up, forward) in {
        "nose": (0.0, -0.008, 0.062),
        "left_eye": (0.019, 0.010, 0.050),
        "right_eye": (-0.019, 0.010, 0.050),
        "left_ear": (0.043, 0.000, -0.002),
        "right_ear": (-0.043, 0.000, -0.002),
        "mouth": (0.0, -0.032, 0.052),
    }.items():
        joints[name] = head + axes @ np.array([left, up, forward]) * lengths


def _carry(joints: dict[str, Vector], angles: JointAngles, lengths: float) -> Vector:
    """How far to move everything so that the feet stand still, or the pelvis sits."""
    if angles.support == "seat":
        return np.array([0.0, (_SHANK + _ANKLE_HEIGHT) * lengths, 0.0])
    bearing = [side for side in ("left", "right") if angles.carries(side)]
    standing_on = np.mean([joints[f"{side}_ankle"] for side in bearing], axis=0)
    x = 0.0 if len(bearing) == 2 else math.copysign(_HALF_HIPS * lengths, standing_on[0])
    carried: Vector = np.array([x, _ANKLE_HEIGHT * lengths, 0.0]) - standing_on
    return carried
