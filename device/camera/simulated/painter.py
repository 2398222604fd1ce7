"""Fills flat shapes of a room in perspective, cut off where they reach behind the camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Colour
from device.camera.simulated.skeleton import Vector
from device.camera.simulated.view import NEAREST_M, View

_SUBPIXEL_BITS = 4
_FARTHEST_PX = 60_000

Span = tuple[float, float]


class Painter:
    """Paints over ``picture``; later shapes hide earlier ones.

    Points are metres in the room: right, up and towards the camera from the middle of the floor.
    """

    def __init__(self, picture: Image, view: View, wall_z_m: float) -> None:
        self.picture = picture
        self.wall_z_m = wall_z_m
        # The room stands still before the camera; only a body turns.
        self._camera = View(
            0.0,
            view.width,
            view.height,
            view.distance_m,
            view.height_m,
            view.field_deg,
            view.tilt_deg,
            view.roll_deg,
        )

    @property
    def eye(self) -> Vector:
        """Where the camera is."""
        return self._camera.eye

    def polygon(self, points: list[tuple[float, float, float]], colour: Colour) -> None:
        """A flat shape with those corners."""
        seen = _before_the_camera(self._camera.from_camera(np.array(points)))
        if len(seen) < 3:
            return
        corners = np.clip(self._camera.on_picture(seen)[:, :2], -_FARTHEST_PX, _FARTHEST_PX)
        fixed = np.rint(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(self.picture, [fixed], colour, cv2.LINE_AA, _SUBPIXEL_BITS)

    def wall(self, x: Span, y: Span, colour: Colour, ahead_m: float = 0.0) -> None:
        """A rectangle flat on the far wall, or as far ahead of it."""
        (left, right), (low, high), z = x, y, self.wall_z_m + ahead_m
        self.polygon([(left, low, z), (right, low, z), (right, high, z), (left, high, z)], colour)

    def floor(self, x: Span, z: Span, colour: Colour, y: float = 0.0) -> None:
        """A rectangle lying level, on the floor or at a height."""
        (left, right), (back, front) = x, z
        self.polygon(
            [(left, y, back), (right, y, back), (right, y, front), (left, y, front)], colour
        )

    def side(self, x: float, y: Span, z: Span, colour: Colour) -> None:
        """A rectangle that runs towards the camera."""
        (low, high), (back, front) = y, z
        self.polygon([(x, low, back), (x, low, front), (x, high, front), (x, high, back)], colour)

    def box(self, x: Span, y: Span, z: Span, colour: Colour) -> None:
        """A box, of which the sides that face the camera are seen."""
        eye_x, eye_y, _ = self.eye
        if eye_y > y[1]:
            self.floor(x, z, shaded(colour, 1.12), y[1])
        if eye_x < x[0]:
            self.side(x[0], y, z, shaded(colour, 0.74))
        elif eye_x > x[1]:
            self.side(x[1], y, z, shaded(colour, 0.78))
        self.wall(x, y, colour, z[1] - self.wall_z_m)


def shaded(colour: Colour, light: float) -> Colour:
    """The colour in more or less light."""
    return rounded(np.array(colour) * light)


def rounded(colour: NDArray[np.float64]) -> Colour:
    """A colour of whole numbers within 0 to 255."""
    blue, green, red = (int(channel) for channel in np.clip(colour, 0, 255))
    return blue, green, red


def _before_the_camera(seen: Vector) -> Vector:
    """The part of a polygon [N, 3] far enough away (Sutherland and Hodgman 1974)."""
    kept: list[Vector] = []
    for index, point in enumerate(seen):
        before = seen[index - 1]
        if (point[2] >= NEAREST_M) != (before[2] >= NEAREST_M):
            share = (NEAREST_M - before[2]) / (point[2] - before[2])
            kept.append(before + (point - before) * share)
        if point[2] >= NEAREST_M:
            kept.append(point)
    return np.array(kept)
