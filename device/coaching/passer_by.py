"""Notices when the keypoints went away with somebody who walked through the picture.

The network sees one person and may follow whoever comes before the patient. When that person leaves
the picture the keypoints are back at the patient in one jump: what they did meanwhile was not the
patient's.
"""

import copy
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from device.coaching.body_frame import BodyFrame, Point
from device.pose.pose import Pose

State = TypeVar("State")

AWAY_AT_MOST_S = 5.0
"""Nobody takes longer to walk through a picture; who stays away is not a passer-by."""
_JUMP_TORSO, _JUMP_LASTS_S, _COMES_BACK_TORSO = 1.5, 0.35, 0.35
"""Hips that come at least so far in this time, faster than anybody walks, to within this distance
of where they were. Smoothing spreads a jump over some frames."""
_CHECKPOINT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Absence:
    """When keypoints that were not the patient's were taken for them, seconds.

    ``since_s`` is the last frame before, ``until_s`` the first one after.
    """

    since_s: float
    until_s: float

    def touches(self, began_s: float, ended_s: float) -> bool:
        """Whether it fell into the time between."""
        return began_s < self.until_s and self.since_s < ended_s


class PasserByWatch:
    """Fed with every frame of a set."""

    def __init__(self) -> None:
        self._hips: deque[tuple[float, Point]] = deque()

    def observe(self, body: BodyFrame) -> Absence | None:
        """Take one frame; an absence when the keypoints have come back with it."""
        if body.trunk is None or not body.torso_px:
            return None
        now_s, hips = body.captured_at_s, body.trunk.hips
        absence = self._absence(now_s, hips, body.torso_px)
        if absence is not None:
            while self._hips[-1][0] > absence.since_s:
                self._hips.pop()
        self._hips.append((now_s, hips))
        while now_s - self._hips[0][0] > AWAY_AT_MOST_S:
            self._hips.popleft()
        return absence

    def _absence(self, now_s: float, hips: Point, torso_px: float) -> Absence | None:
        jumped_px, here_px = _JUMP_TORSO * torso_px, _COMES_BACK_TORSO * torso_px
        lately_s = now_s - _JUMP_LASTS_S
        away_s = [
            time_s
            for time_s, place in self._hips
            if time_s >= lately_s and math.dist(hips, place) >= jumped_px
        ]
        here_s = [
            time_s
            for time_s, place in self._hips
            if away_s and time_s < away_s[0] and math.dist(hips, place) <= here_px
        ]
        return Absence(here_s[-1], now_s) if here_s else None


class Rewind(Generic[State]):
    """Remembers what was known some seconds ago, and the poses since."""

    def __init__(self) -> None:
        self._checkpoints: deque[tuple[float, State]] = deque()
        self._poses: deque[Pose] = deque()

    def keep(self, pose: Pose, state: Callable[[], State]) -> None:
        """Take one frame after it was dealt with; ``state`` is copied now and then."""
        now_s = pose.captured_at_s
        if not self._checkpoints or now_s - self._checkpoints[-1][0] >= _CHECKPOINT_EVERY_S:
            self._checkpoints.append((now_s, copy.deepcopy(state())))
        self._poses.append(pose)
        oldest_s = now_s - AWAY_AT_MOST_S
        while len(self._checkpoints) > 1 and self._checkpoints[1][0] <= oldest_s:
            self._checkpoints.popleft()
        while self._poses[0].captured_at_s < self._checkpoints[0][0]:
            self._poses.popleft()

    def back_to(self, time_s: float) -> tuple[State, list[Pose]] | None:
        """What was known last before ``time_s`` and the poses from then until that time; what came
        later is forgotten. ``None`` for a time before all that is remembered."""
        while self._checkpoints and self._checkpoints[-1][0] > time_s:
            self._checkpoints.pop()
        while self._poses and self._poses[-1].captured_at_s > time_s:
            self._poses.pop()
        if not self._checkpoints:
            return None
        since_s, state = self._checkpoints[-1]
        return copy.deepcopy(state), [each for each in self._poses if each.captured_at_s > since_s]
