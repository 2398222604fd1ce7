"""An exercise's measure from the true joints in space."""

import math
from collections.abc import Callable

import numpy as np

from device.camera.simulated.rotation import Axes, Vector, across, cross, degrees_between, unit
from device.camera.simulated.skeleton import BodySide, Skeleton
from models.exercises.definition import Measure
from models.messages import Side


def measure_deg(skeleton: Skeleton, measure: Measure, side: Side) -> float:
    """An exercise's measure from the joints in space; with ``both``, the left side's.

    Degrees in clinical convention, 0 in the neutral position (American Academy of Orthopaedic
    Surgeons, Joint Motion, 1965); for postures and balance an angle that one camera can measure
    as well. See :data:`MEASURES` for each.
    """
    return MEASURES[measure](skeleton, "right" if side == "right" else "left")


def _knee_flexion(skeleton: Skeleton, side: BodySide) -> float:
    """Between the thigh's and the shank's long axes."""
    return degrees_between(_thigh(skeleton, side), _along(skeleton, side, "knee", "ankle"))


def _hip_flexion(skeleton: Skeleton, side: BodySide) -> float:
    """The thigh against the trunk's long axis in the sagittal plane."""
    return _in_sagittal_plane(skeleton.pelvis, _thigh(skeleton, side))


def _hip_extension(skeleton: Skeleton, side: BodySide) -> float:
    """The same, positive backward."""
    return -_hip_flexion(skeleton, side)


def _hip_abduction(skeleton: Skeleton, side: BodySide) -> float:
    """The thigh outward of the body's midline in the frontal plane of a level pelvis."""
    return _in_frontal_plane(skeleton.pelvis, _thigh(skeleton, side), side)


def _shoulder_flexion(skeleton: Skeleton, side: BodySide) -> float:
    """The upper arm forward of the trunk's long axis in the sagittal plane, -90 to 270."""
    return _in_sagittal_plane(skeleton.trunk, _upper_arm(skeleton, side))


def _shoulder_extension(skeleton: Skeleton, side: BodySide) -> float:
    """The same, positive backward."""
    return -_shoulder_flexion(skeleton, side)


def _shoulder_abduction(skeleton: Skeleton, side: BodySide) -> float:
    """Elevation of the upper arm against the trunk in whatever plane it is raised (scaption too);
    negative across the body."""
    arm = _upper_arm(skeleton, side)
    raised_deg = degrees_between(arm, -skeleton.trunk[:, 1])
    across_deg = _in_frontal_plane(skeleton.trunk, arm, side)
    return raised_deg if across_deg >= 0.0 else -raised_deg


def _shoulder_rotation(skeleton: Skeleton, side: BodySide) -> float:
    """The forearm about the upper arm's axis, from straight forward; positive outward, which is
    upward for an arm held out to the side."""
    arm = unit(_upper_arm(skeleton, side))
    ahead = unit(across(skeleton.trunk[:, 2], arm))
    outward = cross(ahead, arm) * _sign(side)
    forearm = _along(skeleton, side, "elbow", "wrist")
    return math.degrees(math.atan2(float(forearm @ outward), float(forearm @ ahead)))


def _elbow_flexion(skeleton: Skeleton, side: BodySide) -> float:
    """Between the upper arm's and the forearm's long axes."""
    return degrees_between(_upper_arm(skeleton, side), _along(skeleton, side, "elbow", "wrist"))


def _trunk_lateral_flexion(skeleton: Skeleton, side: BodySide) -> float:
    """The trunk's long axis against the pelvis's in the frontal plane, positive to that side."""
    up, (left, straight, _) = skeleton.trunk[:, 1], skeleton.pelvis.T
    return math.degrees(math.atan2(float(up @ left), float(up @ straight))) * _sign(side)


def _trunk_rotation(skeleton: Skeleton, side: BodySide) -> float:
    """The line of the shoulders against that of the ankles, seen from above, positive to that
    side."""
    joints = skeleton.joints
    shoulders = joints["left_shoulder"] - joints["right_shoulder"]
    ankles = joints["left_ankle"] - joints["right_ankle"]
    turn = cross(ankles, shoulders)[1]
    level = shoulders[0] * ankles[0] + shoulders[2] * ankles[2]
    return math.degrees(math.atan2(float(turn), float(level))) * _sign(side)


def _pelvis_shift(skeleton: Skeleton, side: BodySide) -> float:
    """How far the line from the middle of the ankles to the middle of the hips leans to that side
    of the vertical."""
    joints = skeleton.joints
    line = joints["pelvis"] - (joints["left_ankle"] + joints["right_ankle"]) / 2
    sideways = float(line @ skeleton.pelvis[:, 0]) * _sign(side)
    return math.degrees(math.atan2(sideways, float(line[1])))


def _knee_separation(skeleton: Skeleton, side: BodySide) -> float:
    """The angle at which two thighs from one hip would have the knees as far apart."""
    joints = skeleton.joints
    gap, thigh = joints["left_knee"] - joints["right_knee"], _thigh(skeleton, side)
    return 2.0 * _asin_deg(math.sqrt(float(gap @ gap) / float(thigh @ thigh)) / 2.0)


def _heel_rise(skeleton: Skeleton, side: BodySide) -> float:
    """How far the hips are above those of somebody who stands straight on flat feet, as the angle
    whose sine is that height over the length from the ankle to the ball of the foot."""
    joints = skeleton.joints
    thigh, shank = _thigh(skeleton, side), _along(skeleton, side, "knee", "ankle")
    sole = joints[f"{side}_ankle"] - joints[f"{side}_sole"]
    standing = sum(float(np.linalg.norm(each)) for each in (thigh, shank, sole))
    hips = float(joints["left_hip"][1] + joints["right_hip"][1]) / 2
    ball = float(np.linalg.norm(joints[f"{side}_toes"] - joints[f"{side}_ankle"]))
    return _asin_deg((hips - standing) / ball)


def _leg_lift(skeleton: Skeleton, side: BodySide) -> float:
    """How far that ankle is above the other, as the angle whose sine is that height over the
    length of the leg."""
    other = "right" if side == "left" else "left"
    joints = skeleton.joints
    lifted = float(joints[f"{side}_ankle"][1] - joints[f"{other}_ankle"][1])
    return _asin_deg(lifted / _leg_length(skeleton, side))


def _feet_apart(skeleton: Skeleton, side: BodySide) -> float:
    """The angle at which legs spread evenly would have the ankles as far apart sideways."""
    gap = skeleton.joints["left_ankle"] - skeleton.joints["right_ankle"]
    sideways = float(gap @ skeleton.pelvis[:, 0])
    return 2.0 * _asin_deg(sideways / 2.0 / _leg_length(skeleton, side))


MEASURES: dict[Measure, Callable[[Skeleton, BodySide], float]] = {
    "knee_flexion": _knee_flexion,
    "hip_flexion": _hip_flexion,
    "hip_extension": _hip_extension,
    "hip_abduction": _hip_abduction,
    "shoulder_flexion": _shoulder_flexion,
    "shoulder_extension": _shoulder_extension,
    "shoulder_abduction": _shoulder_abduction,
    "shoulder_rotation": _shoulder_rotation,
    "elbow_flexion": _elbow_flexion,
    "trunk_lateral_flexion": _trunk_lateral_flexion,
    "trunk_rotation": _trunk_rotation,
    "pelvis_shift": _pelvis_shift,
    "knee_separation": _knee_separation,
    "heel_rise": _heel_rise,
    "leg_lift": _leg_lift,
    "feet_apart": _feet_apart,
}
"""How each measure is taken from the joints, on one side of the body."""


def _sign(side: BodySide) -> float:
    return 1.0 if side == "left" else -1.0


def _along(skeleton: Skeleton, side: BodySide, upper: str, lower: str) -> Vector:
    return skeleton.joints[f"{side}_{lower}"] - skeleton.joints[f"{side}_{upper}"]


def _thigh(skeleton: Skeleton, side: BodySide) -> Vector:
    return _along(skeleton, side, "hip", "knee")


def _upper_arm(skeleton: Skeleton, side: BodySide) -> Vector:
    return _along(skeleton, side, "shoulder", "elbow")


def _leg_length(skeleton: Skeleton, side: BodySide) -> float:
    shank = _along(skeleton, side, "knee", "ankle")
    return float(np.linalg.norm(_thigh(skeleton, side)) + np.linalg.norm(shank))


def _in_sagittal_plane(trunk: Axes, limb: Vector) -> float:
    """Degrees forward of hanging along the trunk, -90 to 270: an arm goes overhead and beyond."""
    _, up, forward = (float(axis @ limb) for axis in trunk.T)
    angle_deg = math.degrees(math.atan2(forward, -up))
    return angle_deg + 360.0 if angle_deg < -90.0 else angle_deg


def _in_frontal_plane(trunk: Axes, limb: Vector, side: BodySide) -> float:
    left, up, _ = (float(axis @ limb) for axis in trunk.T)
    return math.degrees(math.atan2(left * _sign(side), -up))


def _asin_deg(sine: float) -> float:
    return math.degrees(math.asin(max(-1.0, min(sine, 1.0))))
