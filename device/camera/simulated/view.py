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
HEIGHT_M = 1.1
FIELD_DEG = 62.0
NEAREST_M = 0.2
"""Nothing nearer than this is drawn."""


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera looking at the patient.

    ``azimuth_deg`` is where it stands round the body, 0 in front, positive towards its left;
    ``distance_m`` is level, from above ``middle_m`` (x and z in the body's axes), to which the
    camera is turned; ``field_deg`` is the horizontal field of view. ``tilt_deg`` is positive when
    the camera looks down, ``roll_deg`` when it leans to its right.
    """

    azimuth_deg: float
    width: int = 640
    height: int = 480
    distance_m: float = DISTANCE_M
    height_m: float = HEIGHT_M
    field_deg: float = FIELD_DEG
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    middle_m: tuple[float, float] = (0.0, 0.0)

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(math.radians(self.field_deg / 2))

    @property
    def right(self) -> Vector:
        """The level right of a camera that does not lean, in the body's axes."""
        azimuth = math.radians(self.azimuth_deg)
        return np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])

    @property
    def towards(self) -> Vector:
        """From the body to the camera, level, in the body's axes."""
        azimuth = math.radians(self.azimuth_deg)
        return np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])

    @property
    def middle(self) -> Vector:
        """The point of the floor to which the camera is turned, in the body's axes."""
        x, z = self.middle_m
        return np.array([x, 0.0, z])

    @property
    def eye(self) -> Vector:
        """Where the camera is, metres in the body's axes."""
        above = np.array([0.0, self.height_m, 0.0])
        return np.asarray(self.middle + self.towards * self.distance_m + above)

    def placed(self, points: Vector) -> Vector:
        """[..., 3] metres in the room (right, up and towards the camera of the middle) in the
        body's axes."""
        axes = np.stack([self.right, np.array([0.0, 1.0, 0.0]), self.towards])
        return np.asarray(points @ axes + self.middle)

    def from_camera(self, points: Vector) -> Vector:
        """[..., 3] metres in the body's axes to [..., 3] metres right, up and away from the eye."""
        x = points @ self.right - float(self.middle @ self.right)
        y = points[..., 1] - self.height_m
        away = self.distance_m - (points @ self.towards - float(self.middle @ self.towards))
        if self.tilt_deg:
            cos, sin = _cos_sin(self.tilt_deg)
            y, away = y * cos + away * sin, away * cos - y * sin
        if self.roll_deg:
            cos, sin = _cos_sin(self.roll_deg)
            x, y = x * cos - y * sin, x * sin + y * cos
        return np.stack([x, y, away], axis=-1)

    def on_picture(self, seen: Vector) -> Vector:
        """[..., 3] of :meth:`from_camera` to [..., 3]: x, y in pixels, depth in metres."""
        scale = self.focal_px / np.maximum(seen[..., 2], NEAREST_M)
        x = self.width / 2 + seen[..., 0] * scale
        y = self.height / 2 - seen[..., 1] * scale
        return np.stack([x, y, seen[..., 2]], axis=-1)

    def project(self, points: Vector) -> Vector:
        """[..., 3] metres in the body's axes to [..., 3]: x, y in pixels, depth in metres."""
        return self.on_picture(self.from_camera(points))


def keypoints_of(skeleton: Skeleton, view: View) -> NDArray[np.float64]:
    """The true COCO keypoints, [17, 2]: y and x normalised to the picture."""
    projected = view.project(np.array([skeleton.joints[name] for name in COCO_JOINTS]))
    return np.asarray(projected[:, 1::-1] / np.array([view.height, view.width]))


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    angle = math.radians(angle_deg)
    return math.cos(angle), math.sin(angle)
