"""A second person who walks through the picture once, behind or before the simulated patient."""

import math
from dataclasses import replace

import numpy as np

from device.camera.simulated.body import Body
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.skeleton import Skeleton, Vector, skeleton_of
from device.camera.simulated.view import View
from models.exercises.motion import JointAngles, SideAngles

WALKING_SPEED_M_S = 1.1
"""Comfortable walking speed indoors; 1.1 to 1.3 m/s at 60 to 79 years (Bohannon 1997)."""
_STEP_M = 0.58
_BEHIND_M = -0.8
_BEFORE_M, _BEFORE_SHARE = 0.9, 0.38
_BEYOND_M = 0.5
# Joint angles of level walking, rounded (Winter 2009, chapter 4). The mean hip angle is half the
# least knee angle, so that both feet are level when one takes over from the other.
_HIP_SWING_DEG, _HIP_MEAN_DEG, _KNEE_SWING_DEG, _KNEE_LEAST_DEG = 20.0, 3.0, 52.0, 6.0
_ARM_SWING_DEG, _ELBOW_DEG = 18.0, 18.0
_SEED_OFFSET = 7919


class Bystander:
    """Comes into the picture on one side at ``conditions.bystander_enters_s`` and leaves on the
    other; ``conditions.seed`` draws the body and the direction."""

    def __init__(self, conditions: Conditions, view: View) -> None:
        self.body_seed = conditions.seed + _SEED_OFFSET
        self.body = Body.from_seed(self.body_seed)
        before_m = min(_BEFORE_M, _BEFORE_SHARE * view.distance_m)
        self._z_m = _BEHIND_M if conditions.bystander == "behind" else before_m
        half_field = math.radians(view.field_deg / 2)
        self._half_way_m = math.tan(half_field) * (view.distance_m - self._z_m) + _BEYOND_M
        self._enters_s = conditions.bystander_enters_s
        self._to_the_right = bool(np.random.default_rng((conditions.seed, 0xB5)).random() < 0.5)
        self._view = view

    @property
    def leaves_s(self) -> float:
        """When the picture is the patient's alone again."""
        return self._enters_s + 2 * self._half_way_m / WALKING_SPEED_M_S

    def skeleton_at(self, time_s: float) -> Skeleton | None:
        """Where the bystander is, in the patient's axes; ``None`` when not there."""
        if not self._enters_s <= time_s <= self.leaves_s:
            return None
        gone_m = (time_s - self._enters_s) * WALKING_SPEED_M_S
        sign = 1.0 if self._to_the_right else -1.0
        place = np.array([sign * (gone_m - self._half_way_m), 0.0, self._z_m])
        stride = math.pi * gone_m / _STEP_M
        walking = skeleton_of(self.body.stature_m, _walking(stride))
        return _placed(walking, self._view.right * sign, self._view.placed(place))


def _walking(stride: float) -> JointAngles:
    """The pose at a phase of the stride, radians; the legs are half a stride apart."""
    return JointAngles(
        left=_side(stride, stride + math.pi),
        right=_side(stride + math.pi, stride),
        # The leg that goes backward bears the body.
        support="left_foot" if math.cos(stride) < 0 else "right_foot",
    )


def _side(leg: float, arm: float) -> SideAngles:
    hip_deg = _HIP_MEAN_DEG + _HIP_SWING_DEG * math.sin(leg)
    # The knee bends while the leg swings forward.
    knee_deg = _KNEE_LEAST_DEG + _KNEE_SWING_DEG * max(math.cos(leg), 0.0) ** 2
    return SideAngles(
        hip_flexion_deg=hip_deg,
        knee_flexion_deg=knee_deg,
        ankle_dorsiflexion_deg=max(min(knee_deg - hip_deg, 12.0), -15.0),
        shoulder_flexion_deg=_ARM_SWING_DEG * math.sin(arm),
        elbow_flexion_deg=_ELBOW_DEG,
    )


def _placed(skeleton: Skeleton, forward: Vector, place: Vector) -> Skeleton:
    """Turned to look along ``forward``, the lower foot on the floor and the pelvis over it."""
    up = np.array([0.0, 1.0, 0.0])
    turn = np.stack([np.cross(up, forward), up, forward], axis=1)
    pelvis = skeleton.joints["pelvis"]
    lowest = min(skeleton.joints[f"{side}_{end}"][1] for side in ("left", "right")
                 for end in ("sole", "toes"))  # fmt: skip
    under = np.array([pelvis[0], lowest, pelvis[2]])
    return replace(
        skeleton,
        joints={name: turn @ (point - under) + place for name, point in skeleton.joints.items()},
        forward={name: turn @ front for name, front in skeleton.forward.items()},
        trunk=turn @ skeleton.trunk,
        head=turn @ skeleton.head,
    )
