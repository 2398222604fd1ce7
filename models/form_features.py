"""What the form gate looks at: ten frames of one repetition, and features of joint angles.

The same code prepares what the gate is trained on and what it is given on the device. Places are
those of the standardised body (:mod:`models.standard_body`), so that nothing is left of who it is.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS
from models.standard_body import mirrored, standardised

FRAMES: Final = 10

_SIDES: Final = (("left", 1.0), ("right", -1.0))
_LIMBS: Final = ("elbow", "hand", "knee", "foot")
_AT: Final = {name: index for index, name in enumerate(JOINTS)}
_DEG_PER_UNIT: Final = 60.0
"""A direction's component counts as so many degrees, near enough, beside the angles."""

Array = NDArray[np.float64]


def ten_frames(joints_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """float32 [10, 13, 3]: one repetition's standardised body in ten equal parts, each its mean.

    ``joints_m`` [T, 13, 3], T at least 2. The side that moves more is put on the left, so that a
    movement by either side looks the same.
    """
    body = standardised(joints_m)
    edges = np.linspace(0.0, len(body), FRAMES + 1)
    parts = [
        body[int(begin) : max(int(np.ceil(end)), int(begin) + 1)].mean(axis=0)
        for begin, end in pairwise(edges.tolist())
    ]
    frames = np.stack(parts).astype(np.float32)
    spread = frames.var(axis=0).sum(axis=-1)
    left, right = (sum(spread[_AT[f"{side}_{limb}"]] for limb in _LIMBS) for side, _ in _SIDES)
    return frames if left >= right else mirrored(frames)


def features(frames: NDArray[np.floating]) -> NDArray[np.float32]:
    """float32 [..., F] of ``frames`` [..., 10, 13, 3] as :func:`ten_frames` gives them.

    Of every joint angle and direction: largest, least, range, mean, at the start, in the middle, at
    the end, largest and mean change from frame to frame; and how much left and right differ.
    """
    angles, left, right = _angles_deg(np.asarray(frames, np.float64))
    change = np.abs(np.diff(angles, axis=-2))
    apart = np.abs(angles[..., left] - angles[..., right])
    parts = [
        angles.max(axis=-2),
        angles.min(axis=-2),
        np.ptp(angles, axis=-2),
        angles.mean(axis=-2),
        angles[..., 0, :],
        angles[..., FRAMES // 2, :],
        angles[..., -1, :],
        change.max(axis=-2),
        change.mean(axis=-2),
        apart.max(axis=-2),
        apart.mean(axis=-2),
    ]
    return np.concatenate(parts, axis=-1).astype(np.float32)


def _angles_deg(places: Array) -> tuple[Array, slice, slice]:
    """[..., 10, A], and which of A belong to the left and the right side in the same order."""
    shoulders = 0.5 * (_of(places, "left_shoulder") + _of(places, "right_shoulder"))
    trunk = _unit(shoulders)
    found: list[Array] = []
    for side, outwards in _SIDES:
        found.extend(_limb_angles_deg(places, side, outwards, trunk))
    each = len(found) // 2
    across = {
        name: _unit(_of(places, f"left_{name}") - _of(places, f"right_{name}"))
        for name in ("shoulder", "hip")
    }
    head = _unit(_of(places, "head") - shoulders)
    found += [
        np.degrees(np.arctan2(trunk[..., 2], trunk[..., 1])),
        np.degrees(np.arctan2(trunk[..., 0], trunk[..., 1])),
        *(_DEG_PER_UNIT * head[..., axis] for axis in range(3)),
        *(_DEG_PER_UNIT * across[name][..., axis] for name in across for axis in (1, 2)),
        _DEG_PER_UNIT
        * np.linalg.norm(_of(places, "left_foot") - _of(places, "right_foot"), axis=-1),
    ]
    return np.stack(found, axis=-1), slice(0, each), slice(each, 2 * each)


def _limb_angles_deg(places: Array, side: str, outwards: float, trunk: Array) -> list[Array]:
    shoulder, elbow, hand, hip, knee, foot = (
        _of(places, f"{side}_{n}") for n in ("shoulder", "elbow", "hand", "hip", "knee", "foot")
    )
    upper_arm, forearm = _unit(elbow - shoulder), _unit(hand - elbow)
    thigh, shank = _unit(knee - hip), _unit(foot - knee)
    found = [
        _between_deg(upper_arm, -trunk),
        _between_deg(upper_arm, forearm),
        _between_deg(thigh, -trunk),
        _between_deg(thigh, shank),
    ]
    for bone in (upper_arm, forearm, thigh, shank):
        found += [
            _DEG_PER_UNIT * sign * bone[..., axis] for axis, sign in enumerate((outwards, 1, 1))
        ]
    return found


def _of(places: Array, joint: str) -> Array:
    return places[..., _AT[joint], :]


def _unit(bones: Array) -> Array:
    return np.asarray(bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-6))


def _between_deg(first: Array, second: Array) -> Array:
    return np.asarray(np.degrees(np.arccos(np.clip((first * second).sum(axis=-1), -1.0, 1.0))))
