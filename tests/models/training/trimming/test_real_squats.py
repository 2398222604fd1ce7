"""On whom trimming is measured, and where a real squat begins and ends."""

import numpy as np

from models.kinect_joints import JOINTS
from models.training.motion.motion import Motion
from models.training.motion.squats import FPS, Squat
from models.training.trimming.examples import Example
from models.training.trimming.figures import frames_apart
from models.training.trimming.held_out import held_out_recordings, split_people
from models.training.trimming.real_squats import knees_bend
from tests.models.test_standard_body import STANDING
from tests.models.training.trimming.test_recordings import episode

BENDS_AT, STRAIGHT_AT = 30, 60


def squat(first: int, last: int) -> Squat:
    """Stands, bends its knees between two frames, and stands again; cut from first to last."""
    frames = 90
    joints_m = np.repeat(STANDING[None], frames, axis=0)
    bend = np.zeros(frames)
    bend[BENDS_AT : STRAIGHT_AT + 1] = np.sin(np.linspace(0, np.pi, STRAIGHT_AT - BENDS_AT + 1))
    for side in ("left", "right"):
        joints_m[:, JOINTS.index(f"{side}_knee"), 2] += 0.3 * bend
    motion = Motion("one", "squats", "somebody", "squat_deep", joints_m.astype(np.float32), FPS)
    keypoints = np.zeros((frames, 17, 3), np.float32)
    at = np.arange(frames)
    return Squat(motion, keypoints, at, motion.joints_m, pair_ok=True, trimmed=(first, last))


def test_the_knees_bend_where_they_do_wherever_the_clip_was_cut() -> None:
    tight, loose = knees_bend(squat(28, 62)), knees_bend(squat(10, 85))
    assert tight == loose
    assert abs(tight[0] - BENDS_AT) <= 2
    assert abs(tight[1] - STRAIGHT_AT) <= 2


def test_an_end_found_late_is_positive_in_frames_of_thirty_a_second() -> None:
    example = Example(np.zeros((30, 40), np.float32), 0.0, begins_s=1.0, ends_s=2.0)
    frames = frames_apart(lambda _: (1.5, 1.9), [example])
    assert np.allclose(frames, [[15.0, -3.0]])
    assert frames_apart(lambda _: None, [example]).shape == (0, 2)


def test_nobody_who_was_trained_on_is_measured_as_held_out() -> None:
    people = [
        episode("lift", number, 5, subject=f"person-{who}")
        for who in range(7)
        for number in range(1, 4)
    ]
    recordings = held_out_recordings(people, seed=3)
    measured = {each.motion.subject for each in recordings}
    assert len(measured) == 2
    assert not measured & {motion.subject for motion in split_people(people).train}
