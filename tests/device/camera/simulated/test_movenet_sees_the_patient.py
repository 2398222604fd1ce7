"""The real MoveNet finds the simulated patient's keypoints where they are, left and right."""

from statistics import mean, median

import numpy as np
import pytest

from device.camera.frame import Frame
from device.camera.simulated.patient import Performance, SimulatedPatient
from device.pose.movenet import MoveNet
from models.errors import NetworkNotFoundError
from models.exercises.definition import LYING
from models.exercises.library import load_library
from models.networks.find import find_network

pytestmark = pytest.mark.network_model

LIBRARY = load_library()
MEASURED = [exercise.id for exercise in LIBRARY.all_measured()]
# MoveNet is less sure of people who lie: it was trained on few.
LEAST_MEAN_SCORE = {"supine": 0.5, "side_lying": 0.5}
WARM_UP_FRAMES = 3
NEAR_SIDE = {"left": range(5, 17, 2), "right": range(6, 17, 2)}
# Torso lengths; a person's own keypoints differ by about 0.1 between annotators (COCO's sigmas).
LARGEST_MEDIAN_ERROR_TORSO = 0.15
# Of bodies and clothes drawn at random some are hard to tell from the room, and then less is asked;
# of people who lie twice the error is forgiven on single bodies.
LESS_SURE_OF_ONE_BODY, LESS_SURE_OF_SEVERAL = 0.2, 0.1


@pytest.fixture(scope="module")
def movenet() -> MoveNet:
    try:
        return MoveNet(find_network(download=False), threads=1)
    except NetworkNotFoundError as error:
        pytest.skip(f"the real MoveNet is not on this machine: {error}")


def seen(movenet: MoveNet, exercise_id: str, body_seed: int, frames: int, side: str = "left"):
    """Scores [N, 17] and errors in torso lengths [N, 17] over the way out and the hold."""
    exercise = LIBRARY[exercise_id]
    patient = SimulatedPatient(Performance(exercise, side, 1), body_seed)
    repetition = patient.performance.repetitions[0]
    movenet.reset()
    scores, errors = [], []
    times_s = np.linspace(repetition.begins_s, repetition.peaks_s, frames)
    for index, time_s in enumerate([times_s[0]] * WARM_UP_FRAMES + list(times_s)):
        image, truth = patient.frame_at(float(time_s))
        pose = movenet.estimate(Frame(index + 1, float(time_s), image))
        if index >= WARM_UP_FRAMES:
            size = [patient.view.height, patient.view.width]
            off_px = np.linalg.norm((pose.keypoints[:, :2] - truth.keypoints) * size, axis=1)
            torso_px = 0.288 * patient.body.stature_m * patient.view.focal_px / 2.8
            scores.append(pose.scores)
            errors.append(off_px / torso_px)
    return np.array(scores), np.array(errors)


def joints_in_sight(exercise_id: str, side: str = "left") -> list[int]:
    """Shoulders to ankles; from the side, those of the side near the camera."""
    if LIBRARY[exercise_id].view == "frontal":
        return list(range(5, 17))
    return list(NEAR_SIDE[side])


@pytest.mark.parametrize("exercise_id", MEASURED)
@pytest.mark.parametrize("body_seed", [1, 2, 3])
def test_movenet_is_sure_of_the_joints_in_sight(movenet, exercise_id, body_seed):
    scores, errors = seen(movenet, exercise_id, body_seed, frames=6)
    joints = joints_in_sight(exercise_id)
    assert scores[:, joints].mean() >= LEAST_MEAN_SCORE.get(LIBRARY[exercise_id].position, 0.6)
    assert np.median(errors[:, joints]) < LARGEST_MEDIAN_ERROR_TORSO


@pytest.mark.parametrize("side", ["left", "right"])
def test_left_and_right_are_the_persons_own(movenet, side):
    scores, _ = seen(movenet, "shoulder_abduction", 2, frames=8, side=side)
    assert scores.mean() > 0.6
    _, errors = seen(movenet, "hip_abduction_standing", 2, frames=8, side=side)
    moving_ankle = 15 if side == "left" else 16
    assert median(errors[:, moving_ankle]) < LARGEST_MEDIAN_ERROR_TORSO


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", MEASURED)
def test_movenet_is_sure_of_many_bodies_on_either_side(movenet, exercise_id):
    means, medians = [], []
    for body_seed in (4, 7):
        for side in ("left", "right"):
            scores, errors = seen(movenet, exercise_id, body_seed, 24, side)
            joints = joints_in_sight(exercise_id, side)
            means.append(scores[:, joints].mean())
            medians.append(np.median(errors[:, joints]))
    least = LEAST_MEAN_SCORE.get(LIBRARY[exercise_id].position, 0.6)
    assert min(means) >= least - LESS_SURE_OF_ONE_BODY
    assert mean(means) >= least - LESS_SURE_OF_SEVERAL
    lies = LIBRARY[exercise_id].position in LYING
    assert max(medians) < LARGEST_MEDIAN_ERROR_TORSO * (2 if lies else 1)
