"""Recordings put together for trimming have their movement where they say."""

import numpy as np
import pytest

from models.kinect_joints import JOINT_COUNT
from models.training.motion.motion import Motion
from models.training.trimming.examples import examples_of
from models.training.trimming.recordings import recordings_of
from tests.models.test_standard_body import STANDING

FPS = 30.0


def episode(exercise_id, number, joint, subject="somebody", frames=60):
    """One repetition in which one joint goes up and comes back."""
    joints_m = np.repeat(STANDING[None], frames, axis=0)
    joints_m[:, joint, 1] += 0.5 * np.sin(np.linspace(0, np.pi, frames)) ** 2
    return Motion(
        key=f"{subject}-{exercise_id}-{number}",
        source="ui_prmd",
        subject=subject,
        exercise_id=exercise_id,
        joints_m=joints_m.astype(np.float32),
        fps=FPS,
        correct=True,
        repetition=number,
    )


EPISODES = [episode("lift", number, 5) for number in range(1, 6)] + [
    episode("kick", number, 11) for number in range(1, 6)
]


@pytest.fixture(scope="module")
def recordings():
    return recordings_of(EPISODES, 12, np.random.default_rng(1))


def test_each_set_is_recorded_as_often_as_asked(recordings):
    assert len(recordings) == 24
    assert {recording.motion.exercise_id for recording in recordings} == {"lift", "kick"}


def test_the_movement_itself_is_all_between_the_ends(recordings):
    for recording in recordings:
        joint = 5 if recording.motion.exercise_id == "lift" else 11
        height = recording.motion.joints_m[:, joint, 1] - STANDING[joint, 1]
        times_s = recording.motion.times_s
        inside = (times_s >= recording.begins_s) & (times_s <= recording.ends_s)
        # Whole repetitions reach 0.5 m; the pieces put before and after are at most 0.6 of one.
        assert height[inside].max() > 0.42
        assert height[~inside].max(initial=0.0) < 0.42


def test_people_fidget_before_and_after(recordings):
    before = [recording.begins_s for recording in recordings]
    after = [recording.motion.duration_s - recording.ends_s for recording in recordings]
    assert sum(each > 1.0 for each in before) > 12
    assert sum(each > 1.0 for each in after) > 12


def test_an_example_is_true_of_the_same_seconds_mirrored_and_backwards(recordings):
    example = examples_of(recordings[:1], np.random.default_rng(0))[0]
    assert example.mirrored().inside.tolist() == example.inside.tolist()
    backwards = example.reversed()
    assert np.abs(backwards.inside - example.inside[::-1]).sum() <= 2
    assert np.array_equal(backwards.reversed().values, example.values)


def test_noise_is_as_large_as_asked(recordings):
    random = np.random.default_rng(0)
    quiet, loud = (examples_of(recordings[:4], random, largest_noise_m=size) for size in (0.0, 0.1))
    apart = [
        np.abs(a.values[:, :-1] - b.values[:, :-1]).mean() for a, b in zip(quiet, loud, strict=True)
    ]
    assert max(apart) > 0.02
    assert quiet[0].values.shape[1] == 3 * JOINT_COUNT + 1
