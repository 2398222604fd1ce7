"""Faults of when and how far a repetition goes, made so that nobody doubts them.

A fault goes beyond its rule's limit by three quarters of it times the fault's size, within bounds
that a body can do. What follows from one another in a body cannot be kept apart: who hurries also
lowers fast.
"""

import math

from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import (
    HighestFraction,
    IncompleteReturnRule,
    LowestFraction,
    ShortestTime,
)
from models.messages import FaultCode, Tempo

EXCESS_SHARE = 0.75
_LEAST_EXCESS_DEG, _MOST_EXCESS_DEG = 8.0, 16.0
_RANGE_MISSING, _TIME_SHARE, _TIME_EXCESS = 0.14, 0.4, 0.6
_RETURN_EXCESS, _COUNTS_BELOW_LEAVE = 0.15, 0.85
_TOUCH_SHARE = 0.2
_NOT_YET_FAST = 1.15
_COUNT_MARGIN = 0.06


def beyond_deg(limit_deg: float, size: float) -> float:
    """An angle clearly beyond its limit."""
    excess = min(max(EXCESS_SHARE * limit_deg, _LEAST_EXCESS_DEG), _MOST_EXCESS_DEG)
    return limit_deg + excess * size


def faulty_tempo(
    exercise: ExerciseDefinition, tempo: Tempo, fault: FaultCode | None, size: float
) -> Tempo:
    """``tempo`` with the fault, if it is one of time."""
    rule = None if fault is None else exercise.form.rule(fault)
    if fault == "too_fast" and isinstance(rule, LowestFraction):
        factor = rule.minimum_fraction * max(1.0 - _TIME_SHARE * size, 0.2)
        hurried = _faster(tempo, factor, factor)
        lowering = exercise.form.fast_lowering
        if lowering is None:
            return hurried
        back_s = max(hurried.return_s, lowering.shortest_s * _NOT_YET_FAST)
        return hurried.model_copy(update={"return_s": back_s})
    if fault == "too_slow" and isinstance(rule, HighestFraction):
        factor = rule.maximum_fraction * (1.0 + _TIME_EXCESS * size)
        return _faster(tempo, factor, factor)
    if fault == "fast_lowering" and isinstance(rule, ShortestTime):
        lowers_s = min(rule.shortest_s * max(1.0 - _TIME_SHARE * size, 0.3), tempo.return_s)
        return _faster(tempo, 1.0, lowers_s / tempo.return_s if tempo.return_s else 1.0)
    return tempo


def faulty_peak(
    exercise: ExerciseDefinition, progress: float, fault: FaultCode | None, size: float
) -> float:
    """The peak's progress with the fault, which still counts."""
    rule = exercise.form.incomplete_range
    if fault != "incomplete_range" or rule is None:
        return progress
    missing = rule.minimum_progress - _RANGE_MISSING * size
    counted = counted_from(exercise) + _COUNT_MARGIN
    return progress * min(max(missing, counted), rule.minimum_progress - 0.02)


def left_progress(exercise: ExerciseDefinition, fault: FaultCode | None, size: float) -> float:
    """Where a repetition ends that does not come all the way back, and counts if it can."""
    rule = exercise.form.incomplete_return
    if fault != "incomplete_return" or not isinstance(rule, IncompleteReturnRule):
        return 0.0
    span = exercise.range_of_motion
    counts_below = exercise.repetition.leave * span.progress(span.easy_deg)
    too_far = rule.maximum_progress + _RETURN_EXCESS * size
    if counts_below > rule.maximum_progress:
        too_far = min(
            too_far,
            rule.maximum_progress + (counts_below - rule.maximum_progress) * _COUNTS_BELOW_LEAVE,
        )
    return too_far


def weaker_peak(
    exercise: ExerciseDefinition, progress: float, fault: FaultCode | None, size: float
) -> float | None:
    """How far the weaker side goes where the sides are uneven; it still counts."""
    rule = exercise.form.asymmetry
    if fault != "asymmetry" or rule is None:
        return None
    span = exercise.range_of_motion
    gap = beyond_deg(rule.limit_deg, size) / abs(span.full_deg - span.start_deg)
    return max(progress - gap, counted_from(exercise) + _COUNT_MARGIN)


def touching_progress(exercise: ExerciseDefinition, fault: FaultCode | None) -> float | None:
    """The progress at which a lifted foot touches down."""
    rule = exercise.form.touch_down
    if fault != "touch_down" or rule is None:
        return None
    if exercise.measure != "leg_lift":
        return 0.0
    lifted = math.asin(rule.minimum_fraction * _TOUCH_SHARE)
    return max(exercise.range_of_motion.progress(math.degrees(lifted)), 0.0)


def counted_from(exercise: ExerciseDefinition) -> float:
    """The progress from which a repetition counts."""
    span = exercise.range_of_motion
    return exercise.repetition.enter * span.progress(span.easy_deg)


def _faster(tempo: Tempo, out: float, back: float) -> Tempo:
    return tempo.model_copy(update={"out_s": tempo.out_s * out, "return_s": tempo.return_s * back})
