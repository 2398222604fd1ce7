"""From MoveNet's 17 keypoints to the 13 joints of a Kinect, in torso lengths: a stated rule.

The card is ``models/networks/kinect_conversion.md``.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.pose.pose import Keypoint, Pose
from device.recording import KeypointRecording
from models.converted_joints import SEEN_SCORE, JointConversion
from models.kinect_joints import JOINT_COUNT

# The ears lie beside the skull's middle from every side; the nose lies before it.
_HEAD: Final = (
    (Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR),
    (Keypoint.LEFT_EYE, Keypoint.RIGHT_EYE),
    (Keypoint.NOSE,),
)
# Shoulders to ankles stand in the order of the joints; a hand is the wrist, a foot the ankle.
_LIMBS: Final = slice(Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_ANKLE + 1)
_RIGHT_AND_UP: Final = np.array([1.0, -1.0], np.float32)


class KinectConversion:
    """The conversion of one person's poses in order of time; it looks at no later pose."""

    def __init__(self) -> None:
        self._joints = JointConversion()

    def reset(self) -> None:
        """Forget the person."""
        self._joints.reset()

    def step(self, pose: Pose) -> NDArray[np.float32]:
        """float32 [13, 3]: the joints of :mod:`models.kinect_joints`.

        x to the right in the picture and y up, both relative to the middle of the hips in running
        torso lengths, and the score, 0 to 1; see :class:`models.converted_joints.JointConversion`
        for joints that are not seen.
        """
        points_px = pose.points_px() * _RIGHT_AND_UP
        places = np.empty((JOINT_COUNT, 2), np.float32)
        scores = np.empty(JOINT_COUNT, np.float32)
        places[0], scores[0] = _head(points_px, pose.scores)
        places[1:], scores[1:] = points_px[_LIMBS], pose.scores[_LIMBS]
        return self._joints.step(places, scores, pose.captured_at_s)


def converted(recording: KeypointRecording) -> NDArray[np.float32]:
    """float32 [T, 13, 3]: every frame of ``recording`` by :meth:`KinectConversion.step`."""
    conversion = KinectConversion()
    joints = [conversion.step(pose) for pose in recording.poses()]
    return np.stack(joints) if joints else np.empty((0, JOINT_COUNT, 3), np.float32)


def _head(
    points_px: NDArray[np.float32], scores: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """The middle of the skull and its score, from the best part of the face that is seen."""
    for part in _HEAD:
        weights = scores[list(part)]
        best = float(weights.max())
        if best >= SEEN_SCORE:
            break
    if best <= 0.0:
        return points_px[list(part)].mean(axis=0), 0.0
    return np.average(points_px[list(part)], axis=0, weights=weights).astype(np.float32), best
