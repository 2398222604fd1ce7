"""What the patient's page shows of twelve weeks: charts, the tables beside them, and sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from cloud_bridge.portal.charts import WIDE, PointChart, time_axis
from cloud_bridge.portal.charts_heat_map import HeatMap, heat_map
from cloud_bridge.portal.charts_points import (
    rating_chart,
)
from cloud_bridge.portal.exercise_course import ExerciseCourse, Row, exercise_courses, name_of
from cloud_bridge.portal.session_words import complaint_text
from cloud_bridge.portal.set_quality import reason_text
from cloud_bridge.progress.adherence import (
    DayOfExercise,
    WeekDone,
    day_of,
    days_of_exercises,
    weeks_done,
    weeks_until,
)
from cloud_bridge.progress.judgement import (
    NotJudged,
    not_judged,
)
from cloud_bridge.progress.plan import Plan
from cloud_bridge.progress.session_figures import SessionFigures, SetFigures
from models.exercises.catalogue import fault_text, not_judged_text
from models.messages import Session

JUDGED_DAYS: Final = 28


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
            [(name_of(key), each) for key, each in done.items()],
            versions,
            _sets_description(weeks),
        ),
        set_rows=tuple(
            Row(
                (
                    f"{each.day}",
                    name_of(key),
                    str(each.prescribed or "-"),
                    str(len(each.done)),
                    said,
                )
            )
            for key, of_days in done.items()
            for each in of_days
            if each.done
            for said in [", ".join(map(_set_in_words, each.done))]
        ),
        weeks=weeks,
        exercises=tuple(exercise_courses(plan, shown, messages, judged, versions, (first, last))),
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
            (name_of(each.key), tuple(_not_judged_lines(each))) for each in not_judged(judged)
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


def _day_row(name: str, day: DayOfExercise) -> Row:
    said = ", ".join(map(_set_in_words, day.done))
    return Row((f"{day.day}", name, str(day.prescribed or "-"), str(len(day.done)), said))


def _set_in_words(result: SetFigures) -> str:
    return "by the clock" if result.guided_by == "clock" else f"{result.counted} of {result.target}"


def _rating(rating: int | None) -> str:
    return "not answered" if rating is None else str(rating)
