"""How joints err that were lifted from one camera's picture, drawn anew.

Errors fade from frame to frame as those of the pose network do, another part stays all through a
recording, and both are larger towards the camera than across. The sizes give a mean distance of
about 6.5 cm a joint, which is worse than the depth network's on real squats.
"""

from typing import Final

import numpy as np

from models.kinect_joints import JOINT_COUNT
from models.movement_score.repetition import Array
from models.training.motion.motion import Motion
from models.training.motion.noise import remembering
from models.training.motion.projection import Camera

MEMORY_S: Final = 0.25
CHANGING_M: Final = np.array([0.03, 0.03, 0.045])
STANDING_M: Final = np.array([0.015, 0.015, 0.03])
"""Standard deviations along x, y and z of what fades and of what stays."""
_WIDEST_YAW_DEG: Final = 90.0


def lifted(motion: Motion, random: np.random.Generator) -> Array:
    """float64 [T, 13, 3]: ``motion`` from somewhere before or beside it, with such errors."""
    camera = Camera(yaw_deg=float(random.uniform(-_WIDEST_YAW_DEG, _WIDEST_YAW_DEG)))
    joints = camera.turned(motion.joints_m).astype(np.float64)
    changing = remembering(random, joints.shape, MEMORY_S * motion.fps) * CHANGING_M
    standing = random.standard_normal((JOINT_COUNT, 3)) * STANDING_M
    found: Array = joints + changing + standing
    return found
