"""Bodies on the floor, or leaning on a wall: on shoulders, side, knees and hands.

Where the ends of a chain of limbs are fixed, one angle, that of the exercise, gives all others.
Lengths are statures.
"""

import math
from functools import lru_cache

import numpy as np

from device.camera.simulated.limbs import SIDES, BodySide, Posture, of_side, posture_of
from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
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
    Vector,
    about_left,
    across,
    corner_deg,
    cross,
    unit,
)
from models.exercises.motion import JointAngles

Anchors = dict[str, Vector]
"""Where joints that carry the body stay, by name."""

# A knee whose hip has moved by more than this is lifted; a hand is free after that much.
_MOVED_DEG, _LIFTED_DEG = 0.5, 8.0
# Hands on the floor belong to a body that is nearer to level than to upright.
_LEVEL_FROM_DEG = 45.0
_FOOT_ON_FOOT = 0.045
_TINY = 1e-14
_UP, _AHEAD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def bridge(posture: Posture, angles: JointAngles, stance: JointAngles) -> None:
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


def lie_on_side(posture: Posture, angles: JointAngles, stance: JointAngles) -> None:
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


def kneel(posture: Posture, angles: JointAngles, stance: JointAngles) -> None:
    """Hands and knees stay where they are, unless their joint has left the stance."""
    anchors = _hands_and_knees_of(stance)
    left_by = {side: _left_by(angles, stance, side) for side in SIDES}
    least_deg = min(hip_deg for hip_deg, _ in left_by.values())
    offsets = [
        anchors[f"{side}_knee"] - posture.joints[f"{side}_knee"]
        for side in SIDES
        if left_by[side][0] <= least_deg + _MOVED_DEG
    ]
    posture.move(np.asarray(np.mean(offsets, axis=0)))
    for side in SIDES:
        held = 1.0 - left_by[side][1] / _LIFTED_DEG
        if held > 0.0:
            wrist = posture.joints[f"{side}_wrist"]
            along = posture.joints[f"{side}_fingers"] - wrist
            posture.place_wrist(side, wrist + (anchors[f"{side}_wrist"] - wrist) * held)
            along = unit(unit(along) * (1.0 - held) + _AHEAD * held)
            posture.lay_hand(side, along, unit(across(_UP, along)))
        _keep_hand_above(posture, side)


def _left_by(angles: JointAngles, stance: JointAngles, side: BodySide) -> tuple[float, float]:
    """How far hip and shoulder have moved from the stance, degrees."""
    (_, now), (_, before) = of_side(angles, side), of_side(stance, side)
    return (
        abs(now.hip_flexion_deg - before.hip_flexion_deg),
        abs(now.shoulder_flexion_deg - before.shoulder_flexion_deg),
    )


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
    level = across(hand, _UP) + _AHEAD * _TINY
    along = unit(level) * math.sqrt(1.0 - down * down) + _UP * down
    posture.lay_hand(side, along, unit(across(posture.forward[f"{side}_fingers"], along)))


def push_up(posture: Posture, stance: JointAngles) -> None:
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
