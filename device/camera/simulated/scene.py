"""Draws the simulated patient in a room: lit, with a shadow, who else is there, and noise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body
from device.camera.simulated.conditions import PLAIN, Conditions
from device.camera.simulated.figure import figure_of
from device.camera.simulated.head import Face
from device.camera.simulated.light import LIGHTING, Lighting
from device.camera.simulated.props import Patches, occluder
from device.camera.simulated.room import room_picture
from device.camera.simulated.sensor import Sensor, expose
from device.camera.simulated.skeleton import Skeleton, Vector
from device.camera.simulated.surroundings import Surroundings
from device.camera.simulated.view import NEAREST_M, View

# Drawn twice as large and averaged down: smooth edges without seams between neighbouring faces.
_OVERSAMPLING = 2
_SUBPIXEL_BITS = 4
_MARGIN_PX = 24
# The face's outlines lie on the skull; this much nearer, they are drawn after it.
_FACE_NEARER_M = 0.012
_ROOM_SEED_OFFSET = 1000

_AMBIENT, _KEY, _SKY, _EDGE = 0.56, 0.44, 0.12, 0.22
_KEY_LIGHT = (0.45, 0.75, 0.6)
"""Towards the lamp: right, up and towards the camera."""
_CEILING_LIGHT = (0.22, 1.0, 0.12)
_SHADOW_DARKNESS, _SHADOW_SOFTNESS = 0.45, 3.0
_SHADOW_SPREAD = np.ones((5, 5), np.uint8)
_SHADOW_SCALE = 4
_MAT_COLOUR = (150, 112, 84)


@dataclass(frozen=True, slots=True)
class Moment:
    """Who and what is where at one moment: the patient, what they hold, and a bystander."""

    patient: Skeleton
    held: Patches | None = None
    bystander: Skeleton | None = None


class Scene:
    """A room with one patient; draws one picture after another into the caller's memory.

    ``view`` is where the camera stands before the room; the body may turn to other azimuths.
    ``room_seed`` colours the plain room where ``conditions`` name no other.
    """

    def __init__(
        self,
        body: Body,
        room_seed: int,
        view: View,
        *,
        conditions: Conditions = PLAIN,
        bystander: Body | None = None,
    ) -> None:
        self._lighting = LIGHTING[conditions.light]
        self._patient = _Person(body, self._lighting)
        self._bystander = None if bystander is None else _Person(bystander, self._lighting)
        furnished = conditions.room_seed is not None
        seed = room_seed if conditions.room_seed is None else conditions.room_seed
        random = np.random.default_rng(seed + _ROOM_SEED_OFFSET)
        room = room_picture(random, _larger(view), conditions.light, furnished)
        self._glare = None if room.glare is None else _smaller(room.glare)
        self._empty_room = room.picture
        self._sensor = Sensor(view.width, view.height, conditions.noise * self._lighting.noise)
        self._before = occluder(conditions.occluder, view)
        self._place(Patches.none())
        self._lay(room.picture)

    def furnish(self, around: Surroundings, view: View) -> None:
        """Put there what an exercise needs, instead of what was there."""
        self._place(around.things)
        self._lay(self._empty_room if around.mat is None else self._with_mat(around.mat, view))

    def draw(self, moments: Sequence[Moment], view: View, image: Image, moment: float) -> None:
        """Draw into ``image`` [height, width, 3], of the view's size.

        Several ``moments`` are what the sensor saw while it was exposed. Its noise follows from
        ``moment``, so that the same call gives the same picture.
        """
        expose(image, len(moments), lambda index: self._draw_clear(moments[index], view, image))
        if self._glare is not None:
            cv2.add(image, self._glare, dst=image)
        self._sensor.add_noise(image, moment)

    def between(self, bystander: Skeleton | None) -> Vector:
        """What may hide the patient: outlines [Q, 4, 3] in metres."""
        if bystander is None or self._bystander is None:
            return self._before.corners
        walking = self._bystander.corners(bystander)
        return np.concatenate([self._before.corners, walking])

    def _place(self, things: Patches) -> None:
        things = things.and_also(self._before)
        self._things = Patches(things.corners, self._lighting.on_colours(things.colours))

    def _with_mat(self, corners: Vector, view: View) -> Image:
        picture = self._empty_room.copy()
        outline = _larger(view).project(corners)
        if outline[:, 2].min() > NEAREST_M:
            colour = self._lighting.on_colours(np.array([_MAT_COLOUR]))[0]
            fixed = np.rint(outline[:, :2] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(picture, [fixed], colour.tolist(), cv2.LINE_AA, _SUBPIXEL_BITS)
        return picture

    def _lay(self, room: Image) -> None:
        self._large_room, self._room = room, _smaller(room)

    def _draw_clear(self, now: Moment, view: View, image: Image) -> None:
        people = [(self._patient, now.patient)]
        if now.bystander is not None and self._bystander is not None:
            people.append((self._bystander, now.bystander))
        corners, colours, features = [self._things.corners], [self._things.colours], []
        for person, skeleton in people:
            corners.append(person.corners(skeleton))
            colours.append(person.colours)
            face = person.face.vertices(skeleton, person.body.stature_m)
            features.append(_Faces.seen(face, person.face_colours, view, _FACE_NEARER_M))
        if now.held is not None:
            corners.append(now.held.corners)
            colours.append(self._lighting.on_colours(now.held.colours))
        solids = np.concatenate(corners)
        quads = _Faces.seen(solids, np.concatenate(colours), view, 0.0)
        np.copyto(image, self._room)
        shadow = _shadow(solids, view)
        box = _Box.around((quads.outlines, shadow), image.shape[1], image.shape[0])
        if box is not None:
            canvas = box.of(self._large_room, _OVERSAMPLING).copy()
            _darken(canvas, (shadow - np.array(box.origin)) * _OVERSAMPLING)
            _paint(canvas, (quads, *features), box)
            cv2.resize(canvas, box.size, dst=box.of(image, 1), interpolation=cv2.INTER_AREA)


class _Person:
    """A body's surface and face in one light, made once."""

    def __init__(self, body: Body, lighting: Lighting) -> None:
        self.body = body
        self.figure = figure_of(body)
        self.face = Face.of(body)
        self.colours = lighting.on_colours(self.figure.colours)
        self.face_colours = lighting.on_colours(self.face.colours)

    def corners(self, skeleton: Skeleton) -> Vector:
        """[Q, 4, 3] metres."""
        return np.asarray(self.figure.vertices(skeleton)[self.figure.faces])


def _larger(view: View) -> View:
    return replace(view, width=view.width * _OVERSAMPLING, height=view.height * _OVERSAMPLING)


def _smaller(picture: Image) -> Image:
    size = (picture.shape[1] // _OVERSAMPLING, picture.shape[0] // _OVERSAMPLING)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shadow(solids: Vector, view: View) -> Vector:
    """Where the ceiling's light is kept off the floor by outlines [Q, 4, 3]; [N, 2] pixels."""
    # One corner of each small face is enough.
    points = solids[:, 0]
    light = _direction(view, _CEILING_LIGHT)
    fallen = points - light * (points[:, 1:2] / light[1])
    return np.asarray(view.project(fallen)[:, :2])


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
        normal = _across(
            corners[:, 2 * corner] - corners[:, 0], corners[:, 3 * corner] - corners[:, corner]
        )
        sight = view.eye - corners[:, 0]
        facing = np.einsum("ij,ij->i", normal, sight)
        shown = np.flatnonzero(facing > 0)
        normal, sight, corners = normal[shown], sight[shown], corners[shown]
        length = np.sqrt(np.einsum("ij,ij->i", normal, normal))
        away = length * np.sqrt(np.einsum("ij,ij->i", sight, sight))
        key = np.maximum(normal @ _direction(view, _KEY_LIGHT) / length, 0.0)
        light = (
            _AMBIENT
            + _KEY * key
            + _SKY * normal[:, 1] / length
            - _EDGE * (1.0 - facing[shown] / away) ** 2
        )
        projected = view.project(corners)
        return cls(
            projected[..., :2],
            np.clip(colours[shown] * light[:, None], 0, 255),
            np.einsum("ij->i", projected[..., 2]) / corners.shape[1] - nearer_m,
        )


def _across(first: Vector, second: Vector) -> Vector:
    """The cross products of [N, 3] and [N, 3]; numpy's own takes four times as long."""
    x1, y1, z1 = first.T
    x2, y2, z2 = second.T
    return np.stack([y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2], axis=1)


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
    outlines: list[NDArray[np.int32]] = []
    for group in groups:
        outlines += list(np.rint((group.outlines - offset) * scale).astype(np.int32))
    colours = np.concatenate([group.colours for group in groups]).tolist()
    depth = np.concatenate([group.depth for group in groups])
    for index in np.argsort(-depth).tolist():
        cv2.fillConvexPoly(canvas, outlines[index], colours[index], cv2.LINE_8, _SUBPIXEL_BITS)
