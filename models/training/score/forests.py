"""Grows the trees that ship, and writes them as plain data."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

from models.movement_score.forest import LEAF, Forests
from models.training.score.examples import Example, features_array

Float = NDArray[np.floating]
_TREES: Final = 40
_LEAST_IN_LEAF: Final = 4
_FEATURES_TRIED: Final = 0.3


def forest(seed: int) -> Any:  # noqa: ANN401
    """As many and as deep trees as fit the device: a few hundred kilobytes."""
    return ExtraTreesRegressor(
        _TREES,
        min_samples_leaf=_LEAST_IN_LEAF,
        max_features=_FEATURES_TRIED,
        random_state=seed,
    )


def grown(examples: Sequence[Example], scores: Float, seed: int) -> Forests:
    """One forest for each exercise of ``examples``, whose scores [N] are aimed at."""
    names, values = features_array(examples)
    of_example = np.array([example.exercise_id for example in examples])
    exercises = sorted(set(of_example.tolist()))
    parts: list[tuple[Any, int]] = []
    roots = np.empty((len(exercises), _TREES), np.int32)
    begin = 0
    for own, exercise in enumerate(exercises):
        rows = of_example == exercise
        model = forest(seed).fit(values[rows], scores[rows])
        for number, estimator in enumerate(model.estimators_):
            roots[own, number] = begin
            parts.append((estimator.tree_, begin))
            begin += estimator.tree_.node_count
    inner = np.concatenate([tree.children_left for tree, _ in parts]) >= 0
    feature = np.concatenate([tree.feature for tree, _ in parts])
    return Forests(
        exercises=np.array(exercises),
        features=np.array([name.name for name in names]),
        feature=np.where(inner, feature, LEAF).astype(np.int16),
        threshold=np.concatenate([tree.threshold for tree, _ in parts]).astype(np.float32),
        left=_children("children_left", parts),
        right=_children("children_right", parts),
        value=np.concatenate([tree.value.reshape(-1) for tree, _ in parts]).astype(np.float16),
        roots=roots,
        widening=np.array(1.0),
    )


def _children(side: str, parts: Sequence[tuple[Any, int]]) -> NDArray[np.int32]:
    """Counted through all trees; a leaf has itself."""
    found = []
    for tree, begin in parts:
        children = getattr(tree, side)
        own = np.arange(len(children))
        found.append(np.where(children >= 0, children, own) + begin)
    return np.concatenate(found).astype(np.int32)
