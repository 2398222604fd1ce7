"""``python -m models.training.form_gate``: the form gate's weights, and their figures."""

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from models.form_features import features
from models.form_gate import FormWeights, form_gate_limits, save_weights
from models.training.form_gate.candidates import (
    constant,
    logistic,
    logistic_weights,
    network,
    trees,
)
from models.training.form_gate.examples import Examples, examples_of
from models.training.form_gate.figures import (
    Figures,
    across,
    bone_lengths_alone,
    by_exercise,
    by_new_subjects,
    calibration,
    summary,
)
from models.training.lifted import Lifting
from models.training.motion import simulated, ui_prmd
from models.training.motion.motion import Motion
from models.training.motion.split import random_split_for_comparison_only

_FILE = "form_gate.npz"
_BODY_FOLDS = 4
_RANDOM_SHARE = 0.2


@click.command(context_settings={"show_default": True})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder that holds uiprmd.",
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
@click.option("--cameras", type=click.IntRange(1), default=4, help="For each repetition.")
@click.option("--most-simulated", type=click.IntRange(100), default=800)
@click.option("--seed", type=int, default=1)
def main(
    data: Path,
    simulated_folder: Path,
    depth: Path,
    out: Path,
    cameras: int,
    most_simulated: int,
    seed: int,
) -> None:
    """Fit the form gate; write it and its figures (form_gate.json) into --out."""
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    lifting = Lifting(depth)
    people = ui_prmd.load(data / ui_prmd.FOLDER)
    exercises = {motion.exercise_id for motion in people}
    bodies = [
        motion for motion in simulated.load(simulated_folder) if motion.exercise_id in exercises
    ]
    chosen = np.sort(random.permutation(len(bodies))[:most_simulated])
    real = examples_of(people, lifting, cameras, random)
    made = examples_of([bodies[at] for at in chosen], lifting, cameras, random)
    figures = _figures(real, made, people, seed)
    weights = logistic_weights(real.and_those(made), seed)
    least = form_gate_limits().least_balanced_accuracy
    shipped = {
        exercise_id: weights[exercise_id]
        for exercise_id, ways in figures["people, by exercise"].items()
        if ways["lifted"]["balanced_accuracy"] >= least
    }
    save_weights(out / _FILE, shipped)
    content = (out / _FILE).read_bytes()
    document = {
        "file": _FILE,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "numbers": sum(one.weight.size + 1 for one in shipped.values()),
        "exercises": sorted(shipped),
        "people's repetitions": len(real),
        "simulated repetitions": len(made),
        "seed": seed,
        **figures,
        "unlike training": _unlike(shipped, real),
    }
    (out / "form_gate.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps({name: document[name] for name in ("file", "sha256", "exercises")}))


def _figures(real: Examples, made: Examples, people: list[Motion], seed: int) -> dict[str, Any]:
    folds = len(set(real.subject.tolist()))
    found: dict[str, Any] = {"people": {}}
    for learn in (constant, logistic, trees, network):
        said = by_new_subjects(learn, real, made, folds, seed)
        found["people"][learn.__name__] = summary(said, real)
        if learn is logistic:
            found["people, by exercise"] = by_exercise(said, real)
            found["people, calibration"] = calibration(said, real)
        else:
            found.setdefault("baselines, by exercise", {})[learn.__name__] = {
                exercise_id: {way: of["balanced_accuracy"] for way, of in ways.items()}
                for exercise_id, ways in by_exercise(said, real).items()
            }
    plain = by_new_subjects(logistic, real, None, folds, seed)
    found["people, trained without simulation"] = summary(plain, real)
    found["people, trained on simulation alone"] = summary(across(logistic, made, real, seed), real)
    bodies = by_new_subjects(logistic, made, real, _BODY_FOLDS, seed)
    found["simulated bodies"] = summary(bodies, made)
    found["simulated bodies, by exercise"] = by_exercise(bodies, made)
    found["simulated bodies, constant"] = summary(
        by_new_subjects(constant, made, None, _BODY_FOLDS, seed), made
    )
    found["random split, only to compare with papers"] = _random_split(real, people, seed)
    found["bone lengths alone, AUC"] = bone_lengths_alone(people)
    return found


def _random_split(real: Examples, people: list[Motion], seed: int) -> Figures:
    split = random_split_for_comparison_only(people, _RANDOM_SHARE, seed)
    test_keys = {motion.key for motion in split.test}
    test = np.array([motion.key in test_keys for motion in people])
    return summary(across(logistic, real.of(~test), real.of(test), seed), real.of(test))


def _unlike(shipped: dict[str, FormWeights], real: Examples) -> dict[str, float]:
    """The share of lifted repetitions that are refused as unlike training: of the exercise itself,
    and of all the others when they are given as it."""
    most = form_gate_limits().most_outside
    values = features(real.lifted[:, 0])
    own, others = [], []
    for exercise_id, weights in shipped.items():
        outside = weights.share_outside(values) > most
        same = real.exercise_id == exercise_id
        own.append(outside[same].mean())
        others.append(outside[~same].mean())
    return {
        "the exercise itself": round(float(np.mean(own)), 3),
        "other exercises": round(float(np.mean(others)), 3),
    }


if __name__ == "__main__":
    main()
