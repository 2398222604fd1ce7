"""``python -m models.training.trimming``: the network and its errors beside the rule's."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import numpy as np

from models.training.lifted import Lifting
from models.training.motion import simulated, squats, ui_prmd
from models.training.motion.split import split_by_subject
from models.training.trimming.examples import Example, examples_of
from models.training.trimming.figures import (
    FRAMES_PER_S,
    Figures,
    Trim,
    by_network,
    by_rule,
    chances_of,
    false_alarms,
    figures_of,
    whole,
)
from models.training.trimming.held_out import HELD_OUT_SHARE, SEED, TIMES_TESTED, split_people
from models.training.trimming.network import as_tflite
from models.training.trimming.real_squats import squats_by_hand, squats_by_knees
from models.training.trimming.recordings import Recording, recordings_of, recordings_of_takes
from models.training.trimming.training import Protocol, train

_TIMES_TRAINED = 8
_LARGEST_NOISE_M = 0.05
_FILE = "trimming.tflite"


@click.command(context_settings={"show_default": True})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder that holds uiprmd and squats.",
)
@click.option(
    "--simulated",
    "simulated_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="What `python -m device.camera.simulated.training_motion` wrote.",
)
@click.option(
    "--depth",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path(__file__).parents[2] / "networks" / "depth.tflite",
    show_default="models/networks/depth.tflite",
    help="The network that lifts what is trained on.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--steps", type=click.IntRange(1), default=Protocol().steps)
@click.option("--most-takes", type=click.IntRange(10), default=400)
@click.option("--seed", type=int, default=SEED)
def main(
    data: Path,
    simulated_folder: Path,
    depth: Path,
    out: Path,
    steps: int,
    most_takes: int,
    seed: int,
) -> None:
    """Train the trimming network; write it and its figures (trimming.json) into --out."""
    out.mkdir(parents=True, exist_ok=True)
    lifting = Lifting(depth)
    kinds = _recordings(data, simulated_folder, most_takes, seed)
    random = np.random.default_rng((seed, 1))
    learned = [recording for kind in kinds.values() for recording in kind[0]]
    examples = examples_of(learned, random, largest_noise_m=_LARGEST_NOISE_M)
    examples += examples_of(learned, random, lifting=lifting)
    network = train(examples, Protocol(steps, seed))
    content = as_tflite(network)
    (out / _FILE).write_bytes(content)
    document = {
        "file": _FILE,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "parameters": int(network.count_params()),
        "examples": len(examples),
        "steps": steps,
        "seed": seed,
        "frames_per_second": FRAMES_PER_S,
        **_figures(out / _FILE, kinds, squats.squats(data / squats.FOLDER), lifting, seed),
    }
    (out / "trimming.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(document))


def _recordings(
    data: Path, simulated_folder: Path, most_takes: int, seed: int
) -> dict[str, tuple[list[Recording], list[Recording]]]:
    """Of each source, what is trained on and, by other people, what is tested on."""
    random = np.random.default_rng(seed)
    people = split_people(ui_prmd.load(data / ui_prmd.FOLDER), seed)
    takes = {take.motion.key: take for take in simulated.takes(simulated_folder)}
    bodies = split_by_subject([take.motion for take in takes.values()], HELD_OUT_SHARE, seed)
    chosen = [[takes[motion.key] for motion in motions] for motions in (bodies.train, bodies.test)]
    for side, most in zip(chosen, (most_takes, most_takes // 2), strict=True):
        random.shuffle(side)
        del side[most:]
    return {
        "ui_prmd": (
            recordings_of(people.train, _TIMES_TRAINED, random),
            recordings_of(people.test, TIMES_TESTED, random),
        ),
        "simulated": (recordings_of_takes(chosen[0]), recordings_of_takes(chosen[1])),
    }


def _figures(
    file: Path,
    kinds: Mapping[str, tuple[list[Recording], list[Recording]]],
    every_squat: Sequence[squats.Squat],
    lifting: Lifting,
    seed: int,
) -> Figures:
    random = np.random.default_rng((seed, 2))
    tested: dict[str, list[Example]] = {}
    everyday: list[Example] = []
    for kind, (_, recordings) in kinds.items():
        with_a_set = [each for each in recordings if each.begins_s is not None]
        tested[f"{kind}, true movement"] = examples_of(with_a_set, random)
        tested[f"{kind}, lifted"] = examples_of(with_a_set, random, lifting=lifting)
        without = [each for each in recordings if each.begins_s is None]
        everyday += examples_of(without, random, lifting=lifting) if without else []
    tested |= squats_by_hand(every_squat, lifting)
    tested |= squats_by_knees(every_squat, lifting)
    trims: dict[str, Trim] = {
        "network": by_network(chances_of(file)),
        "rule": by_rule,
        "nothing trimmed": whole,
    }
    return {
        "test": figures_of(trims, tested),
        "everyday movement alone": false_alarms(trims, everyday),
    }


if __name__ == "__main__":
    main()
