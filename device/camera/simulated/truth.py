"""What is really so in a picture of the simulated patient."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.performance import Fault, Performance
from device.camera.simulated.skeleton import BodySide, Skeleton, Vector
from device.camera.simulated.view import View, keypoints_of
from models.exercises.definition import Measure
from models.exercises.motion import TempoPhase
from models.messages import Side


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so in one frame.

    ``time_s`` counts from the performance's beginning. ``joints`` are metres in the body's axes, by
    name; ``keypoints`` float64 [17, 2]: y, x normalised, in COCO order. ``measure_deg`` is the
    exercise's measure on the moving side. ``repetition`` counts from 1, 0 at rest;
    ``reps_completed`` are those back at the start; ``fault`` is the fault of this repetition.
    """

    time_s: float
    joints: dict[str, Vector]
    keypoints: NDArray[np.float64]
    measure_deg: float
    phase: TempoPhase
    repetition: int
    reps_completed: int
    fault: Fault | None


def truth_at(performance: Performance, skeleton: Skeleton, view: View, time_s: float) -> Truth:
    """The truth of the picture that shows ``skeleton`` at that time."""
    repetition = performance.repetition_at(time_s)
    _, phase, completed = performance.progress_at(time_s)
    return Truth(
        time_s=time_s,
        joints=skeleton.joints,
        keypoints=keypoints_of(skeleton, view),
        measure_deg=measure_deg(skeleton, performance.exercise.measure, performance.moving_side),
        phase=phase,
        repetition=repetition.number if repetition else 0,
        reps_completed=completed,
        fault=repetition.fault if repetition else None,
    )


def measure_deg(skeleton: Skeleton, measure: Measure, side: Side) -> float:
    """An exercise's measure from the joints in space, in clinical convention.

    Hip and shoulder are measured against the trunk's long axis in its own sagittal or frontal
    plane, the knee between thigh and shank. With ``both``, the left side's.
    """
    body_side: BodySide = "right" if side == "right" else "left"
    if measure == "knee_flexion":
        hip, knee, ankle = (
            skeleton.joints[f"{body_side}_{name}"] for name in ("hip", "knee", "ankle")
        )
        return _degrees_between(knee - hip, ankle - knee)
    upper, lower = ("hip", "knee") if measure.startswith("hip") else ("shoulder", "elbow")
    limb = skeleton.joints[f"{body_side}_{lower}"] - skeleton.joints[f"{body_side}_{upper}"]
    left, up, forward = (float(axis @ limb) for axis in skeleton.trunk.T)
    outward = left if body_side == "left" else -left
    return math.degrees(math.atan2(outward if measure.endswith("abduction") else forward, -up))


def _degrees_between(first: Vector, second: Vector) -> float:
    return math.degrees(
        math.atan2(float(np.linalg.norm(np.cross(first, second))), float(first @ second))
    )
