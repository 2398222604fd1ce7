"""A camera sees movement where geometry says, and MoveNet's errors are as large as measured."""

from dataclasses import replace

import numpy as np
import pytest

from models.converted_joints import JointConversion
from models.kinect_joints import JOINTS, MIRRORED
from models.training.errors import TrainingDataError
from models.training.motion.camera_fit import fitted
from models.training.motion.hiding import hidden
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise, body_axes, episodes
from models.training.motion.projection import Camera, in_picture, observed, project, seen, standing

LEFT_FOOT = JOINTS.index("left_foot")
BODY = {
    "head": (0.0, 0.7, 0.0),
    "shoulder": (0.18, 0.5, 0.0),
    "elbow": (0.25, 0.25, 0.02),
    "hand": (0.3, 0.05, 0.1),
    "hip": (0.08, 0.0, 0.0),
    "knee": (0.1, -0.4, 0.03),
    "foot": (0.1, -0.8, -0.02),
}


def body() -> np.ndarray:
    joints = np.zeros((13, 3))
    for at, name in enumerate(JOINTS):
        x, y, z = BODY[name.rpartition("_")[2]]
        joints[at] = -x if name.startswith("right") else x, y, z
    return joints


def motion_of(frames: int = 60, source: str = "kimore") -> Motion:
    joints = np.repeat(body()[None], frames, axis=0)
    joints[:, JOINTS.index("left_hand"), 1] += np.linspace(0.0, 0.5, frames)
    return Motion("m", source, "s", "arm_lift", joints.astype(np.float32), 30.0)


def test_from_the_front_the_left_hand_is_on_the_right_and_the_head_is_up():
    picture = project(motion_of(), Camera())
    assert picture[0, JOINTS.index("left_hand"), 0] > 0.05
    assert picture[0, JOINTS.index("right_hand"), 0] < -0.05
    assert picture[0, 0, 1] > picture[0, LEFT_FOOT, 1]


def test_from_the_persons_left_what_is_before_them_is_on_the_left():
    picture = project(motion_of(), Camera(yaw_deg=90.0))
    hands, hips = picture[0, 5:7, 0].mean(), picture[0, 7:9, 0].mean()
    assert hands < hips - 0.02
    turned = Camera(yaw_deg=90.0).turned(motion_of().joints_m)
    # The left shoulder is the one nearer to the camera.
    assert turned[0, 1, 2] > 0.15
    assert turned[0, 2, 2] < -0.15


def test_sizes_follow_the_distance_and_a_point_in_the_axis_is_in_the_middle():
    motion = motion_of()
    hips_height = float(standing(motion)[0, 7:9, 1].mean())
    near, far = (
        project(motion, Camera(height_m=hips_height, distance_m=distance_m))
        for distance_m in (2.0, 4.0)
    )
    assert np.allclose(near[:, 7:9].mean(axis=1), 0.0, atol=1e-6)
    assert np.allclose(near[0, 1] / far[0, 1], 2.0, rtol=1e-6)


def test_a_camera_that_looks_down_sees_the_person_higher_up():
    level, down = (project(motion_of(), Camera(pitch_deg=pitch)) for pitch in (0.0, 10.0))
    assert (down[0, :, 1] > level[0, :, 1] + 0.1).all()


def test_drawn_cameras_are_where_people_put_them_and_mostly_see_the_whole_body():
    random = np.random.default_rng(3)
    whole = []
    for _ in range(200):
        camera = Camera.drawn(random)
        assert abs(camera.yaw_deg) <= 90
        assert 0.5 <= camera.height_m <= 1.8
        assert abs(camera.pitch_deg) <= 20
        assert 1.5 <= camera.distance_m <= 4
        assert 50 <= camera.field_deg <= 80
        whole.append(in_picture(project(motion_of(1), camera), camera).mean() > 0.9)
    assert np.mean(whole) > 0.7


def test_without_noise_what_is_observed_is_the_projection_in_torso_lengths():
    motion, camera = motion_of(), Camera(yaw_deg=30.0)
    found = observed(motion, camera, Noise.none(), np.random.default_rng(0))
    picture, conversion = project(motion, camera), JointConversion()
    for index, time_s in enumerate(motion.times_s.tolist()):
        expected = conversion.step(picture[index], np.full(13, 0.9), time_s)
        assert np.allclose(found[index], expected, atol=1e-5)
    assert found.shape == (60, 13, 3)
    assert found.dtype == np.float32


def quiet(**changed) -> Noise:
    """The measured deviation and nothing else, unless ``changed``."""
    none, noise = Noise.none(), Noise.measured()
    return replace(none, **{"deviation": noise.deviation, "memory_s": noise.memory_s, **changed})


def test_errors_are_as_large_as_measured_and_fade_as_measured():
    noise, motion, camera = quiet(), motion_of(4000), Camera()
    places, _ = seen(motion, camera, noise, np.random.default_rng(2))
    true = project(motion, camera)
    torso = np.linalg.norm(true[:, 1:3].mean(axis=1) - true[:, 7:9].mean(axis=1), axis=-1)
    errors = (places - true) / torso[:, None, None]
    assert np.allclose(errors.std(axis=(0, 2)), noise.deviation, rtol=0.2)
    kept = (errors[1:] * errors[:-1]).mean() / (errors**2).mean()
    assert kept == pytest.approx(np.exp(-1 / (30.0 * noise.memory_s)), abs=0.03)


def test_a_joint_with_a_low_score_is_further_off():
    measured = Noise.measured()
    unsure = quiet(
        growth=measured.growth,
        growth_scores=measured.growth_scores,
        score_visible=np.full(13, 0.25),
    )
    sure = replace(unsure, score_visible=np.full(13, 0.85))
    motion, camera = motion_of(1200), Camera()
    true = project(motion, camera)
    spread = [
        np.abs(seen(motion, camera, noise, np.random.default_rng(2))[0] - true).mean()
        for noise in (unsure, sure)
    ]
    assert spread[0] > 1.3 * spread[1]


def test_left_and_right_are_swapped_more_from_the_side():
    noise = replace(Noise.none(), swaps_side_per_s=2.0, swapped_s=0.1)
    shares = []
    for yaw_deg in (0.0, 90.0):
        motion, camera = motion_of(2000), Camera(yaw_deg=yaw_deg)
        true = project(motion, camera)
        places, _ = seen(motion, camera, noise, np.random.default_rng(4))
        other = np.linalg.norm(places - true[:, MIRRORED], axis=-1)
        own = np.linalg.norm(places - true, axis=-1)
        shares.append(float((other < own - 1e-6).mean()))
    assert shares[0] < 0.02
    assert 0.1 < shares[1] < 0.3


def test_lost_joints_have_a_low_score():
    noise = replace(
        Noise.none(), drops_per_s=1.0, dropped_s=0.2, dropped_away=0.5, dropped_score=0.1
    )
    motion, camera = motion_of(1200), Camera()
    places, scores = seen(motion, camera, noise, np.random.default_rng(1))
    off = np.linalg.norm(places - project(motion, camera), axis=-1) > 1e-6
    assert 0.1 < off.mean() < 0.25
    assert scores[off].max() < 0.2
    assert scores[~off].min() > 0.8


def test_the_far_arm_is_hidden_from_the_side_and_seen_from_the_front():
    motion = motion_of(1)
    far = JOINTS.index("right_elbow")
    for yaw_deg, expected in ((0.0, False), (90.0, True)):
        found = hidden(Camera(yaw_deg=yaw_deg).from_eye(standing(motion)))
        assert bool(found[0, far]) is expected


def test_where_the_network_sees_hips_is_wider_than_where_the_kinect_does():
    noise = Noise.measured()
    from_eye_m = Camera().from_eye(standing(motion_of()))
    placed = noise.displaced(from_eye_m, "kimore")
    before, after = (np.linalg.norm(each[0, 7] - each[0, 8]) for each in (from_eye_m, placed))
    torso_m = body_axes(from_eye_m)[2][0]
    assert after - before == pytest.approx(2 * noise.bias["kimore"][7, 0] * torso_m, rel=1e-6)
    assert after > before


def test_spells_begin_and_last_as_often_as_said():
    marks = episodes(np.random.default_rng(0), (20_000, 5), 0.01, 6.0)
    begun = (marks[1:] & ~marks[:-1]).sum()
    assert marks.sum() / begun == pytest.approx(6.0, rel=0.1)
    assert begun / (~marks).sum() == pytest.approx(0.01, rel=0.1)


def test_the_measured_table_is_about_movenet():
    noise = Noise.measured()
    assert ((noise.deviation > 0.01) & (noise.deviation < 0.12)).all()
    assert (noise.score_hidden < noise.score_visible).all()
    assert (np.diff(noise.growth) <= 0).all()
    assert noise.swaps_front_per_s < noise.swaps_side_per_s


def test_a_table_that_lacks_a_number_is_refused(tmp_path):
    table = tmp_path / "noise.toml"
    table.write_text("[bias.outward]\nhead = 0.0\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"noise\.toml"):
        Noise.measured(table)


def test_a_camera_is_found_again_from_what_it_saw():
    random = np.random.default_rng(8)
    frames = np.repeat(body()[None], 30, axis=0) + random.normal(0.0, 0.08, (30, 13, 3))
    camera = Camera(yaw_deg=12.0, pitch_deg=6.0, distance_m=2.2, field_deg=65.0)
    joints = frames.astype(np.float32)
    motion = Motion("m", "squats", "s", "squat_deep", joints, 15.0)
    true = project(motion, camera) * 900.0
    spoilt = true.copy()
    spoilt[4:6, 3] += 400.0
    found = fitted(motion.places_m.astype(np.float64), spoilt, np.ones((30, 13)))
    size = np.abs(true - true.mean(axis=(0, 1))).max()
    assert np.abs(found - true).max() < 0.02 * size
