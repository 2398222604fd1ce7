"""Faults of standing on one foot or in line."""

import math
from collections.abc import Sequence
from statistics import median

from device.coaching.body_frame import BodyFrame, BodySide
from device.coaching.form.excursion import ExcursionRule
from device.coaching.form.limbs import LEGS
from device.coaching.form.rule import Ended, Limit, NotJudged, other_side
from device.coaching.repetition import Movement
from models.exercises.form_rules import LengthLimit, LowestFraction
from models.exercises.motion import CarriedBy
from models.messages import Tempo

_SETTLING_S = 0.8
"""At both ends of a hold the body moves over its foot, or back: no sway."""
_SWAY_LASTS_S = 0.3
"""Keypoints wander about as far as a hip sways, but not for as long."""
_HELD_FRACTION = 0.7
"""A hold that is over before this fraction of the prescribed one ended by the foot coming down."""
_DOWN = 1.0
_DOWN_LASTS_S = 0.4
_LEAST_LIFT = 0.02
"""In lengths of the leg; a foot that is hardly lifted has no way down."""


class Sway(ExcursionRule):
    """The hips leave the place in which they were held, sideways."""

    lasts_s = _SWAY_LASTS_S
    against_baseline = False

    def __init__(self, rule: LengthLimit) -> None:
        super().__init__("sway", Limit(rule.limit_torso))
        self._held_at = 0.0

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """The middle of the hips along the picture, in torso lengths."""
        if body.trunk is None or not body.torso_px:
            return None
        return body.trunk.hips[0] / body.torso_px

    def window_s(self, movement: Movement) -> tuple[float, float]:
        """The hold alone."""
        return movement.began_s + _SETTLING_S, movement.ended_s - _SETTLING_S

    def settle(self, values: Sequence[float]) -> None:
        """The place is the middle of where the hips were during this hold."""
        self._held_at = median(values)

    def excursion(self, value: float, baseline: float) -> float:
        """To either side."""
        del baseline
        return abs(value - self._held_at)


class TouchDown(ExcursionRule):
    """The lifted foot comes down before the hold is over.

    The reading is 0 while the ankle stays as high as it was in the middle of the hold, and 1 where
    it came down to the height that counts as down.
    """

    one_sided = True
    against_baseline = False
    lasts_s = _DOWN_LASTS_S

    def __init__(self, rule: LowestFraction, carried_by: CarriedBy, tempo: Tempo) -> None:
        super().__init__("touch_down", Limit(_DOWN))
        self._down_at = rule.minimum_fraction
        self._moving_leg_stands = carried_by == "moving_foot"
        self._prescribed_s = tempo.hold_s
        self._on_the_way_s = tempo.out_s + tempo.return_s
        self._held_at = 0.0

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Height of the lifted ankle over the standing one, in lengths of the standing leg."""
        lifted = other_side(side) if self._moving_leg_stands else side
        hip, knee, ankle = LEGS[other_side(lifted)]
        lifted_ankle = LEGS[lifted][2]
        if not body.visible(hip, knee, ankle, lifted_ankle):
            return None
        leg_px = math.dist(body.points[hip], body.points[knee])
        leg_px += math.dist(body.points[knee], body.points[ankle])
        return (body.points[ankle][1] - body.points[lifted_ankle][1]) / max(leg_px, 1.0)

    def settle(self, values: Sequence[float]) -> None:
        """The height at which the foot is held."""
        self._held_at = max(median(values), self._down_at + _LEAST_LIFT)

    def excursion(self, value: float, baseline: float) -> float:
        """The fraction of the way down to the floor."""
        del baseline
        return (self._held_at - value) / (self._held_at - self._down_at)

    def window_s(self, movement: Movement) -> tuple[float, float]:
        """While the foot is up: neither its way there nor back."""
        return movement.began_s + _SETTLING_S, movement.ended_s - _SETTLING_S

    def read(self, ended: Ended) -> float | NotJudged:
        """The furthest way down that lasted; at least 1 for a hold that was over too soon."""
        movement = ended.movement
        reading = super().read(ended)
        if isinstance(reading, str) and reading != "phase_not_seen":
            return reading
        lifted_s = movement.duration_s - self._on_the_way_s
        if movement.complete and lifted_s < _HELD_FRACTION * self._prescribed_s:
            return _DOWN if isinstance(reading, str) else max(reading, _DOWN)
        return reading
