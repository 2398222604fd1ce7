"""Repetitions as the form gate sees them, each several times: as it was, and as it is lifted."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.form_features import ten_frames
from models.training.errors import TrainingDataError
from models.training.lifted import WIDEST_YAW_DEG, Lifting
from models.training.motion.motion import Motion

FRONT_DEG: Final = 20.0
_LOOSELY: Final = 0.08
"""Both ends of a repetition are off by up to this share of it, as on the device."""


@dataclass(frozen=True, slots=True)
class Examples:
    """N repetitions, ten standardised frames each (:func:`models.form_features.ten_frames`).

    ``true`` [N, 10, 13, 3] is the movement as it was; ``loose`` cut less exactly; ``lifted``
    [N, C, 10, 13, 3] seen by C cameras from all sides and lifted, ``front`` [N, 10, 13, 3] by one
    within 20 degrees of the front, also cut less exactly. ``good`` [N]; ``subject``,
    ``exercise_id`` and ``source`` [N].
    """

    true: NDArray[np.float32]
    loose: NDArray[np.float32]
    lifted: NDArray[np.float32]
    front: NDArray[np.float32]
    good: NDArray[np.bool_]
    subject: NDArray[np.str_]
    exercise_id: NDArray[np.str_]
    source: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.good)

    def of(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Some of the repetitions."""
        return Examples(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def and_those(self, others: "Examples") -> "Examples":
        """These, then ``others``."""
        both = ((getattr(self, each.name), getattr(others, each.name)) for each in fields(self))
        return Examples(*(np.concatenate(pair) for pair in both))

    def views(self) -> NDArray[np.float32]:
        """float32 [N, 2 + C, 10, 13, 3]: all that is trained on."""
        plain = np.stack([self.true, self.loose], axis=1)
        return np.concatenate([plain, self.lifted], axis=1)


def examples_of(
    motions: Sequence[Motion], lifting: Lifting, cameras: int, random: np.random.Generator
) -> Examples:
    """``motions`` are single repetitions of which it is known whether they are correct.

    Raises :class:`~models.training.errors.TrainingDataError` for one of which it is not.
    """
    if any(motion.correct is None for motion in motions):
        raise TrainingDataError("the form gate learns from movement said to be correct or not")
    seen = [lifting.lifted(motions, random, WIDEST_YAW_DEG) for _ in range(cameras)]
    return Examples(
        true=np.stack([ten_frames(motion.joints_m) for motion in motions]),
        loose=np.stack([ten_frames(_loosely(motion.joints_m, random)) for motion in motions]),
        lifted=np.stack(
            [np.stack([ten_frames(_loosely(one, random)) for one in once]) for once in seen], axis=1
        ),
        front=np.stack(
            [
                ten_frames(_loosely(one, random))
                for one in lifting.lifted(motions, random, FRONT_DEG)
            ]
        ),
        good=np.array([motion.correct for motion in motions], np.bool_),
        subject=np.array([motion.subject for motion in motions]),
        exercise_id=np.array([motion.exercise_id for motion in motions]),
        source=np.array([motion.source for motion in motions]),
    )


def _loosely(joints_m: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Cut a little too early or too late; before the first frame there is the first frame."""
    frames = len(joints_m)
    begin, end = random.uniform(-_LOOSELY, _LOOSELY, 2) * frames
    at = np.linspace(begin, frames - 1 + end, frames).round().astype(int)
    return np.asarray(joints_m[np.clip(at, 0, frames - 1)])
