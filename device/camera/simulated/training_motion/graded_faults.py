"""Faults of every size, from none to clearly beyond the limit, each repetition with its own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final

import numpy as np

from device.camera.simulated.faulty_plan import EXCESS_SHARE, beyond_deg, counted_from
from device.camera.simulated.performance import Performance
from device.camera.simulated.repetition_plan import PlannedRepetition
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import (
    AngleBand,
    AngleLimit,
    HighestFraction,
    IncompleteRangeRule,
    IncompleteReturnRule,
    LengthLimit,
    LowestFraction,
    ShortestTime,
)
from models.exercises.motion import JointAngles
from models.messages import FaultCode

LARGEST: Final = 2.5
"""The largest fault, as a multiple of its limit."""

# How much each unit of a performance's fault size changes, as the faults are made there.
_RETURN_PER_SIZE, _FASTER_PER_SIZE, _SLOWER_PER_SIZE = 0.15, 0.4, 0.6
_ROLL_PER_SIZE, _HIKE_PER_SIZE = 0.2, 0.1
_LEANS_ITSELF_FROM_DEG = 10.0
_SHORTEST_SHARE = 0.35
_ALL_OR_NOTHING: Final = ("touch_down", "hand_support")
_THERE: Final = 2.0
_COUNT_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class GradedFault:
    """A fault that is made as large as ``times_limit`` says: 0 not at all, 1 up to its rule's
    limit, from there on a fault.

    Of a range or a tempo it is what is missing (or too much), of what the limit lets be missing.
    What is there or not, as a hand on the thigh, is 2.
    """

    code: FaultCode
    times_limit: float


@dataclass(frozen=True)
class _SizedPerformance(Performance):
    """As planned already, with faults of one size."""

    planned: tuple[PlannedRepetition, ...] = ()
    plain: Performance | None = None

    @cached_property
    def repetitions(self) -> tuple[PlannedRepetition, ...]:
        return self.planned

    @cached_property
    def _measure_along_motion(self) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
        # Costs as much as a second of movement, and is the same whatever goes wrong.
        return None if self.plain is None else self.plain._measure_along_motion


@dataclass(frozen=True)
class GradedPerformance(Performance):
    """A performance in which each repetition's fault has its own size.

    ``graded`` gives the faults by the repetition's number, from 1; do not give ``faults``.
    """

    graded: Mapping[int, GradedFault] = field(default_factory=dict)

    @cached_property
    def repetitions(self) -> tuple[PlannedRepetition, ...]:
        """All repetitions in order."""
        planned: list[PlannedRepetition] = []
        for number in range(1, self.reps + 1):
            before = planned[-1] if planned else None
            planned.append(self._sized(number)._planned(number, before))
        return tuple(planned)

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles ``time_s`` after the start."""
        under_way = self.repetition_at(time_s)
        return self._as_planned[under_way.number if under_way else 0].angles_at(time_s)

    @cached_property
    def _as_planned(self) -> dict[int, Performance]:
        return {n: self._sized(n, self.repetitions) for n in range(self.reps + 1)}

    def _sized(
        self, number: int, planned: tuple[PlannedRepetition, ...] = ()
    ) -> "_SizedPerformance":
        given = self._given
        fault = self.graded.get(number)
        if fault is not None:
            range_share = missing_range(self.exercise, fault)
            if range_share is not None:
                given["range_fractions"] = {**self.range_fractions, number: 1.0 - range_share}
            else:
                given["faults"] = {number: fault.code}
                given["fault_size"] = size_of(self.exercise, fault)
        return _SizedPerformance(**given, planned=planned, plain=self._plain)

    @cached_property
    def _plain(self) -> Performance:
        return Performance(**self._given)

    @property
    def _given(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(Performance)}


def drawn_fault(
    exercise: ExerciseDefinition, code: FaultCode, random: np.random.Generator
) -> GradedFault:
    """That fault, of a size drawn from none to :data:`LARGEST` times its limit."""
    if code in _ALL_OR_NOTHING:
        return GradedFault(code, _THERE)
    size = float(random.uniform(0.0, LARGEST))
    return GradedFault(code, min(size, _most(exercise, code)))


def missing_range(exercise: ExerciseDefinition, fault: GradedFault) -> float | None:
    """The share of the range that is missing; ``None`` for another fault."""
    rule = exercise.form.incomplete_range
    if fault.code != "incomplete_range" or rule is None:
        return None
    return fault.times_limit * (1.0 - rule.minimum_progress)


def size_of(exercise: ExerciseDefinition, fault: GradedFault) -> float:
    """The ``fault_size`` with which a :class:`Performance` makes the fault that large.

    The inverse of how :mod:`device.camera.simulated.faults` and
    :mod:`device.camera.simulated.faulty_plan` make it.
    """
    rule, times = exercise.form.rule(fault.code), fault.times_limit
    if isinstance(rule, LengthLimit):
        size = (times - 1.0) / EXCESS_SHARE
    elif isinstance(rule, AngleLimit):
        own_deg = _own_deg(exercise, fault.code)
        wanted_deg = own_deg + times * (rule.limit_deg - own_deg)
        size = _size_of_angle(rule.limit_deg, wanted_deg)
    elif isinstance(rule, AngleBand):
        limit_deg = (rule.highest_deg - rule.lowest_deg) / 2
        size = _size_of_angle(limit_deg, times * limit_deg)
    elif isinstance(rule, LowestFraction):
        kept = max(1.0 - times * (1.0 - rule.minimum_fraction), _SHORTEST_SHARE)
        size = _size_of_fraction(fault.code, rule.minimum_fraction, kept)
    elif isinstance(rule, HighestFraction):
        size = (
            (1.0 + times * (rule.maximum_fraction - 1.0)) / rule.maximum_fraction - 1.0
        ) / _SLOWER_PER_SIZE
    elif isinstance(rule, ShortestTime):
        prescribed_s = max(exercise.tempo.return_s, rule.shortest_s)
        takes_s = prescribed_s - times * (prescribed_s - rule.shortest_s)
        size = (1.0 - max(takes_s / rule.shortest_s, 0.3)) / _FASTER_PER_SIZE
    elif isinstance(rule, IncompleteReturnRule):
        size = (times - 1.0) * rule.maximum_progress / _RETURN_PER_SIZE
    else:
        size = times
    return size


def _most(exercise: ExerciseDefinition, code: FaultCode) -> float:
    """How many times its limit a fault can be, so that the repetition still counts."""
    rule = exercise.form.rule(code)
    if isinstance(rule, IncompleteRangeRule):
        least = counted_from(exercise) + _COUNT_MARGIN
        return (1.0 - least) / (1.0 - rule.minimum_progress)
    if isinstance(rule, LowestFraction):
        return (1.0 - _SHORTEST_SHARE) / (1.0 - rule.minimum_fraction)
    return math.inf


def _size_of_angle(limit_deg: float, wanted_deg: float) -> float:
    return (wanted_deg - limit_deg) / (beyond_deg(limit_deg, 1.0) - limit_deg)


def _size_of_fraction(code: FaultCode, lowest: float, kept: float) -> float:
    if code == "pelvis_roll":
        return (lowest - kept) / _ROLL_PER_SIZE
    if code == "shoulder_hike":
        return (lowest - kept) / _HIKE_PER_SIZE
    return (1.0 - kept / lowest) / _FASTER_PER_SIZE


def _own_deg(exercise: ExerciseDefinition, code: FaultCode) -> float:
    """How far the reference motion itself goes towards the limit."""
    if code != "trunk_lean_forward":
        return 0.0
    motion = exercise.motion
    passed = motion.waypoint.trunk_flexion_deg if motion.waypoint else None
    furthest_deg = max(motion.peak.trunk_flexion_deg, passed or 0.0)
    leans = furthest_deg > motion.start.trunk_flexion_deg
    return furthest_deg if leans and furthest_deg >= _LEANS_ITSELF_FROM_DEG else 0.0
