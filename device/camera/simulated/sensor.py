"""The simulated camera's sensor: its noise, and the blur of what moves while it is exposed."""

from collections.abc import Callable
from functools import lru_cache
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image

NOISE_DEVIATION = 3.0
"""Grey levels of 255, as a small webcam has indoors."""
_MARGIN_PX = 242
_NOISE_SEED = 3
_PX_PER_EXPOSURE = 2.0
_MOST_EXPOSURES = 6


class Sensor:
    """Adds noise to pictures of one size; ``strength`` 1 is a usual one, 0 none."""

    def __init__(self, width: int, height: int, strength: float) -> None:
        self._brighter: Image | None = None
        if strength > 0:
            noise = _noise(width, height)
            deviation = NOISE_DEVIATION * strength
            self._brighter = _brightness(noise, deviation)
            self._darker = _brightness(noise, -deviation)

    def add_noise(self, image: Image, moment: float) -> None:
        """Noise that follows from ``moment``, so that the same call gives the same picture."""
        if self._brighter is None:
            return
        height, width = image.shape[:2]
        y, x = divmod(hash(moment) % _MARGIN_PX**2, _MARGIN_PX)
        cv2.add(image, self._brighter[y : y + height, x : x + width], dst=image)
        cv2.subtract(image, self._darker[y : y + height, x : x + width], dst=image)


@lru_cache(maxsize=4)
def _noise(width: int, height: int) -> NDArray[np.float32]:
    # Drawing it costs more than a picture: scenes of one size share it, and none may write to it.
    random = np.random.default_rng(_NOISE_SEED)
    shape = (height + _MARGIN_PX, width + _MARGIN_PX, 3)
    noise = random.standard_normal(shape, np.float32)
    noise.flags.writeable = False
    return noise


def _brightness(noise: NDArray[np.float32], deviation: float) -> Image:
    """What it adds, in whole levels; a negative deviation gives what it takes away."""
    lifted = np.maximum(noise * np.float32(deviation), 0.0)
    return np.asarray(np.minimum(lifted, 255.0), np.uint8)


def exposures_for(travelled_px: float) -> int:
    """How many pictures of a movement to average, so that they run into one another."""
    return min(max(ceil(travelled_px / _PX_PER_EXPOSURE), 1), _MOST_EXPOSURES)


def expose(image: Image, exposures: int, draw: Callable[[int], None]) -> None:
    """Let ``draw(index)`` draw that many pictures into ``image``; leave their mean there."""
    if exposures == 1:
        draw(0)
        return
    total = np.zeros(image.shape, np.float32)
    for index in range(exposures):
        draw(index)
        cv2.accumulate(image, total)
    cv2.convertScaleAbs(total, dst=image, alpha=1.0 / exposures)
