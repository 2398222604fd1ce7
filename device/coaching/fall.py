"""Suspects a fall: a fast drop of the hips, and then a lying trunk, or nobody to be seen any more.

What it does not see: a slow slide to the floor (the stillness that follows is asked about
instead), a fall out of the picture, and a drop during which the trunk is lost for longer than the
drop may take.
"""

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

from device.coaching.body_frame import BodyFrame, Point, Trunk
from device.coaching.suspicion import Suspicion
from device.pose.pose import Keypoint
from models.event import EventEvidence
from models.exercises.definition import LYING, Position
from models.safety import FallLimits

_FASTEST_TORSO_PER_S = 12.0
"""Faster than a free fall from standing (4 m/s, some 9 torso lengths a second, at the floor): the
keypoints have jumped to something else."""
_TORSO_FROM_S = 4.0
"""The trunk's full length is looked for this far back: longer, and who has just stepped back from
the screen would seem bent; shorter, and who bends down slowly would seem small."""
_STANDS_FROM_TORSO = 1.35
"""Hips above ankles in the picture: some 1.7 torso lengths standing, 0.85 on a chair, or up to 1.3
there before a high camera, to which the feet are nearer."""
_SITS_AFTER_S = 3.0
"""Who has not stood for this long sits."""
_LEAST_FRAMES_LOW = 6


@dataclass(frozen=True, slots=True)
class _Sight:
    time_s: float
    hips: Point


@dataclass(slots=True)
class _Drop:
    """A fast drop of the hips; ``down_y`` and ``low_y`` are heights in the picture, pixels.

    Below ``low_y`` the hips are low, below ``down_y`` where the feet are as high.
    """

    ended_s: float
    drop_torso: float
    took_s: float
    down_y: float
    low_y: float


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """One frame after a drop; without an inclination nobody was seen in it."""

    time_s: float
    inclined_deg: float | None = None
    low: bool = False


class FallDetector:
    """Watches the hips' height and the trunk's inclination, frame by frame.

    Feed it unsmoothed poses where there are any: a filter that holds lost keypoints makes a fall
    look like a jump.
    """

    def __init__(self, limits: FallLimits) -> None:
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        self._raw: deque[_Sight] = deque(maxlen=3)
        self._sights: deque[_Sight] = deque()
        self._lengths: deque[tuple[float, float]] = deque()
        self._stood_s = -math.inf
        self._drop: _Drop | None = None
        self._after: deque[_Glimpse] = deque()

    def update(self, body: BodyFrame, position: Position) -> Suspicion | None:
        """Take one frame of an exercise done in ``position``; a suspicion once, when it is due."""
        if position in LYING:
            self.reset()
            return None
        now_s = body.captured_at_s
        if body.trunk is None:
            return self._conclude(_Glimpse(now_s))
        torso_px = self._torso(now_s, body.trunk.length_px)
        self._follow(_Sight(now_s, body.trunk.hips), torso_px)
        if _stands(body, body.trunk, torso_px, position):
            self._stood_s = now_s
        self._look_for_drop(torso_px)
        return self._conclude(self._glimpse(body, body.trunk, torso_px))

    def _follow(self, sight: _Sight, torso_px: float) -> None:
        if self._raw and _torso_per_s(self._raw[-1], sight, torso_px) > _FASTEST_TORSO_PER_S:
            self._raw.clear()
            self._sights.clear()
        self._raw.append(sight)
        # The middle of three, so that one wild frame is no drop.
        middle = _Sight(
            sight.time_s,
            (
                median(each.hips[0] for each in self._raw),
                median(each.hips[1] for each in self._raw),
            ),
        )
        self._sights.append(middle)
        while sight.time_s - self._sights[0].time_s > self._limits.drop_within_s:
            self._sights.popleft()

    def _torso(self, now_s: float, length_px: float) -> float:
        """The trunk's length upright, lately; it stays while the body may be down."""
        if self._drop is None:
            self._lengths.append((now_s, length_px))
            while now_s - self._lengths[0][0] > _TORSO_FROM_S:
                self._lengths.popleft()
        lengths = sorted(length for _, length in self._lengths)
        return max(lengths[-1 - len(lengths) // 10], 1.0)

    def _look_for_drop(self, torso_px: float) -> None:
        highest = min(self._sights, key=lambda sight: sight.hips[1])
        lowest = self._sights[-1]
        drop = (lowest.hips[1] - highest.hips[1]) / torso_px
        required, low = self._limits.drop_torso, self._limits.low_torso
        if lowest.time_s - self._stood_s > _SITS_AFTER_S:
            required, low = self._limits.drop_from_seat_torso, self._limits.low_from_seat_torso
        if drop < required or (self._drop is not None and drop <= self._drop.drop_torso):
            return
        down_y, low_y = (highest.hips[1] + each * torso_px for each in (required, low))
        if self._drop is not None:
            down_y, low_y = min(down_y, self._drop.down_y), min(low_y, self._drop.low_y)
        took_s = lowest.time_s - highest.time_s
        self._drop = _Drop(lowest.time_s, drop, took_s, down_y, low_y)

    def _glimpse(self, body: BodyFrame, trunk: Trunk, torso_px: float) -> _Glimpse:
        inclined_deg = _inclination_deg(trunk, torso_px)
        drop = self._drop
        if drop is None:
            return _Glimpse(body.captured_at_s, inclined_deg)
        above_feet_px = _above_feet_px(body, trunk)
        at_the_feet = (
            above_feet_px is not None
            and above_feet_px <= self._limits.above_feet_torso * torso_px
            and trunk.hips[1] >= drop.down_y
        )
        low = at_the_feet or trunk.hips[1] >= drop.low_y
        lies = low and inclined_deg > self._limits.trunk_beyond_deg
        return _Glimpse(body.captured_at_s, inclined_deg, lies)

    def _conclude(self, glimpse: _Glimpse) -> Suspicion | None:
        drop, limits = self._drop, self._limits
        if drop is None:
            return None
        now_s = glimpse.time_s
        self._after.append(glimpse)
        while now_s - self._after[0].time_s > limits.lost_for_s:
            self._after.popleft()
        since_s = now_s - drop.ended_s
        if since_s >= limits.low_for_s and self._lies(now_s):
            return self._suspicion(drop)
        if since_s >= limits.lost_for_s and self._is_lost():
            return self._suspicion(drop)
        if since_s > limits.lies_within_s + max(limits.low_for_s, limits.lost_for_s):
            self._drop = None
            self._after.clear()
        return None

    def _lies(self, now_s: float) -> bool:
        seen = [
            each
            for each in self._after
            if each.inclined_deg is not None and now_s - each.time_s <= self._limits.low_for_s
        ]
        share = sum(each.low for each in seen) / len(seen) if seen else 0.0
        return len(seen) >= _LEAST_FRAMES_LOW and share >= self._limits.low_frames_share

    def _is_lost(self) -> bool:
        """Seen low, hardly seen otherwise since the drop, and hardly ever upright."""
        frames = len(self._after)
        unseen = sum(each.inclined_deg is None for each in self._after)
        upright = sum(
            each.inclined_deg is not None and each.inclined_deg <= self._limits.trunk_beyond_deg
            for each in self._after
        )
        return (
            any(each.low for each in self._after)
            and unseen >= self._limits.lost_frames_share * frames
            and upright <= (1 - self._limits.low_frames_share) * frames
        )

    def _suspicion(self, drop: _Drop) -> Suspicion:
        low = [each for each in self._after if each.low and each.inclined_deg is not None]
        inclined_deg = [each.inclined_deg for each in low if each.inclined_deg is not None]
        evidence = EventEvidence(
            drop_torso=round(drop.drop_torso, 2),
            drop_s=round(drop.took_s, 2),
            trunk_deg=round(median(inclined_deg)) if inclined_deg else None,
            low_s=round(low[-1].time_s - low[0].time_s, 1) if low else None,
        )
        self.reset()
        return Suspicion("fall_suspected", evidence)


def trunk_inclination_deg(body: BodyFrame) -> float:
    """The trunk against the vertical, 0 upright to 180 upside down.

    From how much of the trunk's full length is left in the picture's vertical, so that a trunk
    that points towards the camera or away from it counts as inclined too.
    """
    if body.trunk is None or not body.torso_px:
        return 0.0
    return _inclination_deg(body.trunk, body.torso_px)


def _inclination_deg(trunk: Trunk, torso_px: float) -> float:
    upright = (trunk.hips[1] - trunk.shoulders[1]) / torso_px
    return math.degrees(math.acos(max(-1.0, min(upright, 1.0))))


def _above_feet_px(body: BodyFrame, trunk: Trunk) -> float | None:
    """How high the hips are above the lower foot; ``None`` where no foot is seen."""
    feet = [
        body.points[each][1]
        for each in (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
        if body.visible(each)
    ]
    return max(feet) - trunk.hips[1] if feet else None


def _stands(body: BodyFrame, trunk: Trunk, torso_px: float, position: Position) -> bool:
    above_feet_px = _above_feet_px(body, trunk)
    if above_feet_px is None:
        return position != "seated"
    return above_feet_px >= _STANDS_FROM_TORSO * torso_px


def _torso_per_s(first: _Sight, second: _Sight, torso_px: float) -> float:
    step_s = second.time_s - first.time_s
    return math.dist(first.hips, second.hips) / torso_px / step_s if step_s > 0 else 0.0
