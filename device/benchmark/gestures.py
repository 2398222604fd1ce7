"""How often a gesture comes by accident, and how often one that is meant is taken.

Accidental gestures are looked for in recordings of people and simulated bodies who exercise (there
only the stop of that set can come) and in everyday movement, at the screens where one hand says
yes. Meant gestures are held by simulated bodies; what is found on those alone says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import (
    MOVENET_LIKE,
    record_keypoints,
    seen_by_network,
)
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.gestures import (
    GestureWatch,
    Meaning,
    Posture,
    load_gesture_limits,
    meaning_in_set,
)
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import JointAngles, SideAngles

AT_REST: Meaning = {
    Posture.LEFT: "yes", Posture.RIGHT: "yes", Posture.BOTH: "stop", Posture.HEAD: "stop",
}  # fmt: skip
"""The rest between two sets: where both gestures mean something."""
FPS = 15.0
_STATURE_M = 1.68
_BEFORE_S, _HELD_S = 1.5, 3.0


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


def meant(seeds: Iterable[int]) -> list[Taken]:
    """Gestures held by simulated bodies, standing up to 25 degrees aside of the camera."""
    found: dict[Posture, list[int]] = {}
    for seed in seeds:
        for posture, left, right in MEANT:
            taken = found.setdefault(posture, [0, 0])
            taken[0] += _is_taken(posture, left, right, seed)
            taken[1] += 1
    return [Taken(posture, taken, held) for posture, (taken, held) in found.items()]


def _is_taken(posture: Posture, left: SideAngles, right: SideAngles, seed: int) -> bool:
    chance = np.random.default_rng(seed)
    view = View(float(chance.uniform(-25, 25)), distance_m=float(chance.uniform(2.2, 3.8)))
    bodies = []
    for index in range(int((_BEFORE_S + _HELD_S) * FPS)):
        at_s = index / FPS
        share = min(max((at_s - _BEFORE_S) / 0.6 + 0.5, 0.0), 1.0)
        angles = JointAngles(
            left=_LOW.towards(left, share), right=_LOW.towards(right, share), support="feet"
        )
        skeleton = skeleton_of(_STATURE_M, angles)
        bodies.append(_Seen(at_s, skeleton.joints, keypoints_of(skeleton, view)))
    recording = seen_by_network(bodies, view, _STATURE_M, MOVENET_LIKE, chance)
    watch, smoother = GestureWatch(load_gesture_limits()), KeypointSmoother()
    meaning: Meaning = {posture: "yes"}
    return any(
        watch.take(smoother.smooth(pose), meaning, pose.captured_at_s) is not None
        for pose in recording.poses()
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    time_s: float
    joints: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]
    keypoints: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
