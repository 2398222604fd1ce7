"""Which keypoints a camera can see: in the picture, and with nothing between."""

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.skeleton import Skeleton, Vector
from device.camera.simulated.view import COCO_JOINTS, NEAREST_M, View

_NEARER_BY_M = 0.12


def keypoints_in_sight(skeleton: Skeleton, view: View, between: Vector) -> NDArray[np.bool_]:
    """Whether each COCO keypoint is within the picture and not behind ``between``, bool [17].

    ``between`` are flat outlines [Q, n, 3] in metres of other people and things. What the body
    hides of itself counts as in sight: a network is right to say where a covered joint is.
    """
    seen = view.project(np.array([skeleton.joints[name] for name in COCO_JOINTS]))
    size = np.array([view.width, view.height])
    inside = ((seen[:, :2] >= 0) & (seen[:, :2] < size)).all(axis=1) & (seen[:, 2] > NEAREST_M)
    if not len(between):
        return np.asarray(inside)
    outlines = view.project(between)
    return np.asarray(inside & ~_covered(seen, outlines))


def _covered(points: Vector, outlines: Vector) -> NDArray[np.bool_]:
    """Which of ``points`` [N, 3] lie within a nearer convex outline of [Q, n, 3]; pixels, depth."""
    depth = outlines[..., 2]
    outlines = outlines[depth.min(axis=1) > NEAREST_M]
    depth = outlines[..., 2].mean(axis=1)
    edge = np.roll(outlines, -1, axis=1)[..., :2] - outlines[..., :2]
    covered = np.zeros(len(points), np.bool_)
    for index, point in enumerate(points):
        nearer = depth < point[2] - _NEARER_BY_M
        to_point = point[:2] - outlines[nearer, :, :2]
        turn = edge[nearer, :, 0] * to_point[..., 1] - edge[nearer, :, 1] * to_point[..., 0]
        covered[index] = bool(((turn >= 0).all(axis=1) | (turn <= 0).all(axis=1)).any())
    return covered
