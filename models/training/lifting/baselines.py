"""What the depth network must beat: doing nothing, and a linear lift."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.depth_window import FRAME_VALUES, INSTANTS
from models.kinect_joints import JOINT_COUNT

Inputs = NDArray[np.float32]
Lift = Callable[[Inputs], NDArray[np.float32]]
"""Inputs [M, VALUES] to joints [M, 39] in torso lengths."""

_RIDGE = 10.0


def nothing(inputs: Inputs) -> NDArray[np.float32]:
    """The joints as they look: x and y as seen, z = 0."""
    joints = newest(inputs).reshape(-1, JOINT_COUNT, 3).copy()
    joints[..., 2] = 0.0
    return joints.reshape(len(inputs), FRAME_VALUES)


def newest(inputs: Inputs) -> NDArray[np.float32]:
    """The newest instant, [M, 39]."""
    return inputs[:, (INSTANTS - 1) * FRAME_VALUES : INSTANTS * FRAME_VALUES]


def ridge(inputs: Inputs, joints: NDArray[np.float32]) -> Lift:
    """A linear lift from the whole input, fitted by least squares with a ridge."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    middle = joints.mean(axis=0)
    scaled = ((inputs - mean) / scale).astype(np.float64)
    normal = scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1])
    weights = np.linalg.solve(normal, scaled.T @ (joints - middle).astype(np.float64))

    def lift(others: Inputs) -> NDArray[np.float32]:
        return np.asarray(((others - mean) / scale) @ weights + middle, np.float32)

    return lift
