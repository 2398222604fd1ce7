"""What is judged of a repetition must not depend on who did it, from where, or on which side."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.kinect_joints import JOINTS, MIRRORED
from models.movement_score.body import VECTORS, joints_of, vectors_of
from models.movement_score.features import angles_of, features_of, spectral_arc_length
from models.movement_score.repetition import FRAMES, repetition_of

_TIMES_S = np.arange(90) / 30.0
_AT = {name: at for at, name in enumerate(JOINTS)}


def standing() -> NDArray[np.float64]:
    """One frame of somebody who stands, facing the camera; their left is at +x."""
    places = {
        "head": (0.0, 0.62, 0.0),
        "shoulder": (0.16, 0.48, 0.0),
        "elbow": (0.18, 0.2, 0.0),
        "hand": (0.18, -0.05, 0.0),
        "hip": (0.08, 0.0, 0.0),
        "knee": (0.08, -0.4, 0.0),
        "foot": (0.08, -0.8, 0.0),
    }
    frame = np.empty((len(JOINTS), 3))
    for name, at in _AT.items():
        part = name.removeprefix("left_").removeprefix("right_")
        across = -1.0 if name.startswith("right") else 1.0
        frame[at] = np.array(places[part]) * (across, 1.0, 1.0)
    return frame


def arm_raised(most_deg: float, side: str = "left") -> NDArray[np.float64]:
    """[90, 13, 3]: the arm goes sideways up and comes down."""
    joints = np.repeat(standing()[None], len(_TIMES_S), axis=0)
    angle = np.deg2rad(most_deg) * np.sin(np.pi * _TIMES_S / _TIMES_S[-1]) ** 2
    outwards = 1.0 if side == "left" else -1.0
    direction = np.stack([outwards * np.sin(angle), -np.cos(angle), 0 * angle], axis=-1)
    shoulder = joints[:, _AT[f"{side}_shoulder"]]
    joints[:, _AT[f"{side}_elbow"]] = shoulder + 0.28 * direction
    joints[:, _AT[f"{side}_hand"]] = shoulder + 0.53 * direction
    return joints


def turned(joints: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return joints @ np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def test_vectors_and_joints_are_each_others_inverse() -> None:
    joints = arm_raised(120.0)
    assert np.allclose(joints_of(vectors_of(joints)), joints)


def test_body_size_and_place_of_the_camera_make_no_difference() -> None:
    joints = arm_raised(120.0)
    longer = joints * 1.2
    longer[:, _AT["left_hand"]] += 0.3 * (
        longer[:, _AT["left_hand"]] - longer[:, _AT["left_elbow"]]
    )
    same = repetition_of(joints, _TIMES_S)
    for other in (longer, turned(joints, 70.0)):
        assert np.allclose(repetition_of(other, _TIMES_S).vectors, same.vectors, atol=1e-6)


def test_the_busier_side_is_on_the_left_and_it_is_noted() -> None:
    left = repetition_of(arm_raised(120.0, "left"), _TIMES_S)
    right = repetition_of(arm_raised(120.0, "right"), _TIMES_S)
    assert not left.swapped
    assert right.swapped
    assert np.allclose(left.vectors, right.vectors, atol=1e-6)


def test_mirrored_joints_are_the_other_side() -> None:
    mirrored = arm_raised(120.0, "left")[:, list(MIRRORED)] * (-1.0, 1.0, 1.0)
    assert np.allclose(mirrored, arm_raised(120.0, "right"))


def test_any_frame_rate_gives_the_same_repetition() -> None:
    joints = arm_raised(120.0)
    full = repetition_of(joints, _TIMES_S)
    half = repetition_of(joints[::2], _TIMES_S[::2])
    assert np.abs(full.vectors - half.vectors).max() < 0.03


def test_out_hold_and_return_follow_one_another() -> None:
    phases = repetition_of(arm_raised(120.0), _TIMES_S).phases
    assert phases.shape == (FRAMES,)
    assert (np.diff(phases) >= 0).all()
    assert set(phases.tolist()) == {0, 1, 2}
    assert phases[FRAMES // 2] == 1


@pytest.mark.parametrize("most_deg", [60.0, 120.0])
def test_the_angle_of_the_shoulder_is_what_it_was_made(most_deg: float) -> None:
    raised = angles_of(repetition_of(arm_raised(most_deg), _TIMES_S))["left_shoulder.raised"]
    assert raised.max() - raised.min() == pytest.approx(most_deg, abs=3.0)


def test_a_knee_that_falls_inward_is_measured_inward_on_both_sides() -> None:
    joints = arm_raised(90.0)
    joints[:, _AT["left_knee"], 0] -= 0.08
    joints[:, _AT["right_knee"], 0] += 0.08
    angles = angles_of(repetition_of(joints, _TIMES_S))
    for side in ("left", "right"):
        assert angles[f"{side}_knee.inward"].mean() > 0.05


def test_features_keep_their_order_and_say_the_tempo() -> None:
    slow = features_of(repetition_of(arm_raised(90.0), _TIMES_S * 2), 3.0)
    fast = features_of(repetition_of(arm_raised(90.0), _TIMES_S / 2), 3.0)
    assert list(slow) == list(fast)
    tempo = next(feature for feature in slow if feature.name == "whole.tempo")
    assert slow[tempo] - fast[tempo] == pytest.approx(np.log(4.0))
    joints = {feature.joint for feature in slow}
    assert joints <= {*VECTORS, "whole"}


def test_a_jerky_movement_is_less_smooth() -> None:
    at = np.linspace(0.0, 1.0, 48)
    smooth = np.sin(np.pi * at) ** 2
    jerky = smooth * (1.0 + 0.8 * np.sin(2 * np.pi * 6 * at))
    assert spectral_arc_length(jerky, 16.0) < spectral_arc_length(smooth, 16.0)


@pytest.mark.parametrize(
    ("joints", "times_s"),
    [
        (arm_raised(90.0)[:5], _TIMES_S[:5]),
        (arm_raised(90.0)[:, :12], _TIMES_S),
        (arm_raised(90.0), _TIMES_S[::-1]),
        (np.full((90, 13, 3), np.nan), _TIMES_S),
    ],
)
def test_what_is_no_repetition_is_refused(
    joints: NDArray[np.float64], times_s: NDArray[np.float64]
) -> None:
    with pytest.raises(ValueError, match=r"repetition|finite"):
        repetition_of(joints, times_s)
