"""A posture with a standard body's proportions, so that what is judged is not who somebody is.

Bone lengths alone tell people apart and, with them, the recordings that went well. Only the
directions of the bones are kept here. The same code prepares what a network is trained on and what
it is given on the device.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, JOINTS, MIRRORED

VALUES: Final = 3 * JOINT_COUNT
"""Values of one frame: x, y, z of each joint."""

SEGMENTS_TORSO: Final = {
    "trunk": 1.0,
    "shoulders": 0.66,
    "hips": 0.29,
    "head": 0.34,
    "upper_arm": 0.53,
    "forearm": 0.49,
    "thigh": 0.74,
    "shank": 0.75,
}
"""Lengths in torso lengths (middle of the hips to middle of the shoulders), the same for everybody:
the medians over all frames of UI-PRMD as this project reads it."""

_AT: Final = {name: index for index, name in enumerate(JOINTS)}
_TURNS_BACK: Final = np.array([-1.0, 1.0, 1.0])
_SHORTEST_M: Final = 1e-4

Array = NDArray[np.float64]


def standardised(joints_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """float32 [T, 13, 3] in torso lengths about the middle of the hips.

    ``joints_m`` [T, 13, 3] is as in :mod:`models.kinect_joints`. Every bone keeps its direction and
    gets the standard body's length; the whole is turned about the vertical so that the person, in
    the median of the recording, faces +z. A bone without a length (a joint that lies on its
    neighbour) hangs down.
    """
    places = facing(np.asarray(joints_m, np.float64))
    body = np.zeros_like(places)
    hips = _middle(places, "hip")
    shoulders = _middle(places, "shoulder")
    top = _along(shoulders - hips, np.array([0.0, 1.0, 0.0]), "trunk")
    for name, middle in (("hip", np.zeros_like(top)), ("shoulder", top)):
        left, right = _AT[f"left_{name}"], _AT[f"right_{name}"]
        across = places[:, left] - places[:, right]
        half = 0.5 * _along(across, np.array([1.0, 0.0, 0.0]), f"{name}s")
        body[:, left], body[:, right] = middle + half, middle - half
    body[:, 0] = top + _along(places[:, 0] - shoulders, np.array([0.0, 1.0, 0.0]), "head")
    down = np.array([0.0, -1.0, 0.0])
    for side in ("left", "right"):
        for inner, outer, segment in (
            ("shoulder", "elbow", "upper_arm"),
            ("elbow", "hand", "forearm"),
            ("hip", "knee", "thigh"),
            ("knee", "foot", "shank"),
        ):
            near, far = _AT[f"{side}_{inner}"], _AT[f"{side}_{outer}"]
            body[:, far] = body[:, near] + _along(places[:, far] - places[:, near], down, segment)
    return body.astype(np.float32)


def facing(places: Array) -> Array:
    """``places`` [T, 13, 3] turned about the vertical to face +z in the recording's median."""
    to_left = sum(places[:, _AT[f"left_{n}"]] - places[:, _AT[f"right_{n}"]] for n in _BREADTHS)
    x, _, z = np.median(to_left, axis=0) if len(places) else (1.0, 0.0, 0.0)
    angle = np.arctan2(z, x)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(places @ np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]]))


_BREADTHS: Final = ("shoulder", "hip")


def mirrored(body: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same movement by the other side; ``body`` is [..., 13, 3]."""
    return np.asarray(body[..., list(MIRRORED), :] * _TURNS_BACK, np.float32)


def _middle(places: Array, name: str) -> Array:
    return 0.5 * (places[:, _AT[f"left_{name}"]] + places[:, _AT[f"right_{name}"]])


def _along(bones: Array, otherwise: Array, segment: str) -> Array:
    """``bones`` [T, 3] with the segment's standard length."""
    length = np.linalg.norm(bones, axis=-1, keepdims=True)
    direction = np.where(length > _SHORTEST_M, bones / np.maximum(length, _SHORTEST_M), otherwise)
    return np.asarray(direction * SEGMENTS_TORSO[segment])
