"""How often a gesture comes by accident, and how often one that is meant is taken.

Accidental gestures are looked for in recordings of people and simulated bodies who exercise (there
only the stop of that set can come) and in everyday movement, at the screens where one hand says
yes. Meant gestures are held by simulated bodies; what is found on those alone says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.skeleton import Skeleton, skeleton_of
from device.coaching.gestures import (
    GestureWatch,
    Meaning,
    Posture,
    meaning_in_set,
)
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import JointAngles, SideAngles, TempoPhase, minimum_jerk
from models.messages import Side

AT_REST: Meaning = {
    Posture.LEFT: "yes", Posture.RIGHT: "yes", Posture.BOTH: "stop", Posture.HEAD: "stop",
}  # fmt: skip
"""The rest between two sets: where both gestures mean something."""
FPS = 15.0
_BEFORE_S, _RAISES_S, _HELD_S = 1.2, 0.8, 3.0


@dataclass(frozen=True, slots=True)
class Accidents:
    """Gestures that nobody meant, in so many minutes."""

    name: str
    minutes: float
    gestures: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Gestures that were meant: how many were taken within the time held, of how many."""

    posture: Posture
    taken: int
    held: int


def accidents(poses: Iterable[Pose], meaning: Meaning) -> tuple[float, int]:
    """Seconds seen, and the gestures that these smoothed or raw poses complete."""
    watch, smoother = GestureWatch(), KeypointSmoother()
    first_s = last_s = None
    count = 0
    for pose in poses:
        now_s = pose.captured_at_s
        first_s = now_s if first_s is None else first_s
        last_s = now_s
        count += watch.take(smoother.smooth(pose), meaning, now_s) is not None
    return (0.0, 0) if first_s is None or last_s is None else (last_s - first_s, count)


def accidents_in_sets(
    name: str, sets: Iterable[tuple[ExerciseDefinition, Iterable[Pose]]]
) -> Accidents:
    """Stops that come by accident while the exercise is done."""
    seconds, count = 0.0, 0
    for exercise, poses in sets:
        lasted_s, found = accidents(poses, meaning_in_set(exercise))
        seconds, count = seconds + lasted_s, count + found
    return Accidents(name, seconds / 60, count)


def everyday_poses(exercise: ExerciseDefinition, body: int, minutes: float) -> Sequence[Pose]:
    """Everyday movement as the noise model of a network sees it."""
    movement = EverydayMovement(exercise, body, minutes * 60)
    patient = SimulatedPatient(movement, body, conditions=Conditions(fps=10.0))
    return tuple(record_keypoints(patient, body).recording.poses())


_LOW = SideAngles(shoulder_abduction_deg=8)
_HIGH = SideAngles(shoulder_flexion_deg=160, elbow_flexion_deg=15)
_SIDEWAYS = SideAngles(shoulder_abduction_deg=145, elbow_flexion_deg=15)
_ON_HEAD = SideAngles(shoulder_abduction_deg=125, shoulder_rotation_deg=90, elbow_flexion_deg=125)
MEANT: tuple[tuple[Posture, SideAngles, SideAngles], ...] = (
    *((Posture.LEFT, up, _LOW) for up in (_HIGH, _SIDEWAYS)),
    *((Posture.RIGHT, _LOW, up) for up in (_HIGH, _SIDEWAYS)),
    *((Posture.BOTH, up, up) for up in (_HIGH, _SIDEWAYS)),
    (Posture.HEAD, _ON_HEAD, _ON_HEAD),
)
"""What simulated bodies hold: an arm forward and up, or aside and up, and hands on the head."""


@dataclass(frozen=True, slots=True)
class HeldPosture:
    """A simulated patient who stands, raises one hand or both, and holds it to the end."""

    exercise: ExerciseDefinition
    left: SideAngles
    right: SideAngles
    duration_s: float = _BEFORE_S + _RAISES_S + _HELD_S
    moving_side: Side = "both"
    repetitions: tuple[PlannedRepetition, ...] = ()
    roams: bool = False
    camera_azimuth_deg: float = 0.0

    def side_at(self, _time_s: float) -> Side:
        """Both: no side is trained."""
        return "both"

    def repetition_at(self, _time_s: float) -> PlannedRepetition | None:
        """None: it is no exercise."""
        return None

    def progress_at(self, _time_s: float) -> tuple[float, TempoPhase, int]:
        """None."""
        return 0.0, "pause", 0

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles."""
        share = minimum_jerk((time_s - _BEFORE_S) / _RAISES_S)
        return JointAngles(
            left=_LOW.towards(self.left, share),
            right=_LOW.towards(self.right, share),
            support="feet",
        )

    def skeleton_at(self, stature_m: float, time_s: float) -> Skeleton:
        """The joints, in the middle of the room."""
        return skeleton_of(stature_m, self.angles_at(time_s))


def answering(
    exercise: ExerciseDefinition, seed: int
) -> Iterator[tuple[Posture, SimulatedPatient]]:
    """A simulated body of that seed in each posture, up to 25 degrees aside of the camera."""
    chance = np.random.default_rng(seed)
    for posture, left, right in MEANT:
        conditions = Conditions(
            obliqueness_deg=float(chance.uniform(-25, 25)),
            distance_m=float(chance.uniform(2.4, 3.6)),
            fps=FPS,
        )
        held = HeldPosture(exercise, left, right)
        yield posture, SimulatedPatient(held, seed, conditions=conditions)


def meant(
    exercise: ExerciseDefinition,
    seeds: Iterable[int],
    see: Callable[[SimulatedPatient, int], Iterable[Pose]] | None = None,
) -> list[Taken]:
    """How many gestures of simulated bodies are taken; ``see`` is how a network sees a patient,
    the model of a network's noise when ``None``.
    """
    see = see or _by_noise_model
    found: dict[Posture, list[int]] = {}
    for seed in seeds:
        for posture, patient in answering(exercise, seed):
            meaning: Meaning = {posture: "yes"}
            taken = found.setdefault(posture, [0, 0])
            taken[0] += accidents(see(patient, seed), meaning)[1]
            taken[1] += 1
    return [Taken(posture, taken, held) for posture, (taken, held) in found.items()]


def _by_noise_model(patient: SimulatedPatient, seed: int) -> Iterable[Pose]:
    return record_keypoints(patient, seed).recording.poses()
