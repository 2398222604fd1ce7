"""Names the exercise, its phase and the nearest known fault, from pose to pose.

An exercise is believed when its reference poses explain every pose of the last seconds (nearest
neighbour, Gaussian error), and when the movement has gone from the exercise's rest to its peak: a
small knee bend explains each pose of the beginning of a squat, but a squat does not stop there.
The rest between repetitions, which many exercises share, decides nothing.
"""

import itertools
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
_DEVIATION = 0.55
"""Between a network's pose and its reference pose, in the embedding's units."""
_UNKNOWN_DISTANCE = 1.7
"""A pose further than this from every reference is better explained by none of the exercises."""
_OBLIQUENESS_DEVIATION_DEG = 15.0
"""How far the camera usually is off the exercise's view: the framing sees to it."""
_FORGETS_S = 6.0
_EVIDENCE_PER_POSE = 0.3
"""Neighbouring poses repeat one another: each counts for so much of an independent one."""
_WORST_EVIDENCE = -6.0
"""One wild pose does not rule an exercise out."""
_COVERAGE = 9.0
"""The evidence against an exercise of which only the rest, or only the peak, was seen."""
_COVERAGE_OF_NONE = 0.2
_RANGE_FADES_S, _RANGE_RISES_S = 12.0, 0.3
_NEIGHBOURS = 10
_ALIKE_WITHIN = 0.4
"""Exercises nearer to one another than this all along differ by less than a network's noise."""
_AS_FAR_ALONG = 0.21
_MOVES_FROM = 0.3
"""Progress from which a pose is no longer the rest that many exercises share."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is being done.

    ``exercise_id`` is the likeliest exercise, ``None`` for none of them; ``could_be`` holds it and
    those that one camera cannot tell from it, and ``posterior`` is the probability, 0 to 1, that it
    is one of these. ``progress`` is where in the movement the pose is, 0 rest to 1 peak. ``fault``
    is the nearest known fault, empty for a pose done well.
    """

    exercise_id: str | None
    could_be: frozenset[str]
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
        # In the order of the exercises, so that each is one block.
        order = np.argsort(references.exercise_ids[chosen], kind="stable")
        self._embeddings = references.embeddings[chosen][order]
        off = references.obliqueness_deg[chosen][order] / _OBLIQUENESS_DEVIATION_DEG
        self._unlikely = (off * _DEVIATION) ** 2
        self._squares = (self._embeddings**2).sum(axis=1)
        self._progress = references.progress[chosen][order]
        self._faults = references.faults[chosen][order]
        self._exercises, self._begins = np.unique(
            references.exercise_ids[chosen][order], return_index=True
        )
        self._alike = self._find_alike()
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        count = len(self._exercises)
        # The last entry is "none of them".
        self._evidence: NDArray[np.float64] = np.zeros(count + 1)
        self._where: NDArray[np.float64] = np.zeros(count)
        self._furthest: NDArray[np.float64] = np.zeros(count)
        self._nearest: NDArray[np.float64] = np.ones(count)
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
        return dict(zip(self.exercise_ids, self._shares()[:-1].tolist(), strict=True))

    def _recognise(self, embedding: Embedding, step_s: float) -> Recognition:
        squares = np.maximum(
            self._squares - 2.0 * (self._embeddings @ embedding) + float(embedding @ embedding), 0.0
        )
        squares += self._unlikely
        nearest = np.minimum.reduceat(squares, self._begins)
        self._weigh(nearest, step_s)
        self._follow_range(squares, nearest, step_s)
        shares = self._shares()
        best = int(shares.argmax())
        if best == len(self._exercises):
            return Recognition(None, frozenset(), float(shares[best]), 0.0, "")
        alike = np.flatnonzero(self._alike[best])
        progress, fault = self._phase(squares, best)
        return Recognition(
            exercise_id=str(self._exercises[best]),
            could_be=frozenset(self._exercises[alike].tolist()),
            posterior=float(shares[alike].sum()),
            progress=progress,
            fault=fault,
        )

    def _weigh(self, nearest: NDArray[np.float32], step_s: float) -> None:
        explained = np.append(nearest, _UNKNOWN_DISTANCE**2) / (2 * _DEVIATION**2)
        self._evidence *= math.exp(-step_s / _FORGETS_S)
        self._evidence += _EVIDENCE_PER_POSE * np.maximum(
            explained.min() - explained, _WORST_EVIDENCE
        )

    def _follow_range(
        self, squares: NDArray[np.float32], nearest: NDArray[np.float32], step_s: float
    ) -> None:
        """How near to its rest and to its peak each exercise has come of late."""
        for index, (begin, end) in enumerate(self._blocks()):
            close = squares[begin:end] <= nearest[index] + _DEVIATION**2 / 4
            here = float(self._progress[begin:end][close].mean())
            self._where[index] += (here - self._where[index]) * -math.expm1(
                -step_s / _RANGE_RISES_S
            )
        fades = math.exp(-step_s / _RANGE_FADES_S)
        self._furthest = np.maximum(self._furthest * fades, self._where)
        self._nearest = np.minimum(1.0 - (1.0 - self._nearest) * fades, self._where)

    def _shares(self) -> NDArray[np.float64]:
        """The probability of each exercise, and last of none of them."""
        lacking = np.append(
            np.clip(1.0 - self._furthest, 0.0, 1.0) ** 2 + self._nearest**2, _COVERAGE_OF_NONE
        )
        evidence = self._evidence - _COVERAGE * lacking
        shares = np.exp(evidence - evidence.max())
        return np.asarray(shares / shares.sum())

    def _phase(self, squares: NDArray[np.float32], exercise: int) -> tuple[float, str]:
        begin, end = self._blocks()[exercise]
        nearest = begin + np.argsort(squares[begin:end])[:_NEIGHBOURS]
        weights = np.exp((squares[nearest].min() - squares[nearest]) / (2 * _DEVIATION**2))
        progress = float(np.average(self._progress[nearest], weights=weights))
        if progress < _MOVES_FROM:
            return progress, ""
        faults, of = np.unique(self._faults[nearest], return_inverse=True)
        return progress, str(faults[np.bincount(of, weights).argmax()])

    def _find_alike(self) -> NDArray[np.bool_]:
        """Which exercises look the same from their own views; bool [N, N], true on the diagonal."""
        shown = (self._faults == "") & (self._unlikely == 0)
        paths = [begin + np.flatnonzero(shown[begin:end]) for begin, end in self._blocks()]
        alike = np.eye(len(paths), dtype=np.bool_)
        for one, other in itertools.combinations(range(len(paths)), 2):
            if len(paths[one]) and len(paths[other]):
                far = max(
                    self._apart(paths[one], paths[other]), self._apart(paths[other], paths[one])
                )
                alike[one, other] = alike[other, one] = far < _ALIKE_WITHIN
        return alike

    def _apart(self, path: NDArray[np.intp], other: NDArray[np.intp]) -> float:
        """The largest distance of a pose to those of another exercise as far along."""
        distances = np.linalg.norm(
            self._embeddings[path][:, None] - self._embeddings[other][None], axis=2
        )
        late = np.abs(self._progress[path][:, None] - self._progress[other][None]) > _AS_FAR_ALONG
        distances[late] = np.inf
        return float(distances.min(axis=1).max())

    def _blocks(self) -> list[tuple[int, int]]:
        begins = self._begins.tolist()
        return list(zip(begins, [*begins[1:], len(self._embeddings)], strict=True))
