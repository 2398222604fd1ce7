"""``python -m models.training.score``: train a score, write its files and figures.

Writes ``score.npz`` (the forests), ``score_references.npz`` and ``score.json`` (all figures) into
the folder; with ``--research`` the network of KIMORE's clinicians instead:
``research_score.tflite``, ``research_score_references.npz`` and ``research_score.json``.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import tensorflow as tf

from models.training.lifted import Lifting
from models.training.score.contribution_check import named_rightly
from models.training.score.default_score import SEEN, trained_default
from models.training.score.external import with_clinicians, with_squats
from models.training.score.research_score import RESEARCH_STEPS, trained_research
from models.training.score.tflite import converted
from models.training.score.training import Protocol

_DEFAULT = Protocol()
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--data", type=_FOLDER, required=True, help="The recordings: shared/data.")
@click.option("--simulated", "simulated_folder", type=_FOLDER, help="Of training_motion.")
@click.option(
    "--depth",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path(__file__).parents[2] / "networks" / "depth.tflite",
    show_default="models/networks/depth.tflite",
    help="The network that lifts what is trained on.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--research", is_flag=True, help="Train on KIMORE; research only.")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
@click.option(
    "--steps", type=click.IntRange(1), help="Of a network: 2000 to compare, 1200 of research."
)
def main(
    data: Path,
    simulated_folder: Path | None,
    depth: Path,
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
    if not research and simulated_folder is None:
        raise click.UsageError("--simulated is needed, unless --research is given")
    out.mkdir(parents=True, exist_ok=True)
    lifting = Lifting(depth)
    if simulated_folder is None or research:
        figures = _research(data, lifting, out, protocol)
    else:
        figures = _default(data, simulated_folder, lifting, out, protocol)
    name = "research_score" if research else "score"
    files = {path.name: _described(path) for path in sorted(out.glob(f"{name}*.[nt]*"))}
    document = {"files": files, "seed": seed, "steps": protocol.steps} | figures
    (out / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(files))


def _default(
    data: Path, simulated_folder: Path, lifting: Lifting, out: Path, protocol: Protocol
) -> dict[str, Any]:
    trained = trained_default(data, simulated_folder, lifting, protocol)
    score, figures = trained.score, trained.figures
    score.forests.save(out / "score.npz")
    score.references.save(out / "score_references.npz")
    # What is reported and never trained on.
    figures["kimore"] = with_clinicians(score, data, lifting, protocol.seed)
    figures["squats"] = with_squats(score, data, lifting, protocol.seed)
    figures["contributions"] = {
        seen: named_rightly(score, [e for e in trained.unknown if e.seen == seen]) for seen in SEEN
    }
    return figures


def _research(data: Path, lifting: Lifting, out: Path, protocol: Protocol) -> dict[str, Any]:
    trained = trained_research(data, lifting, protocol)
    network, references = trained.network.model, trained.network.references
    content = converted(network, len(references.exercises), trained.widening)
    (out / "research_score.tflite").write_bytes(content)
    references.save(out / "research_score_references.npz")
    return {"parameters": int(network.count_params())} | trained.figures


def _described(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


if __name__ == "__main__":
    main()
