"""Real squats with something to trim at both ends, by the Kinect and by MoveNet.

Research use only: they are measured on, never trained on. Two truths: where a person cut the clip
by hand, and where the Kinect's knees bend. They are not the same: the cuts keep some standing, a
second or so at each end, now more and now less, so that whoever finds the movement misses them.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS
from models.training.lifted import Lifting, picture_of
from models.training.motion.squats import FPS, Squat
from models.training.trimming.examples import Example, examples_of
from models.training.trimming.recordings import Recording

Ends = tuple[int, int]
"""First and last frame of the Kinect's motion."""

_SLACK: Final = 8
_BENT_SHARE: Final = 0.1
"""Of the knees' way in the clip: from there on they bend."""
_STANDING_FRAMES: Final = 3
_HIPS, _KNEES, _FEET = (
    [JOINTS.index(f"{side}_{joint}") for side in ("left", "right")]
    for joint in ("hip", "knee", "foot")
)


def squats_by_hand(squats: Sequence[Squat], lifting: Lifting) -> dict[str, list[Example]]:
    """The ends are where somebody cut the clip."""
    return _examples(squats, lifting, "cut by hand", lambda squat: squat.trimmed or (0, 0))


def squats_by_knees(squats: Sequence[Squat], lifting: Lifting) -> dict[str, list[Example]]:
    """The same clips; the ends are where the knees have done a tenth of their bend."""
    return _examples(squats, lifting, "knees bend", knees_bend)


def knees_bend(squat: Squat) -> Ends:
    """First and last frame in which the Kinect's knees are bent by a tenth of their way."""
    first, last = squat.trimmed or (0, len(squat.motion.joints_m) - 1)
    bend = _knee_bend_rad(squat.motion.joints_m)
    ends = np.r_[
        bend[first : first + _STANDING_FRAMES], bend[last + 1 - _STANDING_FRAMES : last + 1]
    ]
    deepest = first + int(bend[first : last + 1].argmax())
    standing = float(np.median(ends))
    straight = np.flatnonzero(bend <= standing + _BENT_SHARE * (bend[deepest] - standing))
    before, after = straight[straight < deepest], straight[straight > deepest]
    return (
        int(before[-1]) + 1 if len(before) else 0,
        int(after[0]) - 1 if len(after) else len(bend) - 1,
    )


def _knee_bend_rad(joints_m: NDArray[np.float32]) -> NDArray[np.float64]:
    """[T]: 0 for straight knees, the mean of both sides."""
    thigh = joints_m[:, _HIPS].astype(np.float64) - joints_m[:, _KNEES]
    shank = joints_m[:, _FEET].astype(np.float64) - joints_m[:, _KNEES]
    cosine = (thigh * shank).sum(axis=-1)
    cosine /= np.linalg.norm(thigh, axis=-1) * np.linalg.norm(shank, axis=-1)
    return np.asarray(np.pi - np.arccos(np.clip(cosine, -1.0, 1.0)).mean(axis=-1))


def _examples(
    squats: Sequence[Squat], lifting: Lifting, truth: str, ends_of: Callable[[Squat], Ends]
) -> dict[str, list[Example]]:
    chosen = [squat for squat in squats if _has_slack(squat)]
    recordings = [
        Recording(squat.motion, first / FPS, last / FPS)
        for squat in chosen
        for first, last in [ends_of(squat)]
    ]
    pictures = [picture_of(squat) for squat in chosen]
    lifted = lifting.of_pictures(pictures, [FPS] * len(pictures))
    return {
        f"squats, Kinect, {truth}": examples_of(recordings, np.random.default_rng(0)),
        f"squats, MoveNet lifted, {truth}": [
            Example.of(joints_m, recording, squat.pairs()[0] / FPS)
            for joints_m, recording, squat in zip(lifted, recordings, chosen, strict=True)
        ],
    }


def _has_slack(squat: Squat) -> bool:
    if squat.trimmed is None:
        return False
    first, last = squat.trimmed
    return first >= _SLACK and len(squat.motion.joints_m) - last > _SLACK
