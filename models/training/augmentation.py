"""Makes each picture a little different each time it is shown to the network."""

import numpy as np
from numpy.typing import NDArray

from models.training.pictures import INPUT_SIZE, MARGIN, PICTURE_SIZE, Pictures

# COCO order: left and right change places in a mirror.
_MIRRORED = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
_COVERED_SHARE = 0.15
_COVER_PX = (16, 72)
_BRIGHTNESS, _TINT, _LIFT, _NOISE = (0.6, 1.3), (0.9, 1.1), (-0.06, 0.06), 0.025
# Drawn once: to draw a batch's afresh costs a fifth of the training.
_NORMAL = np.random.default_rng(0).standard_normal(1 << 23, np.float32)

Batch = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Inputs [B, 192, 192, 3], 0 to 1; keypoints [B, 17, 2] and torso [B] as fractions of them."""


def plain_batch(pictures: Pictures, chosen: NDArray[np.intp]) -> Batch:
    """The pictures as they are, without their margins."""
    return _cut(pictures, chosen, np.full((len(chosen), 2), MARGIN))


def varied_batch(
    pictures: Pictures, chosen: NDArray[np.intp], random: np.random.Generator
) -> Batch:
    """The pictures shifted, mirrored, partly covered, in another light and with noise."""
    images, keypoints, torso = _cut(
        pictures, chosen, random.integers(0, 2 * MARGIN + 1, (len(chosen), 2))
    )
    mirrored = random.random(len(chosen)) < 0.5
    images[mirrored] = images[mirrored, :, ::-1]
    keypoints[mirrored] = keypoints[mirrored][:, _MIRRORED] * (1.0, -1.0) + (0.0, 1.0)
    for image in images[random.random(len(chosen)) < _COVERED_SHARE]:
        _cover(image, random)
    shape = (len(chosen), 1, 1, 1)
    light = random.uniform(*_BRIGHTNESS, shape) * random.uniform(*_TINT, (len(chosen), 1, 1, 3))
    images *= light.astype(np.float32)
    images += random.uniform(*_LIFT, shape).astype(np.float32)
    first = int(random.integers(0, len(_NORMAL) - images.size))
    noise = _NORMAL[first : first + images.size].reshape(images.shape)
    images += noise * random.uniform(0, _NOISE, shape).astype(np.float32)
    return np.clip(images, 0, 1, out=images), keypoints, torso


def _cut(
    pictures: Pictures, chosen: NDArray[np.intp], offsets: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    images = np.empty((len(chosen), INPUT_SIZE, INPUT_SIZE, 3), np.float32)
    for image, index, (top, left) in zip(images, chosen, offsets, strict=True):
        image[:] = pictures.images[index, top : top + INPUT_SIZE, left : left + INPUT_SIZE]
    images /= 255
    enlarged = PICTURE_SIZE / INPUT_SIZE
    keypoints = pictures.keypoints[chosen] * enlarged - offsets[:, None] / INPUT_SIZE
    return images, keypoints.astype(np.float32), pictures.torso[chosen] * np.float32(enlarged)


def _cover(image: NDArray[np.float32], random: np.random.Generator) -> None:
    height, width = random.integers(*_COVER_PX, 2)
    top, left = random.integers(0, INPUT_SIZE, 2)
    image[top : top + height, left : left + width] = random.uniform(0, 1, 3)
