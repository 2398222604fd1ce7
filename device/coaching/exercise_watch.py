"""Compares what the patient does with what the plan says.

Before a session it notices that the patient has begun an exercise of the plan unasked; in a set,
that they do another exercise than the planned one.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from device.coaching.recognition.movement_watch import MovementWatch
from device.coaching.recognition.recogniser import Recognition
from device.pose.pose import Keypoint, Pose

MOVEMENTS_TO_BEGIN = 3
"""One arm bent is a cup lifted, and two may be: so many of the same in a row are an exercise."""
MOVEMENTS_TO_WARN = 2
IN_A_ROW_WITHIN_S = 9.0
"""Movements further apart than this are not in a row; the slowest default tempo takes 12 s, its
pause left out."""
_WARNING_LASTS_S = 12.0
_STAYS_WITHIN_TORSO = 0.4
"""Who exercises stays where they are; the middle of the hips, sideways or up and down."""
_STEADY = 1.5
"""The longest interval between two of a row over the shortest: exercise is regular."""


@dataclass(frozen=True, slots=True)
class _Done:
    """One movement: what it was, when it ended, and where the hips were, in torso lengths."""

    recognition: Recognition
    ended_s: float
    hips: tuple[float, float]


class ExerciseWatch:
    """Feed it every smoothed pose of one person; times in seconds on one monotonic clock."""

    def __init__(self, movements: MovementWatch) -> None:
        self._movements = movements
        self.reset()

    def reset(self) -> None:
        """Forget what was done."""
        self._movements.reset()
        self._row: list[_Done] = []
        self._warned_s = -float("inf")
        self._seen: str | None = None

    def begun(self, pose: Pose, planned: Iterable[str], now_s: float) -> str | None:
        """The planned exercise that the patient has just begun by themselves."""
        if self._take(pose, now_s) is None:
            return None
        last = self._row[-MOVEMENTS_TO_BEGIN:]
        if len(last) < MOVEMENTS_TO_BEGIN or not _is_steady(last):
            return None
        could_be = last[-1].recognition.could_be
        return next((each for each in planned if each in could_be), None)

    def compare(self, pose: Pose, planned: str, now_s: float) -> None:
        """Take a pose of a set of ``planned``."""
        ended = self._take(pose, now_s)
        if ended is None:
            return
        if planned in ended.could_be:
            self._seen = None
        elif len(self._row) >= MOVEMENTS_TO_WARN:
            self._seen, self._warned_s = ended.exercise_id, now_s

    def looks_like(self, now_s: float) -> str | None:
        """The other exercise that is being done instead, for a while after it was seen."""
        return self._seen if now_s - self._warned_s <= _WARNING_LASTS_S else None

    def _take(self, pose: Pose, now_s: float) -> Recognition | None:
        ended = self._movements.observe(pose)
        if ended is None:
            return None
        done = _Done(ended, now_s, _hips(pose))
        if self._row and not _follows(self._row[-1], done):
            self._row = []
        self._row.append(done)
        return ended


def _follows(before: _Done, done: _Done) -> bool:
    return (
        done.recognition.could_be == before.recognition.could_be
        and done.ended_s - before.ended_s <= IN_A_ROW_WITHIN_S
        and math.dist(done.hips, before.hips) <= _STAYS_WITHIN_TORSO
    )


def _is_steady(row: list[_Done]) -> bool:
    intervals_s = [second.ended_s - first.ended_s for first, second in pairwise(row)]
    return max(intervals_s) <= _STEADY * min(intervals_s)


def _hips(pose: Pose) -> tuple[float, float]:
    """The middle of the hips, in torso lengths."""
    points = pose.keypoints[:, 1::-1].astype(float) * (pose.width, pose.height)
    shoulders = (points[Keypoint.LEFT_SHOULDER] + points[Keypoint.RIGHT_SHOULDER]) / 2
    hips = (points[Keypoint.LEFT_HIP] + points[Keypoint.RIGHT_HIP]) / 2
    torso = max(math.dist(shoulders, hips), 1.0)
    return float(hips[0]) / torso, float(hips[1]) / torso
