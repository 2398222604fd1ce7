"""Names the exercise, its phase and the nearest known fault, from pose to pose.

Each exercise's likelihood is the density of its reference poses around the pose (Gaussian kernels,
the Bayes form of k-nearest neighbours); evidence is added up over the last seconds, so that the
rest between repetitions, which many exercises share, says nothing, and the movement decides.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.coaching.recognition.embedding import Embedding, embed
from device.coaching.recognition.index import References
from device.pose.pose import Pose

EVERY_S = 0.2
"""Poses closer together than this say nothing new, and a search costs a millisecond."""
RECOGNISED = 0.7
"""The posterior from which an exercise counts as recognised."""
_KERNEL_WIDTH = 0.55
"""Of the noise between a network's pose and a reference pose, in the embedding's units."""
_UNKNOWN_DISTANCE = 1.9
"""A pose further than this from every reference is none of the exercises."""
_FORGETS_S = 6.0
_EVIDENCE_PER_POSE = 0.35
"""Neighbouring poses repeat one another: each counts for so much of an independent one."""
_LEAST_LIKELIHOOD = 1e-4
_NEIGHBOURS = 10
_MOVES_FROM = 0.3
"""Progress from which a pose is no longer the rest that many exercises share."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is being done.

    ``exercise_id`` is the likeliest exercise and ``posterior`` its probability, 0 to 1, among all
    exercises and "none of them", for which it is ``None``. ``progress`` is where in the movement
    the pose is, 0 rest to 1 peak. ``fault`` is the nearest known fault, empty for a pose done well.
    """

    exercise_id: str | None
    posterior: float
    progress: float
    fault: str

    @property
    def is_certain(self) -> bool:
        """Whether the exercise counts as recognised."""
        return self.exercise_id is not None and self.posterior >= RECOGNISED


class ExerciseRecogniser:
    """Follows one person; ``candidates`` restricts it to some exercises."""

    def __init__(self, references: References, candidates: Iterable[str] | None = None) -> None:
        chosen = (
            np.ones(len(references), np.bool_)
            if candidates is None
            else np.isin(references.exercise_ids, list(candidates))
        )
        self._embeddings = references.embeddings[chosen]
        self._squares = (self._embeddings**2).sum(axis=1)
        self._progress = references.progress[chosen]
        self._faults = references.faults[chosen]
        self._exercises, self._exercise_of = np.unique(
            references.exercise_ids[chosen], return_inverse=True
        )
        self._sizes = np.bincount(self._exercise_of, minlength=len(self._exercises))
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        # The last entry is "none of them".
        self._evidence: NDArray[np.float64] = np.zeros(len(self._exercises) + 1)
        self._looked_s = -math.inf
        self._last: Recognition | None = None

    @property
    def exercise_ids(self) -> Sequence[str]:
        """The exercises that it can name."""
        return [str(each) for each in self._exercises]

    def observe(self, pose: Pose) -> Recognition | None:
        """Take the next pose; ``None`` while too little of the body has been seen."""
        step_s = pose.captured_at_s - self._looked_s
        if 0 <= step_s < EVERY_S:
            return self._last
        embedding = embed(pose.keypoints, pose.width, pose.height)
        if embedding is None:
            return self._last
        if step_s < 0:
            self.reset()
        self._looked_s = pose.captured_at_s
        self._last = self._recognise(embedding, min(max(step_s, EVERY_S), _FORGETS_S))
        return self._last

    def posteriors(self) -> dict[str, float]:
        """The probability of each exercise; what lacks to 1 is that of none of them."""
        shares = _softmax(self._evidence)
        return dict(zip(self.exercise_ids, shares[:-1].tolist(), strict=True))

    def _recognise(self, embedding: Embedding, step_s: float) -> Recognition:
        squares = np.maximum(
            self._squares - 2.0 * (self._embeddings @ embedding) + float(embedding @ embedding), 0.0
        )
        closeness = np.exp(-squares / (2 * _KERNEL_WIDTH**2))
        density = np.bincount(self._exercise_of, closeness, len(self._exercises)) / self._sizes
        unknown = math.exp(-(_UNKNOWN_DISTANCE**2) / (2 * _KERNEL_WIDTH**2))
        likelihood = np.append(density, unknown / max(float(self._sizes.mean()), 1.0))
        likelihood = likelihood / likelihood.sum() + _LEAST_LIKELIHOOD
        self._evidence *= math.exp(-step_s / _FORGETS_S)
        self._evidence += _EVIDENCE_PER_POSE * np.log(likelihood)
        shares = _softmax(self._evidence)
        best = int(shares.argmax())
        if best == len(self._exercises):
            return Recognition(None, float(shares[best]), 0.0, "")
        progress, fault = self._phase(closeness, best)
        return Recognition(str(self._exercises[best]), float(shares[best]), progress, fault)

    def _phase(self, closeness: NDArray[np.float64], exercise: int) -> tuple[float, str]:
        own = np.flatnonzero(self._exercise_of == exercise)
        nearest = own[np.argsort(-closeness[own])[:_NEIGHBOURS]]
        weights = closeness[nearest] + 1e-12
        progress = float(np.average(self._progress[nearest], weights=weights))
        if progress < _MOVES_FROM:
            return progress, ""
        faults, of = np.unique(self._faults[nearest], return_inverse=True)
        return progress, str(faults[np.bincount(of, weights).argmax()])


def _softmax(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(evidence - evidence.max())
    return np.asarray(shares / shares.sum())
