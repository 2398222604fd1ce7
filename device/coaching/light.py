"""How light the picture and the person in it are, from a coarse sample of the pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.pose.pose import Keypoint, Pose

_EVERY_PX = 16
_LUMA = np.array([0.114, 0.587, 0.299], np.float32)
"""Blue, green, red: ITU-R BT.601."""
_BRIGHT = 235.0
_TRUNK = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)
_SEEN_SCORE = 0.2


@dataclass(frozen=True, slots=True)
class Light:
    """Luminance of one picture, 0 to 255.

    ``mean`` and ``contrast`` (standard deviation) are of the whole picture, ``person`` the mean of
    the patient's trunk and head, ``None`` where nobody is seen; ``bright_share`` is the part of the
    picture, 0 to 1, that is nearly white.
    """

    mean: float
    contrast: float
    person: float | None
    bright_share: float


def light_of(image: Image, pose: Pose) -> Light:
    """The light in a picture [height, width, 3] and on the person whose pose it holds."""
    sample = image[_EVERY_PX // 2 :: _EVERY_PX, _EVERY_PX // 2 :: _EVERY_PX].astype(np.float32)
    luminance = sample @ _LUMA
    person = _person(luminance, pose)
    return Light(
        mean=float(luminance.mean()),
        contrast=float(luminance.std()),
        person=None if person is None else float(person.mean()),
        bright_share=float((luminance >= _BRIGHT).mean()),
    )


def _person(luminance: NDArray[np.float32], pose: Pose) -> NDArray[np.float32] | None:
    trunk = pose.keypoints[list(_TRUNK)]
    if (trunk[:, 2] < _SEEN_SCORE).any():
        return None
    rows, columns = luminance.shape
    top, left = (trunk[:, :2].min(axis=0) * (rows, columns)).astype(int)
    bottom, right = np.ceil(trunk[:, :2].max(axis=0) * (rows, columns)).astype(int)
    box = luminance[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]
    return box if box.size else None
