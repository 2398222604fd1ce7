"""``benchmark movement``: everything the coach is held to, in one run."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from device.benchmark.counting import CountRow, film_counts, measure_counts
from device.benchmark.everyday import EverydayRow, measure_everyday
from device.benchmark.filming import Studio
from device.benchmark.people import PeopleRow, measure_people
from device.benchmark.recognition import RecognitionRow, measure_recognition
from device.benchmark.smoothing import SmoothingRow, measure_smoothing
from models.exercises.definition import ExerciseDefinition


@dataclass(frozen=True, slots=True)
class MovementFigures:
    """All tables of the benchmark, and the whole of each."""

    network: str
    counts: tuple[CountRow, ...]
    everyday: tuple[EverydayRow, ...]
    recognition: tuple[RecognitionRow, ...]
    smoothing: SmoothingRow
    people: tuple[PeopleRow, ...]

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object."""
        return {**asdict(self), "summary": self.summary()}

    def summary(self) -> dict[str, float | None]:
        """The figures to reach: shares of takes, degrees, frames."""
        clean = [row for row in self.counts if not row.degraded]
        degraded = [row for row in self.counts if row.degraded]
        grade_a = [row for row in clean if row.grade == "A"]
        return {
            "clean_exact": _share(clean, "exact"),
            "clean_off_by_one": _share(clean, "off_by_one"),
            "degraded_exact": _share(degraded, "exact"),
            "degraded_off_by_one": _share(degraded, "off_by_one"),
            "grade_a_peak_error_deg": _mean(row.peak_error_deg for row in grade_a),
            "false_counts_in_everyday_movement": sum(row.false_counts for row in self.everyday),
            "recognised": _ratio(
                sum(row.right for row in self.recognition),
                sum(row.takes for row in self.recognition),
            ),
            "still_jitter": self.smoothing.still_jitter,
            "still_deviation": self.smoothing.still_deviation,
            "step_lag_frames": self.smoothing.step_lag_frames,
        }


def measure_movement(
    studio: Studio,
    exercises: Sequence[ExerciseDefinition],
    bodies: Sequence[int],
    data: Path | None,
) -> MovementFigures:
    """Film what is not filmed yet, and coach all of it; minutes to hours the first time."""
    clean = film_counts(studio, exercises, bodies, degraded=False)
    degraded = film_counts(studio, exercises, bodies, degraded=True)
    return MovementFigures(
        network=studio.network.entry.name,
        counts=(
            *measure_counts(clean, exercises, degraded=False),
            *measure_counts(degraded, exercises, degraded=True),
        ),
        everyday=tuple(measure_everyday(exercises, bodies[0])),
        recognition=tuple(measure_recognition(clean, exercises)),
        smoothing=measure_smoothing(studio),
        people=() if data is None else tuple(measure_people(data)),
    )


def movement_tables(figures: MovementFigures) -> str:
    """All figures as Markdown."""
    summary = "\n".join(
        f"| {name.replace('_', ' ')} | {'not measured' if value is None else value} |"
        for name, value in figures.summary().items()
    )
    parts = [
        f"Network: {figures.network}.",
        "| figure | measured |\n|---|---|\n" + summary,
        "### Repetitions and peak angles",
        _table(figures.counts),
        "### False counts in everyday movement",
        _table(figures.everyday),
        "### Recognition",
        _table(figures.recognition),
    ]
    if figures.people:
        parts += ["### Recordings of people", _table(figures.people)]
    return "\n\n".join(parts)


def _table(rows: Sequence[Any]) -> str:
    if not rows:
        return "Nothing was measured."
    names = [field.name for field in fields(rows[0])]
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|" + "---|" * len(names),
    ]
    lines += ["| " + " | ".join(_cell(getattr(row, name)) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)


def _share(rows: Sequence[CountRow], name: str) -> float | None:
    takes = sum(row.takes for row in rows)
    return _ratio(sum(getattr(row, name) * row.takes for row in rows), takes)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _ratio(sum(known), len(known))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None
