"""Surfaces of rounded solids along a skeleton's segments, posed anew for each picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.body import Colour
from device.camera.simulated.skeleton import SIDES, Skeleton, Vector

SIDES_OF_RING = 18
_LEAST_LENGTH = 1e-9
_ANGLES = np.linspace(0.0, 2.0 * np.pi, SIDES_OF_RING, endpoint=False)

_TRUNK, _PELVIS, _NECK, _HEAD, _LAP = "trunk", "pelvis", "neck", "head", "lap"
_LIMBS = (
    ("hip", "knee"),
    ("knee", "ankle"),
    ("sole", "toes"),
    ("neck", "shoulder"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("wrist", "fingers"),
)
SEGMENTS = (
    _TRUNK,
    _PELVIS,
    _NECK,
    _HEAD,
    _LAP,
    *(f"{side}_{lower}" for side in SIDES for _, lower in _LIMBS),
)
"""Names of the segments, limbs by their lower joint; each runs away from the head.

The pelvis runs along the trunk, and faces where the hips do; the lap lies between the thighs, where
a skirt does."""


@dataclass(frozen=True, slots=True)
class Ring:
    """An ellipse across a segment.

    ``along`` is the fraction of the segment's length, which the head measures downward from its
    centre in statures; the rest are fractions of stature: half ``width`` across, half ``depth``
    front to back, and how far the centre lies ``ahead`` and to the left (``aside``) of the axis.
    """

    along: float
    width: float
    depth: float
    ahead: float = 0.0
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Solid:
    """Rings along one segment; ``colours`` [R - 1, SIDES_OF_RING, 3], NaN where there is no skin.

    Column j of the colours spans the ring's angles j to j + 1, counted from the front to the left.
    """

    segment: str
    rings: Sequence[Ring]
    colours: NDArray[np.float64]


def plain(segment: str, rings: Sequence[Ring], colour: Colour) -> Solid:
    """A solid of one colour."""
    return Solid(segment, rings, painted(len(rings), colour))


def painted(rings: int, colour: Colour) -> NDArray[np.float64]:
    """The colours of a solid of that many rings, all alike."""
    return np.tile(np.array(colour, np.float64), (rings - 1, SIDES_OF_RING, 1))


class Mesh:
    """All solids of a figure as one table, so that a pose costs a few array operations."""

    def __init__(self, solids: Sequence[Solid], stature_m: float) -> None:
        rings = [ring for solid in solids for ring in solid.rings]
        self._segment = np.array(
            [SEGMENTS.index(solid.segment) for solid in solids for _ in solid.rings]
        )
        self._along = np.array([ring.along for ring in rings])[:, None]
        size = np.array([[r.width, r.depth, r.ahead, r.aside] for r in rings]) * stature_m
        self._ahead, self._aside = size[:, 2:3], size[:, 3:4]
        self._across = size[:, 0:1, None] * np.sin(_ANGLES)[None, :, None]
        self._forward = size[:, 1:2, None] * np.cos(_ANGLES)[None, :, None]
        faces, colours, first = [], [], 0
        for solid in solids:
            faces.append(_faces(first, len(solid.rings)))
            colours.append(solid.colours.reshape(-1, 3))
            first += len(solid.rings) * SIDES_OF_RING
        colour = np.concatenate(colours)
        there = ~np.isnan(colour[:, 0])
        self.faces = np.concatenate(faces)[there]
        self.colours = colour[there]
        self._stature_m = stature_m

    def vertices(self, skeleton: Skeleton) -> Vector:
        """[V, 3] metres in the body's axes, of which :attr:`faces` [Q, 4] are indices."""
        start, along, front = _segments(skeleton, self._stature_m)
        unit = along / np.linalg.norm(along, axis=1, keepdims=True)
        left = np.cross(front, unit)
        ring_front, ring_left = front[self._segment], left[self._segment]
        centre = (
            start[self._segment]
            + along[self._segment] * self._along
            + ring_front * self._ahead
            + ring_left * self._aside
        )
        vertices = (
            centre[:, None]
            + ring_left[:, None] * self._across
            + ring_front[:, None] * self._forward
        )
        return np.asarray(vertices.reshape(-1, 3))


def _faces(first: int, rings: int) -> NDArray[np.intp]:
    column = np.arange(SIDES_OF_RING)
    following = (column + 1) % SIDES_OF_RING
    row = first + np.arange(rings - 1)[:, None] * SIDES_OF_RING
    below = row + SIDES_OF_RING
    quads = np.stack([row + column, below + column, below + following, row + following], axis=-1)
    return np.asarray(quads.reshape(-1, 4))


def _segments(skeleton: Skeleton, stature_m: float) -> tuple[Vector, Vector, Vector]:
    """Where each of :data:`SEGMENTS` starts, what leads to its end, and its front; [N, 3] each."""
    joints, forward = skeleton.joints, skeleton.forward
    knees = (joints["left_knee"] + joints["right_knee"]) / 2
    start = [joints["neck"], joints["neck"], joints["head"], joints["head"], joints["pelvis"]]
    along = [
        joints["pelvis"] - joints["neck"],
        joints["pelvis"] - joints["neck"],
        joints["neck"] - joints["head"],
        -skeleton.head[:, 1] * stature_m,
        knees - joints["pelvis"],
    ]
    lap = forward["left_knee"] + forward["right_knee"]
    front = [
        skeleton.trunk[:, 2],
        _front_of_pelvis(skeleton),
        skeleton.head[:, 2],
        skeleton.head[:, 2],
        lap / max(float(np.linalg.norm(lap)), _LEAST_LENGTH),
    ]
    for side in SIDES:
        for upper, lower in _LIMBS:
            start.append(joints["neck" if upper == "neck" else f"{side}_{upper}"])
            along.append(joints[f"{side}_{lower}"] - start[-1])
            front.append(forward[f"{side}_{lower}"])
    return np.array(start), np.array(along), np.array(front)


def _front_of_pelvis(skeleton: Skeleton) -> Vector:
    """Where the hips face, square to the trunk: a turned trunk twists at the waist."""
    joints = skeleton.joints
    across = joints["left_hip"] - joints["right_hip"]
    front = np.cross(across, skeleton.trunk[:, 1])
    return np.asarray(front / np.linalg.norm(front))
