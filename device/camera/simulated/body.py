"""The simulated patient's size and looks, chosen by a seed."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Colour = tuple[int, int, int]
"""Blue, green, red; 0 to 255."""

HairStyle = Literal["short", "long", "bun", "bald"]
LegWear = Literal["trousers", "shorts", "skirt"]

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

PLAIN_BODIES = range(1, 4)
"""Seeds of the demo's bodies: plainly dressed, of middling size. Measured figures rest on them."""

# From the 1st percentile of women to the 99th of men over 65, and build from lean to obese.
_STATURE_FEMALE_M, _STATURE_MALE_M = (1.45, 1.76), (1.56, 1.95)
_BUILD = (0.85, 1.35)
_MORE_SKINS: tuple[Colour, ...] = (*_SKINS, (172, 200, 236), (118, 152, 200), (88, 118, 168),
                                   (44, 58, 88))  # fmt: skip
_MORE_HAIRS: tuple[Colour, ...] = (*_HAIRS, (226, 228, 230), (182, 186, 190), (96, 132, 176),
                                   (40, 62, 104))  # fmt: skip
_MORE_SHIRTS: tuple[Colour, ...] = (*_SHIRTS, (40, 40, 44), (190, 180, 90), (110, 180, 225),
                                    (190, 190, 225), (130, 135, 140), (90, 60, 40))  # fmt: skip
_MORE_TROUSERS: tuple[Colour, ...] = (*_TROUSERS, (36, 36, 38), (130, 150, 170), (150, 152, 155),
                                      (110, 60, 40), (70, 60, 110))  # fmt: skip
_MORE_SHOES: tuple[Colour, ...] = (*_SHOES, (34, 34, 36), (90, 60, 150), (190, 150, 90))


@dataclass(frozen=True, slots=True)
class Body:
    """One person's size and looks.

    ``build`` scales widths, 1 is average; ``hips`` and ``shoulders`` widen the lower and the upper
    trunk against each other; ``looseness`` widens the clothes, 1 lies close. ``striped`` shirts
    have a second colour. A ``walking_stick`` is held where a standing patient has a hand free.
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
    legs: LegWear
    shoes: Colour
    long_sleeves: bool = False
    striped: bool = False
    looseness: float = 1.0
    glasses: bool = False
    walking_stick: bool = False

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
        plain = cls(
            stature_m=float(random.uniform(1.54, 1.72) if female else random.uniform(1.66, 1.87)),
            build=float(random.uniform(0.92, 1.16)),
            hips=1.05 if female else 0.96,
            shoulders=0.93 if female else 1.03,
            skin=_chosen(random, _SKINS),
            hair=_chosen(random, _HAIRS),
            hair_style=styles[int(random.integers(len(styles)))],
            shirt=shirt,
            trousers=trousers,
            legs="shorts" if random.random() < 0.35 else "trousers",
            shoes=_chosen(random, _SHOES),
        )
        return plain if seed in PLAIN_BODIES else _more_varied(plain, female, random)


def _more_varied(body: Body, female: bool, random: np.random.Generator) -> Body:
    """Another body, of any size and in any clothes."""
    shirt, trousers = _chosen(random, _MORE_SHIRTS), _chosen(random, _MORE_TROUSERS)
    while _contrast(shirt, trousers) < _LEAST_CONTRAST:
        trousers = _chosen(random, _MORE_TROUSERS)
    worn = random.random()
    legs: LegWear = "shorts" if worn < 0.25 else "trousers"
    if female and worn > 0.7:
        legs = "skirt"
    return replace(
        body,
        stature_m=float(random.uniform(*(_STATURE_FEMALE_M if female else _STATURE_MALE_M))),
        build=float(random.uniform(*_BUILD)),
        hips=body.hips * float(random.uniform(0.95, 1.08)),
        shoulders=body.shoulders * float(random.uniform(0.95, 1.06)),
        skin=_chosen(random, _MORE_SKINS),
        hair=_chosen(random, _MORE_HAIRS),
        shirt=shirt,
        trousers=trousers,
        legs=legs,
        shoes=_chosen(random, _MORE_SHOES),
        long_sleeves=bool(random.random() < 0.45),
        striped=bool(random.random() < 0.2),
        looseness=float(random.choice([1.0, random.uniform(1.0, 1.25)])),
        glasses=bool(random.random() < 0.45),
        walking_stick=bool(random.random() < 0.25),
    )


def _chosen(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(random.integers(len(colours)))]


def _contrast(first: Colour, second: Colour) -> int:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True))
