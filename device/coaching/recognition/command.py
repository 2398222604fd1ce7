"""``physiopi-device teach``: a clinic shows an exercise once, and the device knows it."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from tqdm import tqdm

from device.camera.capture import Capture, CaptureState
from device.camera.clip import ClipCamera
from device.camera.selection import select_camera
from device.coaching.recognition.index import ReferenceIndex
from device.coaching.recognition.references import INDEX_FILE
from device.coaching.recognition.teaching import demonstrated
from device.errors import CameraError
from device.pose.movenet import MoveNet
from device.pose.pose import Pose
from device.recording import RECORDING_SUFFIXES, load_recording
from device.settings import load_settings
from models.exercises.library import load_library
from models.networks.find import find_network, show_progress

_FIRST_FRAME_WITHIN_S = 20.0


@click.command()
@click.argument("exercise", required=False)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A video of the demonstration, or a recording of its keypoints.",
)
@click.option("--camera", default="0", show_default=True, help="The camera to show it to.")
@click.option(
    "--seconds",
    type=click.FloatRange(3, 120),
    default=20.0,
    show_default=True,
    help="How long the camera looks.",
)
@click.option("--forget", is_flag=True, help="Take away what was taught of EXERCISE.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="device.toml")
def teach(
    exercise: str | None,
    source: Path | None,
    camera: str,
    seconds: float,
    forget: bool,
    config: Path | None,
) -> None:
    """Teach the device how EXERCISE looks, from one demonstration.

    EXERCISE is an exercise of the library; add a file there first for a new one. Take up the
    starting pose, hold it for a second, and do the exercise once or twice. What is kept are 64
    numbers a pose; pictures are never stored. Without EXERCISE, what was taught is listed.
    """
    index = ReferenceIndex(load_settings(config).data_folder / INDEX_FILE)
    try:
        if exercise is None:
            for name, count in index.taught().items():
                click.echo(f"{name}: {count} poses")
            return
        definition = load_library().measured(exercise)
        if forget:
            click.echo(f"{definition.id}: {index.forget(definition.id)} poses taken away")
            return
        poses = _poses_of_file(source) if source is not None else _poses_of_camera(camera, seconds)
        references = demonstrated(poses, definition.id)
        index.teach(definition.id, references)
        click.echo(f"{definition.id}: {len(references)} poses learnt")
    finally:
        index.close()


def _poses_of_file(path: Path) -> Iterator[Pose]:
    if path.suffix.lower() in RECORDING_SUFFIXES:
        yield from load_recording(path).poses()
        return
    estimator = MoveNet(find_network(progress=show_progress))
    for frame in ClipCamera(path, paced=False).frames():
        yield estimator.estimate(frame)


def _poses_of_camera(camera: str, seconds: float) -> Iterator[Pose]:
    estimator = MoveNet(find_network(progress=show_progress))
    capture = Capture(select_camera(camera))
    capture.start()
    try:
        first = capture.take(_FIRST_FRAME_WITHIN_S)
        if first is None:
            raise capture.last_error or CameraError("the camera gives no picture")
        click.echo("Hold the starting pose, then do the exercise.", err=True)
        began_s = first.captured_at_s
        with tqdm(total=seconds, unit=" s", file=sys.stderr, bar_format="{l_bar}{bar}|") as bar:
            for _ in itertools.count():
                frame = capture.take(1.0)
                if frame is None:
                    if capture.state is CaptureState.LOST:
                        raise CameraError("the camera has gone: plug it in and begin again")
                    continue
                passed_s = frame.captured_at_s - began_s
                bar.update(min(passed_s, seconds) - bar.n)
                if passed_s >= seconds:
                    return
                yield estimator.estimate(frame)
    finally:
        capture.stop()
