"""What the depth network sees of a person: nine instants, and how long each limb has been seen.

The instants are a fixed time apart and read off between the frames by their real times, so that one
network serves 10 to 30 frames a second and frames that were dropped. A limb that looks shorter than
it has been seen points towards the camera or away from it; without the person's own lengths that
cannot be told from a short limb. The device and the training share this code.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.converted_joints import SEEN_SCORE
from models.kinect_joints import JOINT_COUNT

INSTANTS: Final = 9
INSTANT_S: Final = 1.0 / 15.0
"""From one instant to the next; the newest is the newest frame."""
SPAN_S: Final = (INSTANTS - 1) * INSTANT_S
FRAME_VALUES: Final = JOINT_COUNT * 3

LENGTHS: Final = ("upper_arm", "forearm", "thigh", "shank", "shoulders", "hips", "head")
VALUES: Final = INSTANTS * FRAME_VALUES + len(LENGTHS)
"""Of one input: the instants, oldest first, within each joint by joint x, y, score; then the
lengths."""

BAND: Final = 2.5
"""Nine tenths of the network's errors are at most so many of its deviations long: the square root
of 6.25, the 90 % quantile of chi-squared with three degrees of freedom."""

LENGTH_RISES_S: Final = 0.3
LENGTH_FALLS_S: Final = 20.0

# The two ends on each side; the head's length is from the middle of the shoulders.
_LEFT_ENDS: Final = np.array([(1, 3), (3, 5), (7, 9), (9, 11), (1, 2), (7, 8), (1, 0)])
_RIGHT_ENDS: Final = np.array([(2, 4), (4, 6), (8, 10), (10, 12), (1, 2), (7, 8), (2, 0)])
_AGES_S: Final = np.arange(INSTANTS - 1, -1, -1) * INSTANT_S


def windows(
    converted: NDArray[np.float32], times_s: NDArray[np.float64], first: int = 0
) -> NDArray[np.float32]:
    """float32 [T - first, 9 · 39]: the instants seen at each frame from ``first`` on.

    ``converted`` [T, 13, 3] is as :mod:`models.converted_joints` makes it; ``times_s`` [T]
    increases. Before the first frame there is the first frame.
    """
    wanted_s = np.maximum(times_s[first:, None] - _AGES_S, times_s[0])
    after = np.searchsorted(times_s, wanted_s, side="left")
    before = np.maximum(after - 1, 0)
    between_s = np.where(after > before, times_s[after] - times_s[before], 1.0)
    share = np.where(after > before, (wanted_s - times_s[before]) / between_s, 1.0)
    share = share.astype(np.float32)[..., None, None]
    seen = (1.0 - share) * converted[before] + share * converted[after]
    return np.asarray(seen.reshape(len(wanted_s), INSTANTS * FRAME_VALUES), np.float32)


class LimbLengths:
    """The running lengths of a person's limbs in the picture, or of ``several`` persons' at once.

    They rise within :data:`LENGTH_RISES_S` and fall within :data:`LENGTH_FALLS_S`, so that they
    keep what was seen when the limb lay across the line of sight; the longer side counts.
    """

    def __init__(self, several: int | None = None) -> None:
        shape = () if several is None else (several,)
        self._lengths = np.zeros((2, *shape, len(LENGTHS)))
        self._time_s = np.full(shape, np.inf)

    def step(
        self, converted: NDArray[np.float32], time_s: float | NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """float32 [..., 7]: the lengths after the next frame, converted [..., 13, 3], in torso
        lengths; 0 for a limb that was never seen."""
        now_s = np.asarray(time_s, np.float64)
        passed_s = np.maximum(now_s - self._time_s, 0.0)[..., None]
        self._time_s = now_s
        for side, ends in enumerate((_LEFT_ENDS, _RIGHT_ENDS)):
            upper, lower = converted[..., ends[:, 0], :], converted[..., ends[:, 1], :]
            across, up, _ = np.moveaxis((upper - lower).astype(np.float64), -1, 0)
            length = np.hypot(across, up)
            seen = np.minimum(upper[..., 2], lower[..., 2]) >= SEEN_SCORE
            before = self._lengths[side]
            constant_s = np.where(length > before, LENGTH_RISES_S, LENGTH_FALLS_S)
            followed = before + (length - before) * -np.expm1(-passed_s / constant_s)
            followed = np.where(before > 0.0, followed, length)
            self._lengths[side] = np.where(seen, followed, before)
        return np.asarray(self._lengths.max(axis=0), np.float32)
