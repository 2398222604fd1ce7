"""What the network must beat, by subject: joint-angle features with ridge and with trees.

And the constant predictor, which knows the exercise alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Float = NDArray[np.floating]
_TREES: Final = 150


def constant(seed: int) -> Any:  # noqa: ANN401
    """The training examples' median, whatever is asked."""
    del seed
    return _Median()


def ridge(seed: int) -> Any:  # noqa: ANN401
    """Linear, the penalty chosen by leaving one out."""
    del seed
    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 5, 9)))


def trees(seed: int) -> Any:  # noqa: ANN401
    """Extremely randomised trees (Geurts et al. 2006)."""
    return ExtraTreesRegressor(_TREES, min_samples_leaf=2, max_features=0.3, random_state=seed)


BASELINES: Final[dict[str, Callable[[int], Any]]] = {
    "constant": constant,
    "ridge": ridge,
    "trees": trees,
}


def predicted(
    make: Callable[[int], Any],
    train: tuple[Float, Float, Sequence[str]],
    test: tuple[Float, Sequence[str]],
    seed: int,
) -> NDArray[np.float64]:
    """float64 [N] for the test's features; one model for each exercise.

    ``train`` are features [M, F], scores [M] and exercises; ``test`` features [N, F] and exercises.
    """
    features, scores, exercises = train
    asked, asked_exercises = test
    found = np.empty(len(asked))
    for exercise in sorted(set(asked_exercises)):
        rows = np.array([each == exercise for each in exercises])
        wanted = np.array([each == exercise for each in asked_exercises])
        model = make(seed).fit(features[rows], scores[rows])
        found[wanted] = model.predict(asked[wanted])
    return found


class _Median:
    def fit(self, features: Float, scores: Float) -> "_Median":
        """Remember the median."""
        del features
        self._median = float(np.median(scores))
        return self

    def predict(self, features: Float) -> Float:
        """It, for every row."""
        return np.full(len(features), self._median)
