"""Prescribed against done, per day and set, as a heat map that is read by shape, not by colour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from cloud_bridge.portal.charts import WIDE, Label, TimeAxis, version_labels
from cloud_bridge.progress.adherence import DayOfExercise

_CELL_HEIGHT: Final = 24.0
_ROW_HEIGHT: Final = 32.0


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One exercise: an outline for each prescribed set's day, and what was done of it."""

    name: str
    y: float
    prescribed: str
    full: str
    part: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Prescribed against done, a column for each day and a segment for each set."""

    name: str
    title: str
    description: str
    width: float
    height: float
    top: float
    bottom: float
    days: tuple[Label, ...]
    versions: tuple[Label, ...]
    rows: tuple[HeatRow, ...]


def heat_map(
    axis: TimeAxis,
    rows: Sequence[tuple[str, Sequence[DayOfExercise]]],
    versions: Iterable[tuple[date, int]],
    description: str,
) -> HeatMap:
    """Each row's name with its days; full sets fill their segment, others half of its width."""
    top = 22.0
    drawn = []
    for number, (name, days) in enumerate(rows):
        y = top + number * _ROW_HEIGHT + 4
        drawn.append(_heat_row(axis, name, y, days))
    bottom = top + len(rows) * _ROW_HEIGHT + 4
    return HeatMap(
        name="sets",
        title="Sets done of those prescribed, by day",
        description=description,
        width=WIDE,
        height=bottom + 20,
        top=top,
        bottom=bottom,
        days=axis.labels(),
        versions=version_labels(axis, versions),
        rows=tuple(drawn),
    )


def _heat_row(axis: TimeAxis, name: str, y: float, days: Sequence[DayOfExercise]) -> HeatRow:
    prescribed, full, part = [], [], []
    width = round(axis.day_width - 1.2, 1)
    for each in days:
        x, segments = axis.of_day(each.day), max(each.prescribed, len(each.done))
        if each.prescribed:
            prescribed.append(_box(x, y, width, _CELL_HEIGHT))
        for number, result in enumerate(each.done):
            height = _CELL_HEIGHT / segments
            segment_y = y + _CELL_HEIGHT - (number + 1) * height
            if result.full:
                full.append(_box(x, segment_y + 0.6, width, height - 1.2))
            else:
                part.append(_box(x, segment_y + 0.6, width / 2, height - 1.2))
    return HeatRow(name, y, "".join(prescribed), "".join(full), "".join(part))


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"
