"""One repetition as it is judged: 48 frames, uniformly sampled, without body size."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.movement_score.body import facing, joints_of, mirrored, vectors_of, without_size

Array = NDArray[np.float64]

FRAMES: Final = 48
VALUES: Final = 39
LEAST_FRAMES: Final = 8
"""Fewer frames in a repetition do not say how it was done."""

_REST_SHARE: Final = 0.15
_FURTHEST_SHARE: Final = 0.9
"""The hold is where the body is at least this share of its furthest way from its start."""
_LEFT_LIMBS: Final = (4, 6, 8, 10)
_RIGHT_LIMBS: Final = (5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, its busier side on the left.

    ``vectors`` float64 [48, 12, 3] as in :mod:`models.movement_score.body`, in torso lengths;
    ``swapped`` says that left and right were exchanged; ``phases`` int [48] is 0 on the way out, 1
    while held, 2 on the way back.
    """

    vectors: Array
    duration_s: float
    swapped: bool
    phases: NDArray[np.int64]

    @property
    def joints(self) -> NDArray[np.float32]:
        """float32 [48, 39]: x, y, z of the thirteen joints about the middle of the hips."""
        return joints_of(self.vectors).reshape(FRAMES, VALUES).astype(np.float32)


def repetition_of(joints_m: NDArray[np.floating], times_s: NDArray[np.floating]) -> Repetition:
    """Judgeable form of one repetition.

    ``joints_m`` [T, 13, 3] as in :mod:`models.kinect_joints`, seen from any side; ``times_s`` [T]
    must grow. Raises :class:`ValueError` for fewer than 8 frames, other shapes or times, or
    numbers that are not finite.
    """
    times = np.asarray(times_s, np.float64)
    joints = np.asarray(joints_m, np.float64)
    if joints.shape != (len(times), 13, 3) or len(times) < LEAST_FRAMES:
        raise ValueError(
            f"a repetition is [{LEAST_FRAMES} or more, 13, 3] joints with as many times, not"
            f" {joints.shape} and {times.shape}"
        )
    if not (np.isfinite(joints).all() and (np.diff(times) > 0).all()):
        raise ValueError("joints must be finite, times finite and growing")
    vectors = without_size(_sampled(vectors_of(joints), times))
    rest = np.zeros(FRAMES, bool)
    count = round(_REST_SHARE * FRAMES)
    rest[:count] = rest[-count:] = True
    vectors = facing(vectors, rest)
    moved = np.linalg.norm(vectors - vectors[:count].mean(axis=0), axis=-1).mean(axis=0)
    swapped = bool(moved[list(_RIGHT_LIMBS)].sum() > moved[list(_LEFT_LIMBS)].sum())
    if swapped:
        vectors = mirrored(vectors)
    return Repetition(vectors, float(times[-1] - times[0]), swapped, phases_of(vectors))


def phases_of(vectors: Array) -> NDArray[np.int64]:
    """int [48]: 0 until the body is nearly at its furthest from the start, 1 there, 2 after."""
    joints = joints_of(vectors)
    count = round(_REST_SHARE * FRAMES / 2)
    away = np.sqrt(((joints - joints[:count].mean(axis=0)) ** 2).sum(axis=-1).mean(axis=-1))
    away = np.convolve(np.pad(away, 2, "edge"), np.full(5, 0.2), "valid")
    far = np.flatnonzero(away >= _FURTHEST_SHARE * away.max())
    phases = np.zeros(len(vectors), np.int64)
    phases[far[0] :] = 1
    phases[far[-1] + 1 :] = 2
    return phases


def _sampled(vectors: Array, times: Array) -> Array:
    """Means over windows round 48 uniform times, which also calm the noise of single frames."""
    centres = np.linspace(times[0], times[-1], FRAMES)
    half = (times[-1] - times[0]) / (FRAMES - 1) / 2
    # The integral of the piecewise linear way, so that any frame rate gives the same means.
    steps = np.diff(times)[:, None, None] * (vectors[1:] + vectors[:-1]) / 2
    integral = np.concatenate([np.zeros((1, *vectors.shape[1:])), np.cumsum(steps, axis=0)])
    begins = np.maximum(centres - half, times[0])
    ends = np.minimum(centres + half, times[-1])
    at_begin, at_end = _at(times, integral, begins), _at(times, integral, ends)
    sampled: Array = (at_end - at_begin) / (ends - begins)[:, None, None]
    return sampled


def _at(times: Array, values: Array, wanted: Array) -> Array:
    flat = values.reshape(len(times), -1)
    found = np.stack([np.interp(wanted, times, column) for column in flat.T], axis=-1)
    return found.reshape(len(wanted), *values.shape[1:])
