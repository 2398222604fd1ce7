"""``physiopi-device evaluate``: the quality analysis on a set of movement with known truth."""

import json
from pathlib import Path

import click

from device.benchmark.evaluation import Figures, evaluate_set


@click.command()
@click.option(
    "--set",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Holds uiprmd_mm.npz, or kimore_mm.npz and kimore.csv, or squats.npz and squats.csv.",
)
@click.option("--seed", default=1, show_default=True, help="Draws the cameras and their noise.")
@click.option("--research", is_flag=True, help="The score for research alone too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(folder: Path, seed: int, research: bool, as_json: bool) -> None:
    """How well depth, form gate, score and trimming do on movement that was rated or recorded.

    Movement in space is judged as recorded ('true') and as the device would have it from one
    camera ('lifted'). Meant for people that no stage was trained on.
    """
    found = evaluate_set(folder, seed, research=research)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, figures in found.items():
        click.echo(name)
        _show(figures, "  ")


def _show(figures: Figures, indent: str) -> None:
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            click.echo(f"{indent}{name}")
            _show(value, indent + "  ")
        elif isinstance(value, dict):
            words = ", ".join(f"{key} {'-' if v is None else v}" for key, v in value.items())
            click.echo(f"{indent}{name}: {words}")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            click.echo(f"{indent}{name}: {'-' if shown is None else shown}")
