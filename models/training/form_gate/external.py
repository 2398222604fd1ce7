"""``python -m models.training.form_gate.external``: the gate on real squats of another set.

The squats' data are for research: they are measured on and never trained on. Somebody called each
of them good or bad. They are cut by the trimming network; only good ones were ever cut by hand.
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.form_features import features, ten_frames
from models.form_gate import FormWeights, form_gate_limits, load_weights
from models.movement_span import sampled
from models.training.lifted import Lifting, picture_of
from models.training.motion import squats
from models.training.motion.squats import FPS
from models.training.trimming.examples import Example
from models.training.trimming.figures import Trim, by_network, chances_of

_NETWORKS = Path(__file__).parents[2] / "networks"
_EXERCISE = "squat_deep"


@click.command(context_settings={"show_default": True})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder that holds squats.",
)
@click.option(
    "--gate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=_NETWORKS / "form_gate.npz",
    show_default="models/networks/form_gate.npz",
)
@click.option(
    "--depth",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=_NETWORKS / "depth.tflite",
    show_default="models/networks/depth.tflite",
)
@click.option(
    "--trimming",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=_NETWORKS / "trimming.tflite",
    show_default="models/networks/trimming.tflite",
)
def main(data: Path, gate: Path, depth: Path, trimming: Path) -> None:
    """Print how the gate judges squats before a Kinect, and before MoveNet and lifted."""
    weights = load_weights(gate)[_EXERCISE]
    every = squats.squats(data / squats.FOLDER)
    good = np.array([squat.motion.correct for squat in every], np.bool_)
    lifted = Lifting(depth).of_pictures([picture_of(each) for each in every], [FPS] * len(every))
    trim = by_network(chances_of(trimming))
    seen = {
        "Kinect": [_ten_frames(squat.motion.joints_m, trim) for squat in every],
        "MoveNet lifted": [_ten_frames(joints_m, trim) for joints_m in lifted],
    }
    click.echo(json.dumps({way: _told(weights, np.stack(f), good) for way, f in seen.items()}))


def _ten_frames(joints_m: NDArray[np.float32], trim: Trim) -> NDArray[np.float32]:
    times_s = np.arange(len(joints_m)) / FPS
    example = Example(sampled(joints_m, times_s)[0], 0.0, None, None)
    begins_s, ends_s = trim(example) or (0.0, float(times_s[-1]))
    return ten_frames(joints_m[(times_s >= begins_s) & (times_s <= ends_s)])


def _told(
    weights: FormWeights, frames: NDArray[np.float32], good: NDArray[np.bool_]
) -> dict[str, Any]:
    limits = form_gate_limits()
    values = features(frames)
    probability = weights.probability_good(values)
    unlike = weights.share_outside(values) > limits.most_outside
    said_good = ~unlike & (probability >= limits.good_from)
    said_bad = ~unlike & (probability <= limits.bad_to)
    return {
        name: {
            "squats": int(those.sum()),
            "said good": int((said_good & those).sum()),
            "said bad": int((said_bad & those).sum()),
            "unlike training": int((unlike & those).sum()),
        }
        for name, those in (("good", good), ("bad", ~good))
    } | {"auc": round(float(roc_auc_score(good, probability)), 3)}


if __name__ == "__main__":
    main()
