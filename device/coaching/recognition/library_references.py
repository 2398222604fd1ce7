"""Reference poses made from the library's reference motions: seen by a camera, without pictures."""

import hashlib
import json
from collections.abc import Iterator, Sequence

import numpy as np

from device.camera.simulated.performance import FaultNotPossibleError, Performance
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.recognition.embedding import embed, sides_exchanged
from device.coaching.recognition.index import Reference
from models.exercises.definition import LYING, ExerciseDefinition
from models.exercises.motion import JointAngles
from models.messages import Side

MADE_BY = 3
"""Goes up when the poses are made in another way, so that every device makes them anew."""

_STATURE_M = 1.68
_PROGRESS = tuple(float(each) for each in np.linspace(0.0, 1.0, 11))
_FAULT_PROGRESS = (0.6, 0.8, 1.0)
_OBLIQUENESS_DEG = (-30.0, -15.0, 0.0, 15.0, 30.0)
_FAULT_OBLIQUENESS_DEG = (-15.0, 0.0, 15.0)
_LYING_CAMERA_HEIGHT_M = 0.7
_SIDE_ON_FROM_DEG = 50.0
_FREE_ARMS_OBLIQUENESS_DEG = (-20.0, 0.0, 20.0)
_FREE_ARMS: tuple[dict[str, float], ...] = (
    {"elbow_flexion_deg": 8, "shoulder_abduction_deg": 8},
    {"shoulder_flexion_deg": 85, "elbow_flexion_deg": 5},
    {"shoulder_flexion_deg": 25, "elbow_flexion_deg": 130, "shoulder_rotation_deg": -40},
    {"shoulder_abduction_deg": 40, "elbow_flexion_deg": 95, "shoulder_rotation_deg": -60},
    {"shoulder_flexion_deg": 172},
)
"""Where people keep their arms in an exercise of the legs: hanging, ahead, on the chest, on the
hips, overhead."""
_OF_THE_LEGS = ("knee_", "hip_", "leg_", "feet_", "heel_")


def references_version(exercises: Sequence[ExerciseDefinition]) -> str:
    """Changes whenever the references would."""
    made_of = [MADE_BY, [each.model_dump(mode="json", exclude={"accuracy"}) for each in exercises]]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def library_references(exercises: Sequence[ExerciseDefinition]) -> Iterator[Reference]:
    """Every exercise from several views, both sides, rest to peak, done well and with each fault.

    The same exercise under two ids (a test of it) is given once, under the first.
    """
    motions: set[str] = set()
    for exercise in exercises:
        motion = exercise.motion.model_dump_json()
        if motion not in motions:
            motions.add(motion)
            yield from _of_exercise(exercise)


def _of_exercise(exercise: ExerciseDefinition) -> Iterator[Reference]:
    for side in sides_trained(exercise):
        for progress in _PROGRESS:
            angles = exercise.motion.angles_at(progress, side)
            yield from _seen(exercise, side, angles, progress, "", _OBLIQUENESS_DEG)
            for other in _with_free_arms(exercise, angles):
                yield from _seen(exercise, side, other, progress, "", _FREE_ARMS_OBLIQUENESS_DEG)
        for fault in exercise.form.fault_codes():
            yield from _with_fault(exercise, side, fault)


def _with_free_arms(exercise: ExerciseDefinition, angles: JointAngles) -> Iterator[JointAngles]:
    """The pose with the arms elsewhere, where no hand holds on to something."""
    on_both_feet = exercise.motion.carried_by == "feet"
    if not on_both_feet or not exercise.measure.startswith(_OF_THE_LEGS):
        return
    for arms in _FREE_ARMS:
        yield angles.model_copy(
            update={
                "left": angles.left.model_copy(update=arms),
                "right": angles.right.model_copy(update=arms),
            }
        )


def _with_fault(exercise: ExerciseDefinition, side: Side, fault: str) -> Iterator[Reference]:
    if fault in _FAULTS_WITHOUT_A_POSE:
        return
    try:
        performance = Performance(exercise, side, 1, faults={1: fault})
    except FaultNotPossibleError:
        return
    (repetition,) = performance.repetitions
    for progress in _FAULT_PROGRESS:
        time_s = repetition.begins_s + repetition.tempo.out_s * _time_of(progress)
        angles = performance.angles_at(time_s)
        yield from _seen(exercise, side, angles, progress, fault, _FAULT_OBLIQUENESS_DEG)


def sides_trained(exercise: ExerciseDefinition) -> tuple[Side, ...]:
    """The ways in which an exercise can be done."""
    if exercise.side == "bilateral":
        return ("both",)
    one_sided = exercise.motion.one_sided or exercise.side != "either"
    return ("left", "right") if one_sided else ("left", "right", "both")


def _seen(
    exercise: ExerciseDefinition,
    side: Side,
    angles: JointAngles,
    progress: float,
    fault: str,
    obliqueness_deg: tuple[float, ...],
) -> Iterator[Reference]:
    skeleton = skeleton_of(_STATURE_M, angles)
    height_m = exercise.motion.camera_height_m or (
        _LYING_CAMERA_HEIGHT_M if exercise.position in LYING else None
    )
    for off_deg, azimuth_deg in _cameras(exercise, side, obliqueness_deg):
        view = View(azimuth_deg) if height_m is None else View(azimuth_deg, height_m=height_m)
        keypoints = np.ones((17, 3), np.float32)
        keypoints[:, :2] = keypoints_of(skeleton, view)
        poses = [keypoints]
        if abs(azimuth_deg) >= _SIDE_ON_FROM_DEG:
            poses.append(sides_exchanged(keypoints))
        for pose in poses:
            embedding = embed(pose, view.width, view.height)
            assert embedding is not None  # every keypoint has the score 1
            yield Reference(embedding, exercise.id, progress, fault, off_deg)


def _cameras(
    exercise: ExerciseDefinition, side: Side, obliqueness_deg: tuple[float, ...]
) -> Iterator[tuple[float, float]]:
    """How far off, and where around the body, the camera stands: for each view that counts."""
    own_deg = exercise.motion.camera_azimuth_for(side)
    for view in exercise.count_views:
        if view == exercise.view:
            azimuth_deg = own_deg
        else:
            azimuth_deg = 0.0 if view == "frontal" else (-90.0 if side == "right" else 90.0)
        for off_deg in obliqueness_deg:
            yield off_deg, azimuth_deg + off_deg


def _time_of(progress: float) -> float:
    """The fraction of a phase after which a minimum-jerk movement has come so far."""
    fractions = np.linspace(0.0, 1.0, 101)
    covered = fractions**3 * (10 - 15 * fractions + 6 * fractions**2)
    return float(np.interp(progress, covered, fractions))


_FAULTS_WITHOUT_A_POSE = frozenset(
    {"too_fast", "too_slow", "fast_lowering", "incomplete_range", "incomplete_return", "sway"}
)
"""Faults of time and range: every single pose in them is one done well."""
