"""The simulated patient's size and looks, chosen by a seed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[int, int, int]
"""Blue, green, red; 0 to 255."""

HairStyle = Literal["short", "long", "bun", "bald"]

_SKINS: tuple[Colour, ...] = (
    (165, 190, 228),
    (140, 172, 215),
    (105, 140, 190),
    (75, 102, 150),
    (58, 76, 112),
)
_HAIRS: tuple[Colour, ...] = (
    (205, 208, 210),
    (150, 152, 155),
    (70, 95, 130),
    (35, 45, 62),
    (30, 30, 34),
)
_SHIRTS: tuple[Colour, ...] = (
    (165, 95, 45),
    (60, 60, 175),
    (95, 140, 65),
    (70, 150, 205),
    (150, 75, 120),
    (225, 225, 222),
)
_TROUSERS: tuple[Colour, ...] = (
    (78, 54, 42),
    (58, 56, 56),
    (120, 85, 62),
    (95, 108, 118),
    (60, 80, 70),
)
_SHOES: tuple[Colour, ...] = ((48, 48, 54), (225, 225, 228), (60, 70, 110), (120, 100, 80))
_LEAST_CONTRAST = 60


@dataclass(frozen=True, slots=True)
class Body:
    """One person's size and looks.

    ``build`` scales widths, 1 is average; ``hips`` and ``shoulders`` widen the lower and the upper
    trunk against each other.
    """

    stature_m: float
    build: float
    hips: float
    shoulders: float
    skin: Colour
    hair: Colour
    hair_style: HairStyle
    shirt: Colour
    trousers: Colour
    shorts: bool
    shoes: Colour

    @classmethod
    def from_seed(cls, seed: int) -> "Body":
        """A body; the same seed gives the same body."""
        random = np.random.default_rng(seed)
        female = bool(random.random() < 0.5)
        styles: tuple[HairStyle, ...] = ("long", "bun", "short") if female else ("short", "bald")
        shirt = _chosen(random, _SHIRTS)
        trousers = _chosen(random, _TROUSERS)
        while _contrast(shirt, trousers) < _LEAST_CONTRAST:
            trousers = _chosen(random, _TROUSERS)
        return cls(
            stature_m=float(random.uniform(1.54, 1.72) if female else random.uniform(1.66, 1.87)),
            build=float(random.uniform(0.92, 1.16)),
            hips=1.05 if female else 0.96,
            shoulders=0.93 if female else 1.03,
            skin=_chosen(random, _SKINS),
            hair=_chosen(random, _HAIRS),
            hair_style=styles[int(random.integers(len(styles)))],
            shirt=shirt,
            trousers=trousers,
            shorts=bool(random.random() < 0.35),
            shoes=_chosen(random, _SHOES),
        )


def _chosen(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(random.integers(len(colours)))]


def _contrast(first: Colour, second: Colour) -> int:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True))
