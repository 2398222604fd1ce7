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

from device.analyse import Analysis
from device.bench import bench
from device.benchmark.command import benchmark
from device.benchmark.evaluate import evaluate
from device.camera.simulated.command import simulate
from device.coaching.recognition.command import teach
from device.errors import DeviceError
from device.file_analysis import FileToAnalyse, JudgedSet, analyse_file
from device.jobs.command import jobs
from device.kiosk.command import kiosk
from device.link.command import link
from device.pose.image import read_image
from device.pose.movenet import MoveNet
from device.pose.pose import Keypoint, Pose
from device.quality.command import quality as quality_stages
from device.quality.report import quality_lines
from device.quality.series import write_series
from device.run import run
from device.voice.command import voice
from models.errors import ExerciseNotFoundError, ModelsError, TimerExerciseError
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
@click.option(
    "--exercise",
    help="Which exercise it is, such as squat_deep; recognised where it can be when not given.",
)
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
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --quality: write the keypoints and what the stages made of them here, as CSV.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def analyse(
    file: Path,
    exercise: str | None,
    side: Side | None,
    recording: str | None,
    fps: float | None,
    stand_in: bool,
    quality: bool,
    research: bool,
    csv_folder: Path | None,
    as_json: bool,
) -> None:
    """Count and judge an exercise in FILE, as the live coach would, as fast as it goes.

    FILE is a video, or a recording of keypoints (.npz or .json).
    """
    if csv_folder is not None and not quality:
        raise click.UsageError("--csv writes what the quality stages give: add --quality")
    to_analyse = FileToAnalyse(file, exercise, side, recording, fps, stand_in)
    found = analyse_file(to_analyse, _with_progress, quality=quality, research=research)
    if csv_folder is not None and found.judged is not None:
        _write_tables(csv_folder, found.judged)
    if as_json:
        click.echo(json.dumps(found.as_document()))
        return
    click.echo(_table(found.counted))
    for name, value in [] if found.judged is None else quality_lines(found.judged.analysis.quality):
        click.echo(f"{name:22} {value}")


def _write_tables(folder: Path, judged: JudgedSet) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_series(folder, judged.analysis, judged.recorded)
    except OSError as error:
        raise DeviceError(f"{folder}: the tables cannot be written: {error.strerror}") from error


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


for command in (
    run,
    jobs,
    kiosk,
    link,
    bench,
    benchmark,
    evaluate,
    simulate,
    teach,
    quality_stages,
    voice,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
