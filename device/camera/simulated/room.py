"""The rooms in which the simulated patient is filmed: a plain one, and others by seed."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.conditions import Light
from device.camera.simulated.furniture import furnish
from device.camera.simulated.light import LIGHTING, glare_of
from device.camera.simulated.painter import Painter, rounded
from device.camera.simulated.view import View

_WALL_Z_M = -1.5
_WINDOW_BEHIND = ((-0.75, 0.75), (0.85, 2.3))
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class RoomPicture:
    """The empty room, ``picture`` [H, W, 3], and the veil of light from a window behind."""

    picture: Image
    glare: Image | None


def room_picture(
    random: np.random.Generator, view: View, light: Light = "normal", furnished: bool = False
) -> RoomPicture:
    """The room as ``view`` shows it, whatever its azimuth: the body turns, the room does not.

    ``random`` draws the plain room's colours, or with ``furnished`` a whole room. ``backlit`` puts
    a window behind the patient.
    """
    picture = np.empty((view.height, view.width, 3), np.uint8)
    painter = (furnish if furnished else _plain_room)(picture, view, random)
    lighting = LIGHTING[light]
    glare = None
    if light == "backlit":
        _frame_window(painter)
        np.copyto(picture, lighting.on_room(picture))
        painter.wall(*_WINDOW_BEHIND, _WHITE)
        window = np.zeros_like(picture)
        Painter(window, view, painter.wall_z_m).wall(*_WINDOW_BEHIND, _WHITE)
        glare = glare_of(window[..., 0], lighting.glare)
        return RoomPicture(_through_the_lens(picture), glare)
    return RoomPicture(lighting.on_room(_through_the_lens(picture)), glare)


def _plain_room(picture: Image, view: View, random: np.random.Generator) -> Painter:
    painter = Painter(picture, view, _WALL_Z_M)
    wall = random.uniform((178, 184, 186), (212, 220, 224))
    floor = random.uniform((80, 108, 138), (120, 150, 178))
    picture[:] = wall
    _floor(painter, floor, view.distance_m)
    painter.wall((-9.0, 9.0), (0.0, 0.09), (222, 226, 228))
    _window(painter, float(random.uniform(1.15, 1.45)))
    _picture_on_wall(painter, float(random.uniform(-2.1, -1.8)), random)
    _sideboard(painter)
    return painter


def _floor(painter: Painter, colour: NDArray[np.float64], front: float) -> None:
    random = np.random.default_rng(7)
    width_m = 0.18
    for index in range(-28, 28):
        board = colour * random.uniform(0.93, 1.05)
        left = index * width_m
        painter.floor((left, left + width_m), (_WALL_Z_M, front), rounded(board))
        painter.floor((left, left + 0.008), (_WALL_Z_M, front), rounded(board * 0.78))
    painter.floor((-1.15, 1.15), (-0.85, 0.75), (150, 158, 168))
    painter.floor((-1.08, 1.08), (-0.80, 0.70), (168, 175, 184))


def _window(painter: Painter, left: float) -> None:
    painter.wall((left - 0.06, left + 1.06), (0.95, 2.36), (236, 238, 240))
    for x in (left, left + 0.52):
        painter.wall((x, x + 0.48), (1.0, 2.3), (244, 232, 212))
        painter.wall((x, x + 0.48), (1.0, 1.32), (196, 212, 190))
    painter.wall((left - 0.26, left + 0.02), (0.3, 2.45), (158, 170, 186))
    painter.wall((left - 0.18, left - 0.14), (0.3, 2.45), (146, 158, 174))


def _frame_window(painter: Painter) -> None:
    (left, right), (low, high) = _WINDOW_BEHIND
    painter.wall((left - 0.07, right + 0.07), (low - 0.07, high + 0.07), (226, 228, 230))


def _picture_on_wall(painter: Painter, left: float, random: np.random.Generator) -> None:
    painter.wall((left, left + 0.72), (1.35, 1.9), (70, 88, 104))
    painter.wall((left + 0.04, left + 0.68), (1.39, 1.86), (214, 208, 196))
    for low in (1.39, 1.48, 1.57):
        colour = rounded(random.uniform((120, 130, 110), (190, 180, 170)))
        painter.wall((left + 0.04, left + 0.68), (low, low + 0.09), colour)


def _sideboard(painter: Painter) -> None:
    left, right, top, back, front = -2.75, -1.45, 0.72, _WALL_Z_M, _WALL_Z_M + 0.4
    painter.floor((left, right), (back, front), (98, 124, 152), top)
    painter.side(right, (0.06, top), (back, front), (58, 78, 100))
    painter.wall((left, right), (0.06, top), (76, 100, 126), 0.4)
    for x in (left + 0.45, left + 0.88):
        painter.wall((x, x + 0.012), (0.1, top - 0.04), (52, 70, 90), 0.4)


def _through_the_lens(picture: Image) -> Image:
    """Brighter towards the window, darker in the corners, out of the lens's focus."""
    height, width = picture.shape[:2]
    x, y = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
    light = (1.02 + 0.05 * x - 0.10 * (x**2 + y**2) / 2).astype(np.float32)
    blurred = cv2.GaussianBlur(picture, (0, 0), width / 640 * 1.1)
    lit = cv2.multiply(blurred, cv2.merge([light, light, light]), dtype=cv2.CV_32F)
    return np.clip(lit, 0, 255, out=lit).astype(np.uint8)
