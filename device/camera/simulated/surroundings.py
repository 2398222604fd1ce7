"""What an exercise needs around the simulated patient, placed where the poses want it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device.camera.simulated.body import Body
from device.camera.simulated.movement import Movement
from device.camera.simulated.props import Patches, WalkingStick, chair, chair_in_front, step, wall
from device.camera.simulated.skeleton import SIDES, BodySide, Skeleton, Vector

_POSES = 5
_SEATED_BELOW = 0.45
"""Of stature: a pelvis lower than this needs a seat."""
_LIES_BELOW = 0.5
"""Upward share of the trunk's axis."""
_MAT_MARGIN_M = 0.22
_HANDS_AHEAD_M = 0.25
_BACK_THICKNESS = 0.075
_HAND_THICKNESS_M = 0.03
_CHAIR_AHEAD = 0.16
_PALM_BEYOND_WRIST_M = 0.05


@dataclass(frozen=True)
class Surroundings:
    """Furniture an exercise is done on, at or with, in the body's axes.

    ``things`` are solid; ``mat`` the corners [4, 3] of a mat on the floor; ``stick`` what a
    standing patient leans on, where a hand is free for it.
    """

    things: Patches
    mat: Vector | None
    stick: WalkingStick | None
    lies: bool
    middle_m: tuple[float, float]

    @classmethod
    def of(cls, performance: Movement, body: Body) -> "Surroundings":
        """What ``body`` needs for ``performance``; nothing for one who walks about."""
        if performance.roams:
            return cls(Patches.none(), None, None, lies=False, middle_m=(0.0, 0.0))
        poses = poses_of(performance, body)
        lies = _lies(poses[0])
        joints = np.array([list(pose.joints.values()) for pose in poses]).reshape(-1, 3)
        low, high = joints.min(axis=0), joints.max(axis=0)
        middle = ((low + high) / 2)[[0, 2]]
        return cls(
            things=_things(performance, body, poses),
            mat=_mat(low, high) if lies else None,
            stick=_stick(performance, body, poses) if body.walking_stick and not lies else None,
            lies=lies,
            middle_m=(float(middle[0]), float(middle[1])) if lies else (0.0, 0.0),
        )


def is_done_lying(performance: Movement) -> bool:
    """Whether the patient lies, or is on hands and knees, to begin with."""
    return _lies(performance.skeleton_at(1.0, 0.0))


def poses_of(performance: Movement, body: Body) -> list[Skeleton]:
    """The starting pose, and some on the way to the first peak."""
    until_s = performance.repetitions[0].peaks_s if performance.repetitions else 0.0
    times_s = np.linspace(0.0, until_s, _POSES)
    return [performance.skeleton_at(body.stature_m, float(at_s)) for at_s in times_s]


def _lies(pose: Skeleton) -> bool:
    return bool(pose.trunk[1, 1] < _LIES_BELOW)


def _things(performance: Movement, body: Body, poses: Sequence[Skeleton]) -> Patches:
    props, start = performance.exercise.motion.props, poses[0]
    things = Patches.none()
    if "chair" in props:
        things = things.and_also(_chair(body, poses))
    step_m = performance.angles_at(0.0).step_height_m
    if "step" in props and step_m > 0:
        toes = max(start.joints[f"{side}_toes"][2] for side in SIDES)
        things = things.and_also(step(step_m, float(toes)))
    if "wall" in props:
        hands = [start.joints[f"{side}_fingers"] for side in SIDES]
        ahead = max(float(hand[2] - start.joints["neck"][2]) for hand in hands)
        if ahead > _HANDS_AHEAD_M:
            reached = max(
                float(pose.joints[f"{side}_wrist"][2]) for side in SIDES for pose in poses
            )
            things = things.and_also(wall(reached + _PALM_BEYOND_WRIST_M, before=True))
        else:
            back = min(float(pose.joints["neck"][2]) for pose in poses)
            thickness = _BACK_THICKNESS * body.build * body.stature_m
            things = things.and_also(wall(back - thickness, before=False))
    return things


def _chair(body: Body, poses: Sequence[Skeleton]) -> Patches:
    lowest = min(poses, key=lambda pose: float(pose.joints["pelvis"][1]))
    pelvis = lowest.joints["pelvis"]
    if pelvis[1] < _SEATED_BELOW * body.stature_m:
        return chair(body, float(pelvis[2]))
    return chair_in_front(_CHAIR_AHEAD * body.stature_m + _HAND_THICKNESS_M)


def _stick(performance: Movement, body: Body, poses: list[Skeleton]) -> WalkingStick | None:
    free: BodySide = "left" if performance.moving_side == "right" else "right"
    if poses[0].joints["pelvis"][1] < _SEATED_BELOW * body.stature_m:
        return None
    return WalkingStick.held(poses, body.stature_m, free)


def _mat(low: Vector, high: Vector) -> Vector:
    (left, _, back), (right, _, front) = low - _MAT_MARGIN_M, high + _MAT_MARGIN_M
    return np.array([[left, 0, back], [right, 0, back], [right, 0, front], [left, 0, front]])
