"""A pose's embedding says how a body is posed, and not how large it is or where."""

import numpy as np
import pytest

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.recognition.embedding import DIMENSIONS, embed, sides_exchanged
from models.exercises.library import load_library

LIBRARY = load_library()


def keypoints(exercise_id: str, progress: float, view: View, stature_m: float = 1.7, side="both"):
    exercise = LIBRARY.measured(exercise_id)
    pose = np.ones((17, 3), np.float32)
    pose[:, :2] = keypoints_of(
        skeleton_of(stature_m, exercise.motion.angles_at(progress, side)), view
    )
    return pose


def distance(first, second) -> float:
    return float(np.linalg.norm(first - second))


def test_an_embedding_does_not_depend_on_size_or_place():
    view = View(0.0)
    pose = keypoints("shoulder_abduction", 0.7, view)
    moved = pose.copy()
    moved[:, :2] = pose[:, :2] * 0.6 + 0.17
    first, second = embed(pose, 640, 480), embed(moved, 640, 480)
    assert first is not None and second is not None
    assert first.shape == (DIMENSIONS,)
    assert first.dtype == np.float32
    assert distance(first, second) < 1e-4


def test_another_body_is_nearer_than_another_exercise():
    near, far = View(90.0, distance_m=2.2), View(90.0, distance_m=3.8)
    squat = embed(keypoints("squat_deep", 0.9, near, 1.5), 640, 480)
    other_body = embed(keypoints("squat_deep", 0.9, far, 1.9), 640, 480)
    other_exercise = embed(keypoints("arm_lift", 0.9, near, 1.5), 640, 480)
    assert distance(squat, other_body) * 4 < distance(squat, other_exercise)


def test_lying_is_not_standing():
    pose = keypoints("squat_mini", 0.0, View(90.0))
    lying = pose.copy()
    lying[:, 0], lying[:, 1] = pose[:, 1], pose[:, 0]
    standing = embed(pose, 480, 480)
    assert distance(standing, embed(lying, 480, 480)) > 2.0


def test_a_hidden_limb_takes_its_partners_place_and_too_little_gives_none():
    pose = keypoints("squat_deep", 0.5, View(90.0))
    hidden = pose.copy()
    hidden[10, 2] = 0.0
    whole, without = embed(pose, 640, 480), embed(hidden, 640, 480)
    assert without is not None
    assert distance(whole, without) < 0.6
    hidden[[11, 12], 2] = 0.0
    assert embed(hidden, 640, 480) is None


def test_exchanged_sides_keep_the_places():
    pose = keypoints("squat_deep", 0.5, View(90.0))
    exchanged = sides_exchanged(pose)
    assert exchanged[5].tolist() == pose[6].tolist()
    assert np.array_equal(sides_exchanged(exchanged), pose)


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_body_without_extent_gives_none(value: float):
    pose = np.ones((17, 3), np.float32)
    pose[:, :2] = value
    assert embed(pose, 640, 480) is None
