"""Recordings as the trimming network sees them, and what is true of each frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.movement_span import INPUTS, RATE_HZ, sampled
from models.standard_body import mirrored
from models.training.lifted import Lifting
from models.training.motion.motion import Motion
from models.training.motion.noise import remembering
from models.training.trimming.recordings import Recording

_PLACES: Final = INPUTS - 1
_DEPTH_TIMES: Final = 2.0
_NOISE_MEMORY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """``values`` float32 [N, 40] as :func:`models.movement_span.sampled` gives them, the first at
    ``starts_s``; the movement lasts from ``begins_s`` to ``ends_s``, both ``None`` without one."""

    values: NDArray[np.float32]
    starts_s: float
    begins_s: float | None
    ends_s: float | None

    @classmethod
    def of(
        cls,
        joints_m: NDArray[np.floating],
        recording: Recording,
        times_s: NDArray[np.float64],
    ) -> "Example":
        """``joints_m`` [T, 13, 3] as they were seen of the recording, at ``times_s``."""
        values, at_s = sampled(joints_m, times_s)
        return cls(values, float(at_s[0]), recording.begins_s, recording.ends_s)

    @property
    def inside(self) -> NDArray[np.float32]:
        """float32 [N]: 1 in the movement, 0 before and after it."""
        times_s = self.starts_s + np.arange(len(self.values)) / RATE_HZ
        if self.begins_s is None or self.ends_s is None:
            return np.zeros(len(times_s), np.float32)
        return ((times_s >= self.begins_s) & (times_s <= self.ends_s)).astype(np.float32)

    def reversed(self) -> "Example":
        """The same backwards in time, which is a movement as likely as this one."""
        ends_s = self.starts_s + (len(self.values) - 1) / RATE_HZ
        turned = 2 * self.starts_s + (ends_s - self.starts_s)
        begins_s = None if self.ends_s is None else turned - self.ends_s
        last_s = None if self.begins_s is None else turned - self.begins_s
        return Example(self.values[::-1], self.starts_s, begins_s, last_s)

    def mirrored(self) -> "Example":
        """The same by a person whose sides are exchanged."""
        body = mirrored(self.values[:, :_PLACES].reshape(len(self.values), -1, 3))
        values = np.column_stack([body.reshape(len(body), -1), self.values[:, _PLACES:]])
        return Example(values, self.starts_s, self.begins_s, self.ends_s)


def examples_of(
    recordings: Sequence[Recording],
    random: np.random.Generator,
    *,
    lifting: Lifting | None = None,
    largest_noise_m: float = 0.0,
) -> list[Example]:
    """Each recording as ``lifting`` sees it, or else the true movement under noise.

    The noise's size is drawn from 0 to ``largest_noise_m``, twice as large in depth; it wanders
    slowly, as the errors of lifting do.
    """
    motions = [recording.motion for recording in recordings]
    if lifting is not None:
        seen = lifting.lifted(motions, random)
    else:
        seen = [
            _under_noise(motion, largest_noise_m * random.random(), random) for motion in motions
        ]
    return [
        Example.of(joints_m, recording, recording.motion.times_s)
        for joints_m, recording in zip(seen, recordings, strict=True)
    ]


def _under_noise(motion: Motion, size_m: float, random: np.random.Generator) -> NDArray[np.float32]:
    wander = remembering(random, motion.joints_m.shape, _NOISE_MEMORY_S * motion.fps)
    lasting = random.standard_normal((1, *motion.joints_m.shape[1:]))
    axes = np.array([1.0, 1.0, _DEPTH_TIMES]) / np.sqrt(2.0 + _DEPTH_TIMES**2)
    noise = size_m * axes * np.sqrt(0.5) * (wander + lasting)
    return np.asarray(motion.joints_m + noise, np.float32)
