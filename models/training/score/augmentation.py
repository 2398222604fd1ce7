"""Varies repetitions: everybody holds themselves a little differently, and no place is exact."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.movement_score.repetition import FRAMES, Array

HABIT_RAD: Final = 0.05
"""Standard deviation of each limb's constant turn about each axis; half as much comes and goes."""
NOISE_TORSO: Final = 0.015
TEMPO: Final = 0.05
_WAVES: Final = (1, 2)


def varied(
    vectors: Array, context: NDArray[np.float32], random: np.random.Generator
) -> tuple[Array, NDArray[np.float32]]:
    """``vectors`` [B, 48, 12, 3] and ``context`` [B, E + 1], whose last value is the tempo."""
    shape = (len(vectors), 1, *vectors.shape[2:])
    at = np.linspace(0.0, np.pi, FRAMES)[None, :, None, None]
    turn = random.normal(0.0, HABIT_RAD, shape)
    for wave in _WAVES:
        turn = turn + random.normal(0.0, HABIT_RAD / 2, shape) * np.cos(wave * at)
    moved = vectors + np.cross(turn, vectors) + random.normal(0.0, NOISE_TORSO, vectors.shape)
    context = context.copy()
    context[:, -1] += random.normal(0.0, TEMPO, len(context)).astype(np.float32)
    return moved, context
