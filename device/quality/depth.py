"""Places in space from what one camera saw: the depth network, frame by frame.

How it was trained and how far it errs stands in ``models/networks/depth.md``. One camera does not
see how large a body is: the network answers in torso lengths, and the metres are these times
``torso_m``.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.stage_network import StageNetwork
from models.converted_joints import MEAN_TORSO_M
from models.depth_window import SPAN_S, LimbLengths, windows
from models.kinect_joints import JOINT_COUNT

STAGE: Final = "depth"
"""The network's name in the manifest."""
LONGEST_GAP_S: Final = 0.5
"""Frames further apart than this start afresh; what lies between them was not seen."""
_PLACES: Final = JOINT_COUNT * 3
_SHORTEST_TORSO_M, _LONGEST_TORSO_M = 0.2, 0.8


@dataclass(frozen=True, slots=True)
class JointsInSpace:
    """Joints as in :mod:`models.kinect_joints`, of T frames or of one.

    ``joints_m`` float32 [T, 13, 3] or [13, 3]: metres relative to the middle of the hips, y against
    gravity. ``deviation_m`` float32 [T, 13] or [13]: nine tenths of all errors (distances in space,
    the body's size apart) are at most :data:`models.depth_window.BAND` times as long.
    """

    joints_m: NDArray[np.float32]
    deviation_m: NDArray[np.float32]


class Depth:
    """Lifts one person's converted joints in order of time; it looks at no later frame.

    ``torso_m`` is the length from the middle of the shoulders to the middle of the hips, where it
    is known (0.288 of the stature after Winter 2009); otherwise that of a body of 1.70 m is taken,
    and all lengths are too large or too small by the same share as it is wrong. Raises
    :class:`QualityError` for a length that no body has.
    """

    def __init__(self, network: StageNetwork, torso_m: float = MEAN_TORSO_M) -> None:
        self._network = network
        self._torso_m = _checked_torso(torso_m)
        self.reset()

    def reset(self) -> None:
        """Forget the frames so far."""
        self._frames: deque[NDArray[np.float32]] = deque()
        self._times_s: deque[float] = deque()
        self._lengths = LimbLengths()

    def step(self, converted: NDArray[np.float32], time_s: float) -> JointsInSpace:
        """Where the joints of the newest frame are: [13, 3] and [13].

        ``converted`` [13, 3] is a frame as :mod:`device.quality.kinect_conversion` makes it. Raises
        :class:`QualityError` for another shape and for a time that is not after the last one.
        """
        if converted.shape != (JOINT_COUNT, 3):
            raise QualityError(f"depth: a frame has [13, 3] values, not {list(converted.shape)}")
        if self._times_s and time_s <= self._times_s[-1]:
            raise QualityError(
                f"depth: frames must come in order of time: {time_s} s after {self._times_s[-1]} s"
            )
        if self._times_s and time_s - self._times_s[-1] > LONGEST_GAP_S:
            self.reset()
        self._frames.append(converted)
        self._times_s.append(time_s)
        # One frame before the oldest instant is kept, to read the instant off between the two.
        while len(self._times_s) > 2 and self._times_s[1] <= time_s - SPAN_S:
            self._frames.popleft()
            self._times_s.popleft()
        seen = windows(np.stack(self._frames), np.array(self._times_s), len(self._frames) - 1)
        lengths = self._lengths.step(converted, time_s)
        (answers,) = self._network.run(np.concatenate([seen, lengths[None]], axis=1))
        answer = answers[0] * np.float32(self._torso_m)
        return JointsInSpace(answer[:_PLACES].reshape(JOINT_COUNT, 3), answer[_PLACES:])

    def lifted(
        self,
        converted: NDArray[np.float32],
        times_s: NDArray[np.float64],
        torso_m: float | None = None,
    ) -> JointsInSpace:
        """A whole recording, exactly as :meth:`step` gives it frame by frame, from a fresh start.

        ``converted`` is [T, 13, 3], ``times_s`` [T] increases; ``torso_m`` for this person instead
        of the one given at first. Raises :class:`QualityError` as :meth:`step` does.
        """
        if len(converted) != len(times_s):
            raise QualityError(f"depth: {len(converted)} frames have {len(times_s)} times")
        person = Depth(self._network, self._torso_m if torso_m is None else torso_m)
        steps = [person.step(*each) for each in zip(converted, times_s.tolist(), strict=True)]
        return JointsInSpace(
            np.array([each.joints_m for each in steps], np.float32).reshape(-1, JOINT_COUNT, 3),
            np.array([each.deviation_m for each in steps], np.float32).reshape(-1, JOINT_COUNT),
        )


def _checked_torso(torso_m: float) -> float:
    if not _SHORTEST_TORSO_M <= torso_m <= _LONGEST_TORSO_M:
        raise QualityError(
            f"depth: a torso is {_SHORTEST_TORSO_M} to {_LONGEST_TORSO_M} m long, not {torso_m}:"
            " give the length from the middle of the shoulders to the middle of the hips"
        )
    return torso_m
