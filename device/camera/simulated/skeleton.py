"""Where a body's joints are, from its joint angles: forward kinematics.

Axes are the body's own: x to its left, y up, z forward; metres, the floor at y = 0, the middle
between the feet of the starting stance at x = z = 0. Limbs hang on the trunk by their joint angles;
then the body is set down on what carries it (:mod:`device.camera.simulated.bearing`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.bearing import set_down
from device.camera.simulated.limbs import SIDES, BodySide, Posture, posture_of
from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FACE,
    FOOT,
    FOREARM,
    HALF_HIPS,
    HALF_SHOULDERS,
    HAND,
    HEAD_CENTRE,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
)
from device.camera.simulated.rotation import Vector, about_up
from models.exercises.motion import JointAngles

__all__ = [
    "ANKLE_HEIGHT",
    "FACE",
    "FOOT",
    "FOREARM",
    "HALF_HIPS",
    "HALF_SHOULDERS",
    "HAND",
    "HEAD_CENTRE",
    "SHANK",
    "SIDES",
    "THIGH",
    "TRUNK",
    "UPPER_ARM",
    "BodySide",
    "Skeleton",
    "Vector",
    "skeleton_of",
]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A body in space.

    ``joints`` are points in metres by name; ``forward`` the front of each limb segment, unit
    vectors by the name of its lower end; ``trunk``, ``head`` and ``pelvis`` have the axes left, up
    and forward as columns, [3, 3]. The pelvis's are those of a level pelvis that does not turn: one
    hip may be lower than they say.
    """

    joints: dict[str, Vector]
    forward: dict[str, Vector]
    trunk: NDArray[np.float64]
    head: NDArray[np.float64]
    pelvis: NDArray[np.float64]

    def moved(self, by: Vector) -> "Skeleton":
        """The same somewhere else."""
        return replace(self, joints={name: point + by for name, point in self.joints.items()})

    def turned(self, heading_deg: float) -> "Skeleton":
        """The same turned about the vertical through x = z = 0, to its own left."""
        turn = about_up(heading_deg)
        return Skeleton(
            {name: turn @ point for name, point in self.joints.items()},
            {name: turn @ front for name, front in self.forward.items()},
            turn @ self.trunk,
            turn @ self.head,
            turn @ self.pelvis,
        )


def skeleton_of(stature_m: float, angles: JointAngles) -> Skeleton:
    """The joints of a body of that stature, placed so that what carries it rests."""
    posture = posture_of(angles)
    set_down(posture, angles, stature_m)
    _add_face(posture)
    return Skeleton(
        {name: point * stature_m for name, point in posture.joints.items()},
        posture.forward,
        posture.trunk,
        posture.head,
        posture.pelvis,
    )


def _add_face(posture: Posture) -> None:
    joints = posture.joints
    joints["head"] = joints["neck"] + posture.head[:, 1] * HEAD_CENTRE
    for name, place in FACE.items():
        joints[name] = joints["head"] + posture.head @ np.array(place)
