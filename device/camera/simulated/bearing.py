"""Sets a body down on what carries it: feet, seat, back, side, knees or hands.

What bears the body stays where it was in the stance, whatever the rest does; so a leg or an arm
whose far end is fixed bends as it must. Lengths are statures.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from device.camera.simulated.floor import bridge, kneel, lie_on_side, push_up
from device.camera.simulated.limbs import SIDES, BodySide, Posture, of_side, posture_of
from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FOOT,
    HALF_HIPS,
    LYING_HIP,
    SHANK,
    THIGH,
)
from device.camera.simulated.rotation import (
    Axes,
    Vector,
    about_left,
    cross,
    reach,
    unit,
)
from models.exercises.motion import JointAngles

Anchors = dict[str, Vector]
"""Where joints that carry the body stay, by name."""

# A shank leans over a flat foot no further than this (weight-bearing lunge test, Bennell et al.
# 1998: about 40 to 45 in the young); then the heel rises.
_STEEPEST_SHANK_DEG = 34.0
_HIGHEST_HEEL_DEG = 70.0
_HEEL_STEPS = 14
_TIP_STEPS = 9
_THERE = 1e-14
_HAND_UP_THE_THIGH, _HAND_OVER_THIGH = 0.3, 0.034


def set_down(posture: Posture, angles: JointAngles, stature_m: float) -> None:
    """Place ``posture``, made of ``angles``, on what carries it."""
    stance = angles.stance or angles
    match angles.support:
        case "seat":
            posture.move(np.array([0.0, SHANK + ANKLE_HEIGHT, -THIGH]))
        case "back":
            posture.move(np.array([0.0, LYING_HIP, 0.0]))
            _keep_feet_above(posture, 0.0)
        case "shoulders_and_feet":
            bridge(posture, angles, stance)
        case "left_side" | "right_side":
            lie_on_side(posture, angles, stance)
        case "hands_and_knees":
            kneel(posture, angles, stance)
        case "hands_and_feet":
            push_up(posture, stance)
        case _:
            _stand(posture, angles, stance, stature_m)
    if angles.hands_on_thighs:
        _put_hands_on_thighs(posture, angles.hands_on_thighs)


def _stand(posture: Posture, angles: JointAngles, stance: JointAngles, stature_m: float) -> None:
    ground = angles.step_height_m / stature_m
    bears = "toes" if angles.support == "toes" else "sole"
    anchors = _feet_of(stance)
    bearing = [side for side in SIDES if angles.carries(side)]
    leading = [side for side in bearing if angles.lead == side] or bearing
    raised = np.array([0.0, ground, 0.0])
    offsets = [anchors[f"{s}_{bears}"] + raised - posture.joints[f"{s}_{bears}"] for s in leading]
    posture.move(np.asarray(np.mean(offsets, axis=0)))
    if angles.lead == "knees" and len(bearing) == len(SIDES):
        _hang_between(posture, {side: anchors[f"{side}_sole"] + raised for side in SIDES})
    for side in bearing:
        if bears == "toes":
            toes = anchors[f"{side}_toes"] + raised
            _keep_toes(posture, side, toes)
        else:
            _plant(posture, side, anchors[f"{side}_sole"] + raised)
    _keep_feet_above(posture, 0.0, [side for side in SIDES if side not in bearing])


def _hang_between(posture: Posture, soles: dict[BodySide, Vector]) -> None:
    """Move the hips, across and up, to where both knees can be as bent as they are."""
    joints = posture.joints
    above = np.array([0.0, ANKLE_HEIGHT, 0.0])
    # Where the middle of the hips would be with each leg's length as the radius, seen from ahead.
    centres, radii = [], []
    for side in SIDES:
        hip, ankle = joints[f"{side}_hip"], joints[f"{side}_ankle"]
        centre = soles[side] + above - (hip - joints["pelvis"])
        line, deep = hip - ankle, float(joints["pelvis"][2] - centre[2])
        centres.append(centre[:2])
        radii.append(math.sqrt(max(float(line @ line) - deep * deep, 1e-6)))
    base = centres[1] - centres[0]
    width = math.sqrt(float(base @ base))
    if width < _THERE or width > sum(radii) or width < abs(radii[0] - radii[1]):
        return
    along = (width * width + radii[0] ** 2 - radii[1] ** 2) / (2.0 * width)
    height = math.sqrt(max(radii[0] ** 2 - along * along, 0.0))
    direction = base / width
    upward = np.array([-direction[1], direction[0]])
    if upward[1] < 0.0:
        upward = -upward
    place = centres[0] + direction * along + upward * height
    posture.move(np.array([*(place - joints["pelvis"][:2]), 0.0]))


@lru_cache(maxsize=64)
def _feet_of(stance: JointAngles) -> Anchors:
    """Soles and toes of a standing stance, flat on the floor; the middle between them is 0."""
    joints = posture_of(stance).joints
    # A stance that stood on nothing is one on the way from the floor to the feet.
    bearing = [side for side in SIDES if stance.carries(side)] or list(SIDES)
    middle = np.mean([joints[f"{side}_sole"] for side in bearing], axis=0)
    if len(bearing) == 1:
        sign, _ = of_side(stance, bearing[0])
        middle = middle - np.array([sign * HALF_HIPS, 0.0, 0.0])
    anchors = {}
    for side in bearing:
        sole, toes = joints[f"{side}_sole"], joints[f"{side}_toes"]
        for name, point in (("sole", sole), ("toes", toes)):
            anchors[f"{side}_{name}"] = (point - middle) * np.array([1.0, 0.0, 1.0])
    return anchors


def _plant(posture: Posture, side: BodySide, sole: Vector) -> None:
    """Put the sole there, flat; the heel rises where the leg is too short or too steep."""
    foot = _level(posture.forward[f"{side}_toes"], posture.joints, side)
    toes = sole + foot[:, 2] * FOOT
    off = posture.joints[f"{side}_ankle"] - _ankle_over(toes, foot, 0.0)
    if float(off @ off) < _THERE:
        return
    hip = posture.joints[f"{side}_hip"]
    towards = posture.joints[f"{side}_knee"] - posture.joints[f"{side}_ankle"]

    def comfortable(heel_deg: float) -> bool:
        ankle = _ankle_over(toes, foot, heel_deg)
        line = hip - ankle
        if math.sqrt(float(line @ line)) > (THIGH + SHANK) * (1.0 + 1e-9):
            return False
        knee, _ = reach(hip, ankle, THIGH, SHANK, towards + foot[:, 2])
        shank = knee - ankle
        lean_deg = math.degrees(math.atan2(float(shank @ foot[:, 2]), float(shank[1])))
        return lean_deg - heel_deg <= _STEEPEST_SHANK_DEG

    heel_deg = 0.0
    if not comfortable(0.0):
        low, heel_deg = 0.0, _HIGHEST_HEEL_DEG
        for _ in range(_HEEL_STEPS):
            middle = (low + heel_deg) / 2
            low, heel_deg = (low, middle) if comfortable(middle) else (middle, heel_deg)
    pitched = foot @ about_left(heel_deg)
    posture.place_leg(side, _ankle_over(toes, foot, heel_deg), pitched)


def _ankle_over(toes: Vector, foot: Axes, heel_deg: float) -> Vector:
    pitched = foot @ about_left(heel_deg)
    return np.asarray(toes - pitched[:, 2] * FOOT + pitched[:, 1] * ANKLE_HEIGHT)


def _level(up: Vector, joints: dict[str, Vector], side: BodySide) -> Axes:
    """A flat foot that points as this one does."""
    ahead = joints[f"{side}_toes"] - joints[f"{side}_sole"]
    ahead = unit(np.array([ahead[0], 0.0, ahead[2]])) if up[1] > 0 else np.array([0.0, 0.0, 1.0])
    above = np.array([0.0, 1.0, 0.0])
    return np.stack([cross(above, ahead), above, ahead], axis=1)


def _keep_toes(posture: Posture, side: BodySide, toes: Vector) -> None:
    """The heel up as it is, the toes there."""
    up = posture.forward[f"{side}_toes"]
    ahead = unit(posture.joints[f"{side}_toes"] - posture.joints[f"{side}_sole"])
    foot = np.stack([cross(up, ahead), up, ahead], axis=1)
    posture.place_leg(side, toes - ahead * FOOT + up * ANKLE_HEIGHT, foot)


def _keep_feet_above(posture: Posture, ground: float, sides: Sequence[BodySide] = SIDES) -> None:
    """Level a free foot that would go through the floor, and bend its leg as far as needed."""
    for side in sides:
        joints = posture.joints
        if min(float(joints[f"{side}_{end}"][1]) for end in ("sole", "toes")) >= ground - _THERE:
            continue
        level = _level(posture.forward[f"{side}_toes"], joints, side)
        deep = ground + ANKLE_HEIGHT - float(joints[f"{side}_ankle"][1])
        if deep > 0.0:
            ankle = joints[f"{side}_ankle"] + np.array([0.0, deep, 0.0])
            posture.place_leg(side, ankle, level)
        else:
            _pitch_above(posture, side, ground, level)


def _pitch_above(posture: Posture, side: BodySide, ground: float, level: Axes) -> None:
    """Tip a foot towards level until heel and toes clear the floor."""
    up = posture.forward[f"{side}_toes"]
    ahead = unit(posture.joints[f"{side}_toes"] - posture.joints[f"{side}_sole"])
    foot = np.stack([cross(up, ahead), up, ahead], axis=1)
    for share in np.linspace(0.0, 1.0, _TIP_STEPS):
        tipped = unit(ahead + (level[:, 2] - ahead) * share)
        across_foot = unit(cross(level[:, 1], tipped))
        foot = np.stack([across_foot, cross(tipped, across_foot), tipped], axis=1)
        posture.place_foot(side, foot)
        ends = (posture.joints[f"{side}_{end}"][1] for end in ("sole", "toes"))
        if min(float(end) for end in ends) >= ground:
            return


def _put_hands_on_thighs(posture: Posture, share: float) -> None:
    for side in SIDES:
        knee, hip = posture.joints[f"{side}_knee"], posture.joints[f"{side}_hip"]
        over = posture.forward[f"{side}_knee"] * _HAND_OVER_THIGH
        target = knee + (hip - knee) * _HAND_UP_THE_THIGH + over
        wrist = posture.joints[f"{side}_wrist"]
        posture.place_wrist(side, wrist + (target - wrist) * share)
