"""``physiopi-device simulate``: a clip of the simulated patient, with the truth beside it."""

import json
import sys
from pathlib import Path

import click
import cv2
from tqdm import tqdm

from device.camera.simulated.patient import FAULTS, Fault, Performance, SimulatedPatient, Truth
from device.errors import ClipError
from models.exercises.library import load_library
from models.messages import Side


@click.command()
@click.option("--exercise", required=True, help="Which exercise, such as squat_deep.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), default="both")
@click.option("--reps", type=click.IntRange(0, 100), default=5, show_default=True)
@click.option("--body-seed", type=int, default=1, show_default=True, help="Which body.")
@click.option("--fps", type=click.FloatRange(5, 60), default=30.0, show_default=True)
@click.option(
    "--fault",
    type=click.Choice(FAULTS),
    help="A fault to make in every repetition.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The video (.mp4).")
@click.option("--truth", type=click.Path(path_type=Path), help="What is so in each frame (JSON).")
def simulate(
    exercise: str,
    side: Side,
    reps: int,
    body_seed: int,
    fps: float,
    fault: Fault | None,
    out: Path,
    truth: Path | None,
) -> None:
    """Film the simulated patient doing an exercise; the same options give the same clip."""
    performance = Performance(load_library().measured(exercise), side, reps, fault=fault)
    patient = SimulatedPatient(performance, body_seed)
    size = (patient.view.width, patient.view.height)
    video = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not video.isOpened():
        raise ClipError(f"{out}: cannot be written: give a name that ends in .mp4")
    truths: list[Truth] = []
    total = round(performance.duration_s * fps)
    for image, each in tqdm(patient.frames(fps), total=total, unit=" frames", file=sys.stderr):
        video.write(image)
        truths.append(each)
    video.release()
    if truth is not None:
        truth.write_text(json.dumps(_document(performance, fps, truths)), encoding="utf-8")


def _document(performance: Performance, fps: float, truths: list[Truth]) -> dict[str, object]:
    return {
        "exercise_id": performance.exercise.id,
        "side": performance.moving_side,
        "fps": fps,
        "reps": performance.reps,
        "repetitions": [
            {
                "number": each.number,
                "begins_s": each.begins_s,
                "peaks_s": each.peaks_s,
                "returned_s": each.returned_s,
                "peak_deg": each.peak_deg,
                "fault": each.fault,
            }
            for each in performance.repetitions
        ],
        "measure_deg": [round(each.measure_deg, 3) for each in truths],
        "keypoints": [each.keypoints.round(5).tolist() for each in truths],
        "phase": [each.phase for each in truths],
        "reps_completed": [each.reps_completed for each in truths],
    }
