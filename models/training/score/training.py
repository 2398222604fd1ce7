"""Trains the score's network; the same examples and seed give the same network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from models.movement_score.body import joints_of
from models.movement_score.references import SPREAD_TORSO, References
from models.movement_score.repetition import FRAMES, VALUES, Array
from models.training.score.augmentation import varied
from models.training.score.examples import Example, context_array, scores_array, vectors_array
from models.training.score.network import build_network
from models.training.score.target import load_target

_PEAK_RATE: Final = 2e-3
_WARM_UP_STEPS: Final = 100
_WEIGHT_DECAY: Final = 0.01
_RANK_GAP: Final = 1.0
"""An incorrect episode is to score at least about this much more than a correct one."""
_LEAST_PROBABILITY: Final = 1e-6
_LOG_VARIANCES: Final = (-6.0, 3.0)

Tensor = Any
Float = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that a run depends on besides the examples and the software's versions."""

    steps: int = 2000
    seed: int = 1
    scored: int = 64
    pairs: int = 16
    dropped: float = 0.15


@dataclass(frozen=True, slots=True)
class Network:
    """A trained network with what its inputs are made by."""

    model: Any
    references: References

    def outputs(self, examples: Sequence[Example]) -> Float:
        """float32 [N, 2]: mean and logarithm of the variance."""
        exercises = context_array(examples, self.references)
        joints = inputs_of(vectors_array(examples), exercises, self.references)
        return np.asarray(self.model.predict([joints, exercises], verbose=0, batch_size=256))


def inputs_of(vectors: Array, context: Float, references: References) -> Float:
    """float32 [B, 48, 39]: as :meth:`References.joints_input`, for many."""
    away = vectors - references.vectors[context[:, :-1].argmax(axis=1)]
    joints = joints_of(away.reshape(-1, *away.shape[2:])) / SPREAD_TORSO
    return joints.reshape(-1, FRAMES, VALUES).astype(np.float32)


def train(
    scored: Sequence[Example],
    ordered: Sequence[Example],
    references: References,
    protocol: Protocol,
) -> Network:
    """A network of ``scored``, whose scores are known, and ``ordered``, correct or incorrect.

    Of the latter only this is used: correct is within the limit and incorrect beyond it, and of one
    person's episodes of one exercise the incorrect ones are worse.
    """
    tf.keras.utils.set_random_seed(protocol.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_network(len(references.exercises), dropped=protocol.dropped)
    optimizer = tf.keras.optimizers.AdamW(_PEAK_RATE, weight_decay=_WEIGHT_DECAY)
    optimizer.build(model.trainable_variables)
    batches = _Batches(scored, ordered, references, protocol)
    pairs = protocol.pairs if ordered else 0
    limit = load_target().at_limit

    def step(joints: Tensor, context: Tensor, scores: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            outputs = model([joints, context], training=True)
            loss = _unlikely(outputs[: protocol.scored], scores)
            if pairs:
                correct = outputs[protocol.scored : protocol.scored + pairs]
                loss += _disordered(correct, outputs[protocol.scored + pairs :], limit)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    compiled = tf.function(step)
    running = 0.0
    with tqdm(total=protocol.steps, desc="training", unit=" steps", mininterval=10) as bar:
        for number in range(protocol.steps):
            optimizer.learning_rate.assign(_rate(number, protocol.steps))
            loss = float(compiled(*batches.next()))
            running = loss if number == 0 else 0.99 * running + 0.01 * loss
            bar.set_postfix_str(f"{running:.3f}", refresh=False)
            bar.update()
    return Network(model, references)


class _Batches:
    """Examples drawn anew: each recording is as likely as any other, however it was cut."""

    def __init__(
        self,
        scored: Sequence[Example],
        ordered: Sequence[Example],
        references: References,
        protocol: Protocol,
    ) -> None:
        self._random = np.random.default_rng(protocol.seed)
        self._protocol, self._references = protocol, references
        every = [*scored, *ordered]
        self._vectors, self._context = vectors_array(every), context_array(every, references)
        self._scores = scores_array(scored)
        names, which = np.unique([e.recording for e in scored], return_inverse=True)
        self._chance = 1.0 / np.bincount(which, minlength=len(names))[which]
        self._chance /= self._chance.sum()
        self._groups = _groups(ordered, len(scored))

    def next(self) -> tuple[Float, Float, Float]:
        """Inputs of scored examples, then of correct ones and the incorrect ones of their pairs."""
        chosen = self._random.choice(len(self._scores), self._protocol.scored, p=self._chance)
        rows = chosen.tolist()
        if self._groups:
            drawn = self._random.integers(0, len(self._groups), self._protocol.pairs)
            for manner in (0, 1):
                rows += [int(self._random.choice(self._groups[at][manner])) for at in drawn]
        vectors, context = varied(self._vectors[rows], self._context[rows], self._random)
        return inputs_of(vectors, context, self._references), context, self._scores[chosen]


def _groups(ordered: Sequence[Example], first: int) -> list[tuple[list[int], list[int]]]:
    """Rows of the correct and of the incorrect episodes of each person in each exercise."""
    groups: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for row, example in enumerate(ordered, start=first):
        key = example.exercise_id, example.motion.subject
        groups.setdefault(key, ([], []))[0 if example.motion.correct else 1].append(row)
    return [group for group in groups.values() if all(group)]


def _unlikely(outputs: Tensor, scores: Tensor) -> Tensor:
    """Negative log-likelihood of ``scores`` [B] under normal distributions.

    Weighted by the standard deviation, so that what is hard is not given up (Seitzer et al. 2022).
    """
    log_variance = tf.clip_by_value(outputs[:, 1], *_LOG_VARIANCES)
    squared = tf.square(scores - outputs[:, 0])
    loss = 0.5 * (squared * tf.exp(-log_variance) + log_variance)
    return tf.reduce_mean(loss * tf.stop_gradient(tf.exp(0.5 * log_variance)))


def _disordered(correct: Tensor, incorrect: Tensor, limit: float) -> Tensor:
    """How unlikely it is that the correct are within the limit and the incorrect beyond it, and
    how far each pair is from the right order."""
    within = _log_probability((limit - correct[:, 0]) / _deviation(correct))
    beyond = _log_probability((incorrect[:, 0] - limit) / _deviation(incorrect))
    gap = incorrect[:, 0] - correct[:, 0]
    order = tf.nn.softplus(2.0 * (_RANK_GAP - gap))
    return 0.25 * tf.reduce_mean(order - within - beyond)


def _deviation(outputs: Tensor) -> Tensor:
    return tf.exp(0.5 * tf.clip_by_value(outputs[:, 1], *_LOG_VARIANCES))


def _log_probability(deviations: Tensor) -> Tensor:
    """Of a standard normal number being below ``deviations``."""
    below = 0.5 * tf.math.erfc(-deviations / math.sqrt(2.0))
    return tf.math.log(tf.maximum(below, _LEAST_PROBABILITY))


def _rate(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to nothing (Loshchilov and Hutter 2017)."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    return _PEAK_RATE * warm * 0.5 * (1.0 + math.cos(math.pi * step / steps))
