"""Repetitions as the score's network and its baselines are trained and tested on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.movement_score.features import Feature, features_of
from models.movement_score.references import References, expected_duration_s, tempo_of
from models.movement_score.repetition import LEAST_FRAMES, Array, Repetition, repetition_of
from models.training.motion.motion import Motion
from models.training.score.lifted_noise import lifted
from models.training.score.target import load_target

Seen = Literal["clean", "lifted"]
_LONGEST_PADDING_S: Final = 0.5


@dataclass(frozen=True)
class Example:
    """One repetition, clean or as a camera's lifted joints would have it.

    ``score`` is the truth, 0 to 4, where there is one; ``recording`` is what was scored as a whole.
    """

    motion: Motion
    seen: Seen
    repetition: Repetition
    score: float | None
    recording: str

    @property
    def exercise_id(self) -> str:
        """The library's id."""
        return self.motion.exercise_id

    @property
    def tempo(self) -> float:
        """Logarithm of the tempo's ratio."""
        return tempo_of(self.repetition, self.exercise_id)

    @cached_property
    def features(self) -> dict[Feature, float]:
        """The baselines' features."""
        return features_of(self.repetition, expected_duration_s(self.exercise_id))


def simulated_examples(motions: Iterable[Motion], copies: int, seed: int) -> Iterator[Example]:
    """Each motion whose fault can be seen: once clean, and ``copies`` times lifted."""
    target = load_target()
    for motion in motions:
        if target.can_be_seen(motion.faults):
            yield from _seen(motion, target.score(motion.faults), copies, seed, motion.key)


def recorded_examples(
    motions: Iterable[Motion], copies: int, seed: int, recording: str | None = None
) -> Iterator[Example]:
    """The same of repetitions of real people; the score is the clinicians' if they gave one."""
    for motion in motions:
        if len(motion.joints_m) >= LEAST_FRAMES:
            yield from _seen(motion, motion.score_0_to_4, copies, seed, recording or motion.key)


def _seen(
    motion: Motion, score: float | None, copies: int, seed: int, recording: str
) -> Iterator[Example]:
    repetition = repetition_of(motion.joints_m, motion.times_s)
    yield Example(motion, "clean", repetition, score, recording)
    random = np.random.default_rng([seed, *motion.key.encode()])
    for _ in range(copies):
        joints = _padded(lifted(motion, random), motion.fps, random)
        times_s = np.arange(len(joints)) / motion.fps
        yield Example(motion, "lifted", repetition_of(joints, times_s), score, recording)


def _padded(joints: Array, fps: float, random: np.random.Generator) -> Array:
    """Cut as loosely as a rule cuts: the first and last frame stand for a while."""
    before, after = (random.uniform(0.0, _LONGEST_PADDING_S, 2) * fps).astype(int)
    return np.concatenate(
        [np.repeat(joints[:1], before, axis=0), joints, np.repeat(joints[-1:], after, axis=0)]
    )


def vectors_array(examples: Sequence[Example]) -> Array:
    """float64 [N, 48, 12, 3]."""
    return np.stack([example.repetition.vectors for example in examples])


def context_array(examples: Sequence[Example], references: References) -> NDArray[np.float32]:
    """float32 [N, E + 1]."""
    return np.stack([references.context_input(e.exercise_id, e.tempo) for e in examples])


def features_array(examples: Sequence[Example]) -> tuple[list[Feature], NDArray[np.float32]]:
    """The features and their values, float32 [N, F]."""
    rows = [list(example.features.values()) for example in examples]
    return list(examples[0].features), np.array(rows, np.float32)


def scores_array(examples: Sequence[Example]) -> NDArray[np.float32]:
    """float32 [N]; not a number where there is no truth."""
    return np.array([np.nan if e.score is None else e.score for e in examples], np.float32)


def references_of(examples: Sequence[Example], judged: Iterable[str]) -> References:
    """The means of ``examples``, which must have been done well, by exercise."""
    exercises = tuple(sorted({example.exercise_id for example in examples}))
    means: list[Any] = [
        vectors_array([e for e in examples if e.exercise_id == exercise]).mean(axis=0)
        for exercise in exercises
    ]
    # As they will be read from their file.
    vectors = np.stack(means).astype(np.float16).astype(np.float64)
    return References(exercises, frozenset(judged), vectors)
