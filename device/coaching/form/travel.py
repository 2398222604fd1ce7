"""Faults of how far the exercise's own measure went: range, return, and left against right."""

from collections import deque

from device.coaching.body_frame import SIDES, BodySide
from device.coaching.form.excursion import LASTS_S, LEAST_SEEN_FRACTION, lasting
from device.coaching.form.rule import Ended, Limit, NotJudged, Sight, other_side
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import (
    ONLY_VIEW,
    AngleLimit,
    IncompleteRangeRule,
    IncompleteReturnRule,
    View,
)
from models.messages import FaultCode

_REMEMBERED_S = 150.0
_VALLEY_LASTS_S = 0.15
_TOP, _A_VALLEY = 0.8, 0.6
"""Between two tops of one movement, what comes back this far is a way back and no unsteady hold."""
_MOVES_TOO = 0.5
"""A side that goes this far of the other's way moves with it, and does not just hang."""
_SAME_ROUND_S = 30.0
"""The sides of an alternating exercise are compared when no further apart than this."""


class IncompleteRange:
    """The peak stays below the target."""

    code: FaultCode = "incomplete_range"

    def __init__(
        self, rule: IncompleteRangeRule, exercise: ExerciseDefinition, target_deg: float
    ) -> None:
        self.limit = Limit(1.0 - rule.minimum_progress)
        self.view: View | None = exercise.view
        self._start_deg = exercise.range_of_motion.start_deg
        self._target_deg = target_deg
        self._measured = False

    def observe(self, sight: Sight) -> None:
        """Keep whether the view measures."""
        self._measured = sight.measured

    def read(self, ended: Ended) -> float | NotJudged:
        """The fraction of the target range that was left out."""
        if not self._measured:
            return "view"
        way_deg = self._target_deg - self._start_deg
        return 1.0 - (ended.movement.peak_deg - self._start_deg) / way_deg


class MeasureRule:
    """A rule that follows the exercise's measure on both sides, where the view measures it."""

    def __init__(
        self, code: FaultCode, limit: Limit, exercise: ExerciseDefinition, target_deg: float
    ) -> None:
        self.code = code
        self.limit = limit
        self.view: View | None = ONLY_VIEW.get(code, exercise.view)
        self._start_deg = exercise.range_of_motion.start_deg
        self._way_deg = target_deg - self._start_deg
        self._samples: deque[tuple[float, bool, dict[BodySide, float | None]]] = deque()

    def observe(self, sight: Sight) -> None:
        """Keep how far each side has gone, as a fraction of the target range."""
        angles = sight.angles
        degrees: dict[BodySide, float | None] = {"left": angles.left_deg, "right": angles.right_deg}
        progress = {
            side: None if deg is None else (deg - self._start_deg) / self._way_deg
            for side, deg in degrees.items()
        }
        in_view = sight.measured and angles.view == self.view
        self._samples.append((angles.captured_at_s, in_view, progress))
        while angles.captured_at_s - self._samples[0][0] > _REMEMBERED_S:
            self._samples.popleft()

    def _between(
        self, began_s: float, ended_s: float
    ) -> list[tuple[float, dict[BodySide, float | None]]] | NotJudged:
        samples = [each for each in self._samples if began_s <= each[0] <= ended_s]
        if not samples:
            return "phase_not_seen"
        in_view = [(time_s, values) for time_s, ok, values in samples if ok]
        return in_view if len(in_view) >= LEAST_SEEN_FRACTION * len(samples) else "view"


class IncompleteReturn(MeasureRule):
    """A repetition begins before the one before it has come all the way back.

    Two that the counter took for one, because there was no rest between them, are seen by the
    valley between their tops.
    """

    def __init__(
        self, rule: IncompleteReturnRule, exercise: ExerciseDefinition, target_deg: float
    ) -> None:
        super().__init__("incomplete_return", Limit(rule.maximum_progress), exercise, target_deg)

    def read(self, ended: Ended) -> float | NotJudged:
        """How far back the measure came between the two peaks, 0 the start and 1 the target."""
        movement = ended.movement
        began_s = movement.began_s if ended.previous is None else ended.previous.peak_s
        samples = self._between(began_s, movement.ended_s)
        if isinstance(samples, str):
            return samples
        # From the side left and right are confused: the limb that works is the one further out.
        seen = [
            (time_s, max(known))
            for time_s, values in samples
            if (known := [v for side in ended.sides if (v := values[side]) is not None])
        ]
        if len(seen) < LEAST_SEEN_FRACTION * len(samples):
            return "not_visible"
        before = _lowest([each for each in seen if each[0] <= movement.peak_s])
        if before is None:
            return "phase_not_seen"
        inside = _lowest(_between_tops([each for each in seen if each[0] >= movement.began_s]))
        return before if inside is None or inside > _A_VALLEY else max(before, inside)


def _lowest(samples: list[tuple[float, float]]) -> float | None:
    level = lasting([(time_s, -value) for time_s, value in samples], _VALLEY_LASTS_S)
    return None if level is None else -level


def _between_tops(samples: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if not samples:
        return []
    high = _TOP * max(value for _, value in samples)
    tops_s = [time_s for time_s, value in samples if value >= high]
    return [each for each in samples if tops_s[0] <= each[0] <= tops_s[-1]]


class Asymmetry(MeasureRule):
    """One side goes less far than the other, at once or in turn."""

    def __init__(self, rule: AngleLimit, exercise: ExerciseDefinition, target_deg: float) -> None:
        super().__init__("asymmetry", Limit(rule.limit_deg), exercise, target_deg)
        self._peaks: dict[BodySide, tuple[float, float]] = {}

    def read(self, ended: Ended) -> float | NotJudged:
        """Degrees between the two sides' peaks; of sides in turn, how far this one is behind."""
        movement = ended.movement
        samples = self._between(movement.began_s, movement.ended_s)
        if isinstance(samples, str):
            return samples
        peaks: dict[BodySide, float] = {}
        for side in SIDES:
            seen = [(time_s, v) for time_s, values in samples if (v := values[side]) is not None]
            if len(seen) >= LEAST_SEEN_FRACTION * len(samples):
                peak = lasting(seen, LASTS_S)
                if peak is not None:
                    peaks[side] = peak
        if any(side not in peaks for side in ended.sides):
            return "not_visible"
        way_deg = abs(self._way_deg)
        if len(peaks) == len(SIDES) and min(peaks.values()) > _MOVES_TOO * max(peaks.values()):
            return abs(peaks["left"] - peaks["right"]) * way_deg
        moved = max(ended.sides, key=lambda side: peaks[side])
        self._peaks[moved] = (movement.peak_s, peaks[moved])
        other = self._peaks.get(other_side(moved))
        if other is None or movement.peak_s - other[0] > _SAME_ROUND_S:
            return "phase_not_seen"
        return (other[1] - peaks[moved]) * way_deg
