"""Rooms as homes have them, drawn by chance: walls, floor, window, curtains, shelves, lamps."""

from collections.abc import Callable

import numpy as np

from device.camera.frame import Image
from device.camera.simulated.body import Colour
from device.camera.simulated.painter import Painter, rounded, shaded
from device.camera.simulated.view import View

_WALLS: tuple[Colour, ...] = (
    (228, 232, 234),
    (196, 212, 222),
    (186, 204, 190),
    (212, 198, 178),
    (182, 186, 190),
    (164, 206, 222),
    (186, 186, 214),
    (150, 140, 122),
    (132, 160, 186),
)
_FLOORS: tuple[Colour, ...] = (
    (96, 128, 160),
    (62, 84, 112),
    (140, 168, 190),
    (110, 112, 116),
    (120, 108, 92),
    (92, 100, 140),
)
_WOODS: tuple[Colour, ...] = ((76, 100, 126), (48, 62, 84), (150, 180, 204), (222, 226, 228))
_CLOTHS: tuple[Colour, ...] = (
    (118, 96, 84),
    (92, 118, 96),
    (70, 84, 150),
    (150, 160, 170),
    (168, 140, 100),
)
_SKY: Colour = (244, 232, 212)
_SIDE_WALLS, _CEILING = (0.86, 0.93), 1.05
_BOOK_COLOURS = ((40, 40, 40), (200, 190, 200))


def furnish(picture: Image, view: View, random: np.random.Generator) -> Painter:
    """Draw a room all over ``picture``, as ``view`` shows it."""
    depth_m, half_m = float(random.uniform(1.15, 2.3)), float(random.uniform(2.0, 3.3))
    ceiling_m = float(random.uniform(2.35, 2.8))
    painter = Painter(picture, view, -depth_m)
    wall = _varied(random, _chosen(random, _WALLS), 8)
    picture[:] = wall
    _shell(painter, random, wall, (half_m, ceiling_m, view.distance_m))
    _floor(painter, random, half_m, view.distance_m)
    if random.random() < 0.55:
        _rug(painter, random)
    edges = np.linspace(-half_m, half_m, int(random.integers(4, 6)) + 1)
    pieces = list(_PIECES)
    random.shuffle(pieces)
    for piece, left, right in zip(pieces, edges[:-1], edges[1:], strict=False):
        piece(painter, random, float(left) + 0.06, float(right) - 0.06)
    return painter


def _shell(
    painter: Painter, random: np.random.Generator, wall: Colour, size_m: tuple[float, float, float]
) -> None:
    half_m, ceiling_m, front = size_m
    back = painter.wall_z_m
    painter.floor((-half_m, half_m), (back, front), shaded((224, 226, 228), _CEILING), ceiling_m)
    for x, light in zip((-half_m, half_m), _SIDE_WALLS, strict=True):
        painter.side(x, (0.0, ceiling_m), (back, front), shaded(wall, light))
    if random.random() < 0.2:
        stripe = shaded(wall, float(random.uniform(0.88, 0.95)))
        for left in np.arange(-half_m, half_m, 0.3):
            painter.wall((left, min(left + 0.15, half_m)), (0.0, ceiling_m), stripe)
    elif random.random() < 0.25:
        panel = shaded(wall, float(random.uniform(0.75, 0.9)))
        painter.wall((-half_m, half_m), (0.0, 0.95), panel)
    skirting = _chosen(random, ((222, 226, 228), shaded(wall, 0.7), (60, 80, 104)))
    painter.wall((-half_m, half_m), (0.0, 0.09), skirting)
    for x in (-half_m, half_m):
        painter.side(x, (0.0, 0.09), (back, front), shaded(skirting, 0.9))


def _floor(painter: Painter, random: np.random.Generator, half_m: float, front: float) -> None:
    colour = _varied(random, _chosen(random, _FLOORS), 10)
    back = painter.wall_z_m
    painter.floor((-half_m, half_m), (back, front), colour)
    kind = random.choice(["boards", "carpet", "tiles"])
    if kind == "boards":
        for left in np.arange(-half_m, half_m, 0.16):
            board = shaded(colour, float(random.uniform(0.93, 1.05)))
            painter.floor((left, min(left + 0.155, half_m)), (back, front), board)
    elif kind == "tiles":
        joint = shaded(colour, 0.82)
        for left in np.arange(-half_m, half_m, 0.4):
            painter.floor((left, left + 0.012), (back, front), joint)
        for near in np.arange(back, front, 0.4):
            painter.floor((-half_m, half_m), (near, near + 0.012), joint)


def _rug(painter: Painter, random: np.random.Generator) -> None:
    colour = _varied(random, _chosen(random, _CLOTHS), 20)
    half, back, front = random.uniform(0.8, 1.4), random.uniform(-1.0, -0.6), random.uniform(0.5, 1)
    painter.floor((-half, half), (back, front), colour)
    inner = shaded(colour, float(random.uniform(1.1, 1.4)))
    painter.floor((-half + 0.1, half - 0.1), (back + 0.1, front - 0.1), inner)


def _window(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    right = min(right, left + 1.3)
    low, high = float(random.uniform(0.75, 1.05)), float(random.uniform(2.0, 2.3))
    painter.wall((left, right), (low, high), (236, 238, 240))
    middle = (left + right) / 2
    garden = _varied(random, (150, 186, 160), 30)
    for pane in ((left + 0.06, middle - 0.03), (middle + 0.03, right - 0.06)):
        painter.wall(pane, (low + 0.06, high - 0.06), _SKY)
        painter.wall(pane, (low + 0.06, low + 0.4), garden)
    if random.random() < 0.75:
        cloth, width = _varied(random, _chosen(random, _CLOTHS), 30), (right - left) * 0.24
        hem = 0.06 if random.random() < 0.6 else low - 0.12
        for start in (left - 0.05, right + 0.05 - width):
            for fold, x in enumerate(np.linspace(start, start + width, 6)[:-1]):
                tone = shaded(cloth, 1.0 if fold % 2 else 0.86)
                painter.wall((x, x + width / 5), (hem, high + 0.1), tone, 0.05)
    elif random.random() < 0.6:
        painter.box((left, right), (0.12, 0.62), (painter.wall_z_m, painter.wall_z_m + 0.1),
                    (226, 228, 230))  # fmt: skip


def _bookshelf(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    right = min(right, left + 1.0)
    wood, top = _chosen(random, _WOODS), float(random.uniform(1.3, 2.1))
    painter.box((left, right), (0.0, top), (painter.wall_z_m, painter.wall_z_m + 0.3), wood)
    boards = np.arange(0.08, top - 0.2, 0.33)
    for low in boards:
        painter.wall((left + 0.03, right - 0.03), (low, low + 0.29), shaded(wood, 0.5), 0.3)
        x = left + 0.04
        while x < right - 0.1:
            thick = float(random.uniform(0.02, 0.06))
            if random.random() < 0.88:
                colour = rounded(random.uniform(*_BOOK_COLOURS))
                painter.wall((x, x + thick), (low, low + random.uniform(0.17, 0.27)), colour, 0.3)
            x += thick + 0.004


def _sideboard(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    wood, top, back = _chosen(random, _WOODS), float(random.uniform(0.6, 0.9)), painter.wall_z_m
    painter.box((left, right), (0.06, top), (back, back + 0.4), wood)
    for x in np.linspace(left, right, 4)[1:-1]:
        painter.wall((x, x + 0.012), (0.1, top - 0.04), shaded(wood, 0.65), 0.4)
    middle = (left + right) / 2
    if random.random() < 0.4:
        painter.wall((left + 0.1, right - 0.1), (top + 0.05, top + 0.6), (38, 36, 36), 0.2)
        painter.wall((left + 0.12, right - 0.12), (top + 0.07, top + 0.58), (66, 60, 56), 0.2)
    elif random.random() < 0.6:
        painter.wall((middle - 0.02, middle + 0.02), (top, top + 0.22), (90, 110, 130), 0.2)
        _shade_of_lamp(painter, random, middle, top + 0.2)
    else:
        painter.wall((middle - 0.08, middle + 0.08), (top, top + 0.16), (90, 110, 170), 0.2)
        _leaves(painter, random, middle, top + 0.14)


def _pictures(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    for _ in range(int(random.integers(1, 3))):
        width, height = random.uniform(0.3, 0.7), random.uniform(0.3, 0.6)
        x = random.uniform(left, max(right - width, left + 0.01))
        y = random.uniform(1.2, 1.6)
        painter.wall((x, x + width), (y, y + height), _chosen(random, _WOODS))
        painter.wall((x + 0.03, x + width - 0.03), (y + 0.03, y + height - 0.03), (214, 212, 206))
        for low in np.linspace(y + 0.05, y + height - 0.14, 4):
            colour = rounded(random.uniform((90, 90, 80), (210, 200, 200)))
            painter.wall((x + 0.06, x + width - 0.06), (low, low + 0.07), colour)


def _door(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    middle = (left + right) / 2
    colour = _chosen(random, ((226, 228, 230), (84, 110, 138), (150, 176, 196)))
    painter.wall((middle - 0.5, middle + 0.5), (0.0, 2.08), shaded(colour, 0.9))
    painter.wall((middle - 0.43, middle + 0.43), (0.0, 2.01), colour)
    for low, high in ((0.2, 0.95), (1.15, 1.85)):
        painter.wall((middle - 0.3, middle + 0.3), (low, high), shaded(colour, 0.93))
    painter.wall((middle + 0.32, middle + 0.4), (1.0, 1.03), (60, 70, 76), 0.04)


def _floor_lamp(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    x = random.uniform(left + 0.2, right - 0.2)
    painter.floor((x - 0.14, x + 0.14), (painter.wall_z_m + 0.1, painter.wall_z_m + 0.38),
                  (70, 74, 78), 0.02)  # fmt: skip
    painter.wall((x - 0.014, x + 0.014), (0.0, 1.5), (70, 74, 78), 0.24)
    _shade_of_lamp(painter, random, float(x), 1.42)


def _armchair(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    right = min(right, left + random.uniform(0.9, 1.6))
    cloth, back = _varied(random, _chosen(random, _CLOTHS), 25), painter.wall_z_m + 0.1
    painter.box((left, right), (0.08, 0.95), (back, back + 0.25), cloth)
    painter.box((left, right), (0.08, 0.44), (back, back + 0.8), shaded(cloth, 1.1))
    for arm in ((left, left + 0.16), (right - 0.16, right)):
        painter.box(arm, (0.08, 0.62), (back, back + 0.82), shaded(cloth, 0.92))


def _plant(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    x, back = float(random.uniform(left + 0.2, right - 0.2)), painter.wall_z_m + 0.1
    painter.box((x - 0.15, x + 0.15), (0.0, 0.3), (back, back + 0.3), (92, 120, 176))
    _leaves(painter, random, x, 0.3, 2.4)


def _shade_of_lamp(painter: Painter, random: np.random.Generator, x: float, low: float) -> None:
    z = painter.wall_z_m + 0.24
    colour = _varied(random, (190, 224, 240), 14)
    high = low + 0.26
    painter.polygon(
        [(x - 0.2, low, z), (x + 0.2, low, z), (x + 0.12, high, z), (x - 0.12, high, z)], colour
    )


def _leaves(
    painter: Painter, random: np.random.Generator, x: float, low: float, size: float = 1.0
) -> None:
    z = painter.wall_z_m + 0.25
    for _ in range(9):
        lean, tall = random.uniform(-0.2, 0.2) * size, random.uniform(0.12, 0.36) * size
        green = _varied(random, (64, 120, 72), 22)
        half = 0.03 * size
        painter.polygon(
            [(x, low, z), (x + lean / 2 + half, low + tall / 2, z), (x + lean, low + tall, z),
             (x + lean / 2 - half, low + tall / 2, z)],
            green,
        )  # fmt: skip


def _nothing(painter: Painter, random: np.random.Generator, left: float, right: float) -> None:
    """A bare stretch of wall."""


_PIECES: tuple[Callable[[Painter, np.random.Generator, float, float], None], ...] = (
    _window, _bookshelf, _sideboard, _pictures, _door, _floor_lamp, _armchair, _plant, _nothing,
)  # fmt: skip


def _chosen(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(random.integers(len(colours)))]


def _varied(random: np.random.Generator, colour: Colour, by: float) -> Colour:
    return rounded(np.array(colour) + random.uniform(-by, by, 3))
