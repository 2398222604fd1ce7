"""What a normal distribution says of a score that cannot leave 0 to 4."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.quality_bands import WORST

_LEAST_DEVIATION: Final = 1e-6

Array = NDArray[np.float64]


def held(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Mean and standard deviation [N] of a normal variable that is held within 0 to 4.

    A movement whose score is surely near 0 or near 4 is known well, however far beyond the network
    puts it. (The moments of a doubly censored normal variable; Greene, Econometric Analysis, 2012.)
    """
    spread = np.maximum(np.asarray(deviation, np.float64), _LEAST_DEVIATION)
    centre = np.asarray(mean, np.float64)
    low, high = (0.0 - centre) / spread, (WORST - centre) / spread
    below, up_to = _cumulative(low), _cumulative(high)
    inside, beyond = up_to - below, 1.0 - up_to
    at_low, at_high = _density(low), _density(high)
    first = WORST * beyond + centre * inside + spread * (at_low - at_high)
    second = (
        WORST**2 * beyond
        + (centre**2 + spread**2) * inside
        + 2.0 * centre * spread * (at_low - at_high)
        + spread**2 * (low * at_low - high * at_high)
    )
    variance = np.maximum(second - first**2, 0.0)
    return np.clip(first, 0.0, WORST), np.sqrt(variance)


def held_outputs(outputs: NDArray[np.floating], widening: float = 1.0) -> tuple[Array, Array]:
    """The same of the network's ``outputs`` [N, 2]: mean, and logarithm of the variance."""
    deviation = widening * np.exp(0.5 * np.asarray(outputs[:, 1], np.float64))
    return held(np.asarray(outputs[:, 0], np.float64), deviation)


def _cumulative(values: Array) -> Array:
    return np.array([0.5 * (1.0 + math.erf(each / math.sqrt(2.0))) for each in values.tolist()])


def _density(values: Array) -> Array:
    found: Array = np.exp(-0.5 * values**2) / math.sqrt(2.0 * math.pi)
    return found
