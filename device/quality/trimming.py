"""Where the movement begins and ends in a recording that has fidgeting before and after it.

A small network looks at the standardised body and gives the chance that a frame is of the movement;
limits in ``models/movement_span.toml`` make two ends of it. How it was trained, and by how many
frames it errs, stands in ``models/networks/trimming.md``.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.stage_network import StageNetwork
from models.kinect_joints import JOINT_COUNT
from models.movement_span import sampled, span, trimming_limits

STAGE: Final = "trimming"
"""The network's name in the manifest."""
_FEWEST_FRAMES: Final = 2


def trimmed(
    joints_m: NDArray[np.floating], times_s: NDArray[np.float64]
) -> tuple[float, float] | None:
    """The movement's begin and end in the seconds of ``times_s``; ``None`` where none is found.

    ``joints_m`` [T, 13, 3] is as in :mod:`models.kinect_joints`, a set of one or more repetitions;
    ``times_s`` [T] increases. Raises :class:`QualityError` for other shapes, times that do not
    increase, values that are not finite, and where the network is missing or wrong.
    """
    checked(joints_m, times_s)
    if len(joints_m) < _FEWEST_FRAMES:
        return None
    values, at_s = sampled(joints_m, times_s)
    chances = _network().run(values[None])[0][0]
    found = span(chances, trimming_limits().network)
    return None if found is None else (float(at_s[found[0]]), float(at_s[found[1]]))


@cache
def _network() -> StageNetwork:
    return StageNetwork(STAGE)


def checked(joints_m: NDArray[np.floating], times_s: NDArray[np.float64]) -> None:
    """Raise :class:`QualityError` unless these are joints in space in order of time."""
    if joints_m.shape != (len(times_s), JOINT_COUNT, 3):
        raise QualityError(
            f"joints in space are [T, {JOINT_COUNT}, 3] with a time each, not"
            f" {list(joints_m.shape)} with {len(times_s)} times"
        )
    if not (np.isfinite(joints_m).all() and np.isfinite(times_s).all()):
        raise QualityError("joints in space and their times must be finite numbers")
    if (np.diff(times_s) <= 0).any():
        raise QualityError("the times of joints in space must increase from frame to frame")
