"""A pose as 64 numbers that say how a body is posed, and not how large it is or where.

After MediaPipe's pose classification (pairwise distances normalised by the torso, as k-nearest
neighbours' features) and Pr-VIPE (Sun et al. 2020): limb vectors, joint angles and distances
between joints, in torso lengths, centred at the hips. The tilt against the vertical is kept: lying
is not standing. Weights make the parts comparable: each value is about -1 to 1.
"""

import math

import numpy as np
from numpy.typing import NDArray

from device.pose.pose import Keypoint

Embedding = NDArray[np.float32]
"""float32 [64]."""

DIMENSIONS = 64
LEAST_SCORE = 0.2
"""A keypoint below this score takes its partner's place, or makes the pose useless."""
LEAST_SEEN = 10
"""So many must be seen of the 12 keypoints of shoulders, elbows, wrists, hips, knees and ankles."""

_K = Keypoint
_LIMBS: tuple[tuple[Keypoint, Keypoint], ...] = (
    (_K.LEFT_SHOULDER, _K.LEFT_ELBOW),
    (_K.RIGHT_SHOULDER, _K.RIGHT_ELBOW),
    (_K.LEFT_ELBOW, _K.LEFT_WRIST),
    (_K.RIGHT_ELBOW, _K.RIGHT_WRIST),
    (_K.LEFT_HIP, _K.LEFT_KNEE),
    (_K.RIGHT_HIP, _K.RIGHT_KNEE),
    (_K.LEFT_KNEE, _K.LEFT_ANKLE),
    (_K.RIGHT_KNEE, _K.RIGHT_ANKLE),
    (_K.LEFT_SHOULDER, _K.RIGHT_SHOULDER),
    (_K.LEFT_HIP, _K.RIGHT_HIP),
)
_JOINTS: tuple[tuple[Keypoint, Keypoint, Keypoint], ...] = (
    (_K.LEFT_SHOULDER, _K.LEFT_ELBOW, _K.LEFT_WRIST),
    (_K.RIGHT_SHOULDER, _K.RIGHT_ELBOW, _K.RIGHT_WRIST),
    (_K.LEFT_HIP, _K.LEFT_SHOULDER, _K.LEFT_ELBOW),
    (_K.RIGHT_HIP, _K.RIGHT_SHOULDER, _K.RIGHT_ELBOW),
    (_K.LEFT_SHOULDER, _K.LEFT_HIP, _K.LEFT_KNEE),
    (_K.RIGHT_SHOULDER, _K.RIGHT_HIP, _K.RIGHT_KNEE),
    (_K.LEFT_HIP, _K.LEFT_KNEE, _K.LEFT_ANKLE),
    (_K.RIGHT_HIP, _K.RIGHT_KNEE, _K.RIGHT_ANKLE),
)
_DISTANCES: tuple[tuple[Keypoint, Keypoint], ...] = (
    (_K.LEFT_WRIST, _K.RIGHT_WRIST),
    (_K.LEFT_ELBOW, _K.RIGHT_ELBOW),
    (_K.LEFT_KNEE, _K.RIGHT_KNEE),
    (_K.LEFT_ANKLE, _K.RIGHT_ANKLE),
    (_K.LEFT_WRIST, _K.LEFT_SHOULDER),
    (_K.RIGHT_WRIST, _K.RIGHT_SHOULDER),
    (_K.LEFT_WRIST, _K.LEFT_HIP),
    (_K.RIGHT_WRIST, _K.RIGHT_HIP),
    (_K.LEFT_WRIST, _K.LEFT_KNEE),
    (_K.RIGHT_WRIST, _K.RIGHT_KNEE),
    (_K.LEFT_WRIST, _K.NOSE),
    (_K.RIGHT_WRIST, _K.NOSE),
    (_K.LEFT_ANKLE, _K.LEFT_HIP),
    (_K.RIGHT_ANKLE, _K.RIGHT_HIP),
    (_K.LEFT_KNEE, _K.LEFT_SHOULDER),
    (_K.RIGHT_KNEE, _K.RIGHT_SHOULDER),
    (_K.LEFT_ANKLE, _K.RIGHT_KNEE),
    (_K.RIGHT_ANKLE, _K.LEFT_KNEE),
    (_K.LEFT_ELBOW, _K.LEFT_HIP),
    (_K.RIGHT_ELBOW, _K.RIGHT_HIP),
)
_STARTS, _ENDS = [a for a, _ in _LIMBS], [b for _, b in _LIMBS]
_FROM, _TO = [a for a, _ in _DISTANCES], [b for _, b in _DISTANCES]
_DISTANCE_WEIGHT = 0.4
_LIMB_WEIGHT = 0.8
_TRUNK_WEIGHT = 2.0
_BODY = tuple(range(_K.LEFT_SHOULDER, _K.RIGHT_ANKLE + 1))
_MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def embed(keypoints: NDArray[np.float32], width: float, height: float) -> Embedding | None:
    """The embedding of one pose [17, 3] (y, x normalised, score); ``None`` when too little is seen.

    A limb that is hidden behind its partner, as one is from the side, takes its partner's place.
    """
    points = keypoints[:, 1::-1].astype(np.float64) * (width, height)
    seen = keypoints[:, 2] >= LEAST_SCORE
    if int(seen[list(_BODY)].sum()) < LEAST_SEEN:
        return None
    for index in _BODY:
        if not seen[index]:
            partner = _MIRROR[index]
            if not seen[partner]:
                return None
            points[index] = points[partner]
    shoulders = (points[_K.LEFT_SHOULDER] + points[_K.RIGHT_SHOULDER]) / 2
    hips = (points[_K.LEFT_HIP] + points[_K.RIGHT_HIP]) / 2
    torso = _scale(points, shoulders, hips)
    if not torso > 0:
        return None
    points = (points - hips) / torso
    trunk = (shoulders - hips) / torso
    head = points[_K.NOSE] - trunk if seen[_K.NOSE] else np.zeros(2)
    limbs = _LIMB_WEIGHT * (points[_ENDS] - points[_STARTS]).ravel()
    angles = _angles(points)
    distances = _DISTANCE_WEIGHT * np.linalg.norm(points[_FROM] - points[_TO], axis=1)
    ankles = (points[_K.LEFT_ANKLE] + points[_K.RIGHT_ANKLE]) / 2
    wrists = (points[_K.LEFT_WRIST] + points[_K.RIGHT_WRIST]) / 2
    rest = np.concatenate(
        [_TRUNK_WEIGHT * trunk, head, _LIMB_WEIGHT * ankles, _LIMB_WEIGHT * wrists]
    )
    return np.concatenate([limbs, angles, distances, rest]).astype(np.float32)


def mirrored(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same pose [17, 3] of the other side, as in a mirror."""
    other = keypoints[_MIRROR].copy()
    other[:, 1] = 1.0 - other[:, 1]
    return other


def sides_exchanged(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The pose [17, 3] with left and right confused, as networks do from the side."""
    return keypoints[_MIRROR].copy()


def _scale(
    points: NDArray[np.float64], shoulders: NDArray[np.float64], hips: NDArray[np.float64]
) -> float:
    """The torso's length, or what it must be where it points at the camera."""
    torso = math.dist(shoulders, hips)
    body = points[list(_BODY)]
    extent = float(np.linalg.norm(body.max(axis=0) - body.min(axis=0)))
    # A standing body spans about 2.9 torsos from shoulder to ankle, one with raised arms 4.2.
    return max(torso, extent / 4.5)


def _angles(points: NDArray[np.float64]) -> NDArray[np.float64]:
    start, vertex, end = (points[[joint[part] for joint in _JOINTS]] for part in range(3))
    first, second = start - vertex, end - vertex
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    dot = (first * second).sum(axis=1)
    # Foreshortened limbs have no trustworthy angle: short ones count for less.
    length = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1) + 0.02
    return 0.5 * np.concatenate([cross / length, dot / length])
