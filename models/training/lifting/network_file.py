"""``python -m models.training.lifting.network_file``: a depth network, measured on the squats.

The squats are never trained on, so that the file that ships can be judged on them by anybody.
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.training.lifting.baselines import Inputs, Lift, nothing
from models.training.lifting.squat_figures import band_on_squats, pairs_of_kinect, squat_figures
from models.training.motion.squats import FOLDER, squats


def lift_of(content: bytes) -> Lift:
    """The file as the device runs it: one input after the other, on one thread."""
    interpreter: Any = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    seen = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]

    def lift(inputs: Inputs) -> NDArray[np.float32]:
        answers = []
        for one in inputs:
            interpreter.set_tensor(seen, one[None])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(answer)[0].copy())
        return np.array(answers, np.float32)

    return lift


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--network", type=click.Path(path_type=Path, exists=True), required=True)
def main(data: Path, network: Path) -> None:
    """Print the figures of NETWORK on the squats as JSON, beside those of doing nothing."""
    clips, lift = squats(data / FOLDER), lift_of(network.read_bytes())
    figures = squat_figures({"depth": lift, "nothing": nothing}, clips)
    figures["within_90_band"] = band_on_squats(lift, clips)
    figures["from_the_kinects_x_and_y"] = squat_figures({"depth": lift}, clips, pairs_of_kinect)
    click.echo(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
