"""The simulated camera's place and lens, and where it sees the keypoints."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.skeleton import Skeleton, Vector
from device.pose.pose import Keypoint

COCO_JOINTS = tuple(keypoint.name.lower() for keypoint in Keypoint)
DISTANCE_M = 2.8
"""From the camera to the middle of the body."""
_NEAREST_M = 0.2


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera looking at the patient.

    ``azimuth_deg`` is where it stands round the body, 0 in front, positive towards its left;
    distances in metres; ``field_deg`` is the horizontal field of view.
    """

    azimuth_deg: float
    width: int = 640
    height: int = 480
    distance_m: float = DISTANCE_M
    height_m: float = 1.1
    field_deg: float = 62.0

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(math.radians(self.field_deg / 2))

    @property
    def right(self) -> Vector:
        """The picture's right, in the body's axes."""
        azimuth = math.radians(self.azimuth_deg)
        return np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])

    @property
    def towards(self) -> Vector:
        """From the body to the camera, level, in the body's axes."""
        azimuth = math.radians(self.azimuth_deg)
        return np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])

    @property
    def eye(self) -> Vector:
        """Where the camera is, metres in the body's axes."""
        return np.asarray(self.towards * self.distance_m + np.array([0.0, self.height_m, 0.0]))

    def project(self, points: Vector) -> Vector:
        """[..., 3] metres in the body's axes to [..., 3]: x, y in pixels, depth in metres."""
        depth = self.distance_m - points @ self.towards
        scale = self.focal_px / np.maximum(depth, _NEAREST_M)
        x = self.width / 2 + points @ self.right * scale
        y = self.height / 2 - (points[..., 1] - self.height_m) * scale
        return np.stack([x, y, depth], axis=-1)


def keypoints_of(skeleton: Skeleton, view: View) -> NDArray[np.float64]:
    """The true COCO keypoints, [17, 2]: y and x normalised to the picture."""
    projected = view.project(np.array([skeleton.joints[name] for name in COCO_JOINTS]))
    return np.asarray(projected[:, 1::-1] / np.array([view.height, view.width]))
