"""The table of all exercises in docs/exercises.md: ``python -m models.exercises.overview FILE``."""

from pathlib import Path

import click

from models.exercises.catalogue import exercise_text
from models.exercises.definition import Exercise, ExerciseDefinition
from models.exercises.library import ExerciseLibrary, load_library

BEGIN = "<!-- made by: python -m models.exercises.overview docs/exercises.md -->\n"
END = "<!-- end -->\n"
_HEAD = (
    "| exercise | name | grade | position | seen from | side | measure | rest → counts → full |"
    " tempo, s | dose | faults judged |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)


def overview(library: ExerciseLibrary) -> str:
    """All exercises as one Markdown table."""
    return _HEAD + "".join(_row(each) for each in library.values())


def with_overview(page: str, library: ExerciseLibrary) -> str:
    """The page with the table of that library between its marks.

    Raises :class:`ValueError` when the page has no such marks.
    """
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"the page has no lines {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{before}{BEGIN}{overview(library)}{END}{after}"


def _row(exercise: Exercise) -> str:
    position = exercise.position.replace("_", " ")
    cells = (
        f"`{exercise.id}`", exercise_text(exercise.name), *_measured(exercise, position),
        _tempo(exercise), _dose(exercise), _faults(exercise),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _measured(exercise: Exercise, position: str) -> tuple[str, ...]:
    if not isinstance(exercise, ExerciseDefinition):
        return ("clock", position, "-", exercise.side, "-", "-")
    span = exercise.range_of_motion
    seen = " ".join(view if view == exercise.view else f"({view})" for view in exercise.count_views)
    return (
        exercise.grade, position, seen, exercise.side, exercise.measure.replace("_", " "),
        f"{span.start_deg:g} → {span.easy_deg:g} → {span.full_deg:g}°",
    )  # fmt: skip


def _tempo(exercise: Exercise) -> str:
    tempo = exercise.tempo
    return "-".join(
        f"{each:g}" for each in (tempo.out_s, tempo.hold_s, tempo.return_s, tempo.pause_s)
    )


def _dose(exercise: Exercise) -> str:
    if isinstance(exercise, ExerciseDefinition) and exercise.test is not None:
        test = f", test {exercise.test.duration_s:g} s"
    else:
        test = ""
    return f"{exercise.dose.sets} x {exercise.dose.reps}, {exercise.dose.days_per_week}/week{test}"


def _faults(exercise: Exercise) -> str:
    if not isinstance(exercise, ExerciseDefinition):
        return "-"
    return ", ".join(code.replace("_", " ") for code in exercise.form.fault_codes())


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def main(file: Path) -> None:
    """Write the table of our own exercises into FILE, between its marks."""
    page = file.read_text(encoding="utf-8")
    file.write_text(with_overview(page, load_library()), encoding="utf-8")


if __name__ == "__main__":
    main()
