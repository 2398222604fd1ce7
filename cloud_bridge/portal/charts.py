"""Charts of a patient's weeks as shapes and labels; the macros in templates/charts draw them.

Nothing is drawn where nothing was measured: points are not joined, gaps stay gaps. No meaning rests
on colour alone: what differs, differs in shape too. Lengths are those of each chart's view box.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Literal

WIDE, NARROW = 1000.0, 520.0
_MARK: Final = 4.0
_VERSION_WORDS: Final = 96.0
"""How wide "versions 10 to 12" is, in the charts' units."""
Shape = Literal["circle", "diamond", "cross", "triangle", "square"]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Days from ``first`` to ``last``, both whole, between ``left`` and ``right``."""

    first: date
    last: date
    zone: tzinfo
    left: float
    right: float

    @property
    def day_width(self) -> float:
        """How wide a day is."""
        return (self.right - self.left) / ((self.last - self.first).days + 1)

    def of_day(self, day: date) -> float:
        """Where a day begins."""
        return round(self.left + (day - self.first).days * self.day_width, 1)

    def of(self, moment: datetime) -> float:
        """The middle of the day that a moment is in."""
        return round(self.of_day(moment.astimezone(self.zone).date()) + self.day_width / 2, 1)

    def shows(self, moment: datetime) -> bool:
        """Whether a moment is on the axis."""
        return self.first <= moment.astimezone(self.zone).date() <= self.last

    def labels(self) -> tuple["Label", ...]:
        """Every second Monday."""
        mondays = range(0, (self.last - self.first).days, 14)
        days = [self.first + timedelta(days=each) for each in mondays]
        return tuple(Label(self.of_day(day), f"{day.day} {day:%b}") for day in days)


@dataclass(frozen=True, slots=True)
class Label:
    """A word on an axis, at ``at``."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point: its outline, and its error bar where the error is known; ``unsure`` is hollow."""

    outline: str
    kind: str
    unsure: bool
    x: float
    bar_from: float | None = None
    bar_to: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with a word, such as a target."""

    x_from: float
    x_to: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class PointChart:
    """Points over time; ``kinds`` are those that occur, for the legend."""

    name: str
    title: str
    description: str
    width: float
    height: float
    left: float
    top: float
    bottom: float
    right: float
    days: tuple[Label, ...]
    ticks: tuple[Label, ...]
    levels: tuple[Level, ...]
    versions: tuple[Label, ...]
    marks: tuple[Mark, ...]
    kinds: frozenset[str]


def time_axis(first: date, last: date, zone: tzinfo, left: float, width: float) -> TimeAxis:
    """An axis that ends a little before the chart does."""
    return TimeAxis(first, last, zone, left, width - 8)


def version_labels(axis: TimeAxis, versions: Iterable[tuple[date, int]]) -> tuple[Label, ...]:
    """Where each version of the prescription begins; close ones share the first one's words."""
    groups: list[list[tuple[float, int]]] = []
    for day, number in sorted(versions):
        if not axis.first <= day <= axis.last:
            continue
        at = axis.of_day(day)
        if groups and at - groups[-1][0][0] < _VERSION_WORDS:
            groups[-1].append((at, number))
        else:
            groups.append([(at, number)])
    labels = []
    for group in groups:
        first, last = group[0][1], group[-1][1]
        words = f"version {first}" if first == last else f"versions {first} to {last}"
        labels += [Label(at, words if number == first else "") for at, number in group]
    return tuple(labels)


def outline(shape: Shape, x: float, y: float) -> str:
    """The path of a mark around a point."""
    r = _MARK
    match shape:
        case "circle":
            return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
        case "diamond":
            return f"M{x:.1f} {y - r - 1:.1f}l{r} {r + 1}l{-r} {r + 1}l{-r} {-r - 1}z"
        case "cross":
            return f"M{x - r:.1f} {y - r:.1f}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}"
        case "triangle":
            return f"M{x:.1f} {y - r:.1f}l{r} {2 * r - 1}h{-2 * r}z"
        case "square":
            return f"M{x - 2.5:.1f} {y - 2.5:.1f}h5v5h-5z"
