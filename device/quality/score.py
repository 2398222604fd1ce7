"""How well one repetition was done: 0 (perfect) to 4 (poor), how sure that is, and why.

How it was trained and how far it agrees with clinicians stands in ``docs/quality_score.md``; the
cards are ``models/networks/score.md`` and ``models/networks/research/research_score.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.stage_network import StageNetwork
from models.movement_score.contributions import contributions
from models.movement_score.errors import ResearchNotAllowedError
from models.movement_score.forest import Forests
from models.movement_score.forest_score import ForestScore
from models.movement_score.references import References, tempo_of
from models.movement_score.repetition import LEAST_FRAMES, Array, Repetition, repetition_of
from models.networks.find import find_stage
from models.networks.manifest import MANIFEST_FILE, RESEARCH_MANIFEST_FILE
from models.quality import Contribution
from models.quality_bands import WORST, load_quality_bands

STAGE: Final = "score"
RESEARCH_STAGE: Final = "research_score"
NOT_TRAINED: Final = "exercise_not_trained"
TOO_UNCERTAIN: Final = "too_uncertain"
TOO_FEW_FRAMES: Final = "too_few_frames"


@dataclass(frozen=True, slots=True)
class RepetitionScore:
    """``score`` is 0 (perfect) to 4 (poor), ``deviation`` the standard deviation of its error.

    ``contributions`` are the joints and phases that it comes from, the largest first; how many of
    them are worth naming stands in quality_bands.toml. Without a score ``reason`` says why: the
    exercise was not trained, too few frames, or too uncertain.
    """

    score: float | None
    deviation: float | None
    contributions: tuple[Contribution, ...] = ()
    reason: str | None = None


class _Model(Protocol):
    def judged(self, repetitions: Sequence[Repetition], exercise_id: str) -> tuple[Array, Array]:
        """Scores and standard deviations of their errors, each [N]."""

    def contributions(self, repetition: Repetition, exercise_id: str) -> list[Contribution]:
        """All, the largest first."""


class Scorer:
    """Scores repetitions of the exercises for which ``references`` say so, by ``model``."""

    def __init__(self, model: _Model, references: References) -> None:
        self._model = model
        self._limits = load_quality_bands().score
        self.references = references

    def score(
        self,
        joints_m: NDArray[np.floating],
        times_s: NDArray[np.floating],
        exercise_id: str,
    ) -> RepetitionScore:
        """The score of one repetition.

        ``joints_m`` [T, 13, 3] as in :mod:`models.kinect_joints`, ``times_s`` [T] growing. Raises
        :class:`QualityError` for other shapes and for numbers that are not finite.
        """
        if exercise_id not in self.references.judged:
            return RepetitionScore(None, None, reason=NOT_TRAINED)
        if len(times_s) < LEAST_FRAMES:
            return RepetitionScore(None, None, reason=TOO_FEW_FRAMES)
        try:
            repetition = repetition_of(joints_m, times_s)
        except ValueError as error:
            raise QualityError(f"score: {error}") from error
        means, deviations = self._model.judged([repetition], exercise_id)
        found, deviation = float(np.clip(means[0], 0.0, WORST)), float(deviations[0])
        if deviation > self._limits.largest_deviation:
            return RepetitionScore(None, deviation, reason=TOO_UNCERTAIN)
        if found < self._limits.explained_from:
            return RepetitionScore(found, deviation)
        named = self._model.contributions(repetition, exercise_id)
        return RepetitionScore(found, deviation, tuple(named))


@dataclass(frozen=True, slots=True)
class _NetworkScore:
    network: StageNetwork
    references: References

    def judged(self, repetitions: Sequence[Repetition], exercise_id: str) -> tuple[Array, Array]:
        outputs = np.array(
            [
                self._outputs(each.vectors, tempo_of(each, exercise_id), exercise_id)
                for each in repetitions
            ]
        )
        return outputs[:, 0], np.exp(0.5 * outputs[:, 1])

    def contributions(self, repetition: Repetition, exercise_id: str) -> list[Contribution]:
        def judge(vectors: Array, tempos: Array) -> Array:
            pairs = zip(vectors, tempos.tolist(), strict=True)
            return np.array([self._outputs(each, other, exercise_id)[0] for each, other in pairs])

        reference = self.references.of(exercise_id)
        return contributions(judge, repetition, reference, tempo_of(repetition, exercise_id))

    def _outputs(self, vectors: Array, tempo: float, exercise_id: str) -> Array:
        """Mean and logarithm of the variance, as the network says them."""
        joints = self.references.joints_input(vectors, exercise_id)
        context = self.references.context_input(exercise_id, tempo)
        (outputs,) = self.network.run(joints[None], context[None])
        return np.asarray(outputs[0], np.float64)


def shipped_scorer() -> Scorer:
    """The scorer that ships.

    Raises :class:`QualityError` or :class:`~models.errors.ModelsError` where a file of it is
    missing, wrong, or not made for the other.
    """
    forests = Forests.load(_stage_file(STAGE, MANIFEST_FILE))
    references = _references(STAGE, MANIFEST_FILE)
    if tuple(forests.exercises.tolist()) != references.exercises:
        raise QualityError(f"stage {STAGE}: forests and references do not belong together")
    return Scorer(ForestScore(forests, references), references)


def research_scorer(*, research_allowed: bool) -> Scorer:
    """The scorer whose data allow research alone, for a clinic that has turned it on.

    Raises :class:`~models.movement_score.errors.ResearchNotAllowedError` where it has not, and what
    :func:`shipped_scorer` raises.
    """
    if not research_allowed:
        raise ResearchNotAllowedError(
            "the research score is off: a clinic that takes part in research turns it on in the"
            " device's settings (quality.research)"
        )
    network = StageNetwork(RESEARCH_STAGE, RESEARCH_MANIFEST_FILE)
    references = _references(RESEARCH_STAGE, RESEARCH_MANIFEST_FILE)
    if network.input_shapes[1][-1] != len(references.exercises) + 1:
        raise QualityError(f"stage {RESEARCH_STAGE}: network and references do not belong together")
    return Scorer(_NetworkScore(network, references), references)


def _references(stage: str, manifest: Path) -> References:
    return References.load(_stage_file(f"{stage}_references", manifest))


def _stage_file(stage: str, manifest: Path) -> Path:
    path = find_stage(stage, manifest).path
    if path is None:
        raise QualityError(f"stage {stage} has no file: install PhysioPi again")
    return path
