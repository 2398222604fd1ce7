"""Suspects a fall or long stillness from the body's keypoints. A suspicion only raises a question.

A fall is a fast drop of the hips followed by a lying trunk. What it does not see: a slow slide to
the floor (the stillness that follows is asked about instead), a fall out of the picture or behind
furniture, and a drop during which the trunk is lost for longer than the drop may take.
"""

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

from device.coaching.body_frame import VISIBLE_SCORE, BodyFrame, Point, Trunk
from device.pose.pose import Keypoint
from models.event import EventEvidence, EventKind
from models.exercises.definition import Position
from models.safety import FallLimits, SafetyLimits, StillnessLimits

LYING: frozenset[Position] = frozenset({"supine", "side_lying", "prone", "hands_and_knees"})
"""Positions in which a lying trunk is what was asked for."""

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
_LEAST_POINTS = 6
_MOVED_FOR_S = 0.3
_UNSEEN_AFTER_S = 2.0
# Noisy head keypoints tell nothing about a body that keeps still; COCO order from the shoulders on.
_FIRST_BODY_KEYPOINT = 5


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is suspected, and the figures that speak for it."""

    kind: EventKind
    evidence: EventEvidence


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
        self._after: deque[tuple[float, bool, float]] = deque()

    def update(self, body: BodyFrame, position: Position) -> Suspicion | None:
        """Take one frame of an exercise done in ``position``; a suspicion once, when it is due."""
        if position in LYING:
            self.reset()
            return None
        if body.trunk is None:
            return None
        now_s = body.captured_at_s
        torso_px = self._torso(now_s, body.trunk.length_px)
        self._follow(_Sight(now_s, body.trunk.hips), torso_px)
        if _stands(body, body.trunk, torso_px, position):
            self._stood_s = now_s
        self._look_for_drop(torso_px)
        return self._look_for_lying(body, body.trunk, torso_px)

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

    def _look_for_lying(self, body: BodyFrame, trunk: Trunk, torso_px: float) -> Suspicion | None:
        drop, now_s = self._drop, body.captured_at_s
        if drop is None:
            return None
        inclined_deg = _inclination_deg(trunk, torso_px)
        above_feet_px = _above_feet_px(body, trunk)
        at_the_feet = (
            above_feet_px is not None
            and above_feet_px <= self._limits.above_feet_torso * torso_px
            and trunk.hips[1] >= drop.down_y
        )
        low = (at_the_feet or trunk.hips[1] >= drop.low_y) and (
            inclined_deg > self._limits.trunk_beyond_deg
        )
        self._after.append((now_s, low, inclined_deg))
        while self._after and now_s - self._after[0][0] > self._limits.low_for_s:
            self._after.popleft()
        began_s = now_s - drop.ended_s
        enough = began_s >= self._limits.low_for_s and len(self._after) >= _LEAST_FRAMES_LOW
        share = sum(each for _, each, _ in self._after) / len(self._after)
        if enough and share >= self._limits.low_frames_share:
            evidence = EventEvidence(
                drop_torso=round(drop.drop_torso, 2),
                drop_s=round(drop.took_s, 2),
                trunk_deg=round(median(deg for _, each, deg in self._after if each)),
                low_s=round(now_s - self._after[0][0], 1),
            )
            self.reset()
            return Suspicion("fall_suspected", evidence)
        if began_s > self._limits.lies_within_s + self._limits.low_for_s:
            self._drop = None
            self._after.clear()
        return None


class StillnessWatcher:
    """Measures for how long nothing of a visible person has moved."""

    def __init__(self, limits: StillnessLimits) -> None:
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._since_s: float | None = None
        self._seen_s = -math.inf
        self._places: dict[int, Point] = {}
        self._moving_since_s: float | None = None

    def update(self, body: BodyFrame, longest_s: float) -> Suspicion | None:
        """Take one smoothed frame; a suspicion once nobody moved for ``longest_s``."""
        now_s = body.captured_at_s
        if self._since_s is not None and now_s - self._seen_s > _UNSEEN_AFTER_S:
            self.reset()
        seen = {
            index: point
            for index, point in enumerate(body.points)
            if index >= _FIRST_BODY_KEYPOINT and body.scores[index] >= VISIBLE_SCORE
        }
        if len(seen) < _LEAST_POINTS or not body.torso_px:
            return None
        self._seen_s = now_s
        if self._since_s is None or self._has_moved(seen, body.torso_px, now_s):
            self._since_s, self._places, self._moving_since_s = now_s, seen, None
            return None
        self._places = seen | self._places
        still_s = now_s - self._since_s
        if still_s < longest_s:
            return None
        self.reset()
        return Suspicion("long_stillness", EventEvidence(still_s=round(still_s, 1)))

    def _has_moved(self, seen: dict[int, Point], torso_px: float, now_s: float) -> bool:
        least_px = self._limits.moves_torso * torso_px
        moved = any(
            math.dist(point, self._places[index]) > least_px
            for index, point in seen.items()
            if index in self._places
        )
        if not moved:
            self._moving_since_s = None
            return False
        # A keypoint that is unsure where it is jumps for a frame and back.
        if self._moving_since_s is None:
            self._moving_since_s = now_s
        return now_s - self._moving_since_s >= _MOVED_FOR_S


class SafetyWatch:
    """Both watchers, and when each of them looks."""

    def __init__(self, limits: SafetyLimits) -> None:
        self._limits = limits
        self._fall = FallDetector(limits.fall)
        self._stillness = StillnessWatcher(limits.stillness)
        self._answered_s = -math.inf

    def reset(self) -> None:
        """Forget the person."""
        self._fall.reset()
        self._stillness.reset()

    def answered(self, at_s: float) -> None:
        """The question was answered: begin anew, and do not ask again at once."""
        self.reset()
        self._answered_s = at_s

    def update(
        self,
        unsmoothed: BodyFrame,
        smoothed: BodyFrame,
        position: Position,
        still_allowed_s: float | None,
    ) -> Suspicion | None:
        """Take one frame of an exercise done in ``position``.

        ``still_allowed_s`` is how long the exercise itself keeps still, such as a hold; ``None``
        where no movement is due.
        """
        suspicion = self._fall.update(unsmoothed, position)
        longest_s = self._longest_still_s(smoothed, position, still_allowed_s)
        if longest_s is None:
            self._stillness.reset()
        else:
            suspicion = suspicion or self._stillness.update(smoothed, longest_s)
        since_s = smoothed.captured_at_s - self._answered_s
        return suspicion if since_s >= self._limits.question.ask_again_after_s else None

    def _longest_still_s(
        self, body: BodyFrame, position: Position, still_allowed_s: float | None
    ) -> float | None:
        limits = self._limits.stillness
        if still_allowed_s is None:
            return None
        lies = body.trunk is not None and (
            trunk_inclination_deg(body) > self._limits.fall.trunk_beyond_deg
        )
        if lies and position not in LYING:
            return limits.lying_s
        return limits.exercising_s + still_allowed_s


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
