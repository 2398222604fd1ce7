"""Things near the simulated patient: chair, mat, walking stick, and what stands in the way."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.body import Body, Colour
from device.camera.simulated.conditions import Occluder
from device.camera.simulated.skeleton import ANKLE_HEIGHT, SHANK, BodySide, Skeleton, Vector
from device.camera.simulated.view import View

_HALF_SEAT_M, _SEAT_THICKNESS_M, _LEG_M = 0.23, 0.05, 0.04
_HALF_THIGH_THICKNESS = 0.042
_BACKREST_M = (0.22, 0.44)
_CHAIR: Colour = (78, 98, 122)
_CUSHION: Colour = (112, 98, 84)
_PATCH_M, _LARGE_PATCH_M = 0.08, 0.16
_HALF_STEP_M, _STEP_DEPTH_M = 0.32, 0.36
_WALL_M, _HALF_WALL_M, _WALL_HEIGHT_M = 0.12, 0.45, 2.3
_WALL: Colour = (206, 212, 214)

_OCCLUDING_SEAT_M = 0.46
_TABLE_TOP_M, _TABLE_THICKNESS_M, _HALF_TABLE_M, _TABLE_DEPTH_M = 0.74, 0.04, 0.65, 0.5
_TABLE: Colour = (92, 122, 152)
_BEFORE_LEGS_M, _BEFORE_LEGS_SHARE = 0.6, 0.28

# A stick reaches from the floor to the wrist of a hanging arm (Mulley 1988).
_STICK = 0.49
_HALF_STICK_M, _STICK_STEPS, _STICK_AHEAD_M, _STICK_ASIDE_M = 0.011, 12, 0.10, 0.05
_STICK_COLOUR: Colour = (44, 58, 84)
_HIGHEST_HAND = 0.56
_REACH = 1.06

Corner = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Patches:
    """Flat pieces: ``corners`` [Q, 4, 3] metres, seen counter-clockwise, ``colours`` [Q, 3].

    Small, so that drawing far ones first hides what nearer ones hide.
    """

    corners: Vector
    colours: NDArray[np.float64]

    @classmethod
    def of(cls, boxes: list[tuple[Corner, Corner, Colour]]) -> Self:
        """Boxes from their lowest to their highest corner."""
        patches = [_box(low, high) for low, high, _ in boxes]
        colours = [
            np.tile(np.array(colour, np.float64), (len(patch), 1))
            for patch, (_, _, colour) in zip(patches, boxes, strict=True)
        ]
        return cls(np.concatenate(patches), np.concatenate(colours))

    @classmethod
    def none(cls) -> Self:
        """Nothing."""
        return cls(np.empty((0, 4, 3)), np.empty((0, 3)))

    def and_also(self, other: "Patches") -> "Patches":
        """Both together."""
        return Patches(
            np.concatenate([self.corners, other.corners]),
            np.concatenate([self.colours, other.colours]),
        )


def chair(body: Body, hips_z_m: float) -> Patches:
    """A chair on which the hips rest, in the body's axes."""
    seat = (SHANK + ANKLE_HEIGHT - _HALF_THIGH_THICKNESS * body.build) * body.stature_m
    return _chair(seat, hips_z_m - 0.20, hips_z_m + 0.24)


def chair_in_front(ahead_m: float) -> Patches:
    """A chair that a standing patient holds by its back, turned away from them."""
    stands = _chair(_OCCLUDING_SEAT_M, 0.03, 0.47)
    return Patches(stands.corners + np.array([0.0, 0.0, ahead_m]), stands.colours)


def step(height_m: float, toes_z_m: float) -> Patches:
    """A step of that height that ends a little before the toes."""
    front, half = toes_z_m + 0.06, _HALF_STEP_M
    low, high = (-half, 0.0, front - _STEP_DEPTH_M), (half, height_m, front)
    return Patches.of([(low, high, _TABLE)])


def wall(z_m: float, before: bool) -> Patches:
    """The end of a wall, whose face is at ``z_m``, before or behind the patient."""
    low_z, high_z = (z_m, z_m + _WALL_M) if before else (z_m - _WALL_M, z_m)
    half, height = _HALF_WALL_M, _WALL_HEIGHT_M
    corners = _box((-half, 0.0, low_z), (half, height, high_z), _LARGE_PATCH_M)
    return Patches(corners, np.tile(np.array(_WALL, np.float64), (len(corners), 1)))


def occluder(kind: Occluder, view: View) -> Patches:
    """A chair turned to the patient, or a table, between the camera and the legs."""
    if kind == "none":
        return Patches.none()
    before = min(_BEFORE_LEGS_M, _BEFORE_LEGS_SHARE * view.distance_m)
    if kind == "chair":
        stands = _chair(_OCCLUDING_SEAT_M, -0.22, 0.22)
        turned = stands.corners * np.array([-1.0, 1.0, -1.0])
        standing = Patches(turned + np.array([0.08, 0.0, before]), stands.colours)
    else:
        half, top, leg = _HALF_TABLE_M, _TABLE_TOP_M, 0.05
        front = before + _TABLE_DEPTH_M / 2
        back = before - _TABLE_DEPTH_M / 2
        boxes: list[tuple[Corner, Corner, Colour]] = [
            ((-half, top - _TABLE_THICKNESS_M, back), (half, top, front), _TABLE),
            ((-half + 0.05, top - 0.16, front - 0.06), (half - 0.05, top - 0.04, front - 0.03),
             _CHAIR),
        ]  # fmt: skip
        for x in (-half + 0.02, half - 0.02 - leg):
            for z in (back + 0.02, front - 0.02 - leg):
                boxes.append(((x, 0.0, z), (x + leg, top - _TABLE_THICKNESS_M, z + leg), _CHAIR))
        standing = Patches.of(boxes)
    return Patches(view.placed(standing.corners), standing.colours)


class WalkingStick:
    """A stick in a standing patient's hand, its tip on the floor where it was set down."""

    def __init__(self, side: BodySide, tip: Vector, stature_m: float) -> None:
        self._side, self._tip, self._length_m = side, tip, _STICK * stature_m

    @classmethod
    def held(cls, poses: list[Skeleton], stature_m: float, side: BodySide) -> Self | None:
        """A stick for that hand, if the hand can keep it in all ``poses``."""
        hand = _hand(poses[0], side)
        sign = 1.0 if side == "left" else -1.0
        tip = np.array([hand[0] + sign * _STICK_ASIDE_M, 0.0, hand[2] + _STICK_AHEAD_M])
        stick = cls(side, tip, stature_m)
        for pose in poses:
            reach = float(np.linalg.norm(_hand(pose, side) - tip))
            too_high = pose.joints[f"{side}_wrist"][1] > _HIGHEST_HAND * stature_m
            if too_high or reach > stick._length_m * _REACH:
                return None
        return stick

    def patches(self, skeleton: Skeleton) -> Patches:
        """The stick, from its tip through the hand."""
        along = _hand(skeleton, self._side) - self._tip
        along = along / np.linalg.norm(along)
        across = np.cross(along, np.array([0.0, 0.0, 1.0]))
        across /= np.linalg.norm(across)
        ahead = np.cross(across, along)
        corners = [across + ahead, across - ahead, -across - ahead, -across + ahead]
        steps = np.linspace(0.0, self._length_m * _REACH, _STICK_STEPS + 1)
        patches = []
        for low, high in pairwise(steps):
            for index in range(4):
                one, other = corners[index] * _HALF_STICK_M, corners[index - 1] * _HALF_STICK_M
                bottom, top = self._tip + along * low, self._tip + along * high
                patches.append([bottom + one, top + one, top + other, bottom + other])
        colour = np.tile(np.array(_STICK_COLOUR, np.float64), (len(patches), 1))
        return Patches(np.array(patches), colour)


def _hand(skeleton: Skeleton, side: BodySide) -> Vector:
    joints = skeleton.joints
    return np.asarray((joints[f"{side}_wrist"] + joints[f"{side}_fingers"]) / 2)


def _chair(seat: float, back: float, front: float) -> Patches:
    half, leg = _HALF_SEAT_M, _LEG_M
    low, high = _BACKREST_M
    boxes: list[tuple[Corner, Corner, Colour]] = [
        ((-half, seat - _SEAT_THICKNESS_M, back), (half, seat, front), _CUSHION),
        ((-half, seat + low, back - 0.03), (half, seat + high, back), _CHAIR),
    ]
    for x in (-half, half - leg):
        boxes.append(((x, 0.0, front - leg), (x + leg, seat - _SEAT_THICKNESS_M, front), _CHAIR))
        boxes.append(((x, 0.0, back - leg), (x + leg, seat + high, back), _CHAIR))
    return Patches.of(boxes)


def _box(low: Corner, high: Corner, patch_m: float = _PATCH_M) -> Vector:
    """The six sides of a box, outside seen counter-clockwise, cut into patches [Q, 4, 3]."""
    patches = []
    for axis in range(3):
        across, up = (axis + 1) % 3, (axis + 2) % 3
        first = _steps(low[across], high[across], patch_m)
        second = _steps(low[up], high[up], patch_m)
        for at, outward in ((low[axis], False), (high[axis], True)):
            for a, b in pairwise(first):
                for c, d in pairwise(second):
                    corners = np.empty((4, 3))
                    corners[:, axis] = at
                    corners[:, across] = (a, b, b, a)
                    corners[:, up] = (c, c, d, d)
                    patches.append(corners if outward else corners[::-1])
    return np.array(patches)


def _steps(low: float, high: float, patch_m: float) -> NDArray[np.float64]:
    return np.linspace(low, high, max(round((high - low) / patch_m), 1) + 1)
