"""How each exercise looks when it is done well: what a repetition is compared with.

The mean of correct repetitions, 48 frames each, as the network was trained against it. The file
also says for which exercises the score may be given.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.exercises.library import load_library
from models.movement_score.body import VECTORS, joints_of
from models.movement_score.errors import ScoreFilesError
from models.movement_score.repetition import FRAMES, VALUES, Array, Repetition

SPREAD_TORSO = 0.15
"""What makes one unit of the network's input: about the spread of correct repetitions."""
_SHAPE = (FRAMES, len(VECTORS), 3)


@dataclass(frozen=True, slots=True)
class References:
    """``vectors`` float64 [E, 48, 12, 3] of ``exercises``, in the network's order; ``judged`` are
    those for which the network was tried on people."""

    exercises: tuple[str, ...]
    judged: frozenset[str]
    vectors: Array

    @classmethod
    def load(cls, path: Path) -> "References":
        """Read what :meth:`save` wrote; raises :class:`ScoreFilesError` for another file."""
        try:
            with np.load(path, allow_pickle=False) as archive:
                exercises = tuple(str(each) for each in archive["exercises"])
                judged = frozenset(str(each) for each in archive["judged"])
                vectors = archive["vectors"].astype(np.float64)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ScoreFilesError(
                f"{path} cannot be read ({error}): install PhysioPi again"
            ) from error
        if vectors.shape != (len(exercises), *_SHAPE) or not judged <= set(exercises):
            raise ScoreFilesError(f"{path} is no file of references: {vectors.shape}")
        return cls(exercises, judged, vectors)

    def save(self, path: Path) -> None:
        """Write the file; the same references give the same bytes."""
        np.savez_compressed(
            path,
            allow_pickle=False,
            exercises=np.array(self.exercises),
            judged=np.array(sorted(self.judged), dtype=np.array(self.exercises).dtype),
            vectors=self.vectors.astype(np.float16),
        )

    def of(self, exercise_id: str) -> Array:
        """float64 [48, 12, 3] of an exercise; raises :class:`KeyError` for one that is not in."""
        if exercise_id not in self.exercises:
            raise KeyError(exercise_id)
        found: Array = self.vectors[self.exercises.index(exercise_id)]
        return found

    def joints_input(self, vectors: Array, exercise_id: str) -> NDArray[np.float32]:
        """float32 [48, 39]: how far the joints of ``vectors`` [48, 12, 3] are from the reference's,
        in units of :data:`SPREAD_TORSO`."""
        away = joints_of(vectors - self.of(exercise_id)) / SPREAD_TORSO
        return away.reshape(FRAMES, VALUES).astype(np.float32)

    def context_input(self, exercise_id: str, tempo: float) -> NDArray[np.float32]:
        """float32 [E + 1]: one for the exercise, and the tempo's logarithm."""
        context = np.zeros(len(self.exercises) + 1, np.float32)
        context[self.exercises.index(exercise_id)] = 1.0
        context[-1] = tempo
        return context


def expected_duration_s(exercise_id: str) -> float:
    """How long a repetition takes by the library's tempo, without the pause after it."""
    tempo = load_library()[exercise_id].tempo
    return tempo.out_s + tempo.hold_s + tempo.return_s


def tempo_of(repetition: Repetition, exercise_id: str) -> float:
    """Logarithm of how many times as long it took as by the library's tempo."""
    return float(np.log(repetition.duration_s / expected_duration_s(exercise_id)))
