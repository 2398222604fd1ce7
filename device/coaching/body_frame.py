"""One smoothed pose read as a body: its points in pixels, its trunk, and how it is turned.

What follows from several frames (the view, the torso's full length, the way the person faces) is
kept by :class:`BodyObserver`; measures and form rules read the same :class:`BodyFrame`.
"""

import math
from dataclasses import dataclass
from typing import Literal

from device.pose.pose import Keypoint, Pose

VISIBLE_SCORE = 0.3
"""A keypoint below this score is not used (MoveNet model card: scores under 0.3 are unreliable)."""

CameraView = Literal["sagittal", "frontal", "oblique"]
BodySide = Literal["left", "right"]
SIDES: tuple[BodySide, BodySide] = ("left", "right")
Point = tuple[float, float]
"""x to the right and y down, pixels."""

# Shoulder width and hip width together, in torso lengths: from the front 1.1 to 1.2 with arms
# hanging and 0.8 to 0.95 with arms overhead, under 0.4 from the side (measured on this project's
# recordings; tests/device/coaching says on which).
_SAGITTAL_BELOW = 0.45
_FRONTAL_ABOVE = 0.72
FRONTAL_WIDTHS_TORSO = 1.1
_VIEW_MARGIN = 0.04
_VIEW_TIME_CONSTANT_S = 1.0
_FACING_TIME_CONSTANT_S = 2.0
_LEFT_TIME_CONSTANT_S = 4.0
"""A network takes a front for a back, and left for right, for two or three seconds."""
_NOSE_AHEAD_TORSO = 0.1
"""A nose this far before the ears settles which way a person looks; it is 0.15 from the side."""
_EXPECTED_FACING = 0.3
_SURE_OF_FACING = 0.2
# A full length is believed when it lasts; it fades slowly, so that one wild keypoint is forgotten.
_LENGTH_RISES_S, _LENGTH_FALLS_S = 0.5, 20.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """Middle of the shoulders to middle of the hips.

    ``down`` is a unit vector from the shoulders to the hips; ``tilt_deg`` the trunk against the
    vertical, positive to the right of the picture.
    """

    shoulders: Point
    hips: Point
    length_px: float
    down: Point
    tilt_deg: float


@dataclass(frozen=True, slots=True)
class BodyFrame:
    """A body in one picture.

    ``points`` and ``scores`` are in COCO order; ``step_s`` the seconds since the frame before.
    ``torso_px`` is the trunk's full length, remembered while it is foreshortened. ``turn_deg`` is
    how far the body is turned from facing the camera, 0 (front or back) to 90 (side), estimated
    from the widths of shoulders and hips. ``facing`` is 1 when the person looks to the right of the
    picture, -1 to the left, 0 when unknown. ``left_sign`` is 1 while the person's left is on the
    right of the picture, as from the front, and -1 while it is on the left.
    """

    captured_at_s: float
    step_s: float
    points: list[Point]
    scores: list[float]
    trunk: Trunk | None
    torso_px: float | None
    view: CameraView | None
    turn_deg: float | None
    facing: int
    left_sign: int = 1

    def visible(self, *keypoints: Keypoint) -> bool:
        """Whether all of them are seen."""
        return all(self.scores[keypoint] >= VISIBLE_SCORE for keypoint in keypoints)

    def middle(self, left: Keypoint, right: Keypoint) -> Point | None:
        """Halfway between two keypoints, or the one that is seen."""
        if self.visible(left, right):
            (x1, y1), (x2, y2) = self.points[left], self.points[right]
            return (x1 + x2) / 2, (y1 + y2) / 2
        if self.visible(left):
            return self.points[left]
        return self.points[right] if self.visible(right) else None

    @property
    def down(self) -> Point:
        """Down along the trunk; straight down where the hips are not seen."""
        return (0.0, 1.0) if self.trunk is None else self.trunk.down


class BodyObserver:
    """Follows one person from frame to frame.

    ``expected_facing`` is how the person is asked to stand, as ``facing``: it decides where the
    face does not show it, 0 for nothing.
    """

    def __init__(self, expected_facing: int = 0) -> None:
        self._expected_facing = expected_facing
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._previous_s: float | None = None
        self._width_ratio: float | None = None
        self._torso_px: float | None = None
        self._view: CameraView | None = None
        self._facing = 0.0
        self._left: float | None = None

    def observe(self, pose: Pose) -> BodyFrame:
        """The body in ``pose``, whose times must increase."""
        rows = pose.keypoints.tolist()
        points = [(x * pose.width, y * pose.height) for y, x, _ in rows]
        scores = [score for _, _, score in rows]
        step_s = 0.0 if self._previous_s is None else pose.captured_at_s - self._previous_s
        step_s = max(step_s, 0.0)
        self._previous_s = pose.captured_at_s
        seen = BodyFrame(pose.captured_at_s, step_s, points, scores, None, None, None, None, 0)
        trunk = _trunk(seen)
        if trunk is not None:
            self._follow_trunk(points, trunk, step_s)
        return BodyFrame(
            captured_at_s=pose.captured_at_s,
            step_s=step_s,
            points=points,
            scores=scores,
            trunk=trunk,
            torso_px=self._torso_px,
            view=self._view,
            turn_deg=self._turn_deg(),
            facing=self._follow_facing(seen),
            left_sign=self._follow_left(seen),
        )

    def _follow_trunk(self, points: list[Point], trunk: Trunk, step_s: float) -> None:
        self._torso_px = follow_longest(self._torso_px, trunk.length_px, step_s)
        shoulders_px = math.dist(points[Keypoint.LEFT_SHOULDER], points[Keypoint.RIGHT_SHOULDER])
        hips_px = math.dist(points[Keypoint.LEFT_HIP], points[Keypoint.RIGHT_HIP])
        ratio = (shoulders_px + hips_px) / max(self._torso_px, 1.0)
        self._width_ratio = follow(self._width_ratio, ratio, step_s, _VIEW_TIME_CONSTANT_S)
        keeps_sagittal = _VIEW_MARGIN if self._view == "sagittal" else -_VIEW_MARGIN
        keeps_frontal = _VIEW_MARGIN if self._view == "frontal" else -_VIEW_MARGIN
        if self._width_ratio <= _SAGITTAL_BELOW + keeps_sagittal:
            self._view = "sagittal"
        elif self._width_ratio >= _FRONTAL_ABOVE - keeps_frontal:
            self._view = "frontal"
        else:
            self._view = "oblique"

    def _turn_deg(self) -> float | None:
        if self._width_ratio is None:
            return None
        return math.degrees(math.acos(min(self._width_ratio / FRONTAL_WIDTHS_TORSO, 1.0)))

    def _follow_facing(self, seen: BodyFrame) -> int:
        # A head that looks down for a moment does not turn the person round.
        ears = seen.middle(Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR)
        looks = 0.0
        if ears is not None and seen.visible(Keypoint.NOSE) and self._torso_px:
            ahead_torso = (seen.points[Keypoint.NOSE][0] - ears[0]) / self._torso_px
            looks = max(-1.0, min(ahead_torso / _NOSE_AHEAD_TORSO, 1.0))
        self._facing = follow(self._facing, looks, seen.step_s, _FACING_TIME_CONSTANT_S)
        facing = self._facing + _EXPECTED_FACING * self._expected_facing
        if abs(facing) < _SURE_OF_FACING:
            return 0
        return 1 if facing > 0 else -1

    def _follow_left(self, seen: BodyFrame) -> int:
        if seen.visible(Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER):
            left, right = seen.points[Keypoint.LEFT_SHOULDER], seen.points[Keypoint.RIGHT_SHOULDER]
            named = math.copysign(1.0, left[0] - right[0])
            self._left = follow(self._left, named, seen.step_s, _LEFT_TIME_CONSTANT_S)
        return -1 if self._left is not None and self._left < 0.0 else 1


def follow(previous: float | None, value: float, step_s: float, time_constant_s: float) -> float:
    """``previous`` drawn towards ``value`` with that time constant."""
    if previous is None:
        return value
    return value + (previous - value) * math.exp(-step_s / time_constant_s)


def follow_longest(previous: float | None, value: float, step_s: float) -> float:
    """A length's largest value: rises soon, fades slowly."""
    longer = previous is not None and value > previous
    return follow(previous, value, step_s, _LENGTH_RISES_S if longer else _LENGTH_FALLS_S)


def _trunk(seen: BodyFrame) -> Trunk | None:
    shoulders = seen.middle(Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
    hips = seen.middle(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
    if shoulders is None or hips is None:
        return None
    right, down = hips[0] - shoulders[0], hips[1] - shoulders[1]
    length_px = math.hypot(right, down)
    if length_px < 1.0:
        return None
    return Trunk(
        shoulders=shoulders,
        hips=hips,
        length_px=length_px,
        down=(right / length_px, down / length_px),
        tilt_deg=math.degrees(math.atan2(-right, down)),
    )
