"""How MoveNet errs, by numbers that were measured (``movenet_noise.toml``), drawn anew."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.errors import TrainingDataError
from models.training.motion.hiding import hidden

NOISE_FILE: Final = Path(__file__).with_name("movenet_noise.toml")

PARTS: Final = ("head", "shoulder", "elbow", "hand", "hip", "knee", "foot")
"""Left and right are measured together."""

PART_OF_JOINT: Final = tuple(
    next(at for at, part in enumerate(PARTS) if name.endswith(part)) for name in JOINTS
)

_PAIRS: Final = tuple((left, left + 1) for left in range(1, JOINT_COUNT, 2))
_SHOULDERS, _HIPS = (1, 2), (7, 8)
_SCORE_MEMORY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Noise:
    """How a pose network errs; lengths are torso lengths, arrays have a value for each joint [13].

    ``deviation`` is the standard deviation along x or y of the error that changes from frame to
    frame, in a joint with the score ``score_visible`` or more; it grows by ``per_score`` torso
    lengths for each unit of score below that. ``memory_s`` is the time in which such an error
    fades to 1/e (first-order autoregression). ``offset`` is the standard deviation of what stays
    the same all through a recording. Scores vary by ``score_deviation`` about ``score_visible``,
    or about ``score_hidden`` where the body itself is in the way. A pair of joints that lies within
    ``swaps_within`` of one another in the picture is taken for each other ``swaps_per_s`` times a
    second, for ``swapped_s`` on average; any joint is lost ``drops_per_s`` times a second, for
    ``dropped_s`` on average: then it is seen ``dropped_away`` off, with ``dropped_score``.
    A joint outside the picture has ``outside_score`` at most.
    """

    deviation: NDArray[np.float64]
    per_score: float
    memory_s: float
    offset: NDArray[np.float64]
    score_visible: NDArray[np.float64]
    score_hidden: NDArray[np.float64]
    score_deviation: float
    swaps_per_s: float
    swaps_within: float
    swapped_s: float
    drops_per_s: float
    dropped_s: float
    dropped_away: float
    dropped_score: float
    outside_score: float

    @classmethod
    def measured(cls, path: Path = NOISE_FILE) -> "Noise":
        """What ``python -m models.training.motion.measure_noise`` wrote.

        Raises :class:`~models.training.errors.TrainingDataError` for a file that is not that.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                deviation=_each_joint(document["deviation"]),
                offset=_each_joint(document["offset"]),
                score_visible=_each_joint(document["score_visible"]),
                score_hidden=_each_joint(document["score_hidden"]),
                **{name: float(document["one"][name]) for name in ONE},
            )
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise TrainingDataError(f"{path} cannot be read ({error!r}): measure anew") from error

    @classmethod
    def none(cls) -> "Noise":
        """A network that never errs."""
        nothing, certain = np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, 0.9)
        numbers = dict.fromkeys(ONE, 0.0) | {"memory_s": 1.0, "swapped_s": 1.0, "dropped_s": 1.0}
        numbers["outside_score"] = 1.0
        return cls(
            deviation=nothing,
            offset=nothing,
            score_visible=certain,
            score_hidden=certain,
            **numbers,
        )

    def on(
        self,
        picture: NDArray[np.float64],
        from_eye_m: NDArray[np.float64],
        fps: float,
        random: np.random.Generator,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``picture`` [T, 13, 2] as the network sees it, and its scores [T, 13].

        ``from_eye_m`` [T, 13, 3] is right, up and away from the camera; it says what hides what.
        """
        frames = len(picture)
        torso = torso_on(picture)[:, None, None]
        level = np.where(hidden(from_eye_m), self.score_hidden, self.score_visible)
        wander = remembering(random, (frames, JOINT_COUNT), _SCORE_MEMORY_S * fps)
        scores = np.clip(level + self.score_deviation * wander, 0.02, 0.97)
        deviation = self.deviation + self.per_score * np.maximum(self.score_visible - scores, 0.0)
        error = remembering(random, (frames, JOINT_COUNT, 2), self.memory_s * fps)
        error *= deviation[..., None]
        error += random.standard_normal((JOINT_COUNT, 2)) * self.offset[:, None]
        self._drop(error, scores, fps, random)
        places = picture + error * torso
        self._swap(places, scores, picture, fps, random)
        return places, scores

    def _drop(
        self,
        error: NDArray[np.float64],
        scores: NDArray[np.float64],
        fps: float,
        random: np.random.Generator,
    ) -> None:
        lost = episodes(random, scores.shape, self.drops_per_s / fps, self.dropped_s * fps)
        away = remembering(random, error.shape, self.memory_s * fps) * self.dropped_away
        error[lost] = away[lost]
        low = self.dropped_score * random.uniform(0.3, 1.7, scores.shape)
        scores[lost] = np.minimum(scores, low)[lost]

    def _swap(
        self,
        places: NDArray[np.float64],
        scores: NDArray[np.float64],
        picture: NDArray[np.float64],
        fps: float,
        random: np.random.Generator,
    ) -> None:
        left, right = np.array(_PAIRS).T
        gap = np.linalg.norm(picture[:, left] - picture[:, right], axis=-1)
        near = gap < self.swaps_within * torso_on(picture)[:, None]
        swapped = near & episodes(random, near.shape, self.swaps_per_s / fps, self.swapped_s * fps)
        for table in (places, scores):
            lefts, rights = table[:, left].copy(), table[:, right].copy()
            table[:, left] = np.where(_like(swapped, lefts), rights, lefts)
            table[:, right] = np.where(_like(swapped, rights), lefts, rights)


ONE: Final = (
    "per_score",
    "memory_s",
    "score_deviation",
    "swaps_per_s",
    "swaps_within",
    "swapped_s",
    "drops_per_s",
    "dropped_s",
    "dropped_away",
    "dropped_score",
    "outside_score",
)
"""Names of the numbers that all joints share."""


def torso_on(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [T]: middle of the shoulders to middle of the hips, or the breadth of the shoulders
    where it looks longer, in the unit of ``picture`` [T, 13, 2]."""
    shoulders, hips = picture[:, _SHOULDERS], picture[:, _HIPS]
    length = np.linalg.norm((shoulders - hips).mean(axis=1), axis=-1)
    breadth = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=-1)
    return np.asarray(np.maximum(length, breadth))


def remembering(
    random: np.random.Generator, shape: tuple[int, ...], memory_frames: float
) -> NDArray[np.float64]:
    """Noise of unit variance along the first axis that fades to 1/e in ``memory_frames``."""
    kept = float(np.exp(-1.0 / max(memory_frames, 1e-6)))
    wander = random.standard_normal(shape)
    fresh = np.sqrt(1.0 - kept * kept)
    for index in range(1, len(wander)):
        wander[index] = kept * wander[index - 1] + fresh * wander[index]
    return wander


def episodes(
    random: np.random.Generator, shape: tuple[int, ...], begins: float, frames: float
) -> NDArray[np.bool_]:
    """Spells along the first axis: each frame outside one begins one with probability ``begins``;
    they last ``frames`` on average (Gilbert 1960)."""
    chance = random.random(shape)
    ends = 1.0 / max(frames, 1.0)
    under_way = np.zeros(shape[1:], np.bool_)
    found = np.zeros(shape, np.bool_)
    for index in range(shape[0]):
        under_way = np.where(under_way, chance[index] >= ends, chance[index] < begins)
        found[index] = under_way
    return found


def _each_joint(parts: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array([float(parts[PARTS[at]]) for at in PART_OF_JOINT])


def _like(mask: NDArray[np.bool_], table: NDArray[np.float64]) -> NDArray[np.bool_]:
    return mask[..., None] if table.ndim == 3 else mask
