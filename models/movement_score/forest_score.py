"""The score that ships: forests on joint-angle features, and what each repetition's comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.movement_score.contributions import contributions
from models.movement_score.features import features_of
from models.movement_score.forest import Forests
from models.movement_score.references import References, expected_duration_s, tempo_of
from models.movement_score.repetition import Array, Repetition
from models.quality import Contribution


@dataclass(frozen=True, slots=True)
class ForestScore:
    """Forests and the reference movements of the same exercises."""

    forests: Forests
    references: References

    def judged(self, repetitions: Sequence[Repetition], exercise_id: str) -> tuple[Array, Array]:
        """Scores [N], 0 to 4, and the standard deviations of their errors.

        Raises :class:`KeyError` for an exercise that has no forest.
        """
        expected_s = expected_duration_s(exercise_id)
        rows = [list(features_of(each, expected_s).values()) for each in repetitions]
        return self.forests.scores(np.array(rows), exercise_id)

    def contributions(self, repetition: Repetition, exercise_id: str) -> list[Contribution]:
        """As :func:`models.movement_score.contributions.contributions`."""
        expected_s = expected_duration_s(exercise_id)

        def judge(vectors: Array, tempos: Array) -> Array:
            mended = [
                replace(repetition, vectors=each, duration_s=expected_s * float(np.exp(tempo)))
                for each, tempo in zip(vectors, tempos, strict=True)
            ]
            return self.judged(mended, exercise_id)[0]

        reference = self.references.of(exercise_id)
        return contributions(judge, repetition, reference, tempo_of(repetition, exercise_id))
