"""Joints are lifted frame by frame, at any frame rate, exactly as the whole recording is."""

import numpy as np
import pytest

from device.errors import QualityError
from device.quality.depth import STAGE, Depth
from device.quality.stage_network import StageNetwork
from models.depth_window import BAND, INSTANTS
from models.kinect_joints import JOINT_COUNT

FPS = 15.0


class Copying:
    """Answers with what it sees newest, so that the places are known."""

    def run(self, seen):
        newest = seen[0, (INSTANTS - 1) * 39 : INSTANTS * 39]
        return [np.concatenate([newest, np.full(JOINT_COUNT, 0.1)])[None].astype(np.float32)]


@pytest.fixture(scope="module")
def network():
    return StageNetwork(STAGE)


def movement(frames=40, seed=0):
    """A person who lifts the left arm, seen from the front."""
    standing = np.array(
        [
            (0, 1.4),
            (0.35, 1.0),
            (-0.35, 1.0),
            (0.4, 0.5),
            (-0.4, 0.5),
            (0.42, 0),
            (-0.42, 0),
            (0.18, 0),
            (-0.18, 0),
            (0.2, -0.8),
            (-0.2, -0.8),
            (0.22, -1.6),
            (-0.22, -1.6),
        ]
    )
    joints = np.repeat(standing[None], frames, axis=0)
    angle = np.linspace(0, 1.5, frames)
    joints[:, 3] = (0.35, 1.0) + 0.5 * np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    joints[:, 5] = (0.35, 1.0) + 1.0 * np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    joints += np.random.default_rng(seed).normal(0, 0.02, joints.shape)
    scores = np.full((frames, JOINT_COUNT, 1), 0.7)
    return np.concatenate([joints, scores], axis=2).astype(np.float32)


def test_steps_and_the_whole_recording_agree_exactly(network):
    converted = movement()
    times_s = np.cumsum(np.random.default_rng(1).uniform(0.03, 0.11, len(converted)))
    depth = Depth(network)
    steps = [depth.step(frame, time) for frame, time in zip(converted, times_s, strict=True)]
    whole = Depth(network).lifted(converted, times_s)
    assert np.array_equal(whole.joints_m, [each.joints_m for each in steps])
    assert np.array_equal(whole.deviation_m, [each.deviation_m for each in steps])
    assert whole.joints_m.shape == (40, JOINT_COUNT, 3)
    assert whole.deviation_m.shape == (40, JOINT_COUNT)


def test_nothing_later_changes_a_frame(network):
    converted, times_s = movement(), np.arange(40) / FPS
    whole = Depth(network).lifted(converted, times_s)
    part = Depth(network).lifted(converted[:25], times_s[:25])
    assert np.array_equal(whole.joints_m[:25], part.joints_m)


def test_thirty_frames_a_second_ten_and_dropped_ones_give_nearly_the_same(network):
    converted, times_s = movement(91, seed=3), np.arange(91) / 30.0
    last = [
        Depth(network).lifted(converted[kept], times_s[kept]).joints_m[-1]
        for kept in (
            np.arange(91),
            np.arange(0, 91, 3),
            np.delete(np.arange(91), [70, 71, 77, 80, 81, 82, 85]),
        )
    ]
    assert np.abs(last[1] - last[0]).max() < 0.08
    assert np.abs(last[2] - last[0]).max() < 0.08


def test_a_person_from_the_front_is_lifted_to_about_where_they_look(network):
    converted, times_s = movement(), np.arange(40) / FPS
    lifted = Depth(network, torso_m=0.5).lifted(converted, times_s)
    apart = np.abs(lifted.joints_m[..., :2] - 0.5 * converted[..., :2])
    assert np.median(apart) < 0.06
    assert np.abs(lifted.joints_m[..., 2]).mean() < 0.15
    assert lifted.deviation_m.min() > 0.001
    assert BAND * lifted.deviation_m.max() < 1.0


def test_all_lengths_grow_with_the_torso(network):
    converted, times_s = movement(5), np.arange(5) / FPS
    small = Depth(network, torso_m=0.4).lifted(converted, times_s)
    large = Depth(network).lifted(converted, times_s, torso_m=0.6)
    assert large.joints_m == pytest.approx(1.5 * small.joints_m, rel=1e-5)
    assert large.deviation_m == pytest.approx(1.5 * small.deviation_m, rel=1e-5)


def test_after_a_long_gap_nothing_before_it_counts():
    converted = movement(30)
    times_s = np.arange(30) / FPS
    times_s[20:] += 2.0

    class Remembering(Copying):
        def run(self, seen):
            self.oldest = seen[0, :39]
            return super().run(seen)

    network = Remembering()
    depth = Depth(network)
    for frame, time_s in zip(converted[:21], times_s[:21], strict=True):
        depth.step(frame, time_s)
    assert network.oldest == pytest.approx(converted[20].ravel())


def test_a_recording_lifted_does_not_disturb_the_person_under_way():
    converted, times_s = movement(10), np.arange(10) / FPS
    depth = Depth(Copying())
    depth.step(converted[0], 5.0)
    depth.lifted(converted, times_s)
    assert depth.step(converted[1], 5.1).joints_m.shape == (JOINT_COUNT, 3)


def test_no_frames_give_no_joints():
    nothing = Depth(Copying()).lifted(np.empty((0, JOINT_COUNT, 3), np.float32), np.empty(0))
    assert nothing.joints_m.shape == (0, JOINT_COUNT, 3)
    assert nothing.deviation_m.shape == (0, JOINT_COUNT)


def test_frames_out_of_order_or_of_another_shape_are_refused():
    depth = Depth(Copying())
    depth.step(movement(1)[0], 1.0)
    with pytest.raises(QualityError, match="order of time"):
        depth.step(movement(1)[0], 1.0)
    with pytest.raises(QualityError, match=r"\[13, 3\]"):
        depth.step(np.zeros((17, 3), np.float32), 2.0)
    with pytest.raises(QualityError, match="3 frames have 2 times"):
        depth.lifted(movement(3), np.arange(2.0))


def test_a_torso_that_nobody_has_is_refused():
    with pytest.raises(QualityError, match="torso"):
        Depth(Copying(), torso_m=49.0)
