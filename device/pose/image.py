"""One picture's keypoints, for trying a network out."""

from pathlib import Path

import cv2
import numpy as np

from device.camera.frame import Image
from device.errors import ClipError


def read_image(path: Path) -> Image:
    """A picture in B, G, R order; raises :class:`ClipError` for a file that is no picture."""
    try:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ClipError(f"{path}: is no picture that can be read: {error.err}") from error
    if image is None:
        problem = "is no picture that can be read" if path.exists() else "does not exist"
        raise ClipError(f"{path}: {problem}; give a JPEG, PNG or BMP file")
    return np.ascontiguousarray(image, dtype=np.uint8)
