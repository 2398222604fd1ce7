"""Draws the simulated patient in a room: lit, with a shadow and the sensor's noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body
from device.camera.simulated.figure import figure_of
from device.camera.simulated.head import Face
from device.camera.simulated.room import chair_faces, room_picture
from device.camera.simulated.skeleton import Skeleton, Vector
from device.camera.simulated.view import View

# Drawn twice as large and averaged down: smooth edges without seams between neighbouring faces.
_OVERSAMPLING = 2
_SUBPIXEL_BITS = 4
_NOISE_DEVIATION = 3.0
_NOISE_MARGIN_PX = 242
_MARGIN_PX = 24
# The face's outlines lie on the skull; this much nearer, they are drawn after it.
_FACE_NEARER_M = 0.012

_AMBIENT, _KEY, _SKY, _EDGE = 0.56, 0.44, 0.12, 0.22
_KEY_LIGHT = (0.45, 0.75, 0.6)
"""Towards the lamp: right, up and towards the camera."""
_CEILING_LIGHT = (0.22, 1.0, 0.12)
_SHADOW_DARKNESS, _SHADOW_SOFTNESS = 0.45, 3.0
_SHADOW_SPREAD = np.ones((5, 5), np.uint8)
_SHADOW_SCALE = 4


class Scene:
    """A room with one patient; draws one picture after another into the caller's memory."""

    def __init__(
        self,
        body: Body,
        seed: int,
        *,
        width: int,
        height: int,
        chair_hips_z_m: float | None = None,
    ) -> None:
        self._body = body
        self._figure = figure_of(body)
        self._face = Face.of(body)
        random = np.random.default_rng(seed + 1000)
        large = View(0.0, width * _OVERSAMPLING, height * _OVERSAMPLING)
        self._large_room = room_picture(random, large)
        self._room = cv2.resize(self._large_room, (width, height), interpolation=cv2.INTER_AREA)
        shape = (height + _NOISE_MARGIN_PX, width + _NOISE_MARGIN_PX, 3)
        noise = random.normal(0.0, _NOISE_DEVIATION, shape)
        self._brighter = np.clip(noise, 0, 255).astype(np.uint8)
        self._darker = np.clip(-noise, 0, 255).astype(np.uint8)
        self.place_chair(chair_hips_z_m)

    def place_chair(self, hips_z_m: float | None) -> None:
        """Put the chair where the hips sit, metres forward; ``None`` takes it away."""
        if hips_z_m is None:
            self._chair = np.empty((0, 4, 3)), np.empty((0, 3))
        else:
            self._chair = chair_faces(self._body, hips_z_m)

    def draw(self, skeleton: Skeleton, view: View, image: Image, moment: float) -> None:
        """Draw the patient into ``image`` [height, width, 3], of the view's size.

        The sensor's noise follows from ``moment``, so that the same call gives the same picture.
        """
        vertices = self._figure.vertices(skeleton)
        corners = np.concatenate([vertices[self._figure.faces], self._chair[0]])
        colours = np.concatenate([self._figure.colours, self._chair[1]])
        face = self._face.vertices(skeleton, self._body.stature_m)
        quads = _Faces.seen(corners, colours, view, 0.0)
        features = _Faces.seen(face, self._face.colours, view, _FACE_NEARER_M)
        np.copyto(image, self._room)
        shadow = self._shadow(vertices, view)
        box = _Box.around((quads.outlines, shadow), image.shape[1], image.shape[0])
        if box is not None:
            canvas = box.of(self._large_room, _OVERSAMPLING).copy()
            _darken(canvas, (shadow - np.array(box.origin)) * _OVERSAMPLING)
            _paint(canvas, (quads, features), box)
            cv2.resize(canvas, box.size, dst=box.of(image, 1), interpolation=cv2.INTER_AREA)
        self._add_noise(image, moment)

    def _shadow(self, vertices: Vector, view: View) -> Vector:
        """Where the ceiling's light is kept off the floor, [N, 2] pixels."""
        points = np.concatenate([vertices, self._chair[0].reshape(-1, 3)])
        light = _direction(view, _CEILING_LIGHT)
        fallen = points - light * (points[:, 1:2] / light[1])
        return np.asarray(view.project(fallen)[:, :2])

    def _add_noise(self, image: Image, moment: float) -> None:
        height, width = image.shape[:2]
        place = hash(moment) % _NOISE_MARGIN_PX**2
        y, x = divmod(place, _NOISE_MARGIN_PX)
        cv2.add(image, self._brighter[y : y + height, x : x + width], dst=image)
        cv2.subtract(image, self._darker[y : y + height, x : x + width], dst=image)


class _Faces:
    """Flat outlines in the picture with their colours and depths."""

    def __init__(
        self, outlines: NDArray[np.float64], colours: NDArray[np.float64], depth: Vector
    ) -> None:
        self.outlines, self.colours, self.depth = outlines, colours, depth

    @classmethod
    def seen(
        cls, corners: Vector, colours: NDArray[np.float64], view: View, nearer_m: float
    ) -> "_Faces":
        """Those of ``corners`` [Q, n, 3] that face the camera, lit."""
        corner = corners.shape[1] // 4
        normal = np.cross(
            corners[:, 2 * corner] - corners[:, 0], corners[:, 3 * corner] - corners[:, corner]
        )
        sight = view.eye - corners[:, 0]
        facing = np.einsum("ij,ij->i", normal, sight)
        shown = facing > 0
        normal, facing, corners = normal[shown], facing[shown], corners[shown]
        length = np.linalg.norm(normal, axis=1)
        length[length == 0] = 1.0
        facing = facing / (length * np.linalg.norm(sight[shown], axis=1))
        normal /= length[:, None]
        light = (
            _AMBIENT
            + _KEY * np.maximum(normal @ _direction(view, _KEY_LIGHT), 0.0)
            + _SKY * normal[:, 1]
            - _EDGE * (1.0 - facing) ** 2
        )
        projected = view.project(corners)
        return cls(
            projected[..., :2],
            np.clip(colours[shown] * light[:, None], 0, 255),
            projected[..., 2].mean(axis=1) - nearer_m,
        )


def _direction(view: View, light: tuple[float, float, float]) -> Vector:
    """A direction in the room as a unit vector in the body's axes."""
    right, up, towards = light
    direction = view.right * right + view.towards * towards + np.array([0.0, up, 0.0])
    return np.asarray(direction / np.linalg.norm(direction))


def _darken(canvas: Image, points: Vector) -> None:
    """Darken a soft patch around ``points`` [N, 2], pixels of the canvas."""
    columns, rows = canvas.shape[1] // _SHADOW_SCALE, canvas.shape[0] // _SHADOW_SCALE
    mask = np.zeros((rows, columns), np.uint8)
    at = (points / _SHADOW_SCALE).astype(np.intp)
    inside = (at >= 0).all(axis=1) & (at < (columns, rows)).all(axis=1)
    mask[at[inside, 1], at[inside, 0]] = 255
    mask = cv2.GaussianBlur(cv2.dilate(mask, _SHADOW_SPREAD), (0, 0), _SHADOW_SOFTNESS)
    filled = np.flatnonzero(mask.any(axis=1))
    if not len(filled):
        return
    first, last = int(filled[0]), int(filled[-1]) + 1
    strip = canvas[first * _SHADOW_SCALE : last * _SHADOW_SCALE, : columns * _SHADOW_SCALE]
    shadow = cv2.resize(mask[first:last], (strip.shape[1], strip.shape[0]))
    lit = cv2.convertScaleAbs(shadow, alpha=-_SHADOW_DARKNESS, beta=255)
    cv2.multiply(strip, cv2.merge([lit, lit, lit]), dst=strip, scale=1 / 255)


class _Box:
    """The part of the picture in which something is drawn, in whole pixels."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self._rows, self._columns = (top, bottom), (left, right)
        self.origin = (left, top)
        self.size = (right - left, bottom - top)

    @classmethod
    def around(cls, drawn: tuple[Vector, ...], width: int, height: int) -> "_Box | None":
        """Around all points and some margin, within the picture; ``None`` when outside it."""
        points = np.concatenate([each.reshape(-1, 2) for each in drawn])
        low = np.floor(points.min(axis=0)).astype(int) - _MARGIN_PX
        high = np.ceil(points.max(axis=0)).astype(int) + _MARGIN_PX
        left, top = max(int(low[0]), 0), max(int(low[1]), 0)
        right, bottom = min(int(high[0]), width), min(int(high[1]), height)
        return cls(left, top, right, bottom) if right > left and bottom > top else None

    def of(self, image: Image, scale: int) -> Image:
        """That part of a picture ``scale`` times as large."""
        (top, bottom), (left, right) = self._rows, self._columns
        return image[top * scale : bottom * scale, left * scale : right * scale]


def _paint(canvas: Image, groups: tuple[_Faces, ...], box: _Box) -> None:
    scale = _OVERSAMPLING * (1 << _SUBPIXEL_BITS)
    offset = np.array(box.origin, np.float64)
    outlines = [
        outline
        for group in groups
        for outline in np.rint((group.outlines - offset) * scale).astype(np.int32)
    ]
    colours = [colour for group in groups for colour in group.colours.tolist()]
    depth = np.concatenate([group.depth for group in groups])
    for index in np.argsort(-depth).tolist():
        cv2.fillConvexPoly(canvas, outlines[index], colours[index], cv2.LINE_8, _SUBPIXEL_BITS)
