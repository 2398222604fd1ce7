"""The stand-in pose network: its layers, and how heat maps become keypoints.

A small residual network with one way back up, after simple baselines for pose (Xiao, Wu and Wei
2018); the expectation over a heat map gives a place finer than its cells (integral pose regression,
Sun et al. 2018).
"""

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.training.pictures import INPUT_SIZE, KEYPOINTS

CELLS = 24
"""Cells along a side of the heat maps."""
_CHANNELS = (16, 24, 48, 96, 128)

Tensor = Any


def build_network() -> Any:  # noqa: ANN401
    """A Keras model: float32 [B, 192, 192, 3], 0 to 1, red first, to [B, 24, 24, 34].

    The first 17 maps are each keypoint's unnormalised log density, the others its score's.
    """
    layers = tf.keras.layers
    stem, half, quarter, eighth, sixteenth = _CHANNELS
    picture = layers.Input((INPUT_SIZE, INPUT_SIZE, 3), name="picture")
    x = _convolved(_convolved(picture, stem, 3, 2), half, 3, 2)
    fine = _residual(_convolved(x, quarter, 3, 2))
    middle = _residual(_residual(_convolved(fine, eighth, 3, 2)))
    coarse = _residual(_convolved(middle, sixteenth, 3, 2))
    up = layers.UpSampling2D(interpolation="bilinear")(_convolved(coarse, eighth, 1))
    up = _convolved(layers.Add()([up, middle]), eighth, 3)
    up = layers.UpSampling2D(interpolation="bilinear")(_convolved(up, quarter, 1))
    up = _convolved(layers.Add()([up, fine]), quarter, 3)
    maps = layers.Conv2D(2 * KEYPOINTS, 1, name="maps")(up)
    return tf.keras.Model(picture, maps, name="stand_in")


def _convolved(x: Tensor, channels: int, size: int, stride: int = 1) -> Tensor:
    layers = tf.keras.layers
    x = layers.Conv2D(channels, size, stride, padding="same", use_bias=False)(x)
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.98)(x))


def _residual(x: Tensor) -> Tensor:
    return tf.keras.layers.Add()([x, _convolved(x, int(x.shape[-1]), 3)])


def cell_centres() -> NDArray[np.float32]:
    """float32 [576, 2]: y and x of each cell's middle, 0 to 1, row by row."""
    centres = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    cells = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1)
    return cells.reshape(-1, 2).astype(np.float32)


def maps_apart(maps: Tensor) -> tuple[Tensor, Tensor]:
    """The network's output as log densities and scores' maps, both [B, 17, 576]."""
    flat = tf.transpose(tf.reshape(maps, [-1, CELLS * CELLS, 2 * KEYPOINTS]), [0, 2, 1])
    return flat[:, :KEYPOINTS], flat[:, KEYPOINTS:]


def places_and_scores(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Places [B, 17, 2], y and x 0 to 1, and the scores' logits [B, 17, 1]."""
    densities, scores = maps_apart(maps)
    chances = tf.nn.softmax(densities)
    places = tf.reduce_sum(chances[..., None] * cell_centres(), axis=2)
    # The score learns from the place, but does not pull at it.
    kept = tf.stop_gradient(chances)
    return places, tf.reduce_sum(kept * scores, axis=-1, keepdims=True)


def keypoints_of_one(maps: Tensor) -> Tensor:
    """MoveNet's output for one picture: float32 [1, 1, 17, 3]."""
    places, logits = places_and_scores(maps)
    return tf.reshape(tf.concat([places, tf.sigmoid(logits)], axis=-1), [1, 1, KEYPOINTS, 3])
