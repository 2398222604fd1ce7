"""What the depth network sees: nine instants read off by time, and running lengths."""

import numpy as np
import pytest

from models.depth_window import (
    FRAME_VALUES,
    INSTANT_S,
    INSTANTS,
    LENGTHS,
    SPAN_S,
    LimbLengths,
    windows,
)
from models.kinect_joints import JOINT_COUNT


def moving(times_s):
    """Joints whose every value is its time."""
    return np.repeat(times_s, FRAME_VALUES).reshape(-1, JOINT_COUNT, 3).astype(np.float32)


@pytest.mark.parametrize("fps", [10, 14.3, 30])
def test_the_instants_are_the_same_at_every_frame_rate(fps):
    times_s = np.arange(0, 3, 1 / fps)
    last = windows(moving(times_s), times_s, len(times_s) - 1).reshape(INSTANTS, -1)
    expected = times_s[-1] - np.arange(INSTANTS - 1, -1, -1) * INSTANT_S
    assert last[:, 0] == pytest.approx(expected, abs=1e-5)


def test_dropped_frames_are_read_off_between_their_neighbours():
    times_s = np.delete(np.arange(0, 3, 1 / 30), [80, 81, 82, 85])
    last = windows(moving(times_s), times_s, len(times_s) - 1).reshape(INSTANTS, -1)
    expected = times_s[-1] - np.arange(INSTANTS - 1, -1, -1) * INSTANT_S
    assert last[:, 0] == pytest.approx(expected, abs=1e-5)


def test_before_the_first_frame_is_the_first_frame():
    times_s = np.array([5.0, 5.1])
    found = windows(moving(times_s), times_s).reshape(2, INSTANTS, -1)
    assert found[0] == pytest.approx(5.0)
    assert found[1, 0] == pytest.approx(5.0)
    assert found[1, -1] == pytest.approx(5.1)


def test_a_window_needs_only_the_frames_of_its_span():
    random = np.random.default_rng(0)
    times_s = np.cumsum(random.uniform(0.02, 0.2, 60))
    converted = random.normal(size=(60, JOINT_COUNT, 3)).astype(np.float32)
    whole = windows(converted, times_s)
    for frame in range(20, 60):
        first = np.flatnonzero(times_s <= times_s[frame] - SPAN_S)[-1]
        part = slice(first, frame + 1)
        alone = windows(converted[part], times_s[part], frame - first)
        assert np.array_equal(alone[0], whole[frame])


def limbs(length, score=0.9):
    joints = np.zeros((JOINT_COUNT, 3), np.float32)
    joints[[3, 4], 0] = (length, -length)
    joints[:, 2] = score
    return joints


def test_a_limb_keeps_the_length_it_was_seen_with():
    lengths, arm = LimbLengths(), LENGTHS.index("upper_arm")
    for frame in range(30):
        found = lengths.step(limbs(0.6), frame / 10)
    assert found[arm] == pytest.approx(0.6)
    for frame in range(30, 40):
        found = lengths.step(limbs(0.1), frame / 10)
    assert 0.55 < found[arm] < 0.6


def test_a_limb_seen_longer_is_longer_soon():
    lengths, arm = LimbLengths(), LENGTHS.index("upper_arm")
    for frame in range(20):
        found = lengths.step(limbs(0.6 if frame else 0.2), frame / 10)
    assert found[arm] == pytest.approx(0.6, abs=0.01)


def test_an_unseen_limb_has_no_length_of_its_own():
    found = LimbLengths().step(limbs(0.6, score=0.1), 0.0)
    assert found == pytest.approx(0.0)


def test_several_persons_lengths_are_as_each_alone():
    random = np.random.default_rng(3)
    converted = random.uniform(0, 1, (10, 2, JOINT_COUNT, 3)).astype(np.float32)
    times_s = np.cumsum(random.uniform(0.03, 0.2, (10, 2)), axis=0)
    together, alone = LimbLengths(2), [LimbLengths(), LimbLengths()]
    for frame in range(10):
        found = together.step(converted[frame], times_s[frame])
        for person in range(2):
            own = alone[person].step(converted[frame, person], times_s[frame, person])
            assert np.array_equal(found[person], own)
