"""Thirteen joints in torso lengths about the hips, looking at no later frame."""

import numpy as np
import pytest

from models.converted_joints import CARRIED_S, JointConversion, joints_of_keypoints
from models.kinect_joints import JOINT_COUNT, JOINTS

HEAD, HAND = JOINTS.index("head"), JOINTS.index("left_hand")


def standing_px():
    """A person of 100 px from hips to shoulders, y up, whose left is to the right."""
    return np.array(
        [
            (50, 430),
            (70, 400),
            (30, 400),
            (80, 350),
            (20, 350),
            (85, 300),
            (15, 300),
            (60, 300),
            (40, 300),
            (62, 220),
            (38, 220),
            (64, 140),
            (36, 140),
        ],
        float,
    )


def seen(score=0.8):
    return np.full(JOINT_COUNT, score)


def test_joints_are_in_torso_lengths_about_the_hips():
    joints = JointConversion().step(standing_px(), seen(), 0.0)
    assert joints[HEAD, :2] == pytest.approx((0.0, 1.3))
    assert joints[[7, 8], :2].mean(axis=0) == pytest.approx((0.0, 0.0))
    assert joints[:, 2] == pytest.approx(0.8)


def test_place_and_size_in_the_picture_make_no_difference():
    here = JointConversion().step(standing_px(), seen(), 0.0)
    there = JointConversion().step(standing_px() * 3 + (500, -200), seen(), 0.0)
    assert there == pytest.approx(here, abs=1e-6)


def test_an_unseen_joint_stays_for_a_short_time_with_a_falling_score():
    conversion = JointConversion()
    before = conversion.step(standing_px(), seen(), 0.0)
    lost, scores = standing_px(), seen()
    lost[HAND], scores[HAND] = (0, 0), 0.05
    soon = conversion.step(lost, scores, CARRIED_S / 2)
    assert soon[HAND, :2] == pytest.approx(before[HAND, :2])
    assert soon[HAND, 2] == pytest.approx(0.4)
    late = conversion.step(lost, scores, CARRIED_S * 1.01)
    assert late[HAND, 2] == 0.0


def test_a_joint_never_seen_has_no_score():
    scores = seen()
    scores[HAND] = 0.1
    assert JointConversion().step(standing_px(), scores, 0.0)[HAND, 2] == 0.0


def test_a_trunk_bent_towards_the_camera_does_not_make_the_person_larger():
    conversion = JointConversion()
    upright = conversion.step(standing_px(), seen(), 0.0)
    bent = standing_px()
    bent[:7, 1] = 300 + 0.6 * (bent[:7, 1] - 300)
    for frame in range(1, 11):
        joints = conversion.step(bent, seen(), frame / 10)
    thigh = joints[7, 1] - joints[9, 1]
    assert thigh == pytest.approx(upright[7, 1] - upright[9, 1], rel=0.12)


def test_a_person_coming_nearer_is_measured_anew():
    conversion = JointConversion()
    for frame in range(40):
        joints = conversion.step(standing_px() * (2.0 if frame else 1.0), seen(), frame / 10)
    assert joints[HEAD, 1] == pytest.approx(1.3, rel=0.01)


def test_several_persons_side_by_side_are_as_each_alone():
    random = np.random.default_rng(0)
    places = standing_px() + random.normal(0, 5, (12, 3, JOINT_COUNT, 2))
    scores = random.uniform(0, 1, (12, 3, JOINT_COUNT))
    times_s = np.cumsum(random.uniform(0.03, 0.2, (12, 3)), axis=0)
    together, alone = JointConversion(3), [JointConversion() for _ in range(3)]
    for frame in range(12):
        joints = together.step(places[frame], scores[frame], times_s[frame])
        for person, conversion in enumerate(alone):
            own = conversion.step(
                places[frame, person], scores[frame, person], times_s[frame, person]
            )
            assert np.array_equal(joints[person], own)


def test_nothing_later_changes_a_frame():
    random = np.random.default_rng(1)
    places = standing_px() + random.normal(0, 5, (20, JOINT_COUNT, 2))
    first, second = JointConversion(), JointConversion()
    whole = [first.step(each, seen(), at / 10) for at, each in enumerate(places)]
    part = [second.step(each, seen(), at / 10) for at, each in enumerate(places[:10])]
    assert np.array_equal(whole[:10], part)


def test_the_head_is_between_the_ears_else_the_eyes_else_the_nose():
    places = np.zeros((17, 2))
    places[:5] = [(9, 9), (1, 4), (3, 4), (0, 5), (4, 5)]
    scores = np.full(17, 0.5)
    assert joints_of_keypoints(places, scores)[0][0] == pytest.approx((2, 5))
    scores[[3, 4]] = 0.1
    assert joints_of_keypoints(places, scores)[0][0] == pytest.approx((2, 4))
    scores[[1, 2]] = 0.1
    joints, joint_scores = joints_of_keypoints(places, scores)
    assert joints[0] == pytest.approx((9, 9))
    assert joint_scores[0] == 0.5


def test_the_ear_that_is_seen_better_counts_more():
    places, scores = np.zeros((17, 2)), np.full(17, 0.9)
    places[3], places[4], scores[4] = (0, 0), (10, 0), 0.1
    assert joints_of_keypoints(places, scores)[0][0, 0] == pytest.approx(1.0)
