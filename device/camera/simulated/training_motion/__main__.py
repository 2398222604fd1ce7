"""``python -m device.camera.simulated.training_motion``: simulated movement with its truth.

Writes one ``body-SEED.npz`` for each body. In it ``points`` are the names of the points, ``fps``
their rate, ``takes`` JSON in UTF-8 (a list with, for each take, ``key``, ``exercise_id``
(``everyday`` for movement that is no exercise), ``side``, ``begins_s`` and ``ends_s`` of the set
(``null`` where there is none) and ``repetitions`` with ``number``, ``begins_s``, ``peaks_s``,
``returned_s``, ``side``, ``fault`` and ``size``, a multiple of the fault's limit); and for each
key an int16 array [T, 18, 3] in millimetres: x to the body's left as the set begins, y up from the
floor, z forward. ``models.training.motion.simulated`` reads it.
"""

import json
import sys
from pathlib import Path
from typing import Final

import click
import numpy as np
from tqdm import tqdm

from device.camera.simulated.training_motion.film import write_film
from device.camera.simulated.training_motion.points import POINTS
from device.camera.simulated.training_motion.take import (
    FPS,
    SimulatedTake,
    everyday_of,
    take_of,
)
from models.exercises.library import load_library
from models.networks.find import find_network

# No test, benchmark or demonstration uses these bodies.
FIRST_SEED: Final = 300_000
_EVERYDAY_TAKES: Final = 2


def takes_of(body_seed: int) -> dict[str, SimulatedTake]:
    """Every measured exercise once by that body, and everyday movement, by key."""
    exercises = load_library().all_measured()
    takes = {exercise.id: take_of(exercise, body_seed) for exercise in exercises}
    for number in range(_EVERYDAY_TAKES):
        watched = exercises[(body_seed + number) % len(exercises)]
        takes[f"everyday-{number}"] = everyday_of(watched, body_seed * 10 + number)
    return takes


def write_body(folder: Path, body_seed: int) -> Path:
    """All takes of one body as a file."""
    takes = takes_of(body_seed)
    truth = [{"key": key, **take.truth()} for key, take in takes.items()]
    points_mm = {
        key: np.rint(take.points_m * 1000.0).astype(np.int16) for key, take in takes.items()
    }
    path = folder / f"body-{body_seed:06d}.npz"
    np.savez_compressed(
        path,
        allow_pickle=False,
        points=np.array(POINTS),
        fps=np.float64(FPS),
        takes=np.frombuffer(json.dumps(truth).encode(), np.uint8),
        **points_mm,
    )
    return path


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--bodies", type=click.IntRange(1), default=40, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--filmed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Also film that many shots with the real MoveNet, for measure_noise.",
)
def main(out: Path, bodies: int, seed: int, filmed: int) -> None:
    """Write the movement of simulated bodies to OUT, the same for the same seed."""
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("body-*.npz"):
        stale.unlink()
    first = FIRST_SEED + seed * 1000
    bar = tqdm(range(first, first + bodies), desc="movement", unit=" bodies", file=sys.stderr)
    for body_seed in bar:
        write_body(out, body_seed)
    if filmed:
        write_film(out / "film.npz", filmed, find_network())
    click.echo(f"{bodies} bodies in {out}")


if __name__ == "__main__":
    main()
