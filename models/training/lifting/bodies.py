"""More movement out of what was recorded: other limbs, the other side, arms of another movement.

Seven people and ten movements are few. What is made here need not be an exercise; it has to be a
body that moves.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS, MIRRORED

LIMB_SPREAD: Final = 0.15
"""Lengths vary evenly by this share about the recorded body's."""

BEND_DEG: Final = {"trunk": 8.0, "upper_arm": 15.0, "forearm": 15.0, "thigh": 8.0, "shank": 8.0}
"""Standard deviation of the angle by which a part hangs otherwise, all through a clip."""

Places = NDArray[np.float64]

_HEAD: Final = JOINTS.index("head")
_SHOULDERS, _ELBOWS, _HANDS, _HIPS, _KNEES, _FEET = (
    [JOINTS.index(f"{side}_{joint}") for side in ("left", "right")]
    for joint in ("shoulder", "elbow", "hand", "hip", "knee", "foot")
)


def torso_length(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """[...]: middle of the shoulders to middle of the hips, of joints [..., 13, 3]."""
    trunk = joints[..., _SHOULDERS, :].mean(axis=-2) - joints[..., _HIPS, :].mean(axis=-2)
    return np.asarray(np.linalg.norm(trunk, axis=-1), np.float64)


def other_body(joints: Places, random: np.random.Generator, spread: float = LIMB_SPREAD) -> Places:
    """A movement [T, 13, 3], relative to the middle of the hips, by a body with other limbs.

    It has lengths of its own, the same on both sides: trunk, head, shoulders,
    upper arms, forearms, hips, thighs and shanks. Joint angles stay as they were.
    """
    lengths = 1.0 + random.uniform(-spread, spread, 8)
    trunk, head, shoulders, upper_arm, forearm, hips, thigh, shank = lengths
    middle = joints[..., _SHOULDERS, :].mean(axis=-2, keepdims=True)
    grown = np.empty_like(joints)
    grown[..., _HEAD : _HEAD + 1, :] = (
        middle * trunk + (joints[..., _HEAD : _HEAD + 1, :] - middle) * head
    )
    grown[..., _SHOULDERS, :] = middle * trunk + (joints[..., _SHOULDERS, :] - middle) * shoulders
    grown[..., _HIPS, :] = joints[..., _HIPS, :] * hips
    for upper, lower, share in (
        (_SHOULDERS, _ELBOWS, upper_arm),
        (_ELBOWS, _HANDS, forearm),
        (_HIPS, _KNEES, thigh),
        (_KNEES, _FEET, shank),
    ):
        bone = joints[..., lower, :] - joints[..., upper, :]
        grown[..., lower, :] = grown[..., upper, :] + bone * share
    return grown


def otherwise_bent(joints: Places, random: np.random.Generator) -> Places:
    """The movement [T, 13, 3] with every part turned in its upper joint by a fixed small angle."""
    bent = joints.copy()
    origin = np.zeros((len(joints), 1, 3))
    above = [_HEAD, *_SHOULDERS, *_ELBOWS, *_HANDS]
    bent[:, above] = _turned_about(origin, bent[:, above], BEND_DEG["trunk"], random)
    for side in range(2):
        shoulder, elbow, hand, hip, knee, foot = (
            pair[side] for pair in (_SHOULDERS, _ELBOWS, _HANDS, _HIPS, _KNEES, _FEET)
        )
        for centre, moved, part in (
            (shoulder, [elbow, hand], "upper_arm"),
            (elbow, [hand], "forearm"),
            (hip, [knee, foot], "thigh"),
            (knee, [foot], "shank"),
        ):
            bent[:, moved] = _turned_about(
                bent[:, [centre]], bent[:, moved], BEND_DEG[part], random
            )
    return bent


def with_arms_of(joints: Places, other: Places) -> Places:
    """The movement [T, 13, 3] with another one's arms, held to the trunk as they were there."""
    turn = _trunk_axes(joints) @ np.swapaxes(_trunk_axes(other), 1, 2)
    size = np.median(torso_length(joints)) / np.median(torso_length(other))
    mixed = joints.copy()
    for shoulder, *arm in zip(_SHOULDERS, _ELBOWS, _HANDS, strict=True):
        hanging = other[:, arm] - other[:, [shoulder]]
        mixed[:, arm] = joints[:, [shoulder]] + size * np.einsum("tij,tkj->tki", turn, hanging)
    return mixed


def _trunk_axes(joints: Places) -> Places:
    """[T, 3, 3]: the trunk's left, up and forward as columns."""
    up = joints[:, _SHOULDERS].mean(axis=1) - joints[:, _HIPS].mean(axis=1)
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    left = joints[:, _SHOULDERS[0]] - joints[:, _SHOULDERS[1]]
    left -= (left * up).sum(axis=-1, keepdims=True) * up
    left /= np.linalg.norm(left, axis=-1, keepdims=True)
    return np.stack([left, up, np.cross(left, up)], axis=-1)


def _turned_about(
    centre: Places, points: Places, deviation_deg: float, random: np.random.Generator
) -> Places:
    """Points [T, N, 3] turned about ``centre`` [T, 1, 3] by a random rotation (Rodrigues)."""
    vector = np.deg2rad(random.normal(0.0, deviation_deg, 3))
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / max(angle, 1e-9)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return np.asarray(centre + (points - centre) @ turn.T)


def mirrored(places: Places) -> Places:
    """The same movement [..., 13, 3] done with the other side."""
    return np.asarray(places[..., MIRRORED, :] * (-1.0, 1.0, 1.0))
