"""The range of motion of each exercise from session to session; what was not measured is not there.

A point is one session's, never a value between two. Only points of the same exercise, side, pose
networks and kind of camera are compared with each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot
from statistics import median
from typing import Final
from uuid import UUID

from cloud_bridge.progress.flag_rules import RangeDown
from cloud_bridge.progress.plan import ExerciseKey
from cloud_bridge.progress.session_figures import RangeFigures, SessionFigures
from models.exercises.definition import ExerciseDefinition, RangeOfMotion
from models.exercises.library import load_library

BASELINE_WITHIN: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class RangePoint:
    """One session's range of one exercise."""

    session_id: UUID
    at: datetime
    range: RangeFigures
    networks: tuple[str, ...]
    simulated: bool
    stand_in: bool

    @property
    def sure(self) -> bool:
        """Whether it may be compared: seen well, by a network with a known error."""
        return not self.range.low_confidence and self.range.expected_error_deg is not None


@dataclass(frozen=True, slots=True)
class HoldPoint:
    """The longest hold of a posture in one session, in seconds; its error is not known."""

    at: datetime
    longest_s: float
    simulated: bool
    stand_in: bool


@dataclass(frozen=True, slots=True)
class RangeDrop:
    """Sessions in a row below the median of those before, each beyond ``limits_deg``."""

    points: tuple[RangePoint, ...]
    baseline_deg: float
    limits_deg: tuple[float, ...]


def range_courses(
    sessions: Sequence[SessionFigures],
) -> Mapping[ExerciseKey, tuple[RangePoint, ...]]:
    """Each measured exercise's points in order of time."""
    found: dict[ExerciseKey, list[RangePoint]] = {}
    for session in sorted(sessions, key=lambda each: each.started_at):
        for exercise in session.exercises:
            if exercise.range is not None:
                point = RangePoint(
                    session.id,
                    session.started_at,
                    exercise.range,
                    session.networks,
                    session.simulated,
                    session.stand_in,
                )
                found.setdefault((exercise.exercise_id, exercise.side), []).append(point)
    return {key: tuple(points) for key, points in found.items()}


def hold_courses(
    sessions: Sequence[SessionFigures],
) -> Mapping[ExerciseKey, tuple[HoldPoint, ...]]:
    """Each held posture's points in order of time."""
    found: dict[ExerciseKey, list[HoldPoint]] = {}
    for session in sorted(sessions, key=lambda each: each.started_at):
        for exercise in session.exercises:
            if exercise.longest_hold_s is not None:
                point = HoldPoint(
                    session.started_at,
                    exercise.longest_hold_s,
                    session.simulated,
                    session.stand_in,
                )
                found.setdefault((exercise.exercise_id, exercise.side), []).append(point)
    return {key: tuple(points) for key, points in found.items()}


def span_of(key: ExerciseKey) -> RangeOfMotion | None:
    """The exercise's range in the library; ``None`` for one that is measured no longer."""
    exercise = load_library().find(key[0])
    return exercise.range_of_motion if isinstance(exercise, ExerciseDefinition) else None


def range_drops(
    key: ExerciseKey, points: Sequence[RangePoint], rule: RangeDown, since: datetime
) -> tuple[RangeDrop, ...]:
    """Where the range went down by the rule, in runs that end after ``since``.

    Below means towards the exercise's start, whichever way its angle counts. A drop must exceed
    the rule's degrees and what both expected errors explain: the root of the sum of their squares.
    """
    span = span_of(key)
    if span is None:
        return ()
    towards_start = 1.0 if span.start_deg < span.full_deg else -1.0
    drops = []
    for kind in dict.fromkeys((each.networks, each.simulated) for each in points):
        alike = [each for each in points if each.sure and (each.networks, each.simulated) == kind]
        for end in range(rule.sessions, len(alike) + 1):
            run = alike[end - rule.sessions : end]
            if run[-1].at < since:
                continue
            first = max(0, end - rule.sessions - rule.baseline_sessions)
            earliest = run[0].at - BASELINE_WITHIN
            before = [each for each in alike[first : end - rule.sessions] if each.at >= earliest]
            if len(before) < rule.baseline_at_least:
                continue
            drop = _drop(run, before, towards_start, rule.degrees)
            if drop is not None:
                drops.append(drop)
    return tuple(drops)


def _drop(
    run: Sequence[RangePoint], before: Sequence[RangePoint], towards_start: float, degrees: float
) -> RangeDrop | None:
    baseline_deg = median(each.range.value_deg for each in before)
    below = [(baseline_deg - each.range.value_deg) * towards_start for each in run]
    if min(below) <= degrees:
        return None
    baseline_error_deg = max(each.range.expected_error_deg or 0.0 for each in before)
    limits = tuple(
        max(degrees, hypot(each.range.expected_error_deg or 0.0, baseline_error_deg))
        for each in run
    )
    if all(fallen > limit for fallen, limit in zip(below, limits, strict=True)):
        return RangeDrop(tuple(run), baseline_deg, limits)
    return None
