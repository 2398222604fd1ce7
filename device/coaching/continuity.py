"""Follows an angle of each side from frame to frame and refuses what no joint can do.

Seen from the side a pose network takes one leg for the other, or puts the lifted foot on the
standing one for a moment. No joint moves so fast: such a frame is one in which the angle was not
seen, and "not seen" is not "returned".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from device.coaching.body_frame import follow
from models.messages import Side

FASTEST_DEG_PER_S = 400.0
"""Brisk exercise reaches some 300 degrees a second: 120 degrees in 0.75 s, at the fastest moment
of a minimum-jerk course (Flash and Hogan 1985) 1.875 times the mean."""
_NOISE_DEG = 20.0
_UNSEEN_DEG_PER_S = 40.0
"""How fast a limb that is not seen may have gone on: as in an unhurried exercise."""
_LONGEST_STEP_S = 0.15
_BELIEVED_AFTER_S = 0.8
"""What stays where it jumped to is believed after this long: a count must not come later than 1 s.
"""
_EXCHANGED_DEG = 25.0
"""Left and right are exchanged back when that brings both this much nearer to where they were."""

_NAMES_TIME_CONSTANT_S, _NAMES_WRONG_ABOVE = 1.0, 0.7


@dataclass(frozen=True, slots=True)
class Followed:
    """An angle in one frame; ``jumped`` when it is believed after a jump."""

    angle_deg: float
    jumped: bool


class AngleFollower:
    """Follows the angles of one or two limbs, by side."""

    def __init__(self, sides: Iterable[Side]) -> None:
        self._limbs = {side: _Limb() for side in sides}
        self._previous_s: float | None = None
        self._exchanged = 0.0

    def follow(
        self,
        time_s: float,
        seen: Mapping[Side, float],
        *,
        sides_confused: bool,
        at_rest: bool = False,
    ) -> dict[Side, Followed]:
        """The angles that can be, of those ``seen``.

        With ``sides_confused`` left and right may have been taken for each other; ``at_rest`` while
        no limb is under way, so that names found wrong can be put right.
        """
        step_s = 0.0 if self._previous_s is None else time_s - self._previous_s
        step_s = min(max(step_s, 0.0), _LONGEST_STEP_S)
        self._previous_s = time_s
        if sides_confused:
            seen = self._unconfused(seen, step_s, at_rest=at_rest)
        followed: dict[Side, Followed] = {}
        for side, limb in self._limbs.items():
            found = limb.follow(time_s, step_s, seen.get(side))
            if found is not None:
                followed[side] = found
        return followed

    def _unconfused(
        self, seen: Mapping[Side, float], step_s: float, *, at_rest: bool
    ) -> Mapping[Side, float]:
        left, right = self._limbs.get("left"), self._limbs.get("right")
        if not left or not right or left.angle_deg is None or right.angle_deg is None:
            return seen
        before: dict[Side, float] = {"left": left.angle_deg, "right": right.angle_deg}
        exchanged = {_OTHER[side]: angle_deg for side, angle_deg in seen.items()}
        straight_deg = sum(abs(angle - before[side]) for side, angle in seen.items())
        crossed_deg = sum(abs(angle - before[side]) for side, angle in exchanged.items())
        crosses = crossed_deg + _EXCHANGED_DEG < straight_deg
        self._exchanged = follow(self._exchanged, float(crosses), step_s, _NAMES_TIME_CONSTANT_S)
        if self._exchanged > _NAMES_WRONG_ABOVE and at_rest:
            # For a while now the network has named them so: it was at first that it erred.
            self._limbs["left"], self._limbs["right"] = right, left
            self._exchanged = 0.0
            return seen
        return exchanged if crosses else seen


_OTHER: Mapping[Side, Side] = {"left": "right", "right": "left", "both": "both"}


class _Limb:
    def __init__(self) -> None:
        self.angle_deg: float | None = None
        self._seen_s = 0.0
        self._doubted_since_s: float | None = None

    def follow(self, time_s: float, step_s: float, angle_deg: float | None) -> Followed | None:
        if angle_deg is None:
            return None
        if self.angle_deg is None:
            return self._believe(time_s, angle_deg, jumped=False)
        reach_deg = _NOISE_DEG + FASTEST_DEG_PER_S * step_s
        reach_deg += _UNSEEN_DEG_PER_S * max(time_s - self._seen_s - step_s, 0.0)
        if abs(angle_deg - self.angle_deg) <= reach_deg:
            return self._believe(time_s, angle_deg, jumped=False)
        if self._doubted_since_s is None:
            self._doubted_since_s = time_s
        if time_s - self._doubted_since_s < _BELIEVED_AFTER_S:
            return None
        return self._believe(time_s, angle_deg, jumped=True)

    def _believe(self, time_s: float, angle_deg: float, *, jumped: bool) -> Followed:
        self.angle_deg, self._seen_s, self._doubted_since_s = angle_deg, time_s, None
        return Followed(angle_deg, jumped)
