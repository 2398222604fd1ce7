"""How well one repetition was done: 0 (perfect) to 4 (poor), how sure that is, and why.

How the network was trained and how far its score agrees with clinicians stands in
``models/networks/score.md`` and ``docs/quality_score.md``.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.stage_network import StageNetwork
from models.movement_score.contributions import contributions
from models.movement_score.errors import ResearchNotAllowedError
from models.movement_score.held import held_outputs
from models.movement_score.references import References, tempo_of
from models.movement_score.repetition import LEAST_FRAMES, Array, Repetition, repetition_of
from models.networks.find import find_stage
from models.networks.manifest import MANIFEST_FILE, RESEARCH_MANIFEST_FILE
from models.quality import Contribution
from models.quality_bands import load_quality_bands

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


class Scorer:
    """Scores repetitions with one network and its reference movements.

    Raises :class:`QualityError` or :class:`~models.errors.ModelsError` where one of the two is
    missing, wrong, or not made for the other.
    """

    def __init__(self, stage: str = STAGE, manifest: Path = MANIFEST_FILE) -> None:
        self._network = StageNetwork(stage, manifest)
        file = find_stage(f"{stage}_references", manifest)
        if file.path is None:
            raise QualityError(f"stage {file.entry.name} has no file: install PhysioPi again")
        self.references = References.load(file.path)
        values = len(self.references.exercises) + 1
        if self._network.input_shapes[1][-1] != values:
            raise QualityError(
                f"stage {stage}: network and references do not belong together: one has"
                f" {self._network.input_shapes[1][-1] - 1} exercises, the other {values - 1}"
            )
        self._limits = load_quality_bands().score

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
        tempo = tempo_of(repetition, exercise_id)
        mean, log_variance = self._judged(repetition.vectors, tempo, exercise_id)
        means, deviations = held_outputs(np.array([[mean, log_variance]]))
        found, deviation = float(means[0]), float(deviations[0])
        if deviation > self._limits.largest_deviation:
            return RepetitionScore(None, deviation, reason=TOO_UNCERTAIN)
        explained = found >= self._limits.explained_from
        named = self._contributions(repetition, tempo, exercise_id) if explained else ()
        return RepetitionScore(found, deviation, named)

    def _judged(self, vectors: Array, tempo: float, exercise_id: str) -> tuple[float, float]:
        """Mean and logarithm of the variance, as the network says them."""
        joints = self.references.joints_input(vectors, exercise_id)
        context = self.references.context_input(exercise_id, tempo)
        (outputs,) = self._network.run(joints[None], context[None])
        return float(outputs[0, 0]), float(outputs[0, 1])

    def _contributions(
        self, repetition: Repetition, tempo: float, exercise_id: str
    ) -> tuple[Contribution, ...]:
        def judge(vectors: Array, tempos: Array) -> Array:
            pairs = zip(vectors, tempos.tolist(), strict=True)
            return np.array([self._judged(each, other, exercise_id)[0] for each, other in pairs])

        reference = self.references.of(exercise_id)
        return tuple(contributions(judge, repetition, reference, tempo))


def score(
    joints_m: NDArray[np.floating], times_s: NDArray[np.floating], exercise_id: str
) -> RepetitionScore:
    """:meth:`Scorer.score` of the network that ships."""
    return _shipped().score(joints_m, times_s, exercise_id)


def research_scorer(*, research_allowed: bool) -> Scorer:
    """The scorer whose data allow research alone, for a clinic that has turned it on.

    Raises :class:`~models.movement_score.errors.ResearchNotAllowedError` where it has not.
    """
    if not research_allowed:
        raise ResearchNotAllowedError(
            "the research score is off: a clinic that takes part in research turns it on in the"
            " device's settings (quality.research)"
        )
    return Scorer(RESEARCH_STAGE, RESEARCH_MANIFEST_FILE)


@cache
def _shipped() -> Scorer:
    return Scorer()
