"""The shape of the simulated patient: trunk, limbs, clothes, hands and shoes as solids.

Half widths as fractions of stature, from the mean girths of NASA's Anthropometric Source Book
(1978) read as ellipses, a little widened where clothes are loose.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.body import Body, Colour
from device.camera.simulated.head import head_solids
from device.camera.simulated.mesh import SIDES_OF_RING, Mesh, Ring, Solid, painted, plain
from device.camera.simulated.skeleton import SIDES

_SOLE: Colour = (60, 62, 66)
_WHITE_SOLE: Colour = (205, 208, 210)
_STRIPE = 0.72
_LIGHT_STRIPE: Colour = (205, 206, 208)

_CHEST = (
    Ring(-0.17, 0.033, 0.035, -0.006),
    Ring(-0.135, 0.046, 0.038, -0.007),
    Ring(-0.10, 0.070, 0.041, -0.007),
    Ring(-0.06, 0.090, 0.045, -0.006),
    Ring(-0.01, 0.098, 0.051, -0.004),
    Ring(0.05, 0.098, 0.057, -0.001),
    Ring(0.12, 0.096, 0.062, 0.002),
    Ring(0.22, 0.093, 0.066, 0.004),
    Ring(0.38, 0.088, 0.065, 0.005),
    Ring(0.55, 0.082, 0.061, 0.004),
    Ring(0.68, 0.081, 0.061, 0.002),
    Ring(0.80, 0.087, 0.066, -0.003),
    Ring(0.90, 0.093, 0.070, -0.006),
)
_PELVIS = (
    Ring(0.86, 0.086, 0.064, -0.005),
    Ring(0.92, 0.091, 0.069, -0.008),
    Ring(1.00, 0.095, 0.072, -0.011),
    Ring(1.10, 0.092, 0.068, -0.011),
    Ring(1.19, 0.074, 0.056, -0.008),
    Ring(1.26, 0.034, 0.034, -0.004),
)
_NECK = (Ring(-0.05, 0.034, 0.035, -0.004), Ring(0.5, 0.032, 0.034, 0.0), Ring(1.2, 0.036, 0.037))
_THIGH = (
    Ring(-0.14, 0.026, 0.030),
    Ring(-0.06, 0.044, 0.052),
    Ring(0.06, 0.049, 0.057),
    Ring(0.25, 0.047, 0.052),
    Ring(0.50, 0.041, 0.045),
    Ring(0.75, 0.035, 0.038),
    Ring(0.95, 0.031, 0.034),
    Ring(1.04, 0.026, 0.030),
    Ring(1.09, 0.015, 0.018),
)
_SKIRTED_THIGH = (
    Ring(-0.14, 0.026, 0.030),
    Ring(-0.06, 0.048, 0.055),
    Ring(0.10, 0.052, 0.060),
    Ring(0.40, 0.053, 0.056),
    Ring(0.75, 0.054, 0.052),
    Ring(1.02, 0.055, 0.050),
    Ring(1.03, 0.004, 0.004),
)
_SKIRT = (
    Ring(-0.05, 0.070, 0.050),
    Ring(0.10, 0.092, 0.064),
    Ring(0.40, 0.094, 0.058),
    Ring(0.75, 0.096, 0.052),
    Ring(1.02, 0.097, 0.050),
    Ring(1.03, 0.004, 0.004),
)
_SHANK = (
    Ring(-0.08, 0.016, 0.018),
    Ring(-0.03, 0.027, 0.030),
    Ring(0.06, 0.029, 0.032, -0.001),
    Ring(0.18, 0.029, 0.033, -0.005),
    Ring(0.35, 0.029, 0.034, -0.008),
    Ring(0.60, 0.024, 0.027, -0.006),
    Ring(0.82, 0.019, 0.021, -0.003),
    Ring(0.97, 0.018, 0.021, -0.002),
    Ring(1.04, 0.015, 0.017),
)
_SHOE = (
    Ring(-0.38, 0.010, 0.010, 0.010),
    Ring(-0.33, 0.018, 0.015, 0.015),
    Ring(-0.18, 0.021, 0.019, 0.019),
    Ring(0.08, 0.022, 0.021, 0.021),
    Ring(0.35, 0.025, 0.017, 0.017),
    Ring(0.70, 0.028, 0.013, 0.013),
    Ring(1.00, 0.025, 0.010, 0.010),
    Ring(1.16, 0.015, 0.007, 0.007),
    Ring(1.20, 0.004, 0.003, 0.005),
)
_GIRDLE = (
    Ring(0.10, 0.020, 0.030),
    Ring(0.35, 0.030, 0.040),
    Ring(0.70, 0.033, 0.040),
    Ring(0.95, 0.034, 0.037),
    Ring(1.10, 0.030, 0.033),
    Ring(1.22, 0.016, 0.018),
)
_UPPER_ARM = (
    Ring(-0.17, 0.012, 0.014),
    Ring(-0.12, 0.024, 0.027),
    Ring(-0.05, 0.032, 0.035),
    Ring(0.00, 0.034, 0.037),
    Ring(0.14, 0.033, 0.035),
    Ring(0.35, 0.030, 0.031),
    Ring(0.56, 0.029, 0.030),
    Ring(0.565, 0.024, 0.025),
    Ring(0.80, 0.022, 0.024),
    Ring(1.00, 0.021, 0.022),
    Ring(1.06, 0.013, 0.013),
)
_FIRST_BARE_RING_OF_ARM = 6
_LONG_SLEEVE = (
    *_UPPER_ARM[:6],
    Ring(0.56, 0.028, 0.029),
    Ring(0.80, 0.026, 0.027),
    Ring(1.00, 0.023, 0.024),
    Ring(1.06, 0.014, 0.014),
)
_FOREARM = (
    Ring(-0.06, 0.013, 0.013),
    Ring(0.00, 0.021, 0.022),
    Ring(0.18, 0.022, 0.024),
    Ring(0.45, 0.020, 0.021),
    Ring(0.75, 0.016, 0.016),
    Ring(1.00, 0.013, 0.015),
    Ring(1.05, 0.011, 0.013),
)
_HAND = (
    Ring(-0.05, 0.011, 0.013),
    Ring(0.15, 0.011, 0.018),
    Ring(0.45, 0.012, 0.024),
    Ring(0.70, 0.011, 0.023),
    Ring(1.00, 0.010, 0.020),
    Ring(1.28, 0.008, 0.013),
    Ring(1.34, 0.003, 0.005),
)
_THUMB = (
    Ring(0.10, 0.004, 0.004, 0.014),
    Ring(0.30, 0.007, 0.007, 0.023),
    Ring(0.60, 0.006, 0.006, 0.030),
    Ring(0.78, 0.003, 0.003, 0.032),
)


def figure_of(body: Body) -> Mesh:
    """The surface of ``body`` in its clothes."""
    solids = [
        plain("pelvis", _scaled(_PELVIS, body.build * body.hips), body.trousers),
        _shirt(body),
        plain("neck", _NECK, body.skin),
        *head_solids(body),
    ]
    if body.legs == "skirt":
        solids.append(plain("lap", _scaled(_SKIRT, body.build * body.looseness), body.trousers))
    for side in SIDES:
        solids += _limbs(body, side)
    return Mesh(solids, body.stature_m)


def _limbs(body: Body, side: str) -> list[Solid]:
    return [
        plain(f"{side}_shoulder", _scaled(_GIRDLE, body.build), body.shirt),
        *_leg(body, side),
        _shoe(body, side),
        *_arm(body, side),
        plain(f"{side}_fingers", _HAND, body.skin),
        plain(f"{side}_fingers", _THUMB, body.skin),
    ]


def _leg(body: Body, side: str) -> list[Solid]:
    bare = body.legs != "trousers"
    loose = 1.0 + (body.looseness - 1.0) * 0.8
    thigh = _SKIRTED_THIGH if body.legs == "skirt" else _THIGH
    calf = 0.86 if bare else loose
    return [
        plain(f"{side}_knee", _scaled(thigh, body.build * loose), body.trousers),
        plain(
            f"{side}_ankle",
            _scaled(_SHANK, body.build * calf),
            body.skin if bare else body.trousers,
        ),
    ]


def _arm(body: Body, side: str) -> list[Solid]:
    covered = len(_UPPER_ARM) if body.long_sleeves else _FIRST_BARE_RING_OF_ARM
    sleeve = _LONG_SLEEVE if body.long_sleeves else _UPPER_ARM
    rings = [
        *_scaled(sleeve[:covered], body.build * body.looseness),
        *_scaled(sleeve[covered:], body.build),
    ]
    colours = painted(len(rings), body.shirt)
    colours[covered:] = body.skin
    _stripe(body, colours[:covered])
    forearm = _scaled(_FOREARM, body.build * (body.looseness if body.long_sleeves else 1.0))
    sleeve_colour = body.shirt if body.long_sleeves else body.skin
    return [
        Solid(f"{side}_elbow", rings, colours),
        plain(f"{side}_wrist", forearm, sleeve_colour),
    ]


def _shirt(body: Body) -> Solid:
    loose = body.build * body.looseness
    rings = [
        Ring(
            ring.along,
            ring.width * (loose if ring.along > 0 else body.build) * _widened(ring.along, body),
            ring.depth * (loose if ring.along > 0 else body.build),
            ring.ahead,
        )
        for ring in _CHEST
    ]
    colours = painted(len(rings), body.shirt)
    _stripe(body, colours)
    colours[0] = body.skin
    return Solid("trunk", rings, colours)


def _stripe(body: Body, colours: NDArray[np.float64]) -> None:
    if body.striped:
        colours[::2] = colours[::2] * _STRIPE if sum(body.shirt) > 300 else _LIGHT_STRIPE


def _widened(along: float, body: Body) -> float:
    """Between the shoulders' and the hips' factor, by how far down the trunk."""
    share = min(max(along, 0.0), 1.0)
    return body.shoulders * (1.0 - share) + body.hips * share


def _shoe(body: Body, side: str) -> Solid:
    colours = painted(len(_SHOE), body.shoes)
    # Columns count from the back of the foot; the sole is opposite.
    middle = SIDES_OF_RING // 2
    colours[:, middle - 3 : middle + 3] = _WHITE_SOLE if sum(body.shoes) < 400 else _SOLE
    return Solid(f"{side}_toes", _SHOE, colours)


def _scaled(rings: Sequence[Ring], factor: float) -> list[Ring]:
    return [
        Ring(ring.along, ring.width * factor, ring.depth * factor, ring.ahead, ring.aside)
        for ring in rings
    ]
