"""Recordings are cut where a repetition begins and ends, and nowhere else."""

import numpy as np
import pytest

from models.kinect_joints import JOINTS
from models.training.motion.motion import Motion
from models.training.motion.repetitions import cuts, repetitions

FPS = 30.0


def standing() -> np.ndarray:
    body = np.zeros((13, 3))
    for name, (x, y) in {
        "shoulder": (0.18, 0.5),
        "elbow": (0.2, 0.25),
        "hand": (0.2, 0.0),
        "hip": (0.08, 0.0),
        "knee": (0.1, -0.4),
        "foot": (0.1, -0.8),
    }.items():
        body[JOINTS.index(f"left_{name}")] = x, y, 0.0
        body[JOINTS.index(f"right_{name}")] = -x, y, 0.0
    body[0] = 0.0, 0.7, 0.0
    return body


def bumps(count: int, rest_s: float = 1.0, takes_s: float = 2.0) -> tuple[np.ndarray, list]:
    """How far something has gone, 0 to 1, and where each begins and ends."""
    rest = np.zeros(round(rest_s * FPS))
    bump = np.sin(np.linspace(0, np.pi, round(takes_s * FPS))) ** 2
    parts, spans, at = [rest], [], len(rest)
    for _ in range(count):
        parts += [bump, rest]
        spans.append((at, at + len(bump)))
        at += len(bump) + len(rest)
    return np.concatenate(parts), spans


def motion_of(exercise_id: str, joints: np.ndarray) -> Motion:
    return Motion("m", "simulated", "s", exercise_id, joints.astype(np.float32), FPS)


def with_hands_up(share: np.ndarray) -> np.ndarray:
    joints = np.repeat(standing()[None], len(share), axis=0)
    for hand in (JOINTS.index("left_hand"), JOINTS.index("right_hand")):
        joints[:, hand, 1] += share
    return joints


def tilted(angle_deg: np.ndarray) -> np.ndarray:
    joints = np.repeat(standing()[None], len(angle_deg), axis=0)
    angle = np.radians(angle_deg)[:, None]
    x, y = joints[:, :7, 0].copy(), joints[:, :7, 1].copy()
    joints[:, :7, 0] = x * np.cos(angle) + y * np.sin(angle)
    joints[:, :7, 1] = y * np.cos(angle) - x * np.sin(angle)
    return joints


@pytest.mark.parametrize("exercise_id", ["arm_lift", "scaption"])
def test_each_repetition_is_cut_near_where_it_begins_and_ends(exercise_id):
    share, spans = bumps(5)
    found = cuts(motion_of(exercise_id, with_hands_up(share)))
    assert len(found) == 5
    assert np.abs(np.array(found) - np.array(spans)).max() <= 10


def test_repetitions_are_numbered_and_keep_their_person():
    share, _ = bumps(3)
    found = repetitions(motion_of("arm_lift", with_hands_up(share)))
    assert [each.repetition for each in found] == [1, 2, 3]
    assert {each.subject for each in found} == {"s"}
    assert len({each.key for each in found}) == 3


def test_each_side_is_a_repetition_where_the_library_counts_so():
    share, _ = bumps(6)
    frame = np.arange(len(share))
    side = np.where(((frame // round(3 * FPS)) % 2) == 0, 1.0, -1.0)
    found = cuts(motion_of("trunk_side_tilt", tilted(25.0 * share * side)))
    assert len(found) == 6


def test_one_that_is_cut_off_in_the_middle_is_left_out():
    share, spans = bumps(4)
    middle = (spans[0][0] + spans[0][1]) // 2
    found = cuts(motion_of("arm_lift", with_hands_up(share[middle:])))
    assert len(found) == 3


def test_a_glitch_of_the_sensor_is_no_repetition():
    share, _ = bumps(4)
    share[5:7] = 3.0
    assert len(cuts(motion_of("arm_lift", with_hands_up(share)))) == 4
