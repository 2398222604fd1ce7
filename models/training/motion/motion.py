"""One recording of a movement in space, as all the data sets are converted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.errors import TrainingDataError

Source = Literal["ui_prmd", "kimore", "squats", "simulated"]

_START_S: Final = 0.5
_LEFT: Final = (JOINTS.index("left_shoulder"), JOINTS.index("left_hip"))
_RIGHT: Final = (JOINTS.index("right_shoulder"), JOINTS.index("right_hip"))
_HIPS: Final = (JOINTS.index("left_hip"), JOINTS.index("right_hip"))


@dataclass(frozen=True, slots=True)
class Motion:
    """A movement in space.

    ``key`` is unique within its source; ``subject`` the person (or simulated body), to split by.
    ``exercise_id`` is the library's where one fits. ``joints_m`` float32 [T, 13, 3]: the joints of
    :mod:`models.kinect_joints` in metres relative to the middle of the hips in the same frame, for
    an imagined camera straight before the person at the start, who faces it (+z). ``hips_m``
    float32 [T, 3] is the way of the middle of the hips in the same axes since the first frame;
    ``None`` where it stays in its place. ``correct`` says how it was meant to be done, ``None``
    where nobody said. ``faults`` gives each fault's code and size, as a multiple of the fault's own
    reference size (simulated movement only). ``score_0_to_4`` is the clinicians' (0 perfect; KIMORE
    only). ``repetition`` counts from 1 where the recording is one repetition of many.

    Raises :class:`~models.training.errors.TrainingDataError` for arrays of another shape or with
    numbers that are not finite.
    """

    key: str
    source: Source
    subject: str
    exercise_id: str
    joints_m: NDArray[np.float32]
    fps: float
    correct: bool | None = None
    faults: Mapping[str, float] = field(default_factory=dict)
    score_0_to_4: float | None = None
    repetition: int | None = None
    hips_m: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        frames = len(self.joints_m)
        if self.joints_m.shape != (frames, JOINT_COUNT, 3) or frames == 0:
            raise TrainingDataError(
                f"{self.key}: joints must be [frames, {JOINT_COUNT}, 3], not {self.joints_m.shape}"
            )
        if self.hips_m is not None and self.hips_m.shape != (frames, 3):
            raise TrainingDataError(f"{self.key}: the hips' way is {self.hips_m.shape}")
        hips_finite = self.hips_m is None or bool(np.isfinite(self.hips_m).all())
        if not (np.isfinite(self.joints_m).all() and hips_finite):
            raise TrainingDataError(f"{self.key}: some places are not numbers")

    @property
    def times_s(self) -> NDArray[np.float64]:
        """float64 [T], from 0."""
        return np.arange(len(self.joints_m)) / self.fps

    @property
    def duration_s(self) -> float:
        """The time that all frames take."""
        return len(self.joints_m) / self.fps

    @property
    def places_m(self) -> NDArray[np.float32]:
        """float32 [T, 13, 3]: the joints relative to the first frame's middle of the hips."""
        if self.hips_m is None:
            return self.joints_m
        return self.joints_m + self.hips_m[:, None, :]

    def cut(self, begin: int, end: int, repetition: int | None = None) -> "Motion":
        """Frames ``begin`` up to ``end``, which is not in it; the hips start from nought anew."""
        if not 0 <= begin < end <= len(self.joints_m):
            raise TrainingDataError(
                f"{self.key}: no frames {begin} to {end} of {len(self.joints_m)}"
            )
        hips_m = None if self.hips_m is None else self.hips_m[begin:end] - self.hips_m[begin]
        return replace(
            self,
            key=self.key if repetition is None else f"{self.key}_r{repetition:02d}",
            joints_m=self.joints_m[begin:end],
            hips_m=hips_m,
            repetition=self.repetition if repetition is None else repetition,
        )


def facing_camera(
    places_m: NDArray[np.float64], fps: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Places in a right-handed room with y up, turned so that the person faces +z at the start.

    ``places_m`` is [T, 13, 3]. What is turned to +x is the way from the right shoulder and hip to
    the left ones, in the median of the first half second. Returns ``joints_m`` and ``hips_m`` as
    in :class:`Motion`.
    """
    start = places_m[: max(1, round(_START_S * fps))]
    to_left = (start[:, _LEFT] - start[:, _RIGHT]).sum(axis=1)
    x, _, z = np.median(to_left, axis=0)
    angle = np.arctan2(z, x)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    turned = places_m @ turn.T
    hips = turned[:, _HIPS].mean(axis=1)
    return (
        (turned - hips[:, None]).astype(np.float32),
        (hips - hips[0]).astype(np.float32),
    )
