"""``physiopi-device``: what a person or a unit file runs on the patient's device."""

import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import structlog
from tqdm import tqdm

from device.analyse import Analysis, analyse_poses, clip_poses, recorded_set
from device.bench import bench
from device.benchmark.command import benchmark
from device.benchmark.evaluate import evaluate
from device.camera.clip import ClipCamera
from device.camera.simulated.clip_mark import is_simulated
from device.camera.simulated.command import simulate
from device.coaching.recognition.command import teach
from device.coaching.set_recording import RecordedSet, SetRecording
from device.errors import ClipError, DeviceError
from device.kiosk.command import kiosk
from device.link.command import link
from device.pose.image import read_image
from device.pose.movenet import MoveNet
from device.pose.network_choice import choose_network, library_measured_by
from device.pose.pose import Keypoint, Pose
from device.quality.command import quality as quality_stages
from device.quality.pipeline import QualityPipeline, SetAnalysis
from device.quality.report import quality_document, quality_lines
from device.quality.stages import available_stages
from device.recording import RECORDING_SUFFIXES, load_recording
from device.run import run
from models.errors import ExerciseNotFoundError, ModelsError, TimerExerciseError
from models.exercises.library import load_library
from models.messages import Side
from models.networks.find import find_network, show_progress

EXIT_USAGE, EXIT_NETWORK = 2, 5


class _Group(click.Group):
    """Turns our errors into one clear line and an exit status that means something."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except DeviceError as error:
            _fail(str(error), error.exit_code)
        except (ExerciseNotFoundError, TimerExerciseError) as error:
            _fail(str(error), EXIT_USAGE)
        except ModelsError as error:
            _fail(str(error), EXIT_NETWORK)


def _fail(message: str, status: int) -> None:
    click.echo(f"physiopi-device: {message}", err=True)
    sys.exit(status)


@click.group(cls=_Group)
@click.version_option(package_name="physiopi")
@click.option("--log-json", is_flag=True, help="Write the log as JSON, one object a line.")
def main(log_json: bool) -> None:
    """PhysioPi on the patient's device.

    Exit status: 0 done, 1 failed, 2 wrong use or configuration, 3 camera, 4 no video or recording,
    5 pose network, 6 database, 7 broker.
    """
    renderer = (
        structlog.processors.JSONRenderer()
        if log_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--exercise", required=True, help="Which exercise it is, such as squat_deep.")
@click.option(
    "--side",
    type=click.Choice(["left", "right", "both"]),
    help="Which side works; whichever moves when not given.",
)
@click.option("--recording", help="Which recording, where a file holds several.")
@click.option("--fps", type=float, help="Frames per second of a recording that does not say.")
@click.option(
    "--stand-in",
    is_flag=True,
    help="Use the small stand-in network: for clips made by 'simulate' only.",
)
@click.option(
    "--quality",
    is_flag=True,
    help="Judge how well it was done too: every stage's output stands under 'quality'.",
)
@click.option("--research", is_flag=True, help="With --quality: the research score too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def analyse(
    file: Path,
    exercise: str,
    side: Side | None,
    recording: str | None,
    fps: float | None,
    stand_in: bool,
    quality: bool,
    research: bool,
    as_json: bool,
) -> None:
    """Count and judge an exercise in FILE, as the live coach would, as fast as it goes.

    FILE is a video, or a recording of keypoints (.npz or .json).
    """
    definition = load_library().measured(exercise)
    if not file.exists():
        raise ClipError(f"{file}: there is no such file")
    kept = SetRecording()
    if file.suffix.lower() in RECORDING_SUFFIXES:
        keypoints = load_recording(file, recording, fps)
        poses = _with_progress(keypoints.poses(), len(keypoints))
        result = analyse_poses(poses, definition, side, "recording", keypoints.fps, kept)
    else:
        result = _analyse_clip(file, definition.id, side, stand_in, kept)
    judged = _judged(kept, result, side, research=research) if quality else None
    if as_json:
        document = {} if judged is None else {"quality": quality_document(*judged)}
        click.echo(json.dumps(result.as_document() | document))
        return
    click.echo(_table(result))
    for name, value in [] if judged is None else quality_lines(judged[0].quality):
        click.echo(f"{name:22} {value}")


def _judged(
    kept: SetRecording, result: Analysis, side: Side | None, *, research: bool
) -> tuple[SetAnalysis, RecordedSet]:
    recorded = recorded_set(kept, result, side)
    if recorded is None:
        raise ClipError("quality needs at least two frames: give a longer clip or recording")
    return QualityPipeline(available_stages(research=research)).analyse(recorded), recorded


def _analyse_clip(
    file: Path, exercise: str, side: Side | None, stand_in: bool, kept: SetRecording
) -> Analysis:
    clip = ClipCamera(file, paced=False)
    opened = clip.open()
    count = clip.frame_count
    estimator = MoveNet(choose_network(no_person=is_simulated(file), stand_in=stand_in))
    poses = _with_progress(clip_poses(clip, estimator), count)
    definition = library_measured_by(estimator.is_stand_in).measured(exercise)
    name = estimator.version.name
    return analyse_poses(poses, definition, side, name, opened.fps, kept)


def _with_progress(poses: Iterable[Pose], count: int | None) -> Iterable[Pose]:
    bar: Iterable[Pose] = tqdm(poses, total=count, unit=" frames", file=sys.stderr, mininterval=0.5)
    return bar


def _table(result: Analysis) -> str:
    document = result.as_document()
    document.pop("repetitions")
    return "\n".join(f"{key:22} {value}" for key, value in document.items())


@main.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pose(image: Path, as_json: bool) -> None:
    """Find the 17 keypoints of a person in one picture: y, x (0 to 1) and score, in COCO order."""
    picture = read_image(image)
    estimator = MoveNet(find_network(progress=show_progress), threads=1)
    found = estimator.estimate_squashed(picture)
    rows = [[round(value, 6) for value in row] for row in found.keypoints.tolist()]
    if as_json:
        document = {
            "keypoints": rows,
            "width": found.width,
            "height": found.height,
            "network": estimator.version.name,
        }
        click.echo(json.dumps(document))
        return
    for keypoint, (y, x, score) in zip(Keypoint, rows, strict=True):
        click.echo(f"{keypoint.name.lower():15} y {y:.3f}  x {x:.3f}  score {score:.2f}")


for command in (run, kiosk, link, bench, benchmark, evaluate, simulate, teach, quality_stages):
    main.add_command(command)

if __name__ == "__main__":
    main()
