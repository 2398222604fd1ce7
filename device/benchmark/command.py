"""``physiopi-device benchmark``: the coach measured against known truth, as tables."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
import platformdirs

from device.benchmark.accuracy import (
    accuracy_table,
    measure_accuracy,
    write_library_accuracy,
)
from device.benchmark.filming import Studio
from device.benchmark.form import form_rows, form_table, measured_errors, write_form_error
from device.benchmark.form_readings import measure_form
from device.benchmark.keypoint_gate import (
    GateFigures,
    filmed_windows,
    fit_gate_rule,
    gate_rule_document,
    gate_tables,
    measure_firing,
    measure_gate,
)
from device.benchmark.movement import measure_movement, movement_tables
from device.benchmark.quality_command import quality
from device.benchmark.repetition_forest import repetition_forest
from device.coaching.form.measured_error import FORM_ERROR_FILE
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ACCURACY_FILE, LIBRARY_FOLDER, load_library
from models.networks.find import SHIPPED_FOLDER, find_network, show_progress
from models.quality_limits import load_quality_limits

_DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"
_QUALITY_DOCUMENT = _DOCUMENT.with_name("quality.md")
_BEGINS, _ENDS = "<!-- {name}: begins -->", "<!-- {name}: ends -->"


def _shared_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("--exercise", multiple=True, help="Only this one; may be given again."),
            click.option(
                "--bodies",
                default="11,12",
                show_default=True,
                help="Seeds of the simulated bodies, separated by commas.",
            ),
            click.option("--jobs", type=click.IntRange(1, 64), help="Takes filmed at a time."),
            click.option(
                "--takes",
                type=click.Path(path_type=Path),
                help="Folder that keeps the keypoints of what was filmed.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        )
    ):
        command = option(command)
    return command


@click.group()
def benchmark() -> None:
    """Measure the coach on the simulated patient, seen by the real network.

    What is proven on the simulated patient alone is not proven on people.
    """


@benchmark.command()
@_shared_options
@click.option("--write", is_flag=True, help="Write the library's accuracy.json and the document.")
def accuracy(
    exercise: tuple[str, ...],
    bodies: str,
    jobs: int | None,
    takes: Path | None,
    as_json: bool,
    write: bool,
) -> None:
    """Error of the peak angle, by exercise and by how far the camera is off its view."""
    studio = _studio(jobs, takes)
    rows = measure_accuracy(studio, _exercises(exercise), _seeds(bodies))
    table = accuracy_table(rows)
    if write:
        if exercise:
            raise click.UsageError("--write wants the whole library: leave --exercise out")
        name = studio.network.entry.name
        write_library_accuracy(rows, name, LIBRARY_FOLDER / ACCURACY_FILE)
        _write_document("accuracy", table)
    click.echo(json.dumps([asdict(row) for row in rows]) if as_json else table)


@benchmark.command()
@_shared_options
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of recordings of people; that part is left out without it.",
)
@click.option("--write", is_flag=True, help="Write the tables into docs/accuracy.md.")
def movement(
    exercise: tuple[str, ...],
    bodies: str,
    jobs: int | None,
    takes: Path | None,
    as_json: bool,
    data: Path | None,
    write: bool,
) -> None:
    """Counts, false counts, faults, recognition, smoothing and recordings of people."""
    figures = measure_movement(_studio(jobs, takes), _exercises(exercise), _seeds(bodies), data)
    tables = movement_tables(figures)
    if write:
        _write_document("movement", tables)
    click.echo(json.dumps(figures.as_document()) if as_json else tables)


@benchmark.command()
@_shared_options
@click.option("--write", is_flag=True, help="Write form_error.json and the document.")
def form(
    exercise: tuple[str, ...],
    bodies: str,
    jobs: int | None,
    takes: Path | None,
    as_json: bool,
    write: bool,
) -> None:
    """Precision, recall and error of every fault of form.

    In the table the errors that limits are held against come from the first half of the bodies, and
    the figures from the others; with one body alone it is too good. What is written for the coach
    comes from all of them.
    """
    if write and exercise:
        raise click.UsageError("--write wants the whole library: leave --exercise out")
    studio, seeds = _studio(jobs, takes), _seeds(bodies)
    readings = measure_form(studio, _exercises(exercise), seeds)
    errors_from = seeds[: max(len(seeds) // 2, 1)]
    errors = measured_errors(
        [each for each in readings if each.body_seed in errors_from], studio.network.entry.name
    )
    judged = [each for each in readings if each.body_seed not in errors_from] or readings
    rows = form_rows(judged, errors)
    if write:
        write_form_error(measured_errors(readings, studio.network.entry.name), FORM_ERROR_FILE)
        _write_document("form", form_table([row for row in rows if row.exercise_id == "*"]))
    click.echo(json.dumps([asdict(row) for row in rows]) if as_json else form_table(rows))


@benchmark.command()
@_shared_options
@click.option(
    "--clean-bodies",
    default="11,12",
    show_default=True,
    help="Bodies that are also filmed in good conditions.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of recordings of people; that part is left out without it.",
)
@click.option("--write", is_flag=True, help="Write the gate's rule, figures and documentation.")
def gate(
    exercise: tuple[str, ...],
    bodies: str,
    jobs: int | None,
    takes: Path | None,
    as_json: bool,
    clean_bodies: str,
    data: Path | None,
    write: bool,
) -> None:
    """How well the keypoint gate tells keypoints that are far off, and how often it refuses.

    In the table the gate is fitted on half of the bodies and judged on the others. What is written
    for the device comes from all of them: put its sha256 into models/networks/manifest.toml.
    """
    if write and exercise:
        raise click.UsageError("--write wants the whole library: leave --exercise out")
    studio, limits = _studio(jobs, takes), load_quality_limits().gate
    windows = filmed_windows(studio, _exercises(exercise), _seeds(bodies), _seeds(clean_bodies))
    fitted_on = f"{len(windows)} simulated takes seen by {studio.network.entry.name}"
    rule = fit_gate_rule(windows, fitted_on)
    document = gate_rule_document(rule).encode()
    figures = GateFigures(
        network=studio.network.entry.name,
        sha256=hashlib.sha256(document).hexdigest(),
        gate=tuple(measure_gate(windows, limits)),
        firing=() if data is None else tuple(measure_firing(data, rule, limits)),
    )
    if write:
        (SHIPPED_FOLDER / "keypoint_gate.toml").write_bytes(document)
        found = json.dumps(figures.as_document(), indent=1) + "\n"
        (SHIPPED_FOLDER / "keypoint_gate.json").write_text(found, encoding="utf-8")
        _write_table(_QUALITY_DOCUMENT, "gate", gate_tables(figures))
        size = len(document)
        click.echo(f"keypoint_gate.toml: {size} bytes, sha256 {figures.sha256}", err=True)
    click.echo(json.dumps(figures.as_document()) if as_json else gate_tables(figures))


benchmark.add_command(quality)
benchmark.add_command(repetition_forest)


def _studio(jobs: int | None, takes: Path | None) -> Studio:
    folder = takes or Path(platformdirs.user_cache_dir("physiopi")) / "takes"
    network = find_network(progress=show_progress)
    return Studio(network, folder) if jobs is None else Studio(network, folder, jobs)


def _exercises(chosen: tuple[str, ...]) -> tuple[ExerciseDefinition, ...]:
    library = load_library()
    return tuple(library.measured(each) for each in chosen) or library.all_measured()


def _seeds(bodies: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in bodies.split(","))
    except ValueError:
        raise click.UsageError(f"--bodies is {bodies!r}: give numbers such as 11,12") from None


def _write_document(name: str, table: str) -> None:
    _write_table(_DOCUMENT, name, table)


def _write_table(document: Path, name: str, table: str) -> None:
    begins, ends = _BEGINS.format(name=name), _ENDS.format(name=name)
    text = document.read_text(encoding="utf-8")
    if begins not in text or ends not in text:
        raise click.ClickException(f"{document.name} lacks the marks {begins} and {ends}")
    before, _, rest = text.partition(begins)
    _, _, after = rest.partition(ends)
    document.write_text(f"{before}{begins}\n{table}\n{ends}{after}", encoding="utf-8")
