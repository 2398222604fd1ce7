"""A body that does something else than the exercise does no repetitions of it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import MOVENET_LIKE, NO_NOISE, record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.set_coach import SetCoach
from device.pose.smoothing import KeypointSmoother
from device.recording import KeypointRecording
from models.exercises.library import load_library

LIBRARY = load_library()
FPS = 12.0
Keypoints = NDArray[np.float32]


def coached(exercise_id: str, recording: KeypointRecording) -> SetCoach:
    coach, smoother = SetCoach(LIBRARY.measured(exercise_id), "both"), KeypointSmoother()
    for pose in recording.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    return coach


def arm_raises(change: Callable[[Keypoints, float], None] | None = None) -> SetCoach:
    """Two arm raises, with every frame's keypoints changed, given the progress, 0 to 1."""
    performance = Performance(LIBRARY.measured("shoulder_abduction"), "both", 2)
    take = record_keypoints(SimulatedPatient(performance, 4), 4, NO_NOISE, FPS)
    keypoints = take.recording.keypoints.copy()
    if change is not None:
        for frame, truth in zip(keypoints, take.truths, strict=True):
            progress, _, _ = performance.progress_at(truth.time_s)
            change(frame, progress)
    recording = take.recording
    return coached(
        "shoulder_abduction",
        KeypointRecording(keypoints, recording.times_s, recording.width, recording.height),
    )


def test_arm_raises_of_somebody_who_stands_are_counted() -> None:
    coach = arm_raises()
    assert coach.reps_counted == 2
    assert coach.disturbed == {}


def test_arms_that_rise_while_walking_are_no_arm_raises() -> None:
    def walk(frame: Keypoints, progress: float) -> None:
        frame[:, 1] += 0.3 * progress

    coach = arm_raises(walk)
    assert coach.reps_counted == 0
    assert coach.disturbed == {"walked": 2}


def test_arms_that_rise_while_sitting_down_are_no_arm_raises() -> None:
    def sit_down(frame: Keypoints, progress: float) -> None:
        frame[:13, 0] += 0.2 * progress

    coach = arm_raises(sit_down)
    assert coach.reps_counted == 0
    assert coach.disturbed == {"sat_or_rose": 2}


def test_arms_that_rise_while_turning_are_no_arm_raises() -> None:
    def turn(frame: Keypoints, progress: float) -> None:
        frame[:, 1] = 0.5 + (frame[:, 1] - 0.5) * (1.0 - 2.0 * progress)

    coach = arm_raises(turn)
    assert coach.reps_counted == 0
    assert "turned" in coach.disturbed


@pytest.mark.parametrize(
    "exercise_id",
    ["shoulder_abduction", "scaption", "hip_abduction_standing", "slr_standing",
     "knee_extension_seated", "bridge", "heel_slide", "slr_supine"],
)  # fmt: skip
def test_two_minutes_of_everyday_movement_hold_no_repetition(exercise_id: str) -> None:
    everyday = EverydayMovement(LIBRARY.measured(exercise_id), 3, 120.0)
    patient = SimulatedPatient(everyday, 4, conditions=Conditions(fps=FPS))
    take = record_keypoints(patient, 4, MOVENET_LIKE)
    assert coached(exercise_id, take.recording).reps_counted == 0


def test_a_hand_that_jumps_without_its_arm_has_not_moved() -> None:
    performance = Performance(LIBRARY.measured("pelvis_rotation"), "both", 2)
    take = record_keypoints(SimulatedPatient(performance, 4), 4, NO_NOISE, FPS)
    recording = take.recording
    keypoints = recording.keypoints.copy()
    for frame, truth in zip(keypoints, take.truths, strict=True):
        progress, _, _ = performance.progress_at(truth.time_s)
        if progress > 0.5:
            frame[9, :2] = frame[5, :2] - (0.3, 0.0)
    seen = KeypointRecording(keypoints, recording.times_s, recording.width, recording.height)
    assert coached("pelvis_rotation", seen).disturbed == {}


def test_arms_that_are_raised_in_a_small_movement_disturb_it() -> None:
    performance = Performance(LIBRARY.measured("pelvis_rotation"), "both", 2)
    take = record_keypoints(SimulatedPatient(performance, 4), 4, NO_NOISE, FPS)
    recording = take.recording
    keypoints = recording.keypoints.copy()
    for frame, truth in zip(keypoints, take.truths, strict=True):
        progress, _, _ = performance.progress_at(truth.time_s)
        if progress > 0.3:
            frame[[7, 8], 0] = frame[[5, 6], 0] - 0.1
            frame[[9, 10], 0] = frame[[5, 6], 0] - 0.25
    seen = KeypointRecording(keypoints, recording.times_s, recording.width, recording.height)
    coach = coached("pelvis_rotation", seen)
    assert coach.reps_counted == 0
    assert set(coach.disturbed) == {"arms_moved"}
