"""Repetitions as the score's network and its baselines are trained and tested on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.movement_score.features import Feature, features_of
from models.movement_score.references import References, expected_duration_s, tempo_of
from models.movement_score.repetition import LEAST_FRAMES, Array, Repetition, repetition_of
from models.training.lifted import Lifting
from models.training.motion.motion import Motion
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


def simulated_examples(
    motions: Iterable[Motion], copies: int, seed: int, lifting: Lifting
) -> list[Example]:
    """Each motion whose fault can be seen: once clean, and ``copies`` times lifted."""
    target = load_target()
    visible = [motion for motion in motions if target.can_be_seen(motion.faults)]
    scores = [target.score(motion.faults) for motion in visible]
    return _seen(visible, scores, [motion.key for motion in visible], copies, seed, lifting)


def recorded_examples(
    motions: Iterable[Motion],
    copies: int,
    seed: int,
    lifting: Lifting,
    recordings: Sequence[str] | None = None,
) -> list[Example]:
    """The same of repetitions of real people; the score is the clinicians' if they gave one.

    ``recordings`` says of what each motion is a repetition; else it stands alone.
    """
    every = list(motions)
    names = recordings or [motion.key for motion in every]
    long = [at for at, motion in enumerate(every) if len(motion.joints_m) >= LEAST_FRAMES]
    chosen = [every[at] for at in long]
    scores = [motion.score_0_to_4 for motion in chosen]
    return _seen(chosen, scores, [names[at] for at in long], copies, seed, lifting)


def of_motions(examples: Iterable[Example], motions: Iterable[Motion]) -> list[Example]:
    """Those of ``examples`` that show one of ``motions``."""
    keys = {motion.key for motion in motions}
    return [example for example in examples if example.motion.key in keys]


def _seen(
    motions: Sequence[Motion],
    scores: Sequence[float | None],
    recordings: Sequence[str],
    copies: int,
    seed: int,
    lifting: Lifting,
) -> list[Example]:
    found = [
        Example(motion, "clean", repetition_of(motion.joints_m, motion.times_s), score, recording)
        for motion, score, recording in zip(motions, scores, recordings, strict=True)
    ]
    for copy in range(copies):
        seeds = [np.array([seed, copy, *motion.key.encode()]) for motion in motions]
        for at, joints in enumerate(lifting.lifted_one_by_one(motions, seeds)):
            motion = motions[at]
            loose = _padded(joints, motion.fps, np.random.default_rng(seeds[at]))
            repetition = repetition_of(loose, np.arange(len(loose)) / motion.fps)
            found.append(Example(motion, "lifted", repetition, scores[at], recordings[at]))
    return found


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
