"""A person's 17 keypoints in one frame, and the protocol of whatever finds them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Frame
from models.messages import NetworkVersion


class Keypoint(IntEnum):
    """The COCO keypoints in COCO's order (Lin et al. 2014); left is the person's own left."""

    NOSE = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    LEFT_EAR = 3
    RIGHT_EAR = 4
    LEFT_SHOULDER = 5
    RIGHT_SHOULDER = 6
    LEFT_ELBOW = 7
    RIGHT_ELBOW = 8
    LEFT_WRIST = 9
    RIGHT_WRIST = 10
    LEFT_HIP = 11
    RIGHT_HIP = 12
    LEFT_KNEE = 13
    RIGHT_KNEE = 14
    LEFT_ANKLE = 15
    RIGHT_ANKLE = 16


KEYPOINT_COUNT = len(Keypoint)


@dataclass(frozen=True, slots=True)
class Pose:
    """Keypoints of one frame.

    ``keypoints`` is float32 [17, 3] in COCO order: y and x normalised to the image's height and
    width (0 to 1; a little outside is possible at the border), and the score, 0 to 1.
    ``width`` and ``height`` are the image's, in pixels: normalised coordinates alone have no shape.
    """

    sequence: int
    captured_at_s: float
    keypoints: NDArray[np.float32]
    width: int
    height: int

    def points_px(self) -> NDArray[np.float32]:
        """float32 [17, 2]: x to the right and y down, in pixels."""
        return self.keypoints[:, 1::-1] * np.array([self.width, self.height], dtype=np.float32)

    @property
    def scores(self) -> NDArray[np.float32]:
        """float32 [17], 0 to 1."""
        return self.keypoints[:, 2]


class PoseEstimator(Protocol):
    """Finds one person's keypoints in a frame; it may keep state from frame to frame."""

    version: NetworkVersion
    is_stand_in: bool

    def estimate(self, frame: Frame) -> Pose:
        """The unsmoothed pose in ``frame``."""

    def reset(self) -> None:
        """Forget the person followed so far; the next frame is searched as a whole."""
