"""Trains the stand-in network on pictures; the same pictures and seed give the same network."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from models.training.augmentation import Batch, varied_batch
from models.training.network import (
    CELLS,
    build_network,
    cell_centres,
    maps_apart,
    places_and_scores,
)
from models.training.pictures import Pictures

BATCH = 32
_PEAK_RATE, _WARM_UP_STEPS = 2e-3, 200
_BLUR_CELLS = 1.0
"""Standard deviation of a keypoint's true density."""
_SCORE_FALLS_OVER_TORSO = 0.2
"""An error of this share of the torso makes the score aimed at 0.61: exp(-1/2)."""
_PLACE_WEIGHT, _SCORE_WEIGHT = 1.0, 0.5

Tensor = Any


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that a run depends on besides the pictures and the software's versions."""

    epochs: int = 5
    seed: int = 1
    threads: int = 1


def train(pictures: Pictures, protocol: Protocol) -> Any:  # noqa: ANN401
    """The trained network as a Keras model."""
    tf.keras.utils.set_random_seed(protocol.seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(protocol.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    network = build_network()
    steps = protocol.epochs * (len(pictures) // BATCH)
    optimizer = tf.keras.optimizers.Adam(1e-3)
    optimizer.build(network.trainable_variables)

    def step(images: Tensor, keypoints: Tensor, torso: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            losses = losses_of(network(images, training=True), keypoints, torso)
            loss = tf.add_n(losses)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return tf.stack(losses)

    compiled = tf.function(step)
    random = np.random.default_rng(protocol.seed)
    running = np.zeros(3)
    with tqdm(total=steps, desc="training", unit=" steps", mininterval=5) as bar:
        for number in range(steps):
            optimizer.learning_rate.assign(_rate(number, steps))
            losses = compiled(*_next_batch(pictures, number, random)).numpy()
            running = losses if number == 0 else 0.99 * running + 0.01 * losses
            bar.set_postfix_str(" ".join(f"{loss:.3f}" for loss in running), refresh=False)
            bar.update()
    return network


def _rate(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to nothing (Loshchilov and Hutter 2017)."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    return _PEAK_RATE * warm * 0.5 * (1.0 + math.cos(math.pi * step / steps))


def _next_batch(pictures: Pictures, step: int, random: np.random.Generator) -> Batch:
    per_epoch = len(pictures) // BATCH
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng((epoch, len(pictures))).permutation(len(pictures))
    return varied_batch(pictures, order[place * BATCH : (place + 1) * BATCH], random)


def losses_of(maps: Tensor, keypoints: Tensor, torso: Tensor) -> list[Tensor]:
    """Of density, place and score, each weighted; those of places only where there is a keypoint.

    ``keypoints`` [B, 17, 2] and ``torso`` [B] are fractions of the input.
    """
    inside = tf.reduce_all((keypoints >= 0.0) & (keypoints <= 1.0), axis=-1)
    inside = tf.cast(inside & (torso[:, None] > 0.0), tf.float32)
    count = tf.reduce_sum(inside) + 1.0
    densities, _ = maps_apart(maps)
    places, score_logits = places_and_scores(maps)
    entropy = tf.nn.softmax_cross_entropy_with_logits(_true_density(keypoints), densities)
    away = tf.reduce_sum(tf.abs(places - keypoints), axis=-1) * CELLS
    distance = tf.norm(tf.stop_gradient(places) - keypoints, axis=-1)
    errors = distance / tf.maximum(torso[:, None], 1e-3)
    aim = inside * tf.exp(-0.5 * tf.square(errors / _SCORE_FALLS_OVER_TORSO))
    scores = tf.nn.sigmoid_cross_entropy_with_logits(aim, score_logits[..., 0])
    return [
        tf.reduce_sum(entropy * inside) / count,
        _PLACE_WEIGHT * tf.reduce_sum(away * inside) / count,
        _SCORE_WEIGHT * tf.reduce_mean(scores),
    ]


def _true_density(keypoints: Tensor) -> Tensor:
    """[B, 17, 576], summing to 1 over the cells."""
    away = (keypoints[:, :, None, :] - cell_centres()) * CELLS
    return tf.nn.softmax(-0.5 * tf.reduce_sum(tf.square(away), axis=-1) / _BLUR_CELLS**2)
