"""What could be the gate: logistic regression, trees and a network; and the constant predictor."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from models.form_features import FRAMES, features
from models.form_gate import FormWeights
from models.standard_body import VALUES
from models.training.form_gate.examples import Examples

Frames = NDArray[np.float32]
Probabilities = NDArray[np.float64]
Judge = Callable[[Frames, str], Probabilities]
"""Frames [M, 10, 13, 3] of one exercise to the probabilities [M] that they are good."""
Learn = Callable[[Examples, int], Judge]
"""Training examples and a seed to what was learned."""

RIDGE: Final = 0.001
"""scikit-learn's C: the smaller, the stronger the ridge."""
SIMULATED_WEIGHT: Final = 0.5
"""Of all simulated repetitions of an exercise together, where those of people weigh 1."""
_TREES, _LEAF, _FEATURE_SHARE = 60, 4, 0.2
_EPOCHS, _BATCH, _RATE = 12, 128, 2e-3
_BAND_PERCENT: Final = (0.5, 99.5)
_LEAST_SCALE: Final = 1e-2


def constant(examples: Examples, seed: int) -> Judge:
    """What most training examples of the exercise are: surely good, or surely bad."""
    del seed
    answers = {
        exercise_id: float(examples.good[examples.exercise_id == exercise_id].mean() >= 0.5)
        for exercise_id in set(examples.exercise_id.tolist())
    }
    return lambda frames, exercise_id: np.full(len(frames), answers[exercise_id])


def logistic(examples: Examples, seed: int) -> Judge:
    """Logistic regression on joint-angle features, one for each exercise."""
    weights = logistic_weights(examples, seed)
    return lambda frames, exercise_id: weights[exercise_id].probability_good(features(frames))


def logistic_weights(examples: Examples, seed: int) -> dict[str, FormWeights]:
    """What :func:`logistic` learns, by exercise."""
    found: dict[str, FormWeights] = {}
    for exercise_id, some in _by_exercise(examples).items():
        values, good, importance = _table(some)
        mean, scale = values.mean(axis=0), np.maximum(values.std(axis=0), _LEAST_SCALE)
        fitted = LogisticRegression(C=RIDGE, max_iter=500, random_state=seed)
        fitted.fit((values - mean) / scale, good, sample_weight=importance)
        lowest, highest = np.percentile(values, _BAND_PERCENT, axis=0)
        found[exercise_id] = FormWeights(
            *(
                np.asarray(array, np.float32)
                for array in (mean, scale, fitted.coef_[0], fitted.intercept_, lowest, highest)
            )
        )
    return found


def trees(examples: Examples, seed: int) -> Judge:
    """Extremely randomised trees (Geurts et al. 2006) on the same features."""
    forests: dict[str, Any] = {}
    for exercise_id, some in _by_exercise(examples).items():
        values, good, importance = _table(some)
        forests[exercise_id] = ExtraTreesClassifier(
            _TREES, min_samples_leaf=_LEAF, max_features=_FEATURE_SHARE, random_state=seed
        ).fit(values, good, sample_weight=importance)
    return lambda frames, exercise_id: np.asarray(
        forests[exercise_id].predict_proba(features(frames))[:, 1]
    )


def network(examples: Examples, seed: int) -> Judge:
    """A convolutional network over the ten frames, one for all exercises, told which it is."""
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    exercises = sorted(set(examples.exercise_id.tolist()))
    one_hot = np.eye(len(exercises), dtype=np.float32)
    views = examples.views()
    count = views.shape[1]
    which = np.array([exercises.index(each) for each in examples.exercise_id])
    importance = np.concatenate(
        [_importance(examples.of(which == at)) for at in range(len(exercises))]
    )
    order = np.concatenate([np.flatnonzero(which == at) for at in range(len(exercises))])
    each = np.empty(len(examples))
    each[order] = importance
    model = _built(len(exercises))
    model.compile(tf.keras.optimizers.Adam(_RATE), "binary_crossentropy")
    model.fit(
        [views.reshape(-1, FRAMES, VALUES), np.repeat(one_hot[which], count, axis=0)],
        np.repeat(examples.good, count).astype(np.float32),
        sample_weight=np.repeat(each / each.mean(), count).astype(np.float32),
        batch_size=_BATCH,
        epochs=_EPOCHS,
        verbose=0,
    )

    def judge(frames: Frames, exercise_id: str) -> Probabilities:
        told = np.repeat(one_hot[[exercises.index(exercise_id)]], len(frames), axis=0)
        said = model.predict([frames.reshape(-1, FRAMES, VALUES), told], verbose=0)
        return np.asarray(said[:, 0], np.float64)

    return judge


def _built(exercises: int) -> Any:  # noqa: ANN401
    """A Keras model of about 60,000 parameters: [B, 10, 39] and [B, exercises] to [B, 1]."""
    layers = tf.keras.layers
    seen, told = layers.Input((FRAMES, VALUES)), layers.Input((exercises,))
    x = layers.Concatenate()([seen, layers.RepeatVector(FRAMES)(told)])
    for _ in range(2):
        x = layers.Conv1D(64, 3, padding="same", activation="relu")(x)
        x = layers.SpatialDropout1D(0.1)(x)
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(layers.Flatten()(x)))
    apart = layers.Dense(exercises)(x)
    return tf.keras.Model([seen, told], layers.Activation("sigmoid")(layers.Dot(1)([apart, told])))


def _by_exercise(examples: Examples) -> Mapping[str, Examples]:
    return {
        exercise_id: examples.of(examples.exercise_id == exercise_id)
        for exercise_id in sorted(set(examples.exercise_id.tolist()))
    }


def _table(examples: Examples) -> tuple[NDArray[np.float32], NDArray[np.bool_], Probabilities]:
    """Features [M, F] of all views, whether good [M], and how much each counts [M]."""
    views = examples.views()
    count = views.shape[1]
    values = features(views.reshape(-1, *views.shape[2:]))
    return values, np.repeat(examples.good, count), np.repeat(_importance(examples), count)


def _importance(examples: Examples) -> Probabilities:
    """[N], about 1: good and bad count alike, and simulated ones less than people."""
    found = np.zeros(len(examples))
    for source in set(examples.source.tolist()):
        for good in (False, True):
            same = (examples.source == source) & (examples.good == good)
            share = SIMULATED_WEIGHT if source == "simulated" else 1.0
            found[same] = share / max(int(same.sum()), 1)
    return np.asarray(found / found.mean())
