"""``python -m models.training.lifting``: train, judge and write the depth network."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.training.lifting.baselines import Lift, nothing, ridge
from models.training.lifting.calibration import band_coverage, widening_of
from models.training.lifting.figures import Figures, figures_of
from models.training.lifting.filming import Clips, Conditions, film
from models.training.lifting.network_file import lift_of
from models.training.lifting.report import markdown
from models.training.lifting.squat_figures import squat_figures
from models.training.lifting.tflite import tflite
from models.training.lifting.training import Protocol, flat, train
from models.training.motion import kimore, simulated, squats, ui_prmd
from models.training.motion.motion import Motion
from models.training.motion.rights import free_to_ship
from models.training.motion.split import Split, split_by_subject

FRAMES, CALIBRATION_SHARE = 48, 0.1
_HELD_OUT: Final = 0.3
_JUDGED_FRAMES, _JUDGED_CLIPS = 60, 600
_SHIPPED: Final = "float16"
_DEFAULT: Final = Protocol()


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--simulated", "folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--clips", type=click.IntRange(64), default=9000, show_default=True)
@click.option("--epochs", type=click.IntRange(1), default=_DEFAULT.epochs, show_default=True)
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
def main(data: Path, folder: Path, out: Path, clips: int, epochs: int, seed: int) -> None:
    """Train the depth network on UI-PRMD and simulated movement.

    Writes depth.tflite (trained on everybody), depth.json and lifting.md (of a network trained
    without the people and bodies it is judged on; KIMORE and the squats are never trained on).
    """
    _one_thread()
    out.mkdir(parents=True, exist_ok=True)
    protocol = Protocol(epochs=epochs, seed=seed)
    splits = [
        split_by_subject(motions, _HELD_OUT, seed)
        for motions in (ui_prmd.load(data / ui_prmd.FOLDER), _simulated(folder))
    ]
    motions = free_to_ship(motion for split in splits for motion in (*split.train, *split.test))
    pool = _pool(motions, clips, seed)
    network, widening = _trained(pool, protocol)
    content = tflite(network, widening, _SHIPPED)
    (out / "depth.tflite").write_bytes(content)
    shipped = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "parameters": int(network.count_params()),
        "clips": clips,
        "epochs": epochs,
        "seed": seed,
    }
    tested = {motion.key for split in splits for motion in split.test}
    kept = np.array([motions[at].key not in tested for at in pool.motion])
    figures = {"shipped": shipped} | _judged(pool.of(kept), splits, data, protocol)
    (out / "depth.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (out / "lifting.md").write_text(markdown(figures), encoding="utf-8")
    click.echo(json.dumps(shipped))


def _one_thread() -> None:
    """So that sums are made in the same order each time."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _simulated(folder: Path) -> list[Motion]:
    """Whole takes: what is done between the repetitions is movement, too."""
    return [take.motion for take in simulated.takes(folder)]


def _squats(data: Path) -> list[squats.Squat]:
    return squats.squats(data / squats.FOLDER)


def _pool(motions: Sequence[Motion], clips: int, seed: int) -> Clips:
    """Clips to train on: half of them of real movement, half simulated."""
    real = np.array([motion.source != "simulated" for motion in motions])
    chances = np.where(real, 0.5 / real.sum(), 0.5 / (~real).sum())
    random = np.random.default_rng((seed, 1))
    chosen = random.choice(len(motions), clips, p=chances)
    return film(motions, chosen, FRAMES, Conditions(), random)


def _trained(pool: Clips, protocol: Protocol) -> tuple[Any, NDArray[np.float32]]:
    """A network, and by how much its deviations must be widened on clips it was not trained on."""
    aside = np.random.default_rng((protocol.seed, 2)).random(len(pool)) < CALIBRATION_SHARE
    network = train(pool.of(~aside), protocol)
    inputs, _ = flat(pool.of(aside))
    return network, widening_of(_answers(network, inputs), pool.of(aside))


def _judged(pool: Clips, splits: Sequence[Split], data: Path, protocol: Protocol) -> Figures:
    """Everything is trained on ``pool`` and measured on the splits' other side."""
    network, widening = _trained(pool, protocol)
    one_frame, _ = _trained(pool, Protocol(protocol.epochs, protocol.seed, instants=1))
    lifts: dict[str, Lift] = {
        "depth": lambda inputs: _answers(network, inputs),
        "one_frame": lambda inputs: _answers(one_frame, inputs),
        "ridge": ridge(*flat(pool)),
        "nothing": nothing,
    }
    sets = {"ui_prmd": splits[0].test, "simulated": splits[1].test}
    sets["kimore"] = tuple(kimore.load(data / kimore.FOLDER))
    figures: Figures = {
        "held_out": {
            split.test[0].source: sorted({motion.subject for motion in split.test})
            for split in splits
        }
    }
    for at, (name, motions) in enumerate(sets.items()):
        clips = _judged_clips(motions, (protocol.seed, 3, at))
        figures[name] = figures_of(lifts, clips, motions)
        answers = _answers(network, flat(clips)[0], widening)
        figures[name]["within_90_band"] = band_coverage(answers, clips)
        figures[name]["as_file"] = _files(network, widening, clips, motions)
    figures["squats"] = squat_figures(lifts, _squats(data))
    return figures


def _judged_clips(motions: Sequence[Motion], seed: tuple[int, ...]) -> Clips:
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(motions))[:_JUDGED_CLIPS]
    as_recorded = Conditions(bodies_vary=False, tempo=(1.0, 1.0))
    return film(motions, chosen, _JUDGED_FRAMES, as_recorded, random)


def _answers(
    network: Any,  # noqa: ANN401
    inputs: NDArray[np.float32],
    widening: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """[M, 52] as the file gives them."""
    answers: NDArray[np.float32] = network.predict(inputs, batch_size=4096, verbose=0).copy()
    deviations = answers[:, -13:]
    deviations[:] = np.exp(deviations) * (1.0 if widening is None else widening)
    return answers


def _files(
    network: Any,  # noqa: ANN401
    widening: NDArray[np.float32],
    clips: Clips,
    motions: Sequence[Motion],
) -> Figures:
    """What smaller weights cost, on a twelfth of the clips."""
    some = clips.of(np.arange(len(clips)) % 12 == 0)
    files = {kind: tflite(network, widening, kind) for kind in ("float32", "float16", "int8")}
    figures = figures_of({kind: lift_of(content) for kind, content in files.items()}, some, motions)
    return {
        kind: {"mpjpe_cm": figures[kind]["mpjpe_cm"], "size_bytes": len(content)}
        for kind, content in files.items()
    }


if __name__ == "__main__":
    main()
