"""A body's points in the plane of a measure: what every measure is computed from.

The camera is seldom square to that plane. Seen from an angle, what is level in the plane looks
shorter by the cosine of that angle; drawing the picture that much wider undoes it, as long as the
limbs keep to their plane.
"""

import math
from dataclasses import dataclass

from device.coaching.body_frame import BodyFrame, BodySide, Point
from device.pose.pose import Keypoint
from models.exercises.definition import LYING, Position

PLAIN_WITHIN_DEG = 20.0
"""Up to this obliqueness nothing is corrected: the correction would err more than it mends."""
CORRECTED_WITHIN_DEG = 45.0
"""Beyond this obliqueness an angle is not measured."""

_UPRIGHT_DOWN = 0.7
"""A trunk with a larger vertical share than this is upright (45 degrees)."""


@dataclass(frozen=True, slots=True)
class BodyInPlane:
    """``points`` are the body's, drawn wider by what the camera's angle has narrowed them.

    ``down`` is a unit vector along the trunk towards the hips. ``forward`` is 1 when the front of
    the body is where the picture's right is for somebody who stands, -1 when it is on the other
    side of the trunk, 0 when unknown.
    """

    body: BodyFrame
    points: list[Point]
    down: Point
    forward: int

    def signed_deg(self, start: Keypoint, end: Keypoint) -> float:
        """From down along the trunk to the segment, -180 to 180; positive towards the picture's
        right for somebody who stands."""
        return signed_angle_deg(self.down, self.points[start], self.points[end])

    def length_px(self, start: Keypoint, end: Keypoint) -> float:
        """From one keypoint to another."""
        return math.dist(self.points[start], self.points[end])

    def left_sign(self, left: Keypoint, right: Keypoint) -> float:
        """1 when the person's left is on the right of the picture, as it is from the front."""
        return math.copysign(1.0, self.points[left][0] - self.points[right][0])


def in_plane(body: BodyFrame, obliqueness_deg: float | None, position: Position) -> BodyInPlane:
    """The body with its horizontal lengths as they would be seen square to the plane."""
    upright = abs(body.down[1]) > _UPRIGHT_DOWN
    off_deg = obliqueness_deg if upright and obliqueness_deg is not None else 0.0
    points, down = body.points, body.down
    if off_deg > PLAIN_WITHIN_DEG:
        wider = 1.0 / math.cos(math.radians(min(off_deg, CORRECTED_WITHIN_DEG)))
        points = [(x * wider, y) for x, y in points]
        length = math.hypot(down[0] * wider, down[1])
        down = (down[0] * wider / length, down[1] / length)
    return BodyInPlane(body, points, down, _forward(body, down, position))


def _forward(body: BodyFrame, down: Point, position: Position) -> int:
    if position not in LYING or abs(down[1]) > _UPRIGHT_DOWN:
        return body.facing
    # Lying, the head is seldom seen well, but where the front is follows from how one lies.
    front_is_up = position == "supine"
    return 1 if (down[0] > 0) == front_is_up else -1


def angle_between_deg(first: Point, vertex: Point, second: Point) -> float:
    """The angle at ``vertex``, 0 to 180."""
    x1, y1 = first[0] - vertex[0], first[1] - vertex[1]
    x2, y2 = second[0] - vertex[0], second[1] - vertex[1]
    return abs(math.degrees(math.atan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2)))


def signed_angle_deg(down: Point, start: Point, end: Point) -> float:
    """From ``down`` to the segment, -180 to 180; for a ``down`` that is straight down positive
    towards the right of the picture."""
    x, y = end[0] - start[0], end[1] - start[1]
    return math.degrees(math.atan2(down[1] * x - down[0] * y, down[0] * x + down[1] * y))


def forward_angle_deg(signed_deg: float) -> float:
    """The same angle in -90 to 270: a limb goes forward, overhead and a little beyond."""
    return signed_deg + 360.0 if signed_deg < -90.0 else signed_deg


def arc_sine_deg(sine: float) -> float:
    """-90 to 90; what noise put beyond 1 is 90."""
    return math.degrees(math.asin(max(-1.0, min(sine, 1.0))))


def arc_cosine_deg(cosine: float) -> float:
    """0 to 180; what noise put beyond 1 is 0."""
    return math.degrees(math.acos(max(-1.0, min(cosine, 1.0))))


def sign_of(side: BodySide) -> float:
    """1 for the left side, -1 for the right."""
    return 1.0 if side == "left" else -1.0
