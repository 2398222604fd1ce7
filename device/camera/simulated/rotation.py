"""Turns in space, and the joint between two segments that must reach a point."""

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""A point or direction, float64 [3]; or several, [N, 3]."""

Axes = NDArray[np.float64]
"""Left, up and forward as columns, float64 [3, 3]."""

_ALMOST_STRAIGHT = 1e-6


def about_left(angle_deg: float) -> Axes:
    """A turn that takes up to forward, as bending forward does."""
    cos, sin = _cos_sin(angle_deg)
    return np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])


def about_up(angle_deg: float) -> Axes:
    """A turn that takes forward to left."""
    cos, sin = _cos_sin(angle_deg)
    return np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])


def about_forward(angle_deg: float) -> Axes:
    """A turn that takes left to up."""
    cos, sin = _cos_sin(angle_deg)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def turned_about(vector: Vector, axis: Vector, angle_deg: float) -> Vector:
    """``vector`` turned about the unit vector ``axis`` (Rodrigues' formula)."""
    cos, sin = _cos_sin(angle_deg)
    return np.asarray(
        vector * cos + cross(axis, vector) * sin + axis * float(axis @ vector) * (1.0 - cos)
    )


def cross(first: Vector, second: Vector) -> Vector:
    """The vector product of two [3]: several times as quick as NumPy's."""
    a, b, c = first.tolist()
    d, e, f = second.tolist()
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d])


def unit(vector: Vector) -> Vector:
    """A vector of length 1 in the same direction."""
    return np.asarray(vector / math.sqrt(float(vector @ vector)))


def across(vector: Vector, axis: Vector) -> Vector:
    """The part of ``vector`` that is at right angles to the unit vector ``axis``."""
    return np.asarray(vector - axis * float(axis @ vector))


def degrees_between(first: Vector, second: Vector) -> float:
    """The angle between two directions, 0 to 180."""
    length = math.sqrt(float(first @ first) * float(second @ second))
    cosine = max(-1.0, min(float(first @ second) / length, 1.0))
    # The sine is exact where the cosine is flat.
    if abs(cosine) > 0.99:
        turn = cross(first, second)
        sine = math.sqrt(float(turn @ turn)) / length
        return math.degrees(math.atan2(sine, cosine))
    return math.degrees(math.acos(cosine))


def corner_deg(opposite: float, first: float, second: float) -> float:
    """A triangle's angle opposite its first side; 0 or 180 where the sides do not meet."""
    cosine = (first * first + second * second - opposite * opposite) / (2.0 * first * second)
    return math.degrees(math.acos(max(-1.0, min(cosine, 1.0))))


def reach(
    start: Vector, end: Vector, upper: float, lower: float, towards: Vector
) -> tuple[Vector, Vector]:
    """The joint between two segments from ``start`` to ``end``, and the end that is reached.

    The joint lies on the side of ``towards``. An end that is too far away is not reached.
    """
    line = end - start
    away = max(math.sqrt(float(line @ line)), _ALMOST_STRAIGHT)
    along = line / away
    if away >= upper + lower:
        return start + along * upper, start + along * (upper + lower)
    foot = (away * away + upper * upper - lower * lower) / (2.0 * away)
    height = math.sqrt(max(upper * upper - foot * foot, 0.0))
    side = across(towards, along)
    size = math.sqrt(float(side @ side))
    if size < _ALMOST_STRAIGHT:
        return start + along * foot, end
    return start + along * foot + side * (height / size), end


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    angle = math.radians(angle_deg)
    return math.cos(angle), math.sin(angle)
