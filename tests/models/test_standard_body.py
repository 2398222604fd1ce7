"""The standardised body keeps how somebody moves and forgets who it is."""

import numpy as np
import pytest

from models.kinect_joints import BONES, JOINT_COUNT, JOINTS
from models.standard_body import mirrored, standardised

STANDING = np.array(
    [
        [0.0, 0.67, 0.05],
        [0.17, 0.5, 0.0],
        [-0.17, 0.5, 0.0],
        [0.2, 0.22, 0.0],
        [-0.2, 0.22, 0.0],
        [0.22, 0.0, 0.08],
        [-0.22, 0.0, 0.08],
        [0.08, 0.0, 0.0],
        [-0.08, 0.0, 0.0],
        [0.1, -0.4, 0.02],
        [-0.1, -0.4, 0.02],
        [0.1, -0.8, -0.03],
        [-0.1, -0.8, -0.03],
    ]
)


def moving(frames=20, seed=3):
    """A body whose limbs wander."""
    wander = np.random.default_rng(seed).standard_normal((frames, JOINT_COUNT, 3)).cumsum(axis=0)
    return (STANDING + 0.02 * wander).astype(np.float32)


def turned(joints_m, degrees):
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return joints_m @ np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]).T


def test_every_body_has_the_same_bones():
    first, second = np.array(BONES[:10]).T
    body = standardised(moving())
    lengths = np.linalg.norm(body[:, first] - body[:, second], axis=-1)
    assert np.ptp(lengths, axis=0).max() < 1e-5
    left, right = lengths[0, :2], lengths[0, 2:4]
    assert left == pytest.approx(right)


def test_a_taller_person_with_longer_limbs_looks_the_same():
    joints_m = moving()
    assert np.allclose(standardised(1.2 * joints_m), standardised(joints_m), atol=1e-5)
    longer = joints_m.copy()
    elbow, hand = JOINTS.index("left_elbow"), JOINTS.index("left_hand")
    longer[:, hand] += 0.5 * (longer[:, hand] - longer[:, elbow])
    assert np.allclose(standardised(longer), standardised(joints_m), atol=1e-5)


@pytest.mark.parametrize("degrees", [-90, -30, 45, 90])
def test_where_the_camera_stands_does_not_matter(degrees):
    still = np.repeat(STANDING[None], 10, axis=0)
    assert np.allclose(standardised(turned(still, degrees)), standardised(still), atol=1e-4)


def test_every_bone_keeps_its_direction():
    joints_m = np.repeat(STANDING[None], 3, axis=0)
    body = standardised(joints_m)
    for first, second in BONES[:8]:
        before = joints_m[0, second] - joints_m[0, first]
        after = body[0, second] - body[0, first]
        cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
        assert cosine == pytest.approx(1.0, abs=1e-4)


def test_mirroring_a_movement_mirrors_its_body():
    joints_m = moving()
    assert np.allclose(
        standardised(mirrored(joints_m)), mirrored(standardised(joints_m)), atol=1e-5
    )


def test_joints_that_lie_on_one_another_give_a_body_all_the_same():
    assert np.isfinite(standardised(np.zeros((5, JOINT_COUNT, 3)))).all()
