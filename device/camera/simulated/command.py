"""``physiopi-device simulate``: a clip of the simulated patient, with the truth beside it."""

import json
import sys
from pathlib import Path

import click
import cv2
from tqdm import tqdm

from device.camera.frame import Image
from device.camera.simulated.clip_mark import mark_simulated
from device.camera.simulated.conditions import (
    BYSTANDER_PATHS,
    LIGHTS,
    OCCLUDERS,
    Conditions,
)
from device.camera.simulated.patient import FAULTS, Fault, Performance, SimulatedPatient
from device.camera.simulated.surroundings import is_done_lying
from device.camera.simulated.truth_document import ClipFrame, truth_document
from device.errors import ClipError
from models.exercises.library import load_library
from models.messages import Side

_PLAIN_BODY = 1


@click.command()
@click.option("--exercise", required=True, help="Which exercise, such as squat_deep.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), default="both")
@click.option("--reps", type=click.IntRange(0, 100), default=5, show_default=True)
@click.option("--fault", type=click.Choice(FAULTS), help="A fault to make in every repetition.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The video (.mp4).")
@click.option("--truth", type=click.Path(path_type=Path), help="What is so in each frame (JSON).")
@click.option(
    "--body-seed",
    type=int,
    help="Which body: size, build, clothes, skin, hair, glasses, walking stick."
    " [default: 1, or the conditions' seed]",
)
@click.option(
    "--conditions-seed",
    type=int,
    help="Draw camera, light and room by chance: the same number, the same ones. Options below"
    " change single ones of them.",
)
@click.option(
    "--degraded",
    is_flag=True,
    help="Draw bad conditions: oblique and leaning cameras, dim light, noise, blur, lost frames,"
    " something or somebody in the way. Needs --conditions-seed.",
)
@click.option("--distance", "distance_m", type=float, help="Camera to patient, 1.5 to 4 m.")
@click.option("--camera-height", "camera_height_m", type=float, help="0.5 to 1.8 m.")
@click.option("--tilt", "tilt_deg", type=float, help="-20 to 20 degrees, positive looking down.")
@click.option("--roll", "roll_deg", type=float, help="-5 to 5 degrees, positive to its right.")
@click.option(
    "--obliqueness",
    "obliqueness_deg",
    type=float,
    help="Degrees round the patient away from the exercise's own view, positive towards the"
    " patient's left.",
)
@click.option("--field", "field_deg", type=float, help="Horizontal field, 50 to 80 degrees.")
@click.option("--light", type=click.Choice(LIGHTS), help="Backlit: a window behind the patient.")
@click.option("--noise", type=float, help="The sensor's noise, 0 to 4; 1 is a usual webcam's.")
@click.option("--blur", "exposure_s", type=float, help="Exposure, 0 to 0.1 s; 0 is all sharp.")
@click.option("--fps", type=float, help="Pictures a second, 1 to 60. [default: 30, or drawn]")
@click.option("--drop", "drop_share", type=float, help="Share of frames lost, 0 to 0.5.")
@click.option("--drop-burst", "drop_burst_frames", type=float, help="Mean number lost in a row.")
@click.option("--occluder", type=click.Choice(OCCLUDERS), help="What stands before the legs.")
@click.option(
    "--bystander",
    type=click.Choice(BYSTANDER_PATHS),
    help="A second person walks through once, behind or before the patient.",
)
@click.option("--bystander-at", "bystander_enters_s", type=float, help="When, in seconds.")
@click.option("--room-seed", type=int, help="Which room. [default: a plain one, or drawn]")
@click.option("--width", type=click.IntRange(64, 1920), default=640, show_default=True)
@click.option("--height", type=click.IntRange(64, 1920), default=480, show_default=True)
def simulate(
    exercise: str,
    side: Side,
    reps: int,
    fault: Fault | None,
    out: Path,
    truth: Path | None,
    body_seed: int | None,
    conditions_seed: int | None,
    degraded: bool,
    width: int,
    height: int,
    **given: object,
) -> None:
    """Film the simulated patient doing an exercise; the same options give the same clip.

    With --truth, a JSON file says for each frame where every joint and keypoint really is, the
    angles, the repetitions and their faults; it explains itself under "about". A frame that is lost
    (--drop) shows the one before it again, and the truth is of what is shown.

    \b
    physiopi-device simulate --exercise squat_mini --out clip.mp4 --truth truth.json
    physiopi-device simulate --exercise arm_lift --conditions-seed 7 --degraded --out clip.mp4
    physiopi-device simulate --exercise squat_deep --light dim --blur 0.05 --fps 12 --out clip.mp4
    """
    if degraded and conditions_seed is None:
        raise click.UsageError("--degraded needs --conditions-seed, such as --conditions-seed 1")
    performance = Performance(load_library().measured(exercise), side, reps, fault=fault)
    drawn = Conditions()
    if conditions_seed is not None:
        lying = is_done_lying(performance)
        drawn = Conditions.from_seed(conditions_seed, degraded, lying=lying)
    if body_seed is None:
        body_seed = _PLAIN_BODY if conditions_seed is None else conditions_seed
    patient = SimulatedPatient(
        performance, body_seed, conditions=drawn.changed(given), width=width, height=height
    )
    frames = _film(patient, out)
    mark_simulated(out)
    if truth is not None:
        truth.write_text(json.dumps(truth_document(patient, frames)), encoding="utf-8")


def _film(patient: SimulatedPatient, out: Path) -> list[ClipFrame]:
    fps, size = patient.conditions.fps, (patient.view.width, patient.view.height)
    video = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not video.isOpened():
        raise ClipError(f"{out}: cannot be written: give a name that ends in .mp4")
    frames: list[ClipFrame] = []
    image: Image | None = None
    captured = patient.conditions.captured(round(patient.performance.duration_s * fps))
    for index, is_captured in enumerate(tqdm(captured, unit=" frames", file=sys.stderr)):
        if is_captured or image is None:
            image, seen = patient.frame_at(index / fps)
        video.write(image)
        frames.append(ClipFrame(index / fps, seen))
    video.release()
    return frames
