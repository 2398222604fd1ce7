"""The room behind the simulated patient, and the chair."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body, Colour
from device.camera.simulated.skeleton import ANKLE_HEIGHT, SHANK, Vector
from device.camera.simulated.view import View

_WALL_Z_M = -1.5
_HALF_ROOM_M = 3.2
_CEILING_M = 2.7
_SUBPIXEL_BITS = 4

_HALF_SEAT_M, _SEAT_THICKNESS_M, _LEG_M = 0.23, 0.05, 0.04
_HALF_THIGH_THICKNESS = 0.042
_CHAIR: Colour = (78, 98, 122)
_CUSHION: Colour = (112, 98, 84)
_PATCH_M = 0.08


def room_picture(random: np.random.Generator, view: View) -> Image:
    """The room as ``view`` shows it, whatever its azimuth: the body turns, the room does not."""
    camera = View(0.0, view.width, view.height, view.distance_m, view.height_m, view.field_deg)
    picture = np.empty((view.height, view.width, 3), np.uint8)
    wall = random.uniform((178, 184, 186), (212, 220, 224))
    floor = random.uniform((80, 108, 138), (120, 150, 178))
    picture[:] = wall
    painter = _Painter(picture, camera)
    _floor(painter, floor)
    painter.wall((-9.0, 9.0), (0.0, 0.09), (222, 226, 228))
    _window(painter, float(random.uniform(1.15, 1.45)))
    _picture_on_wall(painter, float(random.uniform(-2.1, -1.8)), random)
    _sideboard(painter)
    return _lit(picture)


class _Painter:
    """Fills flat shapes of the room in perspective."""

    def __init__(self, picture: Image, camera: View) -> None:
        self.picture = picture
        self._camera = camera

    def polygon(self, points: list[tuple[float, float, float]], colour: Colour) -> None:
        corners = self._camera.project(np.array(points))[:, :2] * (1 << _SUBPIXEL_BITS)
        cv2.fillPoly(
            self.picture, [np.rint(corners).astype(np.int32)], colour, cv2.LINE_AA, _SUBPIXEL_BITS
        )

    def wall(self, x: tuple[float, float], y: tuple[float, float], colour: Colour) -> None:
        """A rectangle flat on the wall."""
        (left, right), (low, high), z = x, y, _WALL_Z_M
        self.polygon([(left, low, z), (right, low, z), (right, high, z), (left, high, z)], colour)

    def floor(self, x: tuple[float, float], z: tuple[float, float], colour: Colour) -> None:
        """A rectangle flat on the floor."""
        (left, right), (back, front) = x, z
        self.polygon(
            [(left, 0, back), (right, 0, back), (right, 0, front), (left, 0, front)], colour
        )


def _floor(painter: _Painter, colour: NDArray[np.float64]) -> None:
    random = np.random.default_rng(7)
    width_m, front = 0.18, 1.6
    for index in range(-28, 28):
        board = colour * random.uniform(0.93, 1.05)
        left = index * width_m
        painter.floor((left, left + width_m), (_WALL_Z_M, front), _rounded(board))
        painter.floor((left, left + 0.008), (_WALL_Z_M, front), _rounded(board * 0.78))
    painter.floor((-1.15, 1.15), (-0.85, 0.75), (150, 158, 168))
    painter.floor((-1.08, 1.08), (-0.80, 0.70), (168, 175, 184))


def _window(painter: _Painter, left: float) -> None:
    painter.wall((left - 0.06, left + 1.06), (0.95, 2.36), (236, 238, 240))
    for x in (left, left + 0.52):
        painter.wall((x, x + 0.48), (1.0, 2.3), (244, 232, 212))
        painter.wall((x, x + 0.48), (1.0, 1.32), (196, 212, 190))
    painter.wall((left - 0.26, left + 0.02), (0.3, 2.45), (158, 170, 186))
    painter.wall((left - 0.18, left - 0.14), (0.3, 2.45), (146, 158, 174))


def _picture_on_wall(painter: _Painter, left: float, random: np.random.Generator) -> None:
    painter.wall((left, left + 0.72), (1.35, 1.9), (70, 88, 104))
    painter.wall((left + 0.04, left + 0.68), (1.39, 1.86), (214, 208, 196))
    for low in (1.39, 1.48, 1.57):
        colour = _rounded(random.uniform((120, 130, 110), (190, 180, 170)))
        painter.wall((left + 0.04, left + 0.68), (low, low + 0.09), colour)


def _sideboard(painter: _Painter) -> None:
    left, right, top, front = -2.75, -1.45, 0.72, _WALL_Z_M + 0.4
    painter.polygon(
        [(left, top, _WALL_Z_M), (right, top, _WALL_Z_M), (right, top, front), (left, top, front)],
        (98, 124, 152),
    )
    painter.polygon(
        [
            (right, 0.06, _WALL_Z_M),
            (right, 0.06, front),
            (right, top, front),
            (right, top, _WALL_Z_M),
        ],
        (58, 78, 100),
    )
    painter.polygon(
        [(left, 0.06, front), (right, 0.06, front), (right, top, front), (left, top, front)],
        (76, 100, 126),
    )
    for x in (left + 0.45, left + 0.88):
        painter.polygon(
            [
                (x, 0.1, front),
                (x + 0.012, 0.1, front),
                (x + 0.012, top - 0.04, front),
                (x, top - 0.04, front),
            ],
            (52, 70, 90),
        )


def _lit(picture: Image) -> Image:
    """Brighter towards the window, darker in the corners, out of the lens's focus."""
    height, width = picture.shape[:2]
    x, y = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
    light = 1.02 + 0.05 * x - 0.10 * (x**2 + y**2) / 2
    blurred = cv2.GaussianBlur(picture, (0, 0), width / 640 * 1.1)
    return np.clip(blurred * light[..., None], 0, 255).astype(np.uint8)


def chair_faces(body: Body, hips_z_m: float) -> tuple[Vector, NDArray[np.float64]]:
    """Patches of a chair on which the hips rest: corners [Q, 4, 3] in metres, colours [Q, 3].

    Small patches, so that drawing far ones first hides what the body hides.
    """
    seat = (SHANK + ANKLE_HEIGHT - _HALF_THIGH_THICKNESS * body.build) * body.stature_m
    back, front = hips_z_m - 0.20, hips_z_m + 0.24
    half, leg = _HALF_SEAT_M, _LEG_M
    boxes: list[tuple[tuple[float, float, float], tuple[float, float, float], Colour]] = [
        ((-half, seat - _SEAT_THICKNESS_M, back), (half, seat, front), _CUSHION),
        ((-half, seat + 0.22, back - 0.03), (half, seat + 0.44, back), _CHAIR),
    ]
    for x in (-half, half - leg):
        boxes.append(((x, 0.0, front - leg), (x + leg, seat - _SEAT_THICKNESS_M, front), _CHAIR))
        boxes.append(((x, 0.0, back - leg), (x + leg, seat + 0.44, back), _CHAIR))
    patches = [_box(low, high) for low, high, _ in boxes]
    colours = [
        np.tile(np.array(colour, np.float64), (len(patch), 1))
        for patch, (_, _, colour) in zip(patches, boxes, strict=True)
    ]
    return np.concatenate(patches), np.concatenate(colours)


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Vector:
    """The six sides of a box, outside seen counter-clockwise, cut into patches [Q, 4, 3]."""
    patches = []
    for axis in range(3):
        across, up = (axis + 1) % 3, (axis + 2) % 3
        first = _steps(low[across], high[across])
        second = _steps(low[up], high[up])
        for at, outward in ((low[axis], False), (high[axis], True)):
            for a, b in pairwise(first):
                for c, d in pairwise(second):
                    corners = np.empty((4, 3))
                    corners[:, axis] = at
                    corners[:, across] = (a, b, b, a)
                    corners[:, up] = (c, c, d, d)
                    patches.append(corners if outward else corners[::-1])
    return np.array(patches)


def _steps(low: float, high: float) -> NDArray[np.float64]:
    return np.linspace(low, high, max(round((high - low) / _PATCH_M), 1) + 1)


def _rounded(colour: NDArray[np.float64]) -> Colour:
    blue, green, red = (int(channel) for channel in np.clip(colour, 0, 255))
    return blue, green, red
