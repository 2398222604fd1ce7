"""Sets a body down on what carries it: feet, seat, back, side, knees or hands.

What bears the body stays where it was in the stance, whatever the rest does; so a leg or an arm
whose far end is fixed bends as it must. Lengths are statures.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from device.camera.simulated.limbs import SIDES, BodySide, Posture, of_side, posture_of
from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FOOT,
    HALF_HIPS,
    LYING_HIP,
    LYING_KNEE,
    LYING_SIDE,
    LYING_WRIST,
    SHANK,
    THIGH,
    TRUNK,
)
from device.camera.simulated.rotation import (
    Axes,
    Vector,
    about_left,
    across,
    corner_deg,
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
# A limb that has left the floor by this much is free.
_LIFTED = 0.03
_THERE = 1e-14
# Hands on the floor belong to a body that is nearer to level than to upright.
_LEVEL_FROM_DEG = 45.0
_FOOT_ON_FOOT = 0.045
_UP, _AHEAD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
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
            _bridge(posture, angles, stance)
        case "left_side" | "right_side":
            _lie_on_side(posture, angles, stance)
        case "hands_and_knees":
            _kneel(posture, stance)
        case "hands_and_feet":
            _push_up(posture, stance)
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
    bearing = [side for side in SIDES if stance.carries(side)]
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


def _bridge(posture: Posture, angles: JointAngles, stance: JointAngles) -> None:
    """Shoulders and feet stay; the hips rise as far as they are straightened."""
    ankles = _ankles_on_back(stance)
    neck = np.array([0.0, LYING_HIP, -TRUNK])
    ankle = np.asarray(np.mean([ankles[f"{side}_ankle"] for side in SIDES], axis=0))
    hips_deg = (angles.left.hip_flexion_deg + angles.right.hip_flexion_deg) / 2
    line = ankle - neck
    away = math.hypot(float(line[1]), float(line[2]))
    to_knee = math.sqrt(
        TRUNK * TRUNK + THIGH * THIGH
        + 2.0 * TRUNK * THIGH * math.cos(math.radians(hips_deg))
    )  # fmt: skip
    rises_deg = (
        math.degrees(math.atan2(float(line[1]), float(line[2])))
        + corner_deg(SHANK, to_knee, away)
        - math.copysign(corner_deg(THIGH, TRUNK, to_knee), hips_deg)
    )
    now_deg = -90.0 - angles.trunk_flexion_deg
    posture.move(neck - posture.joints["neck"])
    head = posture.head
    posture.turn(neck, about_left(now_deg - rises_deg))
    posture.head = head
    for side in SIDES:
        posture.place_leg(side, ankles[f"{side}_ankle"], np.eye(3))


@lru_cache(maxsize=64)
def _ankles_on_back(stance: JointAngles) -> Anchors:
    joints = posture_of(stance).joints
    return {
        f"{side}_ankle": np.array(
            [joints[f"{side}_ankle"][0], ANKLE_HEIGHT, joints[f"{side}_ankle"][2]]
        )
        for side in SIDES
    }


def _lie_on_side(posture: Posture, angles: JointAngles, stance: JointAngles) -> None:
    """The lower leg stays; the upper foot rests on the lower one while its knee opens."""
    down: BodySide = "left" if angles.support == "left_side" else "right"
    top: BodySide = "right" if down == "left" else "left"
    posture.move(np.array([0.0, HALF_HIPS + LYING_SIDE, 0.0]))
    _, now = of_side(angles, top)
    _, before = of_side(stance, top)
    # The commanded turn is made about the line from hip to ankle: the foot stays where it is.
    lying = posture_of(stance)
    lying.move(posture.joints[f"{top}_hip"] - lying.joints[f"{top}_hip"])
    for name in ("knee", "ankle", "sole", "toes"):
        posture.joints[f"{top}_{name}"] = lying.joints[f"{top}_{name}"]
    for name in ("knee", "ankle", "toes"):
        posture.forward[f"{top}_{name}"] = lying.forward[f"{top}_{name}"]
    up = posture.forward[f"{top}_toes"]
    ahead = unit(posture.joints[f"{top}_toes"] - posture.joints[f"{top}_sole"])
    resting = posture.joints[f"{down}_ankle"] + np.array([0.0, _FOOT_ON_FOOT, 0.0])
    posture.place_leg(top, resting, np.stack([cross(up, ahead), up, ahead], axis=1))
    posture.swivel_knee(top, now.hip_rotation_deg - before.hip_rotation_deg)


def _kneel(posture: Posture, stance: JointAngles) -> None:
    """Hands and knees stay where they are, unless they are lifted."""
    anchors = _hands_and_knees_of(stance)
    knees = {side: posture.joints[f"{side}_knee"] for side in SIDES}
    lowest = min(float(knee[1]) for knee in knees.values())
    bearing = [side for side in SIDES if knees[side][1] < lowest + _LIFTED]
    offsets = [anchors[f"{side}_knee"] - knees[side] for side in bearing]
    posture.move(np.asarray(np.mean(offsets, axis=0)))
    wrists = {side: float(posture.joints[f"{side}_wrist"][1]) for side in SIDES}
    for side in SIDES:
        held = 1.0 - (wrists[side] - min(wrists.values())) / _LIFTED
        if held > 0.0:
            wrist = posture.joints[f"{side}_wrist"]
            posture.place_wrist(side, wrist + (anchors[f"{side}_wrist"] - wrist) * held)
            along = posture.joints[f"{side}_fingers"] - wrist
            along = unit(unit(along) * (1.0 - held) + _AHEAD * held)
            posture.lay_hand(side, along, unit(across(_UP, along)))
        _keep_hand_above(posture, side)


@lru_cache(maxsize=64)
def _hands_and_knees_of(stance: JointAngles) -> Anchors:
    joints = posture_of(stance).joints
    anchors = {}
    for side in SIDES:
        for name, height in (("knee", LYING_KNEE), ("wrist", LYING_WRIST)):
            point = joints[f"{side}_{name}"]
            anchors[f"{side}_{name}"] = np.array([point[0], height, point[2]])
    return anchors


def _keep_hand_above(posture: Posture, side: BodySide) -> None:
    """Bend up a hand whose fingers would go through the floor."""
    wrist, fingers = (posture.joints[f"{side}_{end}"] for end in ("wrist", "fingers"))
    if fingers[1] >= LYING_WRIST:
        return
    hand = fingers - wrist
    length = math.sqrt(float(hand @ hand))
    down = max(min((LYING_WRIST - float(wrist[1])) / length, 1.0), -1.0)
    level = across(hand, _UP) + _AHEAD * _THERE
    along = unit(level) * math.sqrt(1.0 - down * down) + _UP * down
    posture.lay_hand(side, along, unit(across(posture.forward[f"{side}_fingers"], along)))


def _push_up(posture: Posture, stance: JointAngles) -> None:
    """Hands and feet stay; the body turns about the feet as far as the arms bend."""
    pivot, anchors = _hands_and_feet_of(stance)
    joints = posture.joints
    feet = np.asarray(np.mean([joints[f"{side}_{pivot}"] for side in SIDES], axis=0))
    posture.move(anchors["pivot"] - feet)
    reaches = [
        float(np.linalg.norm(joints[f"{side}_wrist"] - joints[f"{side}_shoulder"]))
        for side in SIDES
    ]
    hands = np.asarray(np.mean([anchors[f"{side}_wrist"] for side in SIDES], axis=0))
    shoulders = np.asarray(np.mean([joints[f"{side}_shoulder"] for side in SIDES], axis=0))
    beside = [float((anchors[f"{side}_wrist"] - joints[f"{side}_shoulder"])[0]) for side in SIDES]
    level = math.sqrt(max(float(np.mean(reaches)) ** 2 - float(np.mean(np.square(beside))), 0.0))
    to_hands, to_shoulders = (point - anchors["pivot"] for point in (hands, shoulders))
    far, length = (math.hypot(float(v[1]), float(v[2])) for v in (to_hands, to_shoulders))
    opens_deg = corner_deg(level, far, length)
    wanted_deg = _elevation_deg(to_hands) + opens_deg
    posture.turn(anchors["pivot"], about_left(_elevation_deg(to_shoulders) - wanted_deg))
    for side in SIDES:
        posture.place_wrist(side, anchors[f"{side}_wrist"])
        if pivot == "ankle":
            posture.place_foot(side, np.eye(3))
            posture.lay_hand(side, _UP, -_AHEAD)
        else:
            posture.lay_hand(side, _AHEAD, _UP)


def _elevation_deg(direction: Vector) -> float:
    """Above level ahead, 0 to 180."""
    return math.degrees(math.atan2(float(direction[1]), float(direction[2])))


@lru_cache(maxsize=64)
def _hands_and_feet_of(stance: JointAngles) -> tuple[str, Anchors]:
    """About which joint the body turns, and where it and the wrists stay."""
    posture = posture_of(stance)
    on_floor = stance.trunk_flexion_deg > _LEVEL_FROM_DEG
    pivot = "toes" if on_floor else "ankle"
    feet = np.asarray(np.mean([posture.joints[f"{side}_{pivot}"] for side in SIDES], axis=0))
    rests = np.array([0.0, 0.0 if on_floor else ANKLE_HEIGHT, 0.0])
    posture.move(rests - feet)
    anchors = {"pivot": rests}
    for side in SIDES:
        wrist = posture.joints[f"{side}_wrist"].copy()
        if on_floor:
            wrist[1] = LYING_WRIST
        anchors[f"{side}_wrist"] = wrist
    return pivot, anchors


def _put_hands_on_thighs(posture: Posture, share: float) -> None:
    for side in SIDES:
        knee, hip = posture.joints[f"{side}_knee"], posture.joints[f"{side}_hip"]
        over = posture.forward[f"{side}_knee"] * _HAND_OVER_THIGH
        target = knee + (hip - knee) * _HAND_UP_THE_THIGH + over
        wrist = posture.joints[f"{side}_wrist"]
        posture.place_wrist(side, wrist + (target - wrist) * share)
