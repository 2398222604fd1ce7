"""Clips are what the device would see, beside where the joints were."""

from dataclasses import fields

import numpy as np
import pytest

from models.depth_window import VALUES
from models.training.lifting.filming import Conditions, film
from models.training.motion.noise import Noise
from tests.models.training.lifting.bodies_in_space import movement

CHOSEN = np.array([0, 1, 0, 1])


def filmed(seed=0, **conditions):
    motions = [movement(), movement(subject="b", key="b_1", frames=60)]
    return film(motions, CHOSEN, 16, Conditions(**conditions), np.random.default_rng(seed))


def test_the_same_seed_films_the_same_clips():
    first, second, other = filmed(), filmed(), filmed(1)
    for each in fields(first):
        assert np.array_equal(getattr(first, each.name), getattr(second, each.name))
    assert not np.array_equal(first.converted, other.converted)


def test_without_errors_the_picture_shows_where_the_joints_are():
    clips = filmed(noise=Noise.none(), widest_yaw_deg=20.0)
    apart = np.abs(clips.converted[..., :2] - clips.joints[..., :2])
    # What is left is perspective.
    assert np.median(apart) < 0.04
    assert np.quantile(apart, 0.99) < 0.35


def test_joints_are_in_torso_lengths_about_the_hips():
    clips = filmed()
    assert clips.joints[:, :, 7:9].mean(axis=2) == pytest.approx(0.0, abs=1e-5)
    trunk = clips.joints[:, :, 1:3].mean(axis=2)
    assert np.linalg.norm(trunk, axis=-1) == pytest.approx(1.0, abs=0.01)


def test_a_camera_to_the_persons_left_sees_the_left_shoulder_nearer():
    clips = filmed(bodies_vary=False)
    left_nearer = (clips.joints[:, :, 1, 2] > clips.joints[:, :, 2, 2]).all(axis=1)
    assert np.array_equal(left_nearer, clips.yaw_deg > 0)


def test_frames_come_at_ten_to_thirty_a_second_and_some_never_come():
    clips = filmed(fps=(10.0, 10.0), dropped=0.3)
    steps = np.diff(clips.times_s, axis=1)
    assert steps.min() == pytest.approx(0.1)
    assert steps.max() >= 0.2 - 1e-9


def test_as_recorded_nobody_has_another_body():
    clips = filmed(bodies_vary=False, tempo=(1.0, 1.0))
    assert clips.torso_m == pytest.approx(0.5, abs=1e-3)


def test_inputs_have_the_networks_shape_and_some_clips_can_be_taken():
    clips = filmed()
    assert clips.inputs().shape == (4, 16, VALUES)
    some = clips.of(np.array([True, False, False, True]))
    assert np.array_equal(some.inputs(), clips.inputs()[[0, 3]])
