"""What the patient's page shows of twelve weeks: charts, the tables beside them, and sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from cloud_bridge.portal.charts import NARROW, WIDE, PointChart, TimeAxis, time_axis
from cloud_bridge.portal.charts_heat_map import HeatMap, heat_map
from cloud_bridge.portal.charts_points import Target, quality_chart, range_chart, rating_chart
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.portal.session_words import complaint_text
from cloud_bridge.portal.set_quality import reason_text
from cloud_bridge.progress.adherence import (
    WeekDone,
    day_of,
    days_of_exercises,
    weeks_done,
    weeks_until,
)
from cloud_bridge.progress.judgement import (
    FaultCount,
    NotJudged,
    QualityPoint,
    fault_counts,
    not_judged,
    quality_courses,
)
from cloud_bridge.progress.plan import ExerciseKey, Plan, key_of
from cloud_bridge.progress.range_course import RangePoint, range_courses, span_of
from cloud_bridge.progress.session_figures import SessionFigures, SetFigures
from models.exercises.catalogue import fault_text, not_judged_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Session
from models.movement_score.words import band_text

JUDGED_DAYS: Final = 28
_TOP_FAULTS: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table beside a chart."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExerciseCourse:
    """One exercise over the weeks; a chart is ``None`` where nothing of its kind was measured."""

    name: str
    range: PointChart | None
    range_rows: tuple[Row, ...]
    quality: PointChart | None
    quality_rows: tuple[Row, ...]
    faults: tuple[str, ...]
    why_no_range: str
    measured_on: str


@dataclass(frozen=True, slots=True)
class Course:
    """All of it; ``warnings`` say what it must not be taken for."""

    first: date
    last: date
    zone_name: str
    warnings: tuple[str, ...]
    sets: HeatMap | None
    set_rows: tuple[Row, ...]
    weeks: tuple[WeekDone, ...]
    exercises: tuple[ExerciseCourse, ...]
    ratings: PointChart | None
    rating_rows: tuple[Row, ...]
    not_judged: tuple[tuple[str, tuple[str, ...]], ...]


def course_since(today: date, zone: tzinfo) -> datetime:
    """When the weeks that are shown begin."""
    first = weeks_until(today)[0]
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def course_of(
    plan: Plan,
    figures: Sequence[SessionFigures],
    sessions: Sequence[Session],
    now: datetime,
    pain_flagged_above: int,
) -> Course:
    """The course; ``figures`` and ``sessions`` are the same sessions, from before the weeks too."""
    zone = plan.zone
    today = now.astimezone(zone).date()
    mondays = weeks_until(today)
    first, last = mondays[0], mondays[-1] + timedelta(days=6)
    shown = [each for each in figures if first <= day_of(each, zone) <= today]
    versions = tuple(plan.begins())
    wide = time_axis(first, last, zone, 46.0, WIDE)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    done = days_of_exercises(plan, shown, days, today)
    weeks = weeks_done(plan, shown, mondays, today)
    answered = any(
        rating is not None
        for each in shown
        for rating in (each.pain_before, each.pain_after, each.rpe)
    )
    messages = [each for each in sessions if first <= each.started_at.astimezone(zone).date()]
    judged_since = now - timedelta(days=JUDGED_DAYS)
    judged = [each for each in messages if each.started_at >= judged_since]
    return Course(
        first=first,
        last=today,
        zone_name=str(zone),
        warnings=tuple(_warnings(shown)),
        sets=None
        if not done
        else heat_map(
            time_axis(first, last, zone, 250.0, WIDE),
            [(_name(key), each) for key, each in done.items()],
            versions,
            _sets_description(weeks),
        ),
        set_rows=tuple(
            Row((f"{each.day}", _name(key), str(each.prescribed or "-"), str(len(each.done)), said))
            for key, of_days in done.items()
            for each in of_days
            if each.done
            for said in [", ".join(map(_set_in_words, each.done))]
        ),
        weeks=weeks,
        exercises=_exercises(plan, shown, messages, judged, versions, (first, last)),
        ratings=rating_chart(wide, shown, pain_flagged_above, versions) if answered else None,
        rating_rows=tuple(
            Row(
                (
                    f"{each.started_at.astimezone(zone):%Y-%m-%d %H:%M}",
                    _rating(each.pain_before),
                    _rating(each.pain_after),
                    _rating(each.rpe),
                    "simulated" if each.simulated else "patient",
                )
            )
            for each in reversed(shown)
        ),
        not_judged=tuple(
            (_name(each.key), tuple(_not_judged_lines(each))) for each in not_judged(judged)
        ),
    )


def _warnings(figures: Sequence[SessionFigures]) -> Iterator[str]:
    simulated = sum(each.simulated for each in figures)
    if simulated:
        which = "All" if simulated == len(figures) else f"{simulated} of {len(figures)}"
        yield (
            f"{which} sessions of these weeks are simulated or recorded: no person did them before"
            " a camera."
        )
    stand_in = sum(each.stand_in for each in figures)
    if stand_in:
        yield (
            f"{stand_in} sessions were measured by the stand-in network, which must not be used"
            " with people: their angles have no known error."
        )


def _sets_description(weeks: Sequence[WeekDone]) -> str:
    done, asked = sum(each.sets_done for each in weeks), sum(each.prescribed_sets for each in weeks)
    return f"{done} sets done; {asked} prescribed for these weeks, the one that runs included."


def _exercises(
    plan: Plan,
    figures: Sequence[SessionFigures],
    messages: Sequence[Session],
    judged: Sequence[Session],
    versions: Sequence[tuple[date, int]],
    span: tuple[date, date],
) -> tuple[ExerciseCourse, ...]:
    axis = time_axis(*span, plan.zone, 42.0, NARROW)
    ranges, qualities = range_courses(figures), quality_courses(messages)
    faults = fault_counts(judged)
    keys = dict.fromkeys(
        (each.exercise_id, each.side) for session in figures for each in session.exercises
    )
    return tuple(
        _exercise(
            key, number, axis, plan, versions, ranges.get(key, ()), qualities.get(key, ()),
            faults.get(key, ()),
        )
        for number, key in enumerate(keys, 1)
    )  # fmt: skip


def _exercise(
    key: ExerciseKey,
    number: int,
    axis: TimeAxis,
    plan: Plan,
    versions: Sequence[tuple[date, int]],
    ranges: Sequence[RangePoint],
    qualities: Sequence[QualityPoint],
    faults: Sequence[FaultCount],
) -> ExerciseCourse:
    name = _name(key)
    exercise = load_library().find(key[0])
    accuracy = exercise.accuracy if isinstance(exercise, ExerciseDefinition) else None
    measure = _measure(key)
    targets = _targets(key, plan, axis)
    return ExerciseCourse(
        name=name,
        range=None
        if not ranges
        else range_chart(axis, f"range-{number}", f"{name}: {measure}", ranges, targets, versions),
        range_rows=tuple(_range_row(each, plan.zone) for each in reversed(ranges)),
        quality=None
        if not qualities
        else quality_chart(axis, f"quality-{number}", f"{name}: quality", qualities, versions),
        quality_rows=tuple(_quality_row(each, plan.zone) for each in reversed(qualities)),
        faults=tuple(
            f"{fault_text(each.code)}: {each.seen} times in {each.repetitions} repetitions"
            for each in faults[:_TOP_FAULTS]
        ),
        why_no_range=_why_no_range(key),
        measured_on="" if accuracy is None else accuracy.measured_on,
    )


def _measure(key: ExerciseKey) -> str:
    exercise = load_library().find(key[0])
    if not isinstance(exercise, ExerciseDefinition):
        return "range"
    return f"peak {exercise.measure.replace('_', ' ')}"


def _why_no_range(key: ExerciseKey) -> str:
    exercise = load_library().find(key[0])
    if exercise is None:
        return "This exercise is not in the library any more."
    if not isinstance(exercise, ExerciseDefinition):
        return "Guided by the clock: a camera measures nothing here."
    if exercise.kind == "hold":
        return "A posture that is held: its time is measured, no range."
    return "No angle was measured in these weeks."


def _targets(key: ExerciseKey, plan: Plan, axis: TimeAxis) -> tuple[Target, ...]:
    """The prescribed target of each version; where there is none, the library's full range."""
    span = span_of(key)
    begins = [each for each in plan.versions if each.in_force_from is not None]
    found: list[Target] = []
    for number, version in enumerate(begins):
        item = next((each for each in version.prescription.items if key_of(each) == key), None)
        if item is None or version.in_force_from is None:
            continue
        since = version.in_force_from.astimezone(plan.zone).date()
        after = begins[number + 1].in_force_from if number + 1 < len(begins) else None
        until = axis.last if after is None else after.astimezone(plan.zone).date()
        if item.target_rom_deg is not None:
            value, said = item.target_rom_deg, "target"
        elif span is not None:
            value, said = span.full_deg, "no target; full range"
        else:
            continue
        if until < axis.first or since > axis.last:
            continue
        if found and found[-1].value_deg == value:
            found[-1] = Target(found[-1].since, until, value, found[-1].text)
        else:
            found.append(Target(since, until, value, f"{said} {value:g}°"))
    return tuple(found)


def _range_row(point: RangePoint, zone: tzinfo) -> Row:
    error = point.range.expected_error_deg
    trust = "low" if point.range.low_confidence else "error unknown" if error is None else "high"
    return Row(
        (
            f"{point.at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{point.range.value_deg:.0f}°" + ("" if error is None else f" ± {error:.0f}°"),
            str(point.range.measured),
            trust,
            "stand-in network" if point.stand_in else "simulated" if point.simulated else "camera",
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
            "simulated" if point.simulated else "camera",
        )
    )


def _not_judged_lines(each: NotJudged) -> Iterator[str]:
    if each.by_clock:
        yield f"{_sets(each.by_clock)} guided by the clock: nothing was counted or measured"
    if each.angles:
        yield (
            f"angle of {each.angles} of {each.repetitions} repetitions: the view did not show it"
        )
    for (code, reason), sets in each.faults.items():
        yield f"{fault_text(code)}, in {_sets(sets)}: {not_judged_text(reason)}"
    for reason, sets in each.quality.items():
        yield f"quality of {_sets(sets)}: {reason_text(reason)}"
    for complaint, sets in each.framing.items():
        yield f"{_sets(sets)} begun although: {complaint_text(complaint)}"


def _sets(count: int) -> str:
    return "1 set" if count == 1 else f"{count} sets"


def _set_in_words(result: SetFigures) -> str:
    return "by the clock" if result.guided_by == "clock" else f"{result.counted} of {result.target}"


def _rating(rating: int | None) -> str:
    return "not answered" if rating is None else str(rating)


def _name(key: ExerciseKey) -> str:
    side = "" if key[1] == "both" else f", {key[1]}"
    return f"{exercise_name(key[0])}{side}"
