"""Draws the simulated patient in a room: shaded limbs, face, clothes, chair, light and noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body, Colour, Skeleton, Vector, seat_height_m

_SUBPIXEL_BITS = 4
_NOISE_FRAMES = 4
_NOISE_LEVEL = 3.0

COCO_JOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera looking at the patient.

    ``azimuth_deg`` is where it stands round the body, 0 in front, positive towards its left;
    distances in metres; ``field_deg`` is the horizontal field of view.
    """

    azimuth_deg: float
    width: int = 640
    height: int = 480
    distance_m: float = 2.8
    height_m: float = 1.05
    field_deg: float = 62.0

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(math.radians(self.field_deg / 2))

    def project(self, points: Vector) -> Vector:
        """[N, 3] metres in the body's axes to [N, 3]: x and y in pixels, depth in metres."""
        azimuth = math.radians(self.azimuth_deg)
        right = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
        towards = np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])
        depth = self.distance_m - points @ towards
        scale = self.focal_px / np.maximum(depth, 0.2)
        x = self.width / 2 + points @ right * scale
        y = self.height / 2 - (points[:, 1] - self.height_m) * scale
        return np.stack([x, y, depth], axis=1)


def keypoints_of(skeleton: Skeleton, view: View) -> NDArray[np.float64]:
    """The true COCO keypoints, [17, 2]: y and x normalised to the picture."""
    projected = view.project(np.array([skeleton.joints[name] for name in COCO_JOINTS]))
    keypoints: NDArray[np.float64] = projected[:, 1::-1] / np.array([view.height, view.width])
    return keypoints


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
        self._chair_hips_z_m = chair_hips_z_m
        random = np.random.default_rng(seed + 1000)
        self._room = _room(random, width, height)
        noise = random.normal(0.0, _NOISE_LEVEL, (_NOISE_FRAMES, height, width, 3))
        self._brighter = np.clip(noise, 0, 255).astype(np.uint8)
        self._darker = np.clip(-noise, 0, 255).astype(np.uint8)
        self._noise_index = 0

    def place_chair(self, hips_z_m: float | None) -> None:
        """Put the chair where the hips sit, metres forward; ``None`` takes it away."""
        self._chair_hips_z_m = hips_z_m

    def draw(self, skeleton: Skeleton, view: View, image: Image) -> None:
        """Draw the patient into ``image`` [height, width, 3]."""
        np.copyto(image, self._room)
        self._draw_shadow(skeleton, view, image)
        if self._chair_hips_z_m is not None:
            _draw_chair(self._body, view, image, self._chair_hips_z_m)
        for part in sorted(_parts(skeleton, self._body, view), key=lambda each: -each.depth):
            part.draw(image)
        self._noise_index = (self._noise_index + 1) % _NOISE_FRAMES
        cv2.add(image, self._brighter[self._noise_index], dst=image)
        cv2.subtract(image, self._darker[self._noise_index], dst=image)

    def _draw_shadow(self, skeleton: Skeleton, view: View, image: Image) -> None:
        feet = [skeleton.joints[f"{side}_ankle"] for side in ("left", "right")]
        for foot in feet:
            ring = np.array(
                [
                    [foot[0] + 0.16 * math.cos(a), 0.0, foot[2] + 0.05 + 0.16 * math.sin(a)]
                    for a in np.linspace(0, 2 * math.pi, 16)
                ]
            )
            _fill(image, view.project(ring)[:, :2], (70, 85, 100))


@dataclass(frozen=True, slots=True)
class _Limb:
    """A tapered, shaded capsule between two projected points (x, y, depth) with radii in pixels."""

    first: Vector
    second: Vector
    first_px: float
    second_px: float
    colour: Colour
    depth: float

    def draw(self, image: Image) -> None:
        for share, light in ((1.0, 0.62), (0.82, 0.8), (0.6, 0.95), (0.33, 1.08)):
            shift = np.array([-0.28, -0.22]) * (1 - share)
            first = self.first[:2] + shift * self.first_px
            second = self.second[:2] + shift * self.second_px
            outline = _capsule(first, second, self.first_px * share, self.second_px * share)
            _fill(image, outline, _lit(self.colour, light))


@dataclass(frozen=True, slots=True)
class _Hull:
    """The trunk: the outline of several circles, shaded from the light's side."""

    circles: list[tuple[Vector, float]]
    colour: Colour
    depth: float

    def draw(self, image: Image) -> None:
        centre = np.mean([point[:2] for point, _ in self.circles], axis=0)
        for share, light in ((1.0, 0.68), (0.9, 0.82), (0.76, 0.93), (0.5, 1.05)):
            points = [
                centre
                + (point[:2] - centre) * (share if share == 1.0 else share + 0.04)
                + radius * share * _UNIT_CIRCLE
                + np.array([-0.06, -0.02]) * (1 - share) * radius * 4
                for point, radius in self.circles
            ]
            outline = cv2.convexHull(np.concatenate(points).astype(np.float32))[:, 0]
            _fill(image, outline.astype(np.float64), _lit(self.colour, light))


@dataclass(frozen=True, slots=True)
class _Head:
    """Head with hair, ears and face as far as they are turned to the camera."""

    points: dict[str, Vector]
    radius_px: float
    facing: float
    across: float
    tilt_deg: float
    skin: Colour
    hair: Colour
    depth: float

    def draw(self, image: Image) -> None:
        centre, r = self.points["head"][:2], self.radius_px
        back = np.array([-self.across * 0.16 * r, -0.1 * r])
        skull = (0.84 * r + 0.2 * r * abs(self.across), 1.14 * r)
        for share, light in ((1.0, 0.7), (0.86, 0.9), (0.6, 1.02)):
            at = centre + back + np.array([-0.12, -0.1]) * (1 - share) * r
            axes = (skull[0] * share, skull[1] * share)
            _ellipse(image, at, axes, self.tilt_deg, _lit(self.hair, light))
        if self.facing > -0.5:
            face = np.array([self.across * 0.22 * r, 0.2 * r])
            for share, light in ((1.0, 0.78), (0.86, 0.93), (0.62, 1.03)):
                at = centre + face + np.array([-0.1, -0.05]) * (1 - share) * r
                axes = (0.76 * r * share, 0.98 * r * share)
                _ellipse(image, at, axes, self.tilt_deg, _lit(self.skin, light))
        for side in ("left", "right"):
            self._draw_ear(image, side)
        if self.facing > -0.15:
            self._draw_face(image)

    def _draw_ear(self, image: Image, side: str) -> None:
        ear = self.points[f"{side}_ear"]
        if ear[2] <= self.points["head"][2] + 0.02:
            r = self.radius_px
            _ellipse(image, ear[:2], (0.16 * r, 0.26 * r), self.tilt_deg, _lit(self.skin, 0.82))
            _ellipse(image, ear[:2], (0.08 * r, 0.15 * r), self.tilt_deg, _lit(self.skin, 0.6))

    def _draw_face(self, image: Image) -> None:
        r = self.radius_px
        for side in ("left", "right"):
            eye = self.points[f"{side}_eye"]
            if eye[2] < self.points["head"][2] + 0.005:
                _ellipse(image, eye[:2], (0.17 * r, 0.1 * r), self.tilt_deg, (235, 238, 240))
                _ellipse(image, eye[:2], (0.085 * r, 0.09 * r), self.tilt_deg, (40, 35, 30))
                brow = eye[:2] - np.array([0.0, 0.2 * r])
                _ellipse(image, brow, (0.2 * r, 0.045 * r), self.tilt_deg, _lit(self.hair, 0.7))
        nose = self.points["nose"][:2]
        _ellipse(
            image,
            nose + np.array([0.02 * r, -0.05 * r]),
            (0.12 * r, 0.22 * r),
            self.tilt_deg,
            _lit(self.skin, 0.86),
        )
        _ellipse(image, nose, (0.13 * r, 0.09 * r), self.tilt_deg, _lit(self.skin, 0.72))
        mouth = self.points["mouth"]
        if mouth[2] < self.points["head"][2]:
            width = 0.26 * r * max(self.facing, 0.35)
            _ellipse(image, mouth[:2], (width, 0.07 * r), self.tilt_deg, (80, 70, 160))


_Part = _Limb | _Hull | _Head
_ToPixels = Callable[[float, Vector], float]
_UNIT_CIRCLE = np.array(
    [[math.cos(a), math.sin(a)] for a in np.linspace(0, 2 * math.pi, 20, endpoint=False)]
)


def _parts(skeleton: Skeleton, body: Body, view: View) -> list[_Part]:
    names = list(skeleton.joints)
    projected = view.project(np.array([skeleton.joints[name] for name in names]))
    at = dict(zip(names, projected, strict=True))

    def px(metres: float, point: Vector) -> float:
        return float(metres * body.build * view.focal_px / max(point[2], 0.2))

    def limb(
        first: str, second: str, radii: tuple[float, float], colour: Colour, nearer: float = 0.0
    ) -> _Limb:
        a, b = at[first], at[second]
        return _Limb(
            a, b, px(radii[0], a), px(radii[1], b), colour, float(a[2] + b[2]) / 2 - nearer
        )

    parts: list[_Part] = []
    for side in ("left", "right"):
        # The side turned away from the window's light is a little darker.
        light = 1.0 if at[f"{side}_hip"][2] <= at["pelvis"][2] + 0.03 else 0.8
        trousers, shirt, skin = (_lit(c, light) for c in (body.trousers, body.shirt, body.skin))
        parts += [
            limb(f"{side}_heel", f"{side}_toes", (0.042, 0.034), (45, 45, 50), 0.02),
            limb(f"{side}_knee", f"{side}_ankle", (0.056, 0.040), trousers, 0.01),
            limb(f"{side}_hip", f"{side}_knee", (0.082, 0.058), trousers),
            limb(f"{side}_shoulder", f"{side}_elbow", (0.050, 0.040), shirt, 0.02),
            limb(f"{side}_elbow", f"{side}_wrist", (0.037, 0.027), skin, 0.03),
            limb(f"{side}_wrist", f"{side}_hand", (0.032, 0.030), skin, 0.04),
        ]
    parts.append(_trunk(at, px, body))
    parts.append(_pelvis(at, px, body))
    parts.append(limb("neck", "throat", (0.050, 0.048), body.skin, -0.01))
    parts.append(_head(skeleton, at, px, body, view))
    return parts


def _trunk(at: dict[str, Vector], px: _ToPixels, body: Body) -> _Hull:
    waist = at["pelvis"] * 0.72 + at["neck"] * 0.28
    chest = at["pelvis"] * 0.3 + at["neck"] * 0.7
    circles = [
        (at[name] * 0.8 + at["neck"] * 0.2, px(0.052, at[name]))
        for name in ("left_shoulder", "right_shoulder")
    ]
    circles += [(chest, px(0.115, chest)), (waist, px(0.110, waist))]
    circles += [(at[name], px(0.085, at[name])) for name in ("left_hip", "right_hip")]
    return _Hull(circles, body.shirt, float(chest[2] + waist[2]) / 2)


def _pelvis(at: dict[str, Vector], px: _ToPixels, body: Body) -> _Hull:
    circles = [(at[name], px(0.092, at[name])) for name in ("left_hip", "right_hip")]
    return _Hull(circles, body.trousers, float(at["pelvis"][2]) + 0.001)


def _head(
    skeleton: Skeleton, at: dict[str, Vector], px: _ToPixels, body: Body, view: View
) -> _Head:
    azimuth = math.radians(view.azimuth_deg)
    towards = np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])
    right = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
    up = at["head"][:2] - at["neck"][:2]
    return _Head(
        points=at,
        radius_px=px(0.060 * body.stature_m, at["head"]) / body.build,
        facing=float(skeleton.head_forward @ towards),
        across=float(skeleton.head_forward @ right),
        tilt_deg=math.degrees(math.atan2(up[0], -up[1])),
        skin=body.skin,
        hair=body.hair,
        depth=float(at["head"][2]) - 0.03,
    )


def _capsule(first: Vector, second: Vector, first_px: float, second_px: float) -> Vector:
    along = second - first
    heading = math.atan2(along[1], along[0])
    near = np.linspace(heading + math.pi / 2, heading + 3 * math.pi / 2, 9)
    far = np.linspace(heading - math.pi / 2, heading + math.pi / 2, 9)
    return np.concatenate(
        [
            first + first_px * np.stack([np.cos(near), np.sin(near)], axis=1),
            second + second_px * np.stack([np.cos(far), np.sin(far)], axis=1),
        ]
    )


def _fill(image: Image, outline: Vector, colour: Colour) -> None:
    points = np.round(outline * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(image, [points], colour, cv2.LINE_AA, _SUBPIXEL_BITS)


def _ellipse(
    image: Image,
    centre: Vector,
    axes: tuple[float, float],
    tilt_deg: float,
    colour: Colour,
    start_deg: float = 0.0,
    end_deg: float = 360.0,
) -> None:
    unit = 1 << _SUBPIXEL_BITS
    cv2.ellipse(
        image,
        (round(centre[0] * unit), round(centre[1] * unit)),
        (max(round(axes[0] * unit), 1), max(round(axes[1] * unit), 1)),
        tilt_deg,
        start_deg,
        end_deg,
        colour,
        -1,
        cv2.LINE_AA,
        _SUBPIXEL_BITS,
    )


def _lit(colour: Colour, light: float) -> Colour:
    blue, green, red = (min(255, round(channel * light)) for channel in colour)
    return blue, green, red


def _room(random: np.random.Generator, width: int, height: int) -> Image:
    """A wall with a skirting board, a window and a picture, and a wooden floor."""
    wall = np.array(random.uniform((175, 185, 190), (215, 220, 225)))
    horizon = round(height * 0.70)
    room = np.empty((height, width, 3), np.float64)
    room[:horizon] = wall * np.linspace(1.05, 0.9, horizon)[:, None, None]
    rows = np.linspace(0, 1, height - horizon)[:, None, None]
    room[horizon:] = np.array([105, 135, 165]) * (0.78 + 0.3 * rows)
    room *= np.linspace(1.04, 0.94, width)[None, :, None]
    picture = np.clip(room, 0, 255).astype(np.uint8)
    for end in np.linspace(-1.2 * width, 2.2 * width, 22):
        start = width / 2 + (end - width / 2) * 0.45
        cv2.line(
            picture, (round(start), horizon), (round(end), height), (90, 115, 142), 1, cv2.LINE_AA
        )
    cv2.rectangle(picture, (0, horizon - 7), (width, horizon), (225, 230, 232), -1)
    left = round(width * float(random.uniform(0.05, 0.12)))
    cv2.rectangle(picture, (left, 60), (left + 90, 170), (95, 110, 120), 5)
    cv2.rectangle(picture, (left + 4, 64), (left + 86, 166), (205, 190, 165), -1)
    cv2.circle(picture, (left + 50, 110), 22, (130, 160, 190), -1, cv2.LINE_AA)
    right = round(width * float(random.uniform(0.80, 0.86)))
    cv2.rectangle(picture, (right, 40), (width - 12, 190), (238, 240, 242), -1)
    cv2.rectangle(picture, (right + 7, 47), (width - 19, 183), (245, 235, 215), -1)
    return np.ascontiguousarray(cv2.GaussianBlur(picture, (3, 3), 0), dtype=np.uint8)


def _draw_chair(body: Body, view: View, image: Image, hips_z_m: float) -> None:
    seat, half, back_z = seat_height_m(body), 0.24, hips_z_m - 0.22
    front_z = hips_z_m + 0.2 * body.stature_m / 1.7
    corners = [(-half, back_z), (half, back_z), (half, front_z), (-half, front_z)]

    def project(points: list[tuple[float, float, float]]) -> Vector:
        return view.project(np.array(points))[:, :2]

    legs = sorted(corners, key=lambda c: -view.project(np.array([[c[0], 0.0, c[1]]]))[0, 2])
    for x, z in legs:
        ends = project([(x, 0.0, z), (x, seat, z)])
        _fill(image, _capsule(ends[0], ends[1], 4.0, 4.0), (55, 70, 85))
    for x in (-half, half):
        ends = project([(x, seat, back_z), (x, seat + 0.42, back_z - 0.05)])
        _fill(image, _capsule(ends[0], ends[1], 4.0, 4.0), (55, 70, 85))
    rest = [
        (-half, seat + 0.2, back_z - 0.03),
        (half, seat + 0.2, back_z - 0.03),
        (half, seat + 0.42, back_z - 0.05),
        (-half, seat + 0.42, back_z - 0.05),
    ]
    _fill(image, project(rest), (75, 95, 115))
    _fill(image, project([(x, seat, z) for x, z in corners]), (85, 108, 130))
    _fill(image, project([(x, seat - 0.04, z) for x, z in corners]), (70, 90, 110))
