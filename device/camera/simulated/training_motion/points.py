"""The points of a simulated body that are kept for training."""

from typing import Final

import numpy as np

from device.camera.simulated.skeleton import Skeleton, Vector
from device.camera.simulated.view import COCO_JOINTS

POINTS: Final = ("head", *COCO_JOINTS)
"""The middle of the skull, then COCO's keypoints."""


def points_of(skeleton: Skeleton) -> Vector:
    """Float64 [18, 3]: metres in the body's axes."""
    return np.array([skeleton.joints[name] for name in POINTS])
