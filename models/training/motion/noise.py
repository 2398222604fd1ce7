"""How MoveNet errs, by numbers that were measured (``movenet_noise.toml``), drawn anew."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, JOINTS, MIRRORED
from models.training.errors import TrainingDataError
from models.training.motion.hiding import hidden
from models.training.motion.motion import Source

NOISE_FILE: Final = Path(__file__).with_name("movenet_noise.toml")

PARTS: Final = ("head", "shoulder", "elbow", "hand", "hip", "knee", "foot")
"""Left and right are measured together."""

PART_OF_JOINT: Final = tuple(
    next(at for at, part in enumerate(PARTS) if name.endswith(part)) for name in JOINTS
)

LEFTS: Final = list(range(1, JOINT_COUNT, 2))
RIGHTS: Final = list(range(2, JOINT_COUNT, 2))

OUTWARD: Final = np.array([0.0, *[1.0, -1.0] * len(LEFTS)])
"""1 for joints of the left, -1 for those of the right; the head is neither."""

_SHOULDERS, _HIPS = (1, 2), (7, 8)
_SCORE_MEMORY_S: Final = 0.3
_LEAST_M: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Noise:
    """How a pose network errs; lengths are torso lengths, arrays have a value for each joint [13].

    ``bias`` [13, 2] is how far outward (along the line from the right to the left shoulder and hip)
    and up the trunk the network sees a joint from where the data set named has it. ``deviation`` is
    the standard deviation along x or y of the error that changes from frame to frame, where the
    score is high; at the scores ``growth_scores`` it is ``growth`` times as large. ``memory_s`` is
    the time in which such an error fades to 1/e (first-order autoregression). ``offset`` is the
    standard deviation of what stays the same all through a recording. Scores vary by
    ``score_deviation`` about ``score_visible``, or about ``score_hidden`` where the body itself is
    in the way; then the joint is seen where its counterpart is for a share ``collapsed_share`` of
    the time, for ``collapsed_s`` on average.

    Left and right of a pair are taken for each other ``swaps_front_per_s`` times a second from the
    front and ``swaps_side_per_s`` from the side, for ``swapped_s``; those of the whole body
    ``flips_per_s`` times, for ``flipped_s``. Any joint is lost ``drops_per_s`` times a second, for
    ``dropped_s``: then it is seen ``dropped_away`` off, with ``dropped_score``. A joint outside the
    picture has ``outside_score`` at most.
    """

    bias: Mapping[Source, NDArray[np.float64]]
    deviation: NDArray[np.float64]
    offset: NDArray[np.float64]
    score_visible: NDArray[np.float64]
    score_hidden: NDArray[np.float64]
    growth_scores: NDArray[np.float64]
    growth: NDArray[np.float64]
    memory_s: float
    score_deviation: float
    collapsed_share: float
    collapsed_s: float
    swaps_front_per_s: float
    swaps_side_per_s: float
    swapped_s: float
    flips_per_s: float
    flipped_s: float
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
            kinect = np.stack(
                [_each_joint(document["bias"][way]) for way in ("outward", "up")], axis=1
            )
            # UI-PRMD's head lies a tenth of a torso lower than that of the Kinect the bias was
            # measured against: about where the ears are.
            lower = kinect * (np.arange(JOINT_COUNT) > 0)[:, None]
            values: dict[str, Any] = {name: _each_joint(document[name]) for name in EACH_PART}
            values |= {name: float(document["one"][name]) for name in ONE}
            return cls(
                bias={"ui_prmd": lower, "kimore": kinect, "squats": kinect, "simulated": kinect},
                growth_scores=np.array(document["growth"]["scores"], np.float64),
                growth=np.array(document["growth"]["times"], np.float64),
                **values,
            )
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise TrainingDataError(f"{path} cannot be read ({error!r}): measure anew") from error

    @classmethod
    def none(cls) -> "Noise":
        """A network that never errs."""
        certain = np.full(JOINT_COUNT, 0.9)
        values: dict[str, Any] = dict.fromkeys(EACH_PART, np.zeros(JOINT_COUNT))
        values |= dict.fromkeys(ONE, 0.0)
        values |= {"score_visible": certain, "score_hidden": certain, "outside_score": 1.0}
        return cls(bias={}, growth_scores=np.zeros(1), growth=np.ones(1), **values)

    def displaced(self, from_eye_m: NDArray[np.float64], source: Source) -> NDArray[np.float64]:
        """[T, 13, 3] metres with every joint where the network places it on average."""
        bias = self.bias.get(source)
        if bias is None:
            return from_eye_m
        left, up, torso_m = body_axes(from_eye_m)
        outward = OUTWARD[:, None] * left[:, None]
        shift = bias[:, :1] * outward + bias[:, 1:] * up[:, None]
        return np.asarray(from_eye_m + shift * torso_m[:, None, None])

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
        behind = hidden(from_eye_m)
        shape = behind.shape
        level = np.where(behind, self.score_hidden, self.score_visible)
        wander = remembering(random, shape, _SCORE_MEMORY_S * fps)
        scores = np.clip(level + self.score_deviation * wander, 0.02, 0.97)
        deviation = self.deviation * np.interp(scores, self.growth_scores, self.growth)
        error = remembering(random, (*shape, 2), self.memory_s * fps) * deviation[..., None]
        error += random.standard_normal((JOINT_COUNT, 2)) * self.offset[:, None]
        lost = episodes(random, shape, self.drops_per_s / fps, self.dropped_s * fps)
        away = remembering(random, error.shape, self.memory_s * fps) * self.dropped_away
        error[lost] = away[lost]
        low = self.dropped_score * random.uniform(0.3, 1.7, shape)
        scores[lost] = np.minimum(scores, low)[lost]
        found = self._collapsed(picture, behind, fps, random)
        found = found + error * torso_on(picture)[:, None, None]
        self._swap(found, scores, _sideways(from_eye_m), fps, random)
        return found, scores

    def _collapsed(
        self,
        picture: NDArray[np.float64],
        behind: NDArray[np.bool_],
        fps: float,
        random: np.random.Generator,
    ) -> NDArray[np.float64]:
        """Hidden joints on their counterparts, now and then."""
        frames = max(self.collapsed_s * fps, 1.0)
        share = min(self.collapsed_share, 0.99)
        begins = share / (1.0 - share) / frames
        taken = behind & episodes(random, behind.shape, begins, frames)
        taken[:, 0] = False
        return np.where(taken[..., None], picture[:, MIRRORED], picture)

    def _swap(
        self,
        places: NDArray[np.float64],
        scores: NDArray[np.float64],
        sideways: NDArray[np.float64],
        fps: float,
        random: np.random.Generator,
    ) -> None:
        """Left taken for right; ``sideways`` [T] is 0 seen from the front and 1 from the side."""
        pairs = len(LEFTS)
        often = np.array([self.swaps_front_per_s, self.swaps_side_per_s]) / fps
        likely = often[0] + (often[1] - often[0]) * sideways[:, None]
        swapped = episodes(random, (len(places), pairs), likely, self.swapped_s * fps)
        flipped = episodes(random, (len(places), 1), self.flips_per_s / fps, self.flipped_s * fps)
        changed = np.zeros(scores.shape, np.bool_)
        changed[:, LEFTS] = changed[:, RIGHTS] = swapped ^ flipped
        places[:] = np.where(changed[..., None], places[:, MIRRORED], places)
        scores[:] = np.where(changed, scores[:, MIRRORED], scores)


EACH_PART: Final = ("deviation", "offset", "score_visible", "score_hidden")
"""Names of the tables with a number for each part."""

ONE: Final = (
    "memory_s",
    "score_deviation",
    "collapsed_share",
    "collapsed_s",
    "swaps_front_per_s",
    "swaps_side_per_s",
    "swapped_s",
    "flips_per_s",
    "flipped_s",
    "drops_per_s",
    "dropped_s",
    "dropped_away",
    "dropped_score",
    "outside_score",
)
"""Names of the numbers that all joints share."""


def body_axes(
    from_eye_m: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of [T, 13, 3]: unit vectors to the body's left and up its trunk [T, 3], and the trunk's
    length [T]."""
    shoulders, hips = from_eye_m[:, _SHOULDERS], from_eye_m[:, _HIPS]
    to_left = shoulders[:, 0] - shoulders[:, 1] + hips[:, 0] - hips[:, 1]
    trunk = (shoulders - hips).mean(axis=1)
    length = np.linalg.norm(trunk, axis=-1)
    left = to_left / np.maximum(np.linalg.norm(to_left, axis=-1), _LEAST_M)[:, None]
    return left, trunk / np.maximum(length, _LEAST_M)[:, None], length


def _sideways(from_eye_m: NDArray[np.float64]) -> NDArray[np.float64]:
    left, _, _ = body_axes(from_eye_m)
    return np.abs(left[:, 2])


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
    random: np.random.Generator,
    shape: tuple[int, ...],
    begins: float | NDArray[np.float64],
    frames: float,
) -> NDArray[np.bool_]:
    """Spells along the first axis: each frame outside one begins one with probability ``begins``,
    a number or [T, 1]; they last ``frames`` on average (Gilbert 1960)."""
    chance, often = random.random(shape), np.broadcast_to(begins, shape)
    ends = 1.0 / max(frames, 1.0)
    under_way = np.zeros(shape[1:], np.bool_)
    found = np.zeros(shape, np.bool_)
    for index in range(shape[0]):
        under_way = np.where(under_way, chance[index] >= ends, chance[index] < often[index])
        found[index] = under_way
    return found


def _each_joint(parts: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array([float(parts[PARTS[at]]) for at in PART_OF_JOINT])
