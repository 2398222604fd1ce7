"""Movement in space as a camera sees it: perspective, and MoveNet's errors on top of it."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.converted_joints import JointConversion
from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise

_ANKLE_HEIGHT_M: Final = 0.07
"""Of an ankle's centre over the floor: 0.039 of the stature (Winter 2009)."""
_MIDDLE_M: Final = 0.95
_NEAREST_M: Final = 0.2
_PITCH_DEVIATION_DEG: Final = 5.0
_ASPECT: Final = 4 / 3
_FEET: Final = (JOINTS.index("left_foot"), JOINTS.index("right_foot"))


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks at a person.

    ``yaw_deg`` is where it stands round the person as they face it at the start, positive towards
    their left; ``pitch_deg`` is positive looking down; ``distance_m`` is level, to where the hips
    are at the start; ``field_deg`` is the horizontal field of view.
    """

    yaw_deg: float = 0.0
    height_m: float = 1.1
    pitch_deg: float = 0.0
    distance_m: float = 2.8
    field_deg: float = 62.0

    @classmethod
    def drawn(
        cls, random: np.random.Generator, widest_yaw_deg: float = 90.0, middle_m: float = _MIDDLE_M
    ) -> "Camera":
        """As people place them: within ``widest_yaw_deg`` of the front, .5 to 1.8 m high, 1.5 to
        4 m away, 50 to 80 degrees wide, within 20 degrees of level, and about aimed at
        ``middle_m`` over the floor."""
        height_m, distance_m = float(random.uniform(0.5, 1.8)), float(random.uniform(1.5, 4.0))
        aimed_deg = math.degrees(math.atan2(height_m - middle_m, distance_m))
        pitch_deg = aimed_deg + float(random.normal(0.0, _PITCH_DEVIATION_DEG))
        return cls(
            yaw_deg=float(random.uniform(-widest_yaw_deg, widest_yaw_deg)),
            height_m=height_m,
            pitch_deg=min(max(pitch_deg, -20.0), 20.0),
            distance_m=distance_m,
            field_deg=float(random.uniform(50.0, 80.0)),
        )

    @property
    def widest(self) -> float:
        """The largest x that is in the picture, in focal lengths; y goes to 3/4 of it."""
        return math.tan(math.radians(self.field_deg / 2))

    def turned(self, joints_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """[..., 3] of a person who faces +z, as this camera has them: x to the right in its
        picture, y up (against gravity), z level towards it."""
        yaw = math.radians(self.yaw_deg)
        cosine, sine = math.cos(yaw), math.sin(yaw)
        turn = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]], np.float32)
        return np.asarray(joints_m @ turn.T, np.float32)

    def from_eye(self, places_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """[..., 3] metres, x and z from where the hips start and y over the floor, to float64
        [..., 3] metres right, up and away from the camera."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        x, y, z = np.moveaxis(np.asarray(places_m, np.float64), -1, 0)
        right = x * math.cos(yaw) - z * math.sin(yaw)
        away = self.distance_m - x * math.sin(yaw) - z * math.cos(yaw)
        up = y - self.height_m
        return np.stack(
            [
                right,
                up * math.cos(pitch) + away * math.sin(pitch),
                away * math.cos(pitch) - up * math.sin(pitch),
            ],
            axis=-1,
        )


def standing(motion: Motion, points_m: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """float64 [T, N, 3]: the motion's places over the floor on which its lowest foot stands.

    ``points_m`` are other points in the same axes as ``motion.places_m``, which is the default.
    """
    floor_m = float(motion.places_m[:, _FEET, 1].min()) - _ANKLE_HEIGHT_M
    places_m = motion.places_m if points_m is None else points_m
    return np.asarray(places_m.astype(np.float64) - np.array([0.0, floor_m, 0.0]))


def on_picture(seen_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """[..., 3] of :meth:`Camera.from_eye` to [..., 2]: x right and y up, in focal lengths."""
    return np.asarray(seen_m[..., :2] / np.maximum(seen_m[..., 2:], _NEAREST_M))


def project(
    motion: Motion, camera: Camera, points_m: NDArray[np.float32] | None = None
) -> NDArray[np.float64]:
    """float64 [T, 13, 2] (or [T, N, 2] of ``points_m``): x to the right and y up from the
    picture's middle in focal lengths; ``camera.widest`` is its right edge."""
    return on_picture(camera.from_eye(standing(motion, points_m)))


def in_picture(picture: NDArray[np.float64], camera: Camera) -> NDArray[np.bool_]:
    """bool [...]: which of [..., 2] are within a picture of 4 : 3."""
    x, y = np.abs(np.moveaxis(picture, -1, 0))
    return np.asarray((x <= camera.widest) & (y <= camera.widest / _ASPECT))


def seen(
    motion: Motion, camera: Camera, noise: Noise, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What MoveNet would say: float32 [T, 13, 2], x right and y up in focal lengths, and scores
    float32 [T, 13]; ready for :class:`~models.converted_joints.JointConversion`."""
    from_eye_m = noise.displaced(camera.from_eye(standing(motion)), motion.source)
    picture = on_picture(from_eye_m)
    places, scores = noise.on(picture, from_eye_m, motion.fps, random)
    outside = ~in_picture(picture, camera)
    scores[outside] = np.minimum(scores[outside], noise.outside_score)
    return places.astype(np.float32), scores.astype(np.float32)


def observed(
    motion: Motion, camera: Camera, noise: Noise, random: np.random.Generator
) -> NDArray[np.float32]:
    """float32 [T, 13, 3]: the motion seen and converted as the device does it: x right and y up in
    running torso lengths about the hips, and the score (:mod:`models.converted_joints`)."""
    places, scores = seen(motion, camera, noise, random)
    conversion = JointConversion()
    found = np.empty((len(places), JOINT_COUNT, 3), np.float32)
    for index, time_s in enumerate(motion.times_s.tolist()):
        found[index] = conversion.step(places[index], scores[index], time_s)
    return found
