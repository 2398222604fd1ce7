"""Motions are cut and turned without changing how the body moves."""

import numpy as np
import pytest

from models.kinect_joints import JOINTS
from models.training.errors import TrainingDataError
from models.training.motion.motion import Motion, facing_camera
from models.training.motion.rights import RightsError, free_to_ship

LEFT = [JOINTS.index(f"left_{name}") for name in ("shoulder", "hip")]
RIGHT = [JOINTS.index(f"right_{name}") for name in ("shoulder", "hip")]


def moving_body(frames: int = 40) -> np.ndarray:
    """Somebody before the camera who walks away and sways; float64 [T, 13, 3]."""
    random = np.random.default_rng(5)
    body = random.normal((0.0, 0.3, 0.0), 0.05, (13, 3))
    body[LEFT, 0] += 0.2
    body[RIGHT, 0] -= 0.2
    way = np.linspace(0.0, 1.0, frames)[:, None, None] * [0.3, 0.1, -0.8]
    return body + way


def turned_about_up(places: np.ndarray, angle_deg: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return places @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]).T


def motion_of(**changed) -> Motion:
    joints_m, hips_m = facing_camera(moving_body(), 30.0)
    given = {"joints_m": joints_m, "hips_m": hips_m, "source": "ui_prmd", **changed}
    return Motion(key="a", subject="s", exercise_id="squat_deep", fps=30.0, **given)


@pytest.mark.parametrize("angle_deg", [-170.0, -90.0, 20.0, 135.0])
def test_whichever_way_somebody_stood_they_face_the_camera(angle_deg):
    straight, straight_way = facing_camera(moving_body(), 30.0)
    turned, way = facing_camera(turned_about_up(moving_body(), angle_deg), 30.0)
    assert np.allclose(turned, straight, atol=1e-5)
    assert np.allclose(way, straight_way, atol=1e-5)
    to_left = turned[0, LEFT].sum(axis=0) - turned[0, RIGHT].sum(axis=0)
    assert to_left[0] > 0.5
    assert abs(to_left[2]) < 1e-5


def test_a_turned_body_keeps_its_lengths_and_handedness():
    body = turned_about_up(moving_body(), 77.0)
    turned, _ = facing_camera(body, 30.0)

    def volume(places):
        a, b, c = places[0, 1] - places[0, 7], places[0, 2] - places[0, 7], places[0, 9]
        return np.dot(np.cross(a, b), c - places[0, 7])

    assert volume(turned) == pytest.approx(volume(body), rel=1e-4)


def test_joints_are_relative_to_the_hips_and_places_are_not():
    motion = motion_of()
    hips = motion.joints_m[:, [7, 8]].mean(axis=1)
    assert np.abs(hips).max() < 1e-6
    travelled = motion.places_m[-1, 0] - motion.places_m[0, 0]
    assert np.linalg.norm(travelled) == pytest.approx(np.linalg.norm([0.3, 0.1, 0.8]), rel=1e-4)


def test_a_cut_begins_anew_and_is_named_by_its_repetition():
    cut = motion_of().cut(10, 20, 3)
    assert cut.key == "a_r03"
    assert cut.repetition == 3
    assert len(cut.joints_m) == 10
    assert np.array_equal(cut.hips_m[0], [0.0, 0.0, 0.0])
    assert cut.duration_s == pytest.approx(10 / 30)


@pytest.mark.parametrize(("begin", "end"), [(-1, 5), (5, 5), (0, 41)])
def test_a_cut_outside_the_motion_is_refused(begin, end):
    with pytest.raises(TrainingDataError, match="frames"):
        motion_of().cut(begin, end)


@pytest.mark.parametrize(
    "changed",
    [
        {"joints_m": np.zeros((4, 12, 3), np.float32)},
        {"joints_m": np.zeros((0, 13, 3), np.float32), "hips_m": None},
        {"hips_m": np.zeros((3, 3), np.float32)},
        {"joints_m": np.full((40, 13, 3), np.nan, np.float32)},
    ],
)
def test_what_is_no_motion_is_refused(changed):
    with pytest.raises(TrainingDataError, match="a:"):
        motion_of(**changed)


def test_what_is_for_research_only_cannot_be_trained_on_for_everybody():
    mine = motion_of()
    assert free_to_ship([mine]) == [mine]
    for source in ("kimore", "squats"):
        with pytest.raises(RightsError, match=f"{source}.*research"):
            free_to_ship([mine, motion_of(source=source)])
