"""The square of the picture in which the person is looked for next.

After MoveNet's published crop algorithm (TensorFlow Hub, MoveNet tutorial, 2021): where the torso
was seen, a square round the hips, so large that all seen keypoints lie well inside; otherwise the
whole picture.
"""

from dataclasses import dataclass

from device.pose.pose import Keypoint

# The published 0.2 left a small person in the whole picture for good in 3 of 150 places tried, as
# the int8 network's scores are coarse (0.16, 0.20, 0.25); this never did.
_TORSO_SCORE = 0.15
_BODY_SCORE = 0.2
_TORSO_EXPANSION = 1.9
_BODY_EXPANSION = 1.2
_TORSO = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)
_SMALLEST_HALF_PX = 8


@dataclass(frozen=True, slots=True)
class Region:
    """A square in pixels of the picture; it may reach over the picture's border."""

    left: float
    top: float
    size: float


def whole_picture(width: int, height: int) -> Region:
    """The smallest square round the whole picture."""
    size = float(max(width, height))
    return Region((width - size) / 2, (height - size) / 2, size)


def next_region(rows: list[list[float]], width: int, height: int) -> Region:
    """Where to look next, after keypoints ``rows`` of [y, x, score] normalised to the picture."""
    if not _torso_seen(rows):
        return whole_picture(width, height)
    left_hip, right_hip = rows[Keypoint.LEFT_HIP], rows[Keypoint.RIGHT_HIP]
    centre_x = min(max((left_hip[1] + right_hip[1]) / 2, 0.0), 1.0) * width
    centre_y = min(max((left_hip[0] + right_hip[0]) / 2, 0.0), 1.0) * height
    torso = body = 0.0
    for index, (y, x, score) in enumerate(rows):
        far = max(abs(x * width - centre_x), abs(y * height - centre_y))
        if index in _TORSO and far > torso:
            torso = far
        if score > _BODY_SCORE and far > body:
            body = far
    half = max(_TORSO_EXPANSION * torso, _BODY_EXPANSION * body)
    border = max(centre_x, width - centre_x, centre_y, height - centre_y)
    half = min(half, border)
    if half < _SMALLEST_HALF_PX or half > max(width, height) / 2:
        return whole_picture(width, height)
    return Region(centre_x - half, centre_y - half, 2 * half)


def _torso_seen(rows: list[list[float]]) -> bool:
    def seen(index: Keypoint) -> bool:
        return rows[index][2] > _TORSO_SCORE

    return (seen(Keypoint.LEFT_HIP) or seen(Keypoint.RIGHT_HIP)) and (
        seen(Keypoint.LEFT_SHOULDER) or seen(Keypoint.RIGHT_SHOULDER)
    )
