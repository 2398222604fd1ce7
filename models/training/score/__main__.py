"""``python -m models.training.score``: train the score's networks, write files and figures.

Writes ``score.tflite``, ``score_references.npz`` and ``figures.json`` into the folder; with
``--research`` those of KIMORE's clinicians instead.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import tensorflow as tf

from models.training.motion import simulated
from models.training.motion.split import split_by_subject
from models.training.score.contribution_check import named_rightly
from models.training.score.default_score import (
    HELD_OUT_BODIES,
    Trained,
    trained_default,
)
from models.training.score.examples import simulated_examples
from models.training.score.external import with_clinicians, with_squats
from models.training.score.research_score import RESEARCH_STEPS, trained_research
from models.training.score.tflite import converted
from models.training.score.training import Protocol

_DEFAULT = Protocol()
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--data", type=_FOLDER, required=True, help="The recordings: shared/data.")
@click.option("--simulated", "simulated_folder", type=_FOLDER, help="Of training_motion.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--research", is_flag=True, help="Train on KIMORE; research only.")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
@click.option("--steps", type=click.IntRange(1), help="2000, and 1200 of research.")
def main(
    data: Path,
    simulated_folder: Path | None,
    out: Path,
    research: bool,
    seed: int,
    steps: int | None,
) -> None:
    """Train the score; prints the files' sha256 as one line of JSON."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    usual = RESEARCH_STEPS if research else _DEFAULT.steps
    protocol = Protocol(steps=steps or usual, seed=seed)
    if research:
        trained = trained_research(data, protocol)
    elif simulated_folder is None:
        raise click.UsageError("--simulated is needed, unless --research is given")
    else:
        trained = trained_default(data, simulated_folder, protocol)
        _try_out(trained, data, simulated_folder, protocol)
    out.mkdir(parents=True, exist_ok=True)
    click.echo(json.dumps(_written(trained, out, protocol)))


def _try_out(trained: Trained, data: Path, simulated_folder: Path, protocol: Protocol) -> None:
    """What is reported and never trained on."""
    network, figures = trained.network, trained.figures
    figures["kimore"] = with_clinicians(network, data, protocol.seed)
    figures["squats"] = with_squats(network, data, protocol.seed)
    bodies = [
        motion
        for motion in simulated.load(simulated_folder)
        if motion.exercise_id in network.references.exercises
    ]
    held_out = split_by_subject(bodies, HELD_OUT_BODIES, protocol.seed).test
    examples = simulated_examples(held_out, 1, protocol.seed)
    figures["contributions"] = {
        seen: named_rightly(network, [e for e in examples if e.seen == seen])
        for seen in ("clean", "lifted")
    }


def _written(trained: Trained, out: Path, protocol: Protocol) -> dict[str, Any]:
    network = trained.network
    exercises = len(network.references.exercises)
    content = converted(network.model, exercises, trained.widening)
    (out / "score.tflite").write_bytes(content)
    network.references.save(out / "score_references.npz")
    parameters = int(network.model.count_params())
    figures = {"seed": protocol.seed, "steps": protocol.steps, "parameters": parameters}
    document = json.dumps(figures | trained.figures, indent=1)
    (out / "figures.json").write_text(document + "\n", encoding="utf-8")
    return {
        name: {
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            "size_bytes": (out / name).stat().st_size,
        }
        for name in ("score.tflite", "score_references.npz")
    }


if __name__ == "__main__":
    main()
