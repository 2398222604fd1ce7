"""What is really so in a picture of the simulated patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.movement import Movement
from device.camera.simulated.skeleton import Skeleton, Vector
from device.camera.simulated.truth_of_measure import measure_deg
from device.camera.simulated.view import View, keypoints_of
from models.exercises.motion import TempoPhase
from models.messages import FaultCode, Side

__all__ = ["Truth", "measure_deg", "truth_at"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so in one frame.

    ``time_s`` counts from the performance's beginning. ``joints`` are metres in the body's axes, by
    name; ``keypoints`` float64 [17, 2]: y, x normalised, in COCO order. ``measure_deg`` is the
    exercise's measure on the moving side. ``repetition`` counts from 1, 0 at rest;
    ``reps_completed`` are those back at the start; ``fault`` is the fault of this repetition,
    ``side`` the side it trains.
    """

    time_s: float
    joints: dict[str, Vector]
    keypoints: NDArray[np.float64]
    measure_deg: float
    phase: TempoPhase
    repetition: int
    reps_completed: int
    fault: FaultCode | None
    side: Side


def truth_at(performance: Movement, skeleton: Skeleton, view: View, time_s: float) -> Truth:
    """The truth of the picture that shows ``skeleton`` at that time."""
    repetition = performance.repetition_at(time_s)
    _, phase, completed = performance.progress_at(time_s)
    side = performance.side_at(time_s)
    return Truth(
        time_s=time_s,
        joints=skeleton.joints,
        keypoints=keypoints_of(skeleton, view),
        measure_deg=measure_deg(skeleton, performance.exercise.measure, side),
        phase=phase,
        repetition=repetition.number if repetition else 0,
        reps_completed=completed,
        fault=repetition.fault if repetition else None,
        side=side,
    )
