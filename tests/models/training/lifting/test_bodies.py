"""Other bodies move alike; borrowed arms stay on the trunk."""

import numpy as np
import pytest

from models.kinect_joints import BONES
from models.training.lifting.bodies import (
    LIMB_SPREAD,
    mirrored,
    other_body,
    otherwise_bent,
    torso_length,
    with_arms_of,
)
from tests.models.training.lifting.bodies_in_space import STANDING, movement

LIMBS = BONES[:8]


def bones(joints, pairs=LIMBS):
    return np.stack([joints[:, lower] - joints[:, upper] for upper, lower in pairs], axis=1)


def lengths(joints, pairs=LIMBS):
    return np.linalg.norm(bones(joints, pairs), axis=-1)


def test_another_body_has_other_lengths_but_the_same_directions():
    joints = movement().joints_m.astype(float)
    grown = other_body(joints, np.random.default_rng(0))
    ratio = lengths(grown) / lengths(joints)
    assert np.abs(ratio - 1).max() <= LIMB_SPREAD + 1e-6
    assert np.abs(ratio - 1).max() > 0.02
    assert ratio.std(axis=0) == pytest.approx(0, abs=1e-6)
    left, right = [0, 1, 4, 5], [2, 3, 6, 7]
    assert ratio[:, left] == pytest.approx(ratio[:, right], abs=1e-6)
    assert bones(grown) / lengths(grown)[..., None] == pytest.approx(
        bones(joints) / lengths(joints)[..., None], abs=1e-6
    )


def test_another_body_keeps_its_hips_about_the_origin():
    grown = other_body(movement().joints_m.astype(float), np.random.default_rng(2))
    assert grown[:, 7:9].mean(axis=1) == pytest.approx(0.0, abs=1e-6)


def test_mirrored_twice_is_as_before_and_once_exchanges_the_sides():
    joints = movement().joints_m.astype(float)
    assert mirrored(mirrored(joints)) == pytest.approx(joints)
    assert mirrored(joints)[-1, 6, 1] == pytest.approx(joints[-1, 5, 1])
    assert mirrored(joints)[-1, 6, 0] == pytest.approx(-joints[-1, 5, 0])


def test_bending_keeps_every_length():
    joints = movement().joints_m.astype(float)
    bent = otherwise_bent(joints, np.random.default_rng(1))
    assert lengths(bent) == pytest.approx(lengths(joints), abs=1e-6)
    assert torso_length(bent) == pytest.approx(torso_length(joints), abs=1e-6)
    assert np.abs(bent - joints).max() > 0.02


def test_borrowed_arms_follow_the_trunk():
    lifting = movement().joints_m.astype(float)
    still = np.repeat(STANDING[None], len(lifting), axis=0)
    assert with_arms_of(still, lifting)[:, 3:7] == pytest.approx(lifting[:, 3:7], abs=1e-6)
    # A person turned by a quarter and leaning has the arm at the same place on the trunk.
    quarter = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    lean = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    turn = quarter @ lean
    assert with_arms_of(still @ turn.T, lifting)[:, 3:7] == pytest.approx(
        (lifting @ turn.T)[:, 3:7], abs=1e-6
    )
