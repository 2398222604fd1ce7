"""A simulated patient doing an exercise: pose over time with the truth beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body, skeleton_of
from device.camera.simulated.scene import Scene, View, keypoints_of
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import (
    JointAngles,
    TempoPhase,
    phase_at,
    progress_at,
    repetition_duration_s,
)
from models.messages import Side, Tempo

Fault = Literal["trunk_lean", "incomplete_range", "too_fast"]

_LEAN_BEYOND_LIMIT_DEG = 14.0
_INCOMPLETE_PROGRESS = 0.76
_TOO_FAST_TEMPO = 0.3


@dataclass(frozen=True, slots=True)
class Performance:
    """What a patient is asked to do, and how it goes wrong.

    ``target_deg`` is the measure at the peak, the exercise's full range when ``None``; ``fault``
    is made in every repetition; ``rest_s`` is stood or sat before and after.
    """

    exercise: ExerciseDefinition
    side: Side
    reps: int
    tempo: Tempo | None = None
    target_deg: float | None = None
    fault: Fault | None = None
    rest_s: float = 2.0

    @property
    def moving_side(self) -> Side:
        """The side that moves; one leg where both cannot."""
        one_leg = self.exercise.motion.carried_by == "other_foot"
        return "left" if self.side == "both" and one_leg else self.side

    @property
    def actual_tempo(self) -> Tempo:
        """The tempo as performed."""
        tempo = self.tempo or self.exercise.tempo
        if self.fault != "too_fast":
            return tempo
        return Tempo(
            out_s=tempo.out_s * _TOO_FAST_TEMPO,
            hold_s=tempo.hold_s,
            return_s=tempo.return_s * _TOO_FAST_TEMPO,
            pause_s=tempo.pause_s,
        )

    @property
    def duration_s(self) -> float:
        """From the first rest's beginning to the last one's end."""
        return 2 * self.rest_s + self.reps * repetition_duration_s(self.actual_tempo)

    @property
    def peak_progress(self) -> float:
        """Progress at the peak of each repetition, 1 at the exercise's full range."""
        span = self.exercise.range_of_motion
        progress = 1.0 if self.target_deg is None else span.progress(self.target_deg)
        return progress * (_INCOMPLETE_PROGRESS if self.fault == "incomplete_range" else 1.0)

    @property
    def camera_azimuth_deg(self) -> float:
        """Where the camera stands for this exercise's view."""
        return self.exercise.motion.camera_azimuth_for(self.moving_side)

    def progress_at(self, time_s: float) -> tuple[float, TempoPhase, int]:
        """Progress, phase and number of repetitions completed, ``time_s`` after the start."""
        moving_s = time_s - self.rest_s
        each_s = repetition_duration_s(self.actual_tempo)
        if moving_s < 0:
            return 0.0, "pause", 0
        index = int(moving_s / each_s)
        if index >= self.reps:
            return 0.0, "pause", self.reps
        in_repetition_s = moving_s - index * each_s
        phase, _ = phase_at(in_repetition_s, self.actual_tempo)
        progress = progress_at(in_repetition_s, self.actual_tempo) * self.peak_progress
        return progress, phase, index + (phase == "pause")

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles ``time_s`` after the start."""
        progress, _, _ = self.progress_at(time_s)
        angles = self.exercise.motion.angles_at(progress, self.moving_side)
        rule = self.exercise.form.trunk_lean
        if self.fault != "trunk_lean" or rule is None:
            return angles
        lean_deg = (rule.limit_deg + _LEAN_BEYOND_LIMIT_DEG) * progress / self.peak_progress
        if rule.direction == "sideways":
            away = 1.0 if self.moving_side == "right" else -1.0
            return angles.leaning(0.0, lean_deg * away)
        forward_deg = lean_deg if rule.direction == "forward" else -lean_deg
        return angles.leaning(
            forward_deg - max(angles.trunk_flexion_deg, 0.0) * (forward_deg > 0), 0.0
        )

    def peak_times_s(self) -> list[float]:
        """The middle of each repetition's hold."""
        tempo, each_s = self.actual_tempo, repetition_duration_s(self.actual_tempo)
        return [
            self.rest_s + index * each_s + tempo.out_s + tempo.hold_s / 2
            for index in range(self.reps)
        ]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so in one frame.

    ``keypoints`` float64 [17, 2]: y, x normalised; ``measure_deg`` the exercise's measure on the
    moving side; ``reps_completed`` repetitions whose return has ended.
    """

    time_s: float
    keypoints: NDArray[np.float64]
    measure_deg: float
    phase: TempoPhase
    reps_completed: int


def chair_hips_z_m(performance: Performance, body: Body) -> float | None:
    """Where the hips sit in the starting pose, metres forward; ``None`` without a chair."""
    if "chair" not in performance.exercise.motion.props:
        return None
    return float(skeleton_of(body, performance.angles_at(0.0)).joints["pelvis"][2])


class SimulatedPatient:
    """Renders a performance frame by frame; the same arguments give the same pictures."""

    def __init__(
        self,
        performance: Performance,
        body_seed: int = 1,
        *,
        width: int = 640,
        height: int = 480,
        azimuth_offset_deg: float = 0.0,
        distance_m: float = 2.8,
    ) -> None:
        self.performance = performance
        self.body = Body.from_seed(body_seed)
        self.view = View(
            performance.camera_azimuth_deg + azimuth_offset_deg,
            width,
            height,
            distance_m=distance_m,
        )
        self._scene = Scene(
            self.body,
            body_seed,
            width=width,
            height=height,
            chair_hips_z_m=chair_hips_z_m(performance, self.body),
        )

    def frames(self, fps: float = 30.0) -> Iterator[tuple[Image, Truth]]:
        """Each picture with its truth; the picture's memory is its own."""
        for index in range(round(self.performance.duration_s * fps)):
            yield self.frame_at(index / fps)

    def frame_at(self, time_s: float) -> tuple[Image, Truth]:
        """The picture ``time_s`` after the start, with its truth."""
        image = np.empty((self.view.height, self.view.width, 3), np.uint8)
        skeleton = skeleton_of(self.body, self.performance.angles_at(time_s))
        self._scene.draw(skeleton, self.view, image)
        progress, phase, completed = self.performance.progress_at(time_s)
        span = self.performance.exercise.range_of_motion
        return image, Truth(
            time_s=time_s,
            keypoints=keypoints_of(skeleton, self.view),
            measure_deg=span.start_deg + progress * (span.full_deg - span.start_deg),
            phase=phase,
            reps_completed=completed,
        )
