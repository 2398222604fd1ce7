"""The trunk and the limbs on it, by joint angles alone: nothing stands or lies yet.

Lengths are statures, the middle of the hips is the origin. Hip and shoulder are turned in the order
of the clinical angles: flexed, then spread, then rotated about the limb's own axis (Wu et al. 2002
and 2005, International Society of Biomechanics).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FOOT,
    FOREARM,
    HALF_HIPS,
    HALF_SHOULDERS,
    HAND,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
)
from device.camera.simulated.rotation import (
    Axes,
    Vector,
    about_forward,
    about_left,
    about_up,
    across,
    reach,
    turned_about,
    unit,
)
from models.exercises.motion import JointAngles, SideAngles, Support

BodySide = Literal["left", "right"]
SIDES: tuple[BodySide, BodySide] = ("left", "right")

# The shoulder girdle follows a raised arm up and inwards (scapulohumeral rhythm, Inman et al.
# 1944).
_GIRDLE_RISE, _GIRDLE_GOES_IN = 0.030, 0.020
_GIRDLE_RISES_FROM_DEG, _GIRDLE_RISES_OVER_DEG = 40.0, 120.0
_CURLED_HAND_SHARE = 0.75
# How much of the trunk's bend the head follows; a head that lies looks up.
_NECK_SHARE_UPRIGHT, _NECK_SHARE_ON_HANDS, _NECK_SHARE_SIDEWAYS = 0.45, 0.85, 0.85
_LYING_HEAD_DEG = -84.0
# Broad shoulders lie on a floor on which narrow hips lie: the spine bends up between them.
_SIDE_LYING_BEND_DEG = 9.0
_STEEPEST_SWIVEL_DEG = 55.0
_FRONT_OF_STRAIGHT_LIMB = 0.02


@dataclass(slots=True)
class Posture:
    """A body in the making: as :class:`~device.camera.simulated.skeleton.Skeleton`, in statures."""

    joints: dict[str, Vector]
    forward: dict[str, Vector]
    trunk: Axes
    head: Axes
    pelvis: Axes

    def move(self, by: Vector) -> None:
        """Move everything."""
        for name in self.joints:
            self.joints[name] = self.joints[name] + by

    def turn(self, about: Vector, turn: Axes) -> None:
        """Turn everything about a point."""
        for name, point in self.joints.items():
            self.joints[name] = about + turn @ (point - about)
        self.forward = {name: turn @ front for name, front in self.forward.items()}
        self.trunk, self.head = turn @ self.trunk, turn @ self.head
        self.pelvis = turn @ self.pelvis

    def place_leg(self, side: BodySide, ankle: Vector, foot: Axes) -> None:
        """Bring the ankle there, the knee bent to the side where it is, the foot as ``foot``."""
        knee = f"{side}_knee"
        hip, towards = self.joints[f"{side}_hip"], self.forward[knee]
        middle = self.joints[knee] - (hip + self.joints[f"{side}_ankle"]) / 2
        towards = middle + towards * _FRONT_OF_STRAIGHT_LIMB
        self.joints[knee], ankle = reach(hip, ankle, THIGH, SHANK, towards)
        self.joints[f"{side}_ankle"] = ankle
        self._turn_fronts(side, ("hip", "knee", "ankle"), towards)
        self.place_foot(side, foot)

    def place_foot(self, side: BodySide, foot: Axes) -> None:
        """The foot's axes left, up and forward."""
        sole = self.joints[f"{side}_ankle"] - foot[:, 1] * ANKLE_HEIGHT
        self.joints[f"{side}_sole"] = sole
        self.joints[f"{side}_toes"] = sole + foot[:, 2] * FOOT
        self.forward[f"{side}_toes"] = foot[:, 1]

    def swivel_knee(self, side: BodySide, angle_deg: float) -> None:
        """Turn the knee about the line from hip to ankle; positive turns its front outward."""
        hip, ankle = self.joints[f"{side}_hip"], self.joints[f"{side}_ankle"]
        axis = unit(hip - ankle)
        turn_deg = angle_deg if side == "left" else -angle_deg
        knee = self.joints[f"{side}_knee"] - hip
        self.joints[f"{side}_knee"] = hip + turned_about(knee, axis, turn_deg)
        for name in ("knee", "ankle"):
            front = self.forward[f"{side}_{name}"]
            self.forward[f"{side}_{name}"] = turned_about(front, axis, turn_deg)

    def place_wrist(self, side: BodySide, wrist: Vector) -> None:
        """Bring the wrist there; the elbow bends where it is, the hand goes on as it was."""
        elbow, old_wrist = f"{side}_elbow", self.joints[f"{side}_wrist"]
        shoulder, hand = self.joints[f"{side}_shoulder"], self.joints[f"{side}_fingers"] - old_wrist
        bends = self.joints[elbow] - (shoulder + old_wrist) / 2
        bends = bends - self.forward[elbow] * _FRONT_OF_STRAIGHT_LIMB
        self.joints[elbow], wrist = reach(shoulder, wrist, UPPER_ARM, FOREARM, bends)
        self.joints[f"{side}_wrist"] = wrist
        self.joints[f"{side}_fingers"] = wrist + hand
        self._turn_fronts(side, ("shoulder", "elbow", "wrist"), -bends)

    def lay_hand(self, side: BodySide, along: Vector, back: Vector) -> None:
        """Lay the hand flat, its fingers in the direction ``along`` and its back to ``back``."""
        wrist = self.joints[f"{side}_wrist"]
        self.joints[f"{side}_fingers"] = wrist + along * (HAND * _CURLED_HAND_SHARE)
        self.forward[f"{side}_fingers"] = back

    def _turn_fronts(self, side: BodySide, chain: tuple[str, str, str], front: Vector) -> None:
        start, middle, end = (self.joints[f"{side}_{name}"] for name in chain)
        for name, along in ((chain[1], middle - start), (chain[2], end - middle)):
            facing = across(front, unit(along))
            if float(facing @ facing) > 1e-12:
                self.forward[f"{side}_{name}"] = unit(facing)


def posture_of(angles: JointAngles) -> Posture:
    """Trunk and limbs as the angles say, the middle of the hips at the origin."""
    lying = _lying(angles.support)
    straight = lying @ about_left(angles.trunk_flexion_deg)
    bend = about_forward(-angles.trunk_lateral_flexion_deg - _bend_of_lying(angles.support))
    turn = about_up(angles.pelvis_rotation_deg)
    trunk = straight @ turn @ bend @ about_up(angles.trunk_rotation_deg)
    posture = Posture({"pelvis": np.zeros(3)}, {}, trunk, _head(angles, lying), straight)
    hips = straight @ turn @ about_forward(angles.pelvic_obliquity_deg)
    for side in SIDES:
        _add_leg(posture, side, angles, hips)
    posture.joints["neck"] = trunk[:, 1] * TRUNK
    for side in SIDES:
        _add_arm(posture, side, angles)
    return posture


def _lying(support: Support) -> Axes:
    """The whole body's turn: upright, or rolled on to one side."""
    if support == "right_side":
        return about_forward(90.0)
    return about_forward(-90.0) if support == "left_side" else np.eye(3)


def _bend_of_lying(support: Support) -> float:
    if support == "right_side":
        return _SIDE_LYING_BEND_DEG
    return -_SIDE_LYING_BEND_DEG if support == "left_side" else 0.0


def _head(angles: JointAngles, lying: Axes) -> Axes:
    turned = about_up(
        angles.pelvis_rotation_deg + angles.trunk_rotation_deg + angles.head_rotation_deg
    )
    if angles.support in ("back", "shoulders_and_feet"):
        return about_left(_LYING_HEAD_DEG) @ turned
    on_hands = angles.support in ("hands_and_knees", "hands_and_feet")
    share = _NECK_SHARE_ON_HANDS if on_hands else _NECK_SHARE_UPRIGHT
    bent = about_forward(-angles.trunk_lateral_flexion_deg * _NECK_SHARE_SIDEWAYS)
    return lying @ about_left(angles.trunk_flexion_deg * share) @ bent @ turned


def _add_leg(posture: Posture, side: BodySide, angles: JointAngles, hips: Axes) -> None:
    sign, leg = of_side(angles, side)
    thigh = (
        posture.pelvis
        @ about_left(-leg.hip_flexion_deg)
        @ about_forward(sign * leg.hip_abduction_deg)
        @ about_up(sign * leg.hip_rotation_deg)
    )
    shank = thigh @ about_left(leg.knee_flexion_deg)
    foot = shank @ about_left(-leg.ankle_dorsiflexion_deg)
    joints = posture.joints
    joints[f"{side}_hip"] = hips[:, 0] * sign * HALF_HIPS
    joints[f"{side}_knee"] = joints[f"{side}_hip"] - thigh[:, 1] * THIGH
    joints[f"{side}_ankle"] = joints[f"{side}_knee"] - shank[:, 1] * SHANK
    posture.forward[f"{side}_knee"] = thigh[:, 2]
    posture.forward[f"{side}_ankle"] = shank[:, 2]
    if angles.carries(side) and angles.support != "seat":
        # A foot that carries is level from side to side, and flat unless the heel may rise.
        pitch_deg = math.degrees(math.atan2(foot[1, 2], math.hypot(foot[0, 2], foot[2, 2])))
        turn = about_up(sign * leg.hip_rotation_deg)
        foot = turn @ about_left(-pitch_deg) if angles.support == "toes" else turn
    posture.place_foot(side, foot)
    if leg.knee_valgus_deg:
        bring_knee_in(posture, side, leg.knee_valgus_deg)


def bring_knee_in(posture: Posture, side: BodySide, angle_deg: float) -> None:
    """Swivel the knee inward until thigh and shank make that angle seen from in front.

    A knee that is nearly straight cannot go so far.
    """
    hip, knee, ankle = (posture.joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    line = hip - ankle
    half = math.sqrt(float(line @ line)) / 2
    radius = max(math.sqrt(max(float((knee - hip) @ (knee - hip)) - half * half, 0.0)), 1e-6)
    sine = math.tan(math.radians(angle_deg / 2)) * half / radius
    swivel_deg = math.degrees(math.asin(max(-1.0, min(sine, 1.0))))
    posture.swivel_knee(side, -max(-_STEEPEST_SWIVEL_DEG, min(swivel_deg, _STEEPEST_SWIVEL_DEG)))


def _add_arm(posture: Posture, side: BodySide, angles: JointAngles) -> None:
    sign, arm = of_side(angles, side)
    raised_deg = max(arm.shoulder_flexion_deg, arm.shoulder_abduction_deg)
    rise = min(max((raised_deg - _GIRDLE_RISES_FROM_DEG) / _GIRDLE_RISES_OVER_DEG, 0.0), 1.0)
    hiked = HALF_SHOULDERS * math.sin(math.radians(arm.girdle_elevation_deg))
    half_width = HALF_SHOULDERS - _GIRDLE_GOES_IN * rise
    upper = (
        posture.trunk
        @ about_up(-sign * arm.shoulder_horizontal_flexion_deg)
        @ about_left(-arm.shoulder_flexion_deg)
        @ about_forward(sign * arm.shoulder_abduction_deg)
        @ about_up(sign * arm.shoulder_rotation_deg)
    )
    lower = upper @ about_left(-arm.elbow_flexion_deg)
    joints, forward = posture.joints, posture.forward
    joints[f"{side}_shoulder"] = joints["neck"] + posture.trunk @ np.array(
        [sign * half_width, _GIRDLE_RISE * rise + hiked, 0.0]
    )
    joints[f"{side}_elbow"] = joints[f"{side}_shoulder"] - upper[:, 1] * UPPER_ARM
    joints[f"{side}_wrist"] = joints[f"{side}_elbow"] - lower[:, 1] * FOREARM
    hand = lower[:, 1] * HAND * _CURLED_HAND_SHARE
    joints[f"{side}_fingers"] = joints[f"{side}_wrist"] - hand
    forward[f"{side}_shoulder"] = posture.trunk[:, 2]
    forward[f"{side}_elbow"] = upper[:, 2]
    forward[f"{side}_wrist"] = forward[f"{side}_fingers"] = lower[:, 2]


def of_side(angles: JointAngles, side: BodySide) -> tuple[float, SideAngles]:
    """1 for left, -1 for right, and that side's angles."""
    return (1.0, angles.left) if side == "left" else (-1.0, angles.right)
