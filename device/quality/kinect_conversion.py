"""From MoveNet's 17 keypoints to the 13 joints of a Kinect, in torso lengths: a stated rule.

The card is ``models/networks/kinect_conversion.md``.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.pose.pose import Pose
from device.recording import KeypointRecording
from models.converted_joints import JointConversion, joints_of_keypoints
from models.kinect_joints import JOINT_COUNT

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
        places, scores = joints_of_keypoints(pose.points_px() * _RIGHT_AND_UP, pose.scores)
        return self._joints.step(places, scores, pose.captured_at_s)


def converted(recording: KeypointRecording) -> NDArray[np.float32]:
    """float32 [T, 13, 3]: every frame of ``recording`` by :meth:`KinectConversion.step`."""
    conversion = KinectConversion()
    joints = [conversion.step(pose) for pose in recording.poses()]
    return np.stack(joints) if joints else np.empty((0, JOINT_COUNT, 3), np.float32)
