"""Trains the depth network; the same clips and seed give the same network."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from models.training.lifting.filming import Clips
from models.training.lifting.network import PLACES, build_network, losses_of

BATCH: Final = 128
_PEAK_RATE, _WARM_UP_STEPS = 1e-3, 200
_DEVIATION_WEIGHT = 0.02

Tensor = Any


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that a run depends on besides the clips and the software's versions."""

    epochs: int = 10
    seed: int = 1
    width: int = 224
    blocks: int = 2
    instants: int = 9


def train(clips: Clips, protocol: Protocol) -> Any:  # noqa: ANN401
    """The trained network as a Keras model."""
    tf.keras.utils.set_random_seed(protocol.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network(protocol.width, protocol.blocks, protocol.instants)
    inputs, joints = flat(clips)
    steps_per_epoch = max(1, len(inputs) // BATCH)
    steps = protocol.epochs * steps_per_epoch
    optimizer = tf.keras.optimizers.AdamW(1e-3, weight_decay=1e-4)
    optimizer.build(network.trainable_variables)

    def step(seen: Tensor, joints: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            distance, unlikely = losses_of(network(seen, training=True), joints)
            loss = distance + _DEVIATION_WEIGHT * unlikely
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return tf.stack([distance, unlikely])

    compiled = tf.function(step)
    random = np.random.default_rng(protocol.seed)
    running = np.zeros(2)
    with tqdm(total=steps, desc="training", unit=" steps", mininterval=5) as bar:
        for epoch in range(protocol.epochs):
            order = random.permutation(len(inputs))
            for place in range(steps_per_epoch):
                batch = order[place * BATCH : (place + 1) * BATCH]
                optimizer.learning_rate.assign(_rate(epoch * steps_per_epoch + place, steps))
                losses = compiled(inputs[batch], joints[batch]).numpy()
                running = losses if epoch + place == 0 else 0.99 * running + 0.01 * losses
                bar.update()
            bar.set_postfix_str(" ".join(f"{loss:.4f}" for loss in running), refresh=False)
    return network


def flat(clips: Clips) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Inputs [M, VALUES] and joints [M, 39] of all frames of all clips."""
    inputs = clips.inputs()
    return inputs.reshape(-1, inputs.shape[-1]), clips.joints.reshape(-1, PLACES)


def _rate(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to nothing (Loshchilov and Hutter 2017)."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    return _PEAK_RATE * warm * 0.5 * (1.0 + math.cos(math.pi * step / steps))
