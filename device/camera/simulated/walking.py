"""How a body walks: one stride's joint angles, and where the pelvis is."""

import math

import numpy as np

from device.camera.simulated.skeleton import SIDES, Skeleton, skeleton_of
from models.exercises.motion import JointAngles, SideAngles, Support

SPEED_M_S = 0.85
"""Usual gait speed at home, below the 1.1 to 1.3 m/s in a corridor at 60 to 79 (Bohannon 1997)."""

_STEP_M = 0.52
# Joint angles of level walking, rounded (Winter 2009, chapter 4).
_HIP_SWING_DEG, _HIP_MEAN_DEG, _KNEE_SWING_DEG, _KNEE_LEAST_DEG = 18.0, 3.0, 50.0, 5.0
_ARM_SWING_DEG, _ELBOW_DEG = 17.0, 18.0


def stride_at(gone_m: float) -> float:
    """The phase of the stride after that many metres, radians: half a turn is one step."""
    return math.pi * gone_m / _STEP_M


def walking(stride: float, vigour: float) -> JointAngles:
    """The pose at a phase of the stride; ``vigour`` 0 stands still, 1 walks."""
    left_stands = math.cos(stride) < 0.0
    support: Support = "left_foot" if left_stands else "right_foot"
    angles = JointAngles(
        trunk_rotation_deg=4.0 * vigour * math.sin(stride),
        left=_limbs(stride, vigour, stands=left_stands),
        right=_limbs(stride + math.pi, vigour, stands=not left_stands),
        support=support,
    )
    return angles.leaning(0.0, 0.0)


def _limbs(leg: float, vigour: float, *, stands: bool) -> SideAngles:
    thigh_deg = vigour * (_HIP_MEAN_DEG + _HIP_SWING_DEG * math.sin(leg))
    # The knee bends while the leg swings forward.
    swing = max(math.cos(leg), 0.0)
    knee_deg = vigour * (_KNEE_LEAST_DEG + _KNEE_SWING_DEG * swing * swing)
    return SideAngles(
        hip_flexion_deg=thigh_deg,
        knee_flexion_deg=knee_deg,
        ankle_dorsiflexion_deg=knee_deg - thigh_deg if stands else 0.0,
        shoulder_flexion_deg=-vigour * _ARM_SWING_DEG * math.sin(leg),
        shoulder_abduction_deg=6.0,
        elbow_flexion_deg=8.0 + vigour * (_ELBOW_DEG - 8.0),
    )


def over_the_origin(stature_m: float, angles: JointAngles) -> Skeleton:
    """A body with the pelvis above x = z = 0 and its lower foot on the floor."""
    skeleton = skeleton_of(stature_m, angles)
    pelvis = skeleton.joints["pelvis"]
    lowest = min(float(skeleton.joints[f"{side}_{end}"][1]) for side in SIDES
                 for end in ("sole", "toes"))  # fmt: skip
    return skeleton.moved(np.array([-pelvis[0], -lowest, -pelvis[2]]))
