"""The simulated camera's sensor: its noise, and the blur of what moves while it is exposed."""

from collections.abc import Callable
from functools import lru_cache
from math import ceil

import cv2
import numpy as np

from device.camera.frame import Image

NOISE_DEVIATION = 3.0
"""Grey levels of 255, as a small webcam has indoors."""
_MARGIN_PX = 242
_PX_PER_EXPOSURE = 2.0
_MOST_EXPOSURES = 6


class Sensor:
    """Adds noise to pictures of one size; ``strength`` 1 is a usual one, 0 none."""

    def __init__(self, width: int, height: int, strength: float) -> None:
        deviation = round(NOISE_DEVIATION * strength, 2)
        self._tiles = _noise(width, height, deviation) if deviation > 0 else None

    def add_noise(self, image: Image, moment: float) -> None:
        """Noise that follows from ``moment``, so that the same call gives the same picture."""
        if self._tiles is None:
            return
        brighter, darker = self._tiles
        height, width = image.shape[:2]
        y, x = divmod(hash(moment) % _MARGIN_PX**2, _MARGIN_PX)
        cv2.add(image, brighter[y : y + height, x : x + width], dst=image)
        cv2.subtract(image, darker[y : y + height, x : x + width], dst=image)


@lru_cache(maxsize=8)
def _noise(width: int, height: int, deviation: float) -> tuple[Image, Image]:
    # Drawing it costs more than a picture: scenes of one size share it, and none may write to it.
    random = np.random.default_rng(round(deviation * 100))
    shape = (height + _MARGIN_PX, width + _MARGIN_PX, 3)
    noise = random.normal(0.0, deviation, shape)
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)


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
