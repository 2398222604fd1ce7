"""``python -m models.training``: train the stand-in on pictures, write its TFLite file."""

import hashlib
import json
from pathlib import Path

import click
import numpy as np

from models.training.augmentation import plain_batch
from models.training.figures import figures_of
from models.training.pictures import load_pictures
from models.training.quantisation import quantised
from models.training.training import Protocol, train

_SAMPLES = 400
_DEFAULT = Protocol()


@click.command()
@click.option("--pictures", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--epochs", type=click.IntRange(1), default=_DEFAULT.epochs, show_default=True)
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=_DEFAULT.threads, show_default=True)
def main(pictures: Path, out: Path, epochs: int, seed: int, threads: int) -> None:
    """Train the stand-in for MoveNet; prints its sha256 and its figures as one line of JSON."""
    training = load_pictures(pictures, "training")
    network = train(training, Protocol(epochs, seed, threads))
    count = min(_SAMPLES, len(training))
    chosen = np.random.default_rng(seed).choice(len(training), count, replace=False)
    samples, _, _ = plain_batch(training, np.sort(chosen))
    content = quantised(network, np.rint(samples * 255).astype(np.uint8))
    out.write_bytes(content)
    document = {
        "file": out.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "parameters": int(network.count_params()),
        "pictures": len(training),
        "epochs": epochs,
        "seed": seed,
        "validation": figures_of(out, load_pictures(pictures, "validation")),
    }
    click.echo(json.dumps(document))


if __name__ == "__main__":
    main()
