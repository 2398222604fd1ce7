"""Figures of the score: errors, order, coverage, each for one way of seeing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score

from models.quality_bands import WORST
from models.training.score.examples import Example
from models.training.score.target import load_target

Array = NDArray[np.floating]
BAND_90: Final = 1.645
"""Nine tenths of a normal distribution are within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of predictions with known scores: mean absolute error and Spearman's rank correlation."""

    examples: int
    mean_absolute_error: float
    spearman: float | None


@dataclass(frozen=True, slots=True)
class Order:
    """Of predictions with correct and incorrect episodes.

    ``area`` is under the ROC curve within one person's episodes of one exercise, the mean over
    both; ``balanced_accuracy`` has the target's limit between correct and incorrect.
    """

    examples: int
    area: float
    balanced_accuracy: float
    mean_of_correct: float
    mean_of_incorrect: float


def agreement(predictions: Array, scores: Array) -> Agreement:
    """Of ``predictions`` [N], which are held within 0 to 4, with ``scores`` [N]."""
    held = np.clip(predictions, 0.0, WORST)
    varied = np.ptp(held) > 0 and np.ptp(scores) > 0
    rank = float(spearmanr(held, scores).statistic) if varied else None
    return Agreement(len(scores), float(np.abs(held - scores).mean()), rank)


def order(predictions: Array, examples: Sequence[Example]) -> Order:
    """Of ``predictions`` [N] with what is known of ``examples``."""
    incorrect = np.array([not example.motion.correct for example in examples])
    keys = np.array([f"{e.exercise_id} {e.motion.subject}" for e in examples])
    areas = [
        roc_auc_score(incorrect[keys == key], predictions[keys == key])
        for key in sorted(set(keys))
        if 0 < incorrect[keys == key].sum() < (keys == key).sum()
    ]
    beyond = predictions > load_target().at_limit
    return Order(
        len(examples),
        float(np.mean(areas)),
        float((beyond[incorrect].mean() + (~beyond[~incorrect]).mean()) / 2),
        float(predictions[~incorrect].mean()),
        float(predictions[incorrect].mean()),
    )


def coverage(means: Array, deviations: Array, scores: Array, widening: float = 1.0) -> float:
    """Share of ``scores`` [N] in the 90 % bands round ``means`` [N], held within 0 to 4."""
    return float((_in_deviations(means, deviations, scores) <= BAND_90 * widening).mean())


def widening_for(means: Array, deviations: Array, scores: Array) -> float:
    """How many times as large ``deviations`` must be for the bands to hold nine tenths."""
    return float(np.quantile(_in_deviations(means, deviations, scores), 0.9)) / BAND_90


def _in_deviations(means: Array, deviations: Array, scores: Array) -> Array:
    distances: Array = np.abs(np.clip(means, 0.0, WORST) - scores) / np.maximum(deviations, 1e-3)
    return distances


def by_recording(values: Array, examples: Sequence[Example]) -> dict[str, float]:
    """The mean of ``values`` [N] over each recording's repetitions."""
    names = np.array([example.recording for example in examples])
    return {name: float(values[names == name].mean()) for name in sorted(set(names))}


def document(figure: Agreement | Order) -> dict[str, Any]:
    """For JSON, rounded."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(figure).items()
    }
