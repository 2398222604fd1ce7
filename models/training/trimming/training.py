"""Trains the trimming network; the same examples and seed give the same network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from models.movement_span import INPUTS
from models.training.trimming.examples import Example
from models.training.trimming.held_out import SEED
from models.training.trimming.network import build_network

_BATCH, _LENGTH = 32, 300
_PEAK_RATE, _LEAST_RATE = 2e-3, 1e-5
_AT_AN_END_SHARE: Final = 0.8

Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that a run depends on besides the examples and the software's versions."""

    steps: int = 4000
    seed: int = SEED


def train(examples: Sequence[Example], protocol: Protocol) -> Any:  # noqa: ANN401
    """The trained network as a Keras model."""
    tf.keras.utils.set_random_seed(protocol.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network()
    optimizer = tf.keras.optimizers.Adam(_PEAK_RATE)
    optimizer.build(network.trainable_variables)

    def step(values: Any, inside: Any, there: Any) -> Any:  # noqa: ANN401
        with tf.GradientTape() as tape:
            logits = network(values, training=True)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(inside, logits)
            loss = tf.reduce_sum(there * losses) / tf.reduce_sum(there)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    compiled = tf.function(step)
    random = np.random.default_rng(protocol.seed)
    running = 0.0
    with tqdm(total=protocol.steps, desc="training", unit=" steps", mininterval=5) as bar:
        for number in range(protocol.steps):
            fallen = 0.5 + 0.5 * math.cos(math.pi * number / protocol.steps)
            optimizer.learning_rate.assign(_LEAST_RATE + _PEAK_RATE * fallen)
            loss = float(compiled(*_batch(examples, random)))
            running = loss if number == 0 else 0.98 * running + 0.02 * loss
            bar.set_postfix_str(f"{running:.3f}", refresh=False)
            bar.update()
    return network


def _batch(examples: Sequence[Example], random: np.random.Generator) -> Arrays:
    """Pieces of 20 s, most at a recording's begin or end: [B, N, 40], [B, N], and which frames
    there are [B, N]."""
    values = np.zeros((_BATCH, _LENGTH, INPUTS), np.float32)
    inside, there = np.zeros((2, _BATCH, _LENGTH), np.float32)
    for row in range(_BATCH):
        example = examples[int(random.integers(len(examples)))]
        if random.random() < 0.5:
            example = example.mirrored()
        if random.random() < 0.5:
            example = example.reversed()
        spare = max(0, len(example.values) - _LENGTH)
        chance = random.random()
        begin = 0 if chance < _AT_AN_END_SHARE / 2 else spare
        if chance > _AT_AN_END_SHARE:
            begin = int(random.integers(spare + 1))
        piece = slice(begin, begin + _LENGTH)
        count = len(example.values[piece])
        values[row, :count] = example.values[piece]
        inside[row, :count] = example.inside[piece]
        there[row, :count] = 1.0
    return values, inside, there
