"""An exercise's reference motion as the camera sees it, in and beside the exercise's view."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import ReferenceMotion
from models.messages import Side

Array = NDArray[np.float64]

_STATURE_M = 1.68
_OFF_VIEW_DEG = (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0)
_PROGRESS = np.array([0.0, 0.4, 0.6, 0.8, 1.0, 1.2])


@dataclass(frozen=True)
class ReferenceViews:
    """The motion by either side in each view, lengths in torso lengths.

    ``poses`` is [V, P, 17, 2], x to the right and y down, at rising progress; ``travels`` [17] is
    how far each keypoint goes at most, in whichever view.
    """

    poses: Array
    travels: Array

    @property
    def start(self) -> Array:
        """[V, 17, 2] before the movement."""
        return np.asarray(self.poses[:, 0])

    def at(self, progress: float) -> Array:
        """[V, 17, 2] at ``progress``, 1 for the full range; held to what is kept, 0.4 to 1.2."""
        progress = float(np.clip(progress, _PROGRESS[1], _PROGRESS[-1]))
        above = int(np.searchsorted(_PROGRESS, progress))
        share = (progress - _PROGRESS[above - 1]) / (_PROGRESS[above] - _PROGRESS[above - 1])
        lower, upper = self.poses[:, above - 1], self.poses[:, above]
        return np.asarray(lower + (upper - lower) * share)


def reference_views(exercise: ExerciseDefinition) -> ReferenceViews:
    """The exercise's, by both sides together or, where they do not move alike, by either."""
    sides: tuple[Side, ...] = ("both",) if exercise.side == "bilateral" else ("left", "right")
    return _views(exercise.motion.model_dump_json(), sides)


@cache
def _views(motion_json: str, sides: tuple[Side, ...]) -> ReferenceViews:
    motion = ReferenceMotion.model_validate_json(motion_json)
    poses = np.array([_seen(motion, side, off) for side in sides for off in _OFF_VIEW_DEG])
    moved = np.linalg.norm(poses - poses[:, :1], axis=3)
    return ReferenceViews(poses, moved.max(axis=(0, 1)))


def _seen(motion: ReferenceMotion, side: Side, off_deg: float) -> Array:
    """[P, 17, 2] in lengths of the torso where it is seen longest."""
    view = View(motion.camera_azimuth_for(side) + off_deg)
    size = np.array([view.width, view.height])
    poses = np.array(
        [
            keypoints_of(skeleton_of(_STATURE_M, motion.angles_at(float(each), side)), view)
            for each in _PROGRESS
        ]
    )
    points = poses[..., ::-1] * size
    shoulders = points[:, [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=1)
    hips = points[:, [Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=1)
    return np.asarray(points / np.linalg.norm(shoulders - hips, axis=1).max())
