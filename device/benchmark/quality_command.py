"""``physiopi-device benchmark quality``: the quality analysis as one table, and as plots."""

import json
from importlib.util import find_spec
from pathlib import Path

import click

from device.benchmark.quality import quality_benchmark
from device.benchmark.quality_at_training import rows_at_training
from device.benchmark.quality_cost import measure_cost
from device.benchmark.quality_on_people import measure_on_people
from device.benchmark.quality_timeline import timeline_of
from models.networks.find import find_network, show_progress

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option(
    "--data",
    type=_FOLDER,
    help="Holds uiprmd, kimore, squats and tracks: what ships is measured on them anew.",
)
@click.option("--seed", default=1, show_default=True, help="Draws cameras, noise and fidgeting.")
@click.option(
    "--turns",
    default=5,
    show_default=True,
    type=click.IntRange(0, 100),
    help="How often MoveNet's rate is compared, with the analysis and without; 0: no cost at all.",
)
@click.option(
    "--turn-s",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.5, 60.0),
    help="Seconds of each half of a comparison.",
)
@click.option(
    "--plots",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw the plots of docs/quality.md into this folder; needs --data and matplotlib.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def quality(
    data: Path | None,
    seed: int,
    turns: int,
    turn_s: float,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Every stage of the quality analysis, real and simulated apart, beside its baseline and aim.

    Each figure says whether it was measured now, by the files that ship, or at training, by
    networks that had not seen the people they were judged on. How the gate was fitted and judged
    is measured by `benchmark gate`.
    """
    if plots is not None and data is None:
        raise click.UsageError("--plots draws what is measured on people: name --data as well")
    if plots is not None and find_spec("matplotlib") is None:
        raise click.ClickException("--plots needs matplotlib: pip install 'physiopi[test]'")
    at_training = rows_at_training()
    if data is None:
        click.echo("without --data nothing is measured on people: these are training's", err=True)
    on_people = None if data is None else measure_on_people(data, seed)
    network = find_network(progress=show_progress) if turns else None
    cost = None if network is None else measure_cost(network, turns, turn_s)
    if plots is not None and data is not None and on_people is not None:
        # matplotlib is a developer's, not the device's.
        from device.benchmark.quality_plots import write_plots  # noqa: PLC0415

        for path in write_plots(plots, on_people, timeline_of(data)):
            click.echo(str(path), err=True)
    found = quality_benchmark(at_training, on_people, cost)
    click.echo(json.dumps(found.as_document()) if as_json else found.as_markdown())
