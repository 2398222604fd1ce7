"""Range of motion, quality, pain and effort over time: a point for each session, never joined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, floor
from typing import Final

from cloud_bridge.portal.charts import (
    NARROW,
    WIDE,
    Label,
    Level,
    Mark,
    PointChart,
    Shape,
    TimeAxis,
    outline,
    version_labels,
)
from cloud_bridge.progress.judgement import QualityPoint
from cloud_bridge.progress.range_course import HoldPoint, RangePoint
from cloud_bridge.progress.session_figures import SessionFigures

_TOP, _BOTTOM, _HEIGHT = 20.0, 180.0, 200.0
_STEPS_DEG: Final = (5, 10, 15, 20, 30, 45, 60, 90)
_WORST_SCORE: Final = 4.0


@dataclass(frozen=True, slots=True)
class Target:
    """What the range or the hold is to reach, from a day on."""

    since: date
    until: date
    value: float
    text: str


def range_chart(
    axis: TimeAxis,
    name: str,
    title: str,
    points: Sequence[RangePoint],
    targets: Sequence[Target],
    versions: Iterable[tuple[date, int]],
) -> PointChart:
    """Each session's angle with its expected error, and the target."""
    shown = [each for each in points if axis.shows(each.at)]
    values = [
        _Value(
            each.at,
            each.range.value_deg,
            each.range.expected_error_deg,
            _shape(each.stand_in, each.simulated),
            not each.sure,
        )
        for each in shown
    ]
    return _values_chart(
        axis, name, title, _range_description(shown), values, targets, versions, "°"
    )


def hold_chart(
    axis: TimeAxis,
    name: str,
    title: str,
    points: Sequence[HoldPoint],
    targets: Sequence[Target],
    versions: Iterable[tuple[date, int]],
) -> PointChart:
    """Each session's longest hold, whose error is not known, and the hold that is prescribed."""
    values = [
        _Value(each.at, each.longest_s, None, _shape(each.stand_in, each.simulated), True)
        for each in points
        if axis.shows(each.at)
    ]
    last = f"the last {values[-1].value:.0f} s" if values else "none in this time"
    description = f"{len(values)} sessions with a measured hold; {last}."
    return _values_chart(axis, name, title, description, values, targets, versions, " s", 0.0)


@dataclass(frozen=True, slots=True)
class _Value:
    at: datetime
    value: float
    error: float | None
    shape: Shape
    unsure: bool


def _shape(stand_in: bool, simulated: bool) -> Shape:
    return "cross" if stand_in else "diamond" if simulated else "circle"


def _values_chart(
    axis: TimeAxis,
    name: str,
    title: str,
    description: str,
    values: Sequence[_Value],
    targets: Sequence[Target],
    versions: Iterable[tuple[date, int]],
    unit: str,
    *ends: float,
) -> PointChart:
    limits = [*ends, *(each.value for each in targets)]
    for each in values:
        limits += [each.value - (each.error or 0.0), each.value + (each.error or 0.0)]
    low, high, ticks = _scale(limits)

    def y_of(value: float) -> float:
        return round(_BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP), 1)

    marks = tuple(
        Mark(
            outline=outline(each.shape, axis.of(each.at), y_of(each.value)),
            kind=f"{each.shape}-unsure" if each.unsure and each.shape != "cross" else each.shape,
            unsure=each.unsure,
            x=axis.of(each.at),
            bar_from=None if each.error is None else y_of(each.value - each.error),
            bar_to=None if each.error is None else y_of(each.value + each.error),
        )
        for each in values
    )
    return PointChart(
        name=name,
        title=title,
        description=description,
        width=NARROW,
        height=_HEIGHT,
        left=axis.left,
        right=axis.right,
        top=_TOP,
        bottom=_BOTTOM,
        days=axis.labels(),
        ticks=tuple(Label(y_of(each), f"{each:g}{unit}") for each in ticks),
        levels=tuple(
            Level(
                axis.of_day(max(each.since, axis.first)),
                axis.of_day(min(each.until, axis.last)) + axis.day_width,
                y_of(each.value),
                each.text,
            )
            for each in targets
        ),
        versions=version_labels(axis, versions),
        marks=marks,
        kinds=frozenset(each.kind for each in marks),
    )


def _range_description(points: Sequence[RangePoint]) -> str:
    if not points:
        return "No session with a measured angle."
    first, last = points[0], points[-1]
    sure = sum(each.sure for each in points)
    return (
        f"{len(points)} sessions with a measured angle, {sure} of them with high confidence; the"
        f" first {first.range.value_deg:.0f}°, the last {last.range.value_deg:.0f}°."
    )


def quality_chart(
    axis: TimeAxis,
    name: str,
    title: str,
    points: Sequence[QualityPoint],
    versions: Iterable[tuple[date, int]],
) -> PointChart:
    """Each session's score with its deviation; 0, perfect, is at the top."""

    def y_of(score: float) -> float:
        return round(_TOP + min(max(score, 0.0), _WORST_SCORE) / _WORST_SCORE * (_BOTTOM - _TOP), 1)

    shown = [each for each in points if axis.shows(each.at)]
    marks = []
    for each in shown:
        shape: Shape = "diamond" if each.simulated else "circle"
        unsure = each.deviation is None
        marks.append(
            Mark(
                outline=outline(shape, axis.of(each.at), y_of(each.score)),
                kind=f"{shape}-unsure" if unsure else shape,
                unsure=unsure,
                x=axis.of(each.at),
                bar_from=None if each.deviation is None else y_of(each.score + each.deviation),
                bar_to=None if each.deviation is None else y_of(each.score - each.deviation),
            )
        )
    last = f"the last {shown[-1].score:.1f}" if shown else "none in this time"
    return PointChart(
        name=name,
        title=title,
        description=f"{len(shown)} sessions with a score, 0 perfect to 4 poor; {last}.",
        width=NARROW,
        height=_HEIGHT,
        left=axis.left,
        right=axis.right,
        top=_TOP,
        bottom=_BOTTOM,
        days=axis.labels(),
        ticks=tuple(Label(y_of(each), f"{each}") for each in range(5)),
        levels=(),
        versions=version_labels(axis, versions),
        marks=tuple(marks),
        kinds=frozenset(each.kind for each in marks),
    )


def rating_chart(
    axis: TimeAxis,
    sessions: Sequence[SessionFigures],
    flagged_above: int,
    versions: Iterable[tuple[date, int]],
) -> PointChart:
    """Pain before and after and effort, as the patient answered; what was skipped is not there."""

    def y_of(rating: float) -> float:
        return round(_BOTTOM - rating / 10 * (_BOTTOM - _TOP), 1)

    marks = []
    answers = 0
    for session in sessions:
        if not axis.shows(session.started_at):
            continue
        x = axis.of(session.started_at)
        kinds: tuple[tuple[str, Shape, int | None, float], ...] = (
            ("rpe", "square", session.rpe, 0.0),
            ("pain-before", "triangle", session.pain_before, -2.0),
            ("pain-after", "circle", session.pain_after, 2.0),
        )
        for kind, shape, rating, aside in kinds:
            if rating is not None:
                answers += 1
                path = outline(shape, x + aside, y_of(rating))
                marks.append(Mark(path, kind, kind != "pain-after", x))
    return PointChart(
        name="ratings",
        title="Pain before and after each session, and effort, 0 to 10",
        description=(
            f"{answers} answer{'' if answers == 1 else 's'} of the patient; questions that were"
            " skipped are left out."
        ),
        width=WIDE,
        height=_HEIGHT,
        left=axis.left,
        right=axis.right,
        top=_TOP,
        bottom=_BOTTOM,
        days=axis.labels(),
        ticks=tuple(Label(y_of(each), str(each)) for each in range(0, 11, 2)),
        levels=(
            Level(
                axis.left, axis.right, y_of(flagged_above), f"pain flagged above {flagged_above}"
            ),
        ),
        versions=version_labels(axis, versions),
        marks=tuple(marks),
        kinds=frozenset(each.kind for each in marks),
    )


def _scale(values: Sequence[float]) -> tuple[float, float, tuple[float, ...]]:
    """Round limits around the values, and at most seven ticks between them."""
    low, high = min(values, default=0.0), max(values, default=90.0)
    step = next((each for each in _STEPS_DEG if (high - low) / each <= 5), _STEPS_DEG[-1])
    first, last = floor(low / step), ceil(high / step)
    if first == last:
        last += 1
    return first * step, last * step, tuple(each * float(step) for each in range(first, last + 1))
