"""Sets of the simulated patient as keypoints, without pictures."""

from dataclasses import replace

import numpy as np
import pytest

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.recording import KeypointRecording
from models.exercises.library import load_library

FPS = 15.0


@pytest.fixture(scope="session")
def filmed():
    """Film an exercise: ``filmed(exercise_id, side, conditions)``; the same ones only once."""
    kept = {}

    def film(exercise_id="shoulder_abduction", side="both", conditions=Conditions(), reps=2):  # noqa: B008
        key = (exercise_id, side, conditions, reps)
        if key not in kept:
            exercise = load_library().measured(exercise_id)
            performance = Performance(exercise, side, reps, rest_s=1.0)
            patient = SimulatedPatient(performance, 11, conditions=conditions)
            kept[key] = record_keypoints(patient, seed=1, fps=FPS).recording
        return kept[key]

    return film


def changed(recording: KeypointRecording, keypoints, frames=slice(None)) -> KeypointRecording:
    """The recording with other keypoints in some frames."""
    every = recording.keypoints.copy()
    every[frames] = keypoints
    return replace(recording, keypoints=every)


def shifted(recording: KeypointRecording, down, right, frames=slice(None)) -> KeypointRecording:
    """All keypoints moved by shares of the picture's height and width."""
    keypoints = recording.keypoints[frames] + np.array([down, right, 0.0], np.float32)
    return changed(recording, keypoints, frames)


def shaken(recording, deviation, frames=slice(None), score=0.45, keypoints=slice(5, 17)):
    """Keypoints that jump about, by shares of the picture's height, with a low score."""
    random = np.random.default_rng(7)
    every = recording.keypoints[frames].copy()
    every[:, keypoints, :2] += random.normal(0, deviation, every[:, keypoints, :2].shape)
    every[:, keypoints, 2] = score
    return changed(recording, every.astype(np.float32), frames)
