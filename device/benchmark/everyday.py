"""False counts: ten minutes of everyday movement, coached as each exercise in turn.

Seen by the noise model of :mod:`device.camera.simulated.keypoint_recording`, not by a network: ten
minutes for each exercise from its own view would take hours to render.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from device.analyse import analyse_poses
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from models.exercises.definition import ExerciseDefinition

MINUTES = 10.0
FPS = 10.0


@dataclass(frozen=True, slots=True)
class EverydayRow:
    """Repetitions counted of one exercise, and attempts noticed, where nothing of it was done."""

    exercise_id: str
    minutes: float
    false_counts: int
    attempts: int


def measure_everyday(
    exercises: Sequence[ExerciseDefinition], body: int, minutes: float = MINUTES
) -> list[EverydayRow]:
    """Coach everyday movement as each exercise, from the exercise's own view."""
    return [
        _row(exercise, body, minutes) for exercise in tqdm(exercises, "everyday", unit=" exercises")
    ]


def _row(exercise: ExerciseDefinition, body: int, minutes: float) -> EverydayRow:
    movement = EverydayMovement(exercise, body, minutes * 60)
    patient = SimulatedPatient(movement, body, conditions=Conditions(fps=FPS))
    poses = record_keypoints(patient, body).recording.poses()
    analysis = analyse_poses(poses, exercise, None, "noise model")
    return EverydayRow(exercise.id, minutes, analysis.reps_counted, analysis.attempts)
