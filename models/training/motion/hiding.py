"""Which joints a body hides from a camera by itself."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS

# What may hide a joint: segments between joints (or middles of them) with their half widths in
# metres: fractions of the stature in Winter (2009) for a body of 1.70 m.
_COVERS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...]] = (
    (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), 0.128),
    *(((f"{side}_hip",), (f"{side}_knee",), 0.071) for side in ("left", "right")),
    *(((f"{side}_knee",), (f"{side}_foot",), 0.044) for side in ("left", "right")),
    *(((f"{side}_shoulder",), (f"{side}_elbow",), 0.048) for side in ("left", "right")),
    *(((f"{side}_elbow",), (f"{side}_hand",), 0.034) for side in ("left", "right")),
)
_NEARER_BY_M: Final = 0.07
_NEAREST_M: Final = 0.2


def hidden(from_eye_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool [T, 13]: whether a part of the body is before each joint.

    ``from_eye_m`` [T, 13, 3] is right, up and away from the camera, in metres.
    """
    found = np.zeros(from_eye_m.shape[:2], np.bool_)
    for start, end, radius_m in _COVERS:
        begin_m, end_m = (
            from_eye_m[:, [JOINTS.index(name) for name in names]].mean(axis=1)
            for names in (start, end)
        )
        others = [at for at, name in enumerate(JOINTS) if name not in (*start, *end)]
        found[:, others] |= _behind(from_eye_m[:, others], begin_m, end_m, radius_m)
    return found


def _behind(
    points_m: NDArray[np.float64],
    begin_m: NDArray[np.float64],
    end_m: NDArray[np.float64],
    radius_m: float,
) -> NDArray[np.bool_]:
    """Whether a rod from ``begin_m`` to ``end_m`` [T, 3] is before ``points_m`` [T, N, 3]."""
    flat, first, last = (
        points[..., :2] / np.maximum(points[..., 2:], _NEAREST_M)
        for points in (points_m, begin_m[:, None], end_m[:, None])
    )
    along = last - first
    length = np.maximum((along * along).sum(axis=-1), 1e-12)
    share = np.clip(((flat - first) * along).sum(axis=-1) / length, 0.0, 1.0)
    depth_m = begin_m[:, None, 2] + (end_m - begin_m)[:, None, 2] * share
    beside = np.linalg.norm(flat - first - along * share[..., None], axis=-1)
    return np.asarray((beside * depth_m < radius_m) & (depth_m < points_m[..., 2] - _NEARER_BY_M))
