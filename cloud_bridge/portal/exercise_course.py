"""One exercise over the weeks on the patient's page: measured, computed, and the faults seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from cloud_bridge.portal.charts import NARROW, PointChart, TimeAxis, time_axis
from cloud_bridge.portal.charts_points import (
    Target,
    hold_chart,
    quality_chart,
    range_chart,
)
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.progress.judgement import (
    QualityPoint,
    fault_counts,
    quality_courses,
)
from cloud_bridge.progress.plan import ExerciseKey, Plan, key_of
from cloud_bridge.progress.range_course import (
    HoldPoint,
    RangePoint,
    hold_courses,
    range_courses,
    span_of,
)
from cloud_bridge.progress.session_figures import SessionFigures
from models.exercises.catalogue import fault_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Session
from models.movement_score.words import band_text

_TOP_FAULTS: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table beside a chart."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasuredCourse:
    """What the camera measured of an exercise, with the table beside the chart."""

    chart: PointChart
    what: str
    of: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ExerciseCourse:
    """One exercise over the weeks; a chart is ``None`` where nothing of its kind was measured."""

    name: str
    measured: MeasuredCourse | None
    quality: PointChart | None
    quality_rows: tuple[Row, ...]
    faults: tuple[str, ...]
    why_not_measured: str


def exercise_courses(
    plan: Plan,
    figures: Sequence[SessionFigures],
    messages: Sequence[Session],
    judged: Sequence[Session],
    versions: Sequence[tuple[date, int]],
    span: tuple[date, date],
) -> Iterator[ExerciseCourse]:
    """Each exercise that was done; ``judged`` are the sessions whose faults are counted."""
    axis = time_axis(*span, plan.zone, 42.0, NARROW)
    ranges, holds = range_courses(figures), hold_courses(figures)
    qualities, faults = quality_courses(messages), fault_counts(judged)
    keys = dict.fromkeys(
        (each.exercise_id, each.side) for session in figures for each in session.exercises
    )
    for number, key in enumerate(keys, 1):
        name = name_of(key)
        scored = qualities.get(key, ())
        yield ExerciseCourse(
            name=name,
            measured=_measured(
                key, number, axis, plan, versions, ranges.get(key, ()), holds.get(key, ())
            ),
            quality=quality_chart(axis, f"quality-{number}", f"{name}: quality", scored, versions)
            if scored
            else None,
            quality_rows=tuple(_quality_row(each, plan.zone) for each in reversed(scored)),
            faults=tuple(
                f"{fault_text(each.code)}: {each.seen} times in {each.repetitions} repetitions"
                for each in faults.get(key, ())[:_TOP_FAULTS]
            ),
            why_not_measured=_why_not_measured(key),
        )


def _measured(
    key: ExerciseKey,
    number: int,
    axis: TimeAxis,
    plan: Plan,
    versions: Sequence[tuple[date, int]],
    ranges: Sequence[RangePoint],
    holds: Sequence[HoldPoint],
) -> MeasuredCourse | None:
    exercise = load_library().find(key[0])
    if not isinstance(exercise, ExerciseDefinition):
        return None
    chart_name, targets = f"range-{number}", _targets(key, plan, axis)
    if holds:
        title = f"{name_of(key)}: longest hold"
        return MeasuredCourse(
            chart=hold_chart(axis, chart_name, title, holds, targets, versions),
            what="Longest hold",
            of="longest of each session",
            headings=("Session", "Longest hold", "Source"),
            rows=tuple(_hold_row(each, plan.zone) for each in reversed(holds)),
            note="Measured by camera and clock; its error is not known.",
        )
    if not ranges:
        return None
    what = f"peak {exercise.measure.replace('_', ' ')}"
    title = f"{name_of(key)}: {what}"
    accuracy = exercise.accuracy
    return MeasuredCourse(
        chart=range_chart(axis, chart_name, title, ranges, targets, versions),
        what=what.capitalize(),
        of="median of each session",
        headings=("Session", "Angle", "Repetitions measured", "Confidence", "Source"),
        rows=tuple(_range_row(each, plan.zone) for each in reversed(ranges)),
        note=""
        if accuracy is None
        else f"± is from: {accuracy.measured_on}. A change within it is no change.",
    )


def _why_not_measured(key: ExerciseKey) -> str:
    exercise = load_library().find(key[0])
    if exercise is None:
        return "This exercise is not in the library any more."
    if not isinstance(exercise, ExerciseDefinition):
        return "Guided by the clock: a camera measures nothing here."
    what = "hold" if exercise.kind == "hold" else "angle"
    return f"No {what} was measured in these weeks."


def _targets(key: ExerciseKey, plan: Plan, axis: TimeAxis) -> tuple[Target, ...]:
    """The prescribed target of each version; where there is none, the library's full range."""
    span = span_of(key)
    begins = [each for each in plan.versions if each.in_force_from is not None]
    found: list[Target] = []
    for number, version in enumerate(begins):
        item = next((each for each in version.prescription.items if key_of(each) == key), None)
        if item is None or version.begins is None:
            continue
        since = version.begins
        after = begins[number + 1].begins if number + 1 < len(begins) else None
        until = axis.last if after is None else after
        unit = "°"
        if span is not None and _is_hold(key):
            value, said, unit = item.hold_s, "prescribed", " s"
        elif item.target_rom_deg is not None:
            value, said = item.target_rom_deg, "target"
        elif span is not None:
            value, said = span.full_deg, "no target; full range"
        else:
            continue
        if until < axis.first or since > axis.last:
            continue
        if found and found[-1].value == value:
            found[-1] = Target(found[-1].since, until, value, found[-1].text)
        else:
            found.append(Target(since, until, value, f"{said} {value:g}{unit}"))
    return tuple(found)


def _is_hold(key: ExerciseKey) -> bool:
    exercise = load_library().find(key[0])
    return isinstance(exercise, ExerciseDefinition) and exercise.kind == "hold"


def _source(simulated: bool, stand_in: bool = False) -> str:
    return "stand-in network" if stand_in else "simulated" if simulated else "camera"


def _hold_row(point: HoldPoint, zone: tzinfo) -> Row:
    when = f"{point.at.astimezone(zone):%Y-%m-%d %H:%M}"
    return Row((when, f"{point.longest_s:.0f} s", _source(point.simulated, point.stand_in)))


def _range_row(point: RangePoint, zone: tzinfo) -> Row:
    error = point.range.expected_error_deg
    trust = "low" if point.range.low_confidence else "error unknown" if error is None else "high"
    return Row(
        (
            f"{point.at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{point.range.value_deg:.0f}°" + ("" if error is None else f" ± {error:.0f}°"),
            str(point.range.measured),
            trust,
            _source(point.simulated, point.stand_in),
        )
    )


def _quality_row(point: QualityPoint, zone: tzinfo) -> Row:
    spread = "error unknown" if point.deviation is None else f"± {point.deviation:.1f}"
    return Row(
        (
            f"{point.at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{point.score:.1f} {spread}",
            band_text(point.score),
            str(point.sets),
            _source(point.simulated),
        )
    )


def name_of(key: ExerciseKey) -> str:
    """An exercise and its side in words."""
    side = "" if key[1] == "both" else f", {key[1]}"
    return f"{exercise_name(key[0])}{side}"
