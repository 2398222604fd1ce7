"""The simulated patient's head: skull, hair, ears and nose as solids, and the face on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.body import Body, Colour, HairStyle
from device.camera.simulated.mesh import SIDES_OF_RING, Ring, Solid, plain
from device.camera.simulated.skeleton import FACE, Skeleton, Vector

# Heights of a head's rings run downward from its centre, in statures.
_SKULL = (
    Ring(-0.066, 0.004, 0.006, -0.006),
    Ring(-0.063, 0.018, 0.026, -0.006),
    Ring(-0.054, 0.032, 0.043, -0.005),
    Ring(-0.040, 0.040, 0.053, -0.003),
    Ring(-0.022, 0.0435, 0.057, -0.001),
    Ring(-0.004, 0.0425, 0.056, 0.001),
    Ring(0.014, 0.040, 0.052, 0.004),
    Ring(0.030, 0.036, 0.046, 0.009),
    Ring(0.044, 0.030, 0.038, 0.014),
    Ring(0.056, 0.022, 0.026, 0.022),
    Ring(0.063, 0.013, 0.014, 0.029),
    Ring(0.066, 0.004, 0.004, 0.031),
)
_NOSE = (
    Ring(-0.006, 0.003, 0.003, 0.053),
    Ring(0.006, 0.006, 0.007, 0.056),
    Ring(0.014, 0.009, 0.009, 0.058),
    Ring(0.019, 0.007, 0.006, 0.056),
    Ring(0.021, 0.002, 0.002, 0.054),
)
_EAR = (
    Ring(-0.020, 0.002, 0.004),
    Ring(-0.014, 0.006, 0.011),
    Ring(0.000, 0.006, 0.012),
    Ring(0.012, 0.005, 0.008),
    Ring(0.018, 0.002, 0.003),
)
_BUN = (
    Ring(-0.052, 0.004, 0.004, -0.062),
    Ring(-0.044, 0.018, 0.017, -0.064),
    Ring(-0.030, 0.022, 0.021, -0.066),
    Ring(-0.014, 0.017, 0.016, -0.063),
    Ring(-0.006, 0.004, 0.004, -0.060),
)
_HAIR_THICKNESS = {"short": 1.07, "long": 1.12, "bun": 1.06, "bald": 1.04}
_LONG_HAIR = (
    Ring(0.030, 0.042, 0.050, 0.000),
    Ring(0.055, 0.044, 0.046, -0.010),
    Ring(0.080, 0.040, 0.036, -0.020),
    Ring(0.092, 0.026, 0.020, -0.026),
)
_EYE_WHITE: Colour = (232, 236, 238)
_IRIS: Colour = (48, 44, 42)
_CORNERS = 8
_FRAME: Colour = (40, 40, 46)
_RIM, _RIM_STRIPS, _RIM_AHEAD = (0.0125, 0.0152), 10, 0.012
"""Inner and outer radius of a glass's rim, and how far it stands before the eye; statures."""


def head_solids(body: Body) -> list[Solid]:
    """The head without what is drawn on the face."""
    left, up, forward = FACE["left_ear"]
    solids = [
        plain("head", _SKULL, body.skin),
        plain("head", _NOSE, _shade(body.skin, 0.97)),
        _hair(body),
    ]
    for aside in (left, -left):
        rings = [
            Ring(ring.along - up, ring.width, ring.depth, ring.ahead + forward, aside)
            for ring in _EAR
        ]
        solids.append(plain("head", rings, _shade(body.skin, 0.9)))
    if body.hair_style == "bun":
        solids.append(plain("head", _BUN, body.hair))
    return solids


def _hair(body: Body) -> Solid:
    thickness = _HAIR_THICKNESS[body.hair_style]
    rings: list[Ring] = [
        Ring(
            ring.along * (1.0 if ring.along > 0 else thickness),
            ring.width * thickness,
            ring.depth * thickness,
            ring.ahead - 0.002,
        )
        for ring in _SKULL
        if ring.along < 0.03
    ]
    if body.hair_style == "long":
        rings += _LONG_HAIR
    colours = np.full((len(rings) - 1, SIDES_OF_RING, 3), np.nan)
    for row, (upper, lower) in enumerate(pairwise(rings)):
        height = -(upper.along + lower.along) / 2
        for column in range(SIDES_OF_RING):
            # How far round from the front, 0 to 180 degrees.
            angle = 2 * np.pi * (column + 0.5) / SIDES_OF_RING
            if _is_hairy(body.hair_style, height, np.degrees(np.arccos(np.cos(angle)))):
                colours[row, column] = body.hair
    return Solid("head", rings, colours)


def _is_hairy(style: HairStyle, height: float, round_deg: float) -> bool:
    """Whether hair grows at a height (statures above the head's centre) and so far from the front.

    Above the forehead everywhere, beside the face to the temples, behind down to the nape.
    """
    if style == "bald":
        return round_deg > 85 and -0.02 < height < 0.03
    if height > 0.034:
        return True
    if height > 0.010:
        return round_deg > 62
    lowest = -0.1 if style == "long" else -0.032
    return round_deg > (88 if style == "long" else 112) and height > lowest


@dataclass(frozen=True, slots=True)
class Face:
    """Eyes, brows and mouth as flat shapes lying on the skull.

    ``outlines`` [K, corners, 3] left, up, forward of the head's centre in statures; ``colours``
    [K, 3].
    """

    outlines: NDArray[np.float64]
    colours: NDArray[np.float64]

    @classmethod
    def of(cls, body: Body) -> "Face":
        """The face of ``body``."""
        brow = body.hair if body.hair_style != "bald" else _shade(body.skin, 0.55)
        shapes: list[tuple[NDArray[np.float64], Colour]] = []
        for sign in (1.0, -1.0):
            left, up, _ = FACE["left_eye"]
            shapes.append((_oval(sign * left, up, 0.0118, 0.0066), _shade(body.skin, 0.72)))
            shapes.append((_oval(sign * left, up, 0.0098, 0.0050), _EYE_WHITE))
            shapes.append((_oval(sign * left, up, 0.0046, 0.0048), _IRIS))
            shapes.append((_oval(sign * left, up + 0.0125, 0.0125, 0.0026), _shade(brow, 0.7)))
        blue, green, red = body.skin
        lips = (int(blue * 0.62), int(green * 0.56), int(min(red * 0.86, 255)))
        shapes.append((_oval(0.0, -0.0335, 0.0150, 0.0046), lips))
        shapes.append((_oval(0.0, -0.0335, 0.0140, 0.0012), _shade(lips, 0.6)))
        if body.glasses:
            shapes += [(strip, _FRAME) for strip in _glasses()]
        return cls(
            np.stack([outline for outline, _ in shapes]),
            np.array([colour for _, colour in shapes], np.float64),
        )

    def vertices(self, skeleton: Skeleton, stature_m: float) -> Vector:
        """[K, corners, 3] metres in the body's axes."""
        return np.asarray(skeleton.joints["head"] + self.outlines @ (skeleton.head.T * stature_m))


def _oval(left: float, up: float, half_width: float, half_height: float) -> NDArray[np.float64]:
    # Counter-clockwise seen from in front, as the solids' faces are.
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    x = left + half_width * np.cos(angles)
    y = up + half_height * np.sin(angles)
    return np.stack([x, y, _surface(x, y)], axis=1)


def _glasses() -> list[NDArray[np.float64]]:
    """A pair of glasses as thin strips: two rims, a bridge and the arms to the ears."""
    angles = np.linspace(0.0, 2.0 * np.pi, _RIM_STRIPS + 1)
    eye, (ear, _, ear_ahead) = FACE["left_eye"], FACE["left_ear"]
    strips = []
    for sign in (1.0, -1.0):
        for first, second in pairwise(angles):
            rim = [
                (sign * eye[0] + radius * np.cos(angle), eye[1] + 0.8 * radius * np.sin(angle))
                for radius, angle in (
                    (_RIM[1], first), (_RIM[1], second), (_RIM[0], second), (_RIM[0], first),
                )
            ]  # fmt: skip
            x, y = np.array(rim).T
            strips.append(_strip(x, y, np.full(4, eye[2] + _RIM_AHEAD)))
        hinge, thick = eye[0] + _RIM[1], _RIM[1] - _RIM[0]
        # Outward, counter-clockwise: forward end first on the left side of the head.
        ends = np.array([hinge, hinge, ear + 0.003, ear + 0.003]) * sign
        heights = eye[1] + np.array([thick, -thick, -thick, thick])
        ahead = np.array([eye[2] + _RIM_AHEAD, eye[2] + _RIM_AHEAD, ear_ahead, ear_ahead])
        order = [1, 2, 3, 0] if sign > 0 else [0, 3, 2, 1]
        strips.append(_strip(ends[order], heights[order], ahead[order]))
    inner = eye[0] - _RIM[1]
    x = np.array([inner, -inner, -inner, inner]) * -1
    y = eye[1] + np.array([-1.0, -1.0, 1.0, 1.0]) * 0.002
    strips.append(_strip(x, y, np.full(4, eye[2] + _RIM_AHEAD + 0.006)))
    return strips


def _strip(
    x: NDArray[np.float64], y: NDArray[np.float64], ahead: NDArray[np.float64]
) -> NDArray[np.float64]:
    # Every outline of a face has as many corners: here each of the four twice.
    return np.repeat(np.stack([x, y, ahead], axis=1), _CORNERS // 4, axis=0)


def _surface(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far ahead of the head's centre the skull's front is."""
    rings: Sequence[Ring] = _SKULL
    along = [ring.along for ring in rings]
    width = np.interp(-y, along, [ring.width for ring in rings])
    depth = np.interp(-y, along, [ring.depth for ring in rings])
    ahead = np.interp(-y, along, [ring.ahead for ring in rings])
    across = np.clip(x / width, -0.98, 0.98)
    return np.asarray(ahead + depth * np.sqrt(1.0 - across**2) + 0.0008)


def _shade(colour: Colour, light: float) -> Colour:
    blue, green, red = (min(round(channel * light), 255) for channel in colour)
    return blue, green, red
