"""A body's posture without its size: twelve vectors from joint to joint, of standard length.

A network that sees how long a person's bones are recognises the person instead of judging the
movement. So every vector is divided by its own median length over the repetition and multiplied by
the length below; how it changes within the repetition (a shoulder drawn up, say) is kept.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT
from models.standard_body import SEGMENTS_TORSO

Array = NDArray[np.float64]

VECTORS: Final = (
    "pelvis",
    "trunk",
    "shoulders",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
)
"""Each vector by the joint that moves it: ``left_hip`` is the left thigh. ``pelvis`` goes from the
right hip to the middle of the hips, ``trunk`` from there to the middle of the shoulders,
``shoulders`` from the right shoulder to the middle."""

STANDARD_LENGTHS: Final = np.array(
    [
        SEGMENTS_TORSO["hips"] / 2,
        SEGMENTS_TORSO["trunk"],
        SEGMENTS_TORSO["shoulders"] / 2,
        SEGMENTS_TORSO["head"],
        *(2 * [SEGMENTS_TORSO["upper_arm"]]),
        *(2 * [SEGMENTS_TORSO["forearm"]]),
        *(2 * [SEGMENTS_TORSO["thigh"]]),
        *(2 * [SEGMENTS_TORSO["shank"]]),
    ]
)
"""In torso lengths, in the vectors' order."""

MIRRORED_VECTORS: Final = (0, 1, 2, 3, 5, 4, 7, 6, 9, 8, 11, 10)
_LEAST_LENGTH: Final = 1e-6
_ACROSS: Final = np.array([-1.0, 1.0, 1.0])

_HEAD, _L_SHOULDER, _R_SHOULDER, _L_ELBOW, _R_ELBOW, _L_HAND, _R_HAND = range(7)
_L_HIP, _R_HIP, _L_KNEE, _R_KNEE, _L_FOOT, _R_FOOT = range(7, 13)
_ENDS: Final = (
    (_L_ELBOW, _L_SHOULDER),
    (_R_ELBOW, _R_SHOULDER),
    (_L_HAND, _L_ELBOW),
    (_R_HAND, _R_ELBOW),
    (_L_KNEE, _L_HIP),
    (_R_KNEE, _R_HIP),
    (_L_FOOT, _L_KNEE),
    (_R_FOOT, _R_KNEE),
)


def vectors_of(joints: NDArray[np.floating]) -> Array:
    """float64 [T, 12, 3] of joints [T, 13, 3] as in :mod:`models.kinect_joints`, same unit."""
    places = np.asarray(joints, np.float64)
    hips = (places[:, _L_HIP] + places[:, _R_HIP]) / 2
    shoulders = (places[:, _L_SHOULDER] + places[:, _R_SHOULDER]) / 2
    found = [
        (places[:, _L_HIP] - places[:, _R_HIP]) / 2,
        shoulders - hips,
        (places[:, _L_SHOULDER] - places[:, _R_SHOULDER]) / 2,
        places[:, _HEAD] - shoulders,
    ]
    found += [places[:, end] - places[:, begin] for end, begin in _ENDS]
    return np.stack(found, axis=1)


def joints_of(vectors: Array) -> Array:
    """float64 [T, 13, 3], the middle of the hips at 0: the inverse of :func:`vectors_of`."""
    joints = np.zeros((len(vectors), JOINT_COUNT, 3))
    shoulders = vectors[:, 1]
    joints[:, _L_HIP], joints[:, _R_HIP] = vectors[:, 0], -vectors[:, 0]
    joints[:, _L_SHOULDER] = shoulders + vectors[:, 2]
    joints[:, _R_SHOULDER] = shoulders - vectors[:, 2]
    joints[:, _HEAD] = shoulders + vectors[:, 3]
    for vector, (end, begin) in enumerate(_ENDS, start=4):
        joints[:, end] = joints[:, begin] + vectors[:, vector]
    return joints


def without_size(vectors: Array) -> Array:
    """``vectors`` [T, 12, 3] with the median length of each being the standard one."""
    lengths = np.median(np.linalg.norm(vectors, axis=-1), axis=0)
    sized: Array = vectors * (STANDARD_LENGTHS / np.maximum(lengths, _LEAST_LENGTH))[None, :, None]
    return sized


def facing(vectors: Array, rest: NDArray[np.bool_]) -> Array:
    """``vectors`` turned about the vertical: at rest the left side is at +x, the front at +z.

    ``rest`` [T] marks the frames from which the direction is taken.
    """
    across = (vectors[rest, 0] / STANDARD_LENGTHS[0] + vectors[rest, 2] / STANDARD_LENGTHS[2]).mean(
        axis=0
    )
    angle = np.arctan2(across[2], across[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    turned: Array = vectors @ turn.T
    return turned


def mirrored(vectors: Array) -> Array:
    """The same movement with left and right exchanged."""
    swapped: Array = vectors[:, list(MIRRORED_VECTORS)] * _ACROSS
    # These two point from right to left, which they still must.
    swapped[:, (0, 2)] *= -1.0
    return swapped
