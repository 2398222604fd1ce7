"""Joint angles in one smoothed pose, in clinical convention: 0 is the neutral position.

In the plane of the picture an angle is measured between body segments. Where the segments move
towards the camera (a squat or an arm lift seen from the front) the plane is lost; there the angle
is estimated from how much the limb has shortened against its full length, good enough to count
repetitions by and marked as not measured.
"""

import math
from dataclasses import dataclass
from typing import Literal

from device.pose.pose import Keypoint, Pose
from models.exercises.definition import Measure, View

VISIBLE_SCORE = 0.3
"""A keypoint below this score is not used (MoveNet model card: scores under 0.3 are unreliable)."""

CameraView = Literal["sagittal", "frontal", "oblique"]

# Shoulder width and hip width together, in torso lengths: about 0.9 to 1.1 from the front, under
# 0.4 from the side (measured on this project's recordings; tests/device/coaching says on which).
_SAGITTAL_BELOW = 0.45
_FRONTAL_ABOVE = 0.62
_VIEW_MARGIN = 0.04
_VIEW_TIME_CONSTANT_S = 1.0
_FACING_TIME_CONSTANT_S = 2.0
# A full length is believed when it lasts; it fades slowly, so that one wild keypoint is forgotten.
_FLOOR_TIME_CONSTANT_S = 2.0
_LENGTH_RISES_S, _LENGTH_FALLS_S = 0.5, 20.0
# Bounds of hip to ankle and shoulder to elbow in torso lengths, generous for perspective: 1.65 and
# 0.62 in Winter, Biomechanics and Motor Control of Human Movement (2009).
_LEG_PER_TORSO = (1.1, 2.2)
_UPPER_ARM_PER_TORSO = (0.4, 0.9)

_Point = tuple[float, float]
BodySide = Literal["left", "right"]
SIDES: tuple[BodySide, BodySide] = ("left", "right")

_LEG_KEYPOINTS = {
    "left": (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
    "right": (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
}
_ARM_KEYPOINTS = {
    "left": (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW),
    "right": (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW),
}


@dataclass(frozen=True, slots=True)
class JointAngles:
    """What one pose says about an exercise's measure.

    ``left_deg`` and ``right_deg`` are the measure on each side, ``None`` where its keypoints are
    not visible. ``in_plane`` is false when they were estimated from shortening. ``trunk_tilt_deg``
    is the trunk against the vertical, positive to the right of the picture; ``facing`` is 1 when
    the person looks to the right of the picture, -1 to the left, 0 when unknown. ``hips_x_px``
    is the middle of the hips along the picture and ``torso_px`` the trunk's length when upright,
    both in pixels. ``score`` is the mean score, 0 to 1,
    of the measure's keypoints on both sides.
    """

    captured_at_s: float
    left_deg: float | None
    right_deg: float | None
    in_plane: bool
    view: CameraView | None
    trunk_tilt_deg: float | None
    facing: int
    hips_x_px: float | None
    torso_px: float | None
    score: float


class JointAngleEstimator:
    """Joint angles of one person from frame to frame, for one exercise's measure.

    It remembers the view, the torso's length and the full lengths of the limbs. ``start_deg`` is
    the measure at rest: a leg seen first on a seated person is longer than it looks.
    """

    def __init__(self, measure: Measure, start_deg: float) -> None:
        self._measure = measure
        self._start_deg = start_deg
        self._keypoints = _keypoints_of(measure)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._previous_s: float | None = None
        self._width_ratio: float | None = None
        self._torso_px: float | None = None
        self._view: CameraView | None = None
        self._floor_y: float | None = None
        self._facing = 0.0
        self._full_length_px: dict[BodySide, float] = {}

    def estimate(self, pose: Pose) -> JointAngles:
        """The angles in ``pose``, whose times must increase."""
        width, height = pose.width, pose.height
        rows = pose.keypoints.tolist()
        points = [(x * width, y * height) for y, x, _ in rows]
        visible = [score >= VISIBLE_SCORE for _, _, score in rows]
        step_s = self._step(pose.captured_at_s)
        trunk = _trunk(points, visible)
        if trunk is not None:
            self._follow_trunk(points, trunk, step_s)
        sight = _Sight(points, visible, trunk, step_s)
        in_plane = not (self._view == "frontal" and plane_of(self._measure) == "sagittal")
        left_deg, right_deg = self._in_plane(sight) if in_plane else self._by_shortening(sight)
        return JointAngles(
            captured_at_s=pose.captured_at_s,
            left_deg=left_deg,
            right_deg=right_deg,
            in_plane=in_plane,
            view=self._view,
            trunk_tilt_deg=None if trunk is None else trunk.tilt_deg,
            facing=self._follow_facing(points, visible, step_s),
            hips_x_px=None if trunk is None else trunk.hip_x,
            torso_px=self._torso_px,
            score=sum(rows[index][2] for index in self._keypoints) / len(self._keypoints),
        )

    def _step(self, captured_at_s: float) -> float:
        step_s = 0.0 if self._previous_s is None else max(captured_at_s - self._previous_s, 0.0)
        self._previous_s = captured_at_s
        return step_s

    def _follow_trunk(self, points: list[_Point], trunk: "_Trunk", step_s: float) -> None:
        self._torso_px = _follow_longest(self._torso_px, trunk.length_px, step_s)
        shoulders_px = math.dist(points[Keypoint.LEFT_SHOULDER], points[Keypoint.RIGHT_SHOULDER])
        hips_px = math.dist(points[Keypoint.LEFT_HIP], points[Keypoint.RIGHT_HIP])
        ratio = (shoulders_px + hips_px) / max(self._torso_px, 1.0)
        self._width_ratio = _follow(self._width_ratio, ratio, step_s, _VIEW_TIME_CONSTANT_S)
        keeps_sagittal = _VIEW_MARGIN if self._view == "sagittal" else -_VIEW_MARGIN
        keeps_frontal = _VIEW_MARGIN if self._view == "frontal" else -_VIEW_MARGIN
        if self._width_ratio <= _SAGITTAL_BELOW + keeps_sagittal:
            self._view = "sagittal"
        elif self._width_ratio >= _FRONTAL_ABOVE - keeps_frontal:
            self._view = "frontal"
        else:
            self._view = "oblique"

    def _follow_facing(self, points: list[_Point], visible: list[bool], step_s: float) -> int:
        # A head that looks down for a moment does not turn the person round.
        self._facing = _follow(
            self._facing, float(_facing(points, visible)), step_s, _FACING_TIME_CONSTANT_S
        )
        if abs(self._facing) < 0.2:
            return 0
        return 1 if self._facing > 0 else -1

    def _in_plane(self, sight: "_Sight") -> tuple[float | None, float | None]:
        angle = {
            "knee_flexion": _knee_flexion,
            "hip_abduction": _hip_abduction,
            "shoulder_abduction": _arm_against_trunk,
            "shoulder_flexion": _arm_against_trunk,
        }[self._measure]
        return angle("left", sight), angle("right", sight)

    def _by_shortening(self, sight: "_Sight") -> tuple[float | None, float | None]:
        if self._measure != "knee_flexion":
            return self._arm_elevation("left", sight), self._arm_elevation("right", sight)
        knees_deg = self._knees_by_hip_height(sight)
        return knees_deg, knees_deg

    def _knees_by_hip_height(self, sight: "_Sight") -> float | None:
        hips = _middle(sight.points, sight.visible, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
        ankles_y = [
            sight.points[each][1]
            for each in (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
            if sight.visible[each]
        ]
        if hips is None or not ankles_y:
            return None
        # The feet stay where they are: a slow floor keeps a restless ankle, or one lifted foot,
        # from looking like a squat.
        self._floor_y = _follow(self._floor_y, max(ankles_y), sight.step_s, _FLOOR_TIME_CONSTANT_S)
        height_px = max(self._floor_y - hips[1], 1.0)
        at_rest_px = height_px / max(math.cos(math.radians(self._start_deg / 2)), 0.5)
        full_px = self._full_length("left", height_px, at_rest_px, _LEG_PER_TORSO, sight.step_s)
        # Thigh and shank of equal length, the hip above the ankle: half the knee's angle each.
        return 2.0 * math.degrees(math.acos(min(height_px / full_px, 1.0)))

    def _arm_elevation(self, side: BodySide, sight: "_Sight") -> float | None:
        shoulder, elbow = _ARM_KEYPOINTS[side]
        if not (sight.visible[shoulder] and sight.visible[elbow]):
            return None
        start, end, down = sight.points[shoulder], sight.points[elbow], sight.down
        length_px = math.dist(start, end)
        full_px = self._full_length(side, length_px, length_px, _UPPER_ARM_PER_TORSO, sight.step_s)
        along_px = (end[0] - start[0]) * down[0] + (end[1] - start[1]) * down[1]
        return math.degrees(math.acos(max(-1.0, min(along_px / full_px, 1.0))))

    def _full_length(
        self,
        side: BodySide,
        length_px: float,
        first_px: float,
        per_torso: tuple[float, float],
        step_s: float,
    ) -> float:
        full_px = self._full_length_px.get(side, first_px)
        full_px = _follow_longest(full_px, length_px, step_s)
        if self._torso_px is not None:
            shortest, longest = per_torso
            full_px = max(shortest * self._torso_px, min(full_px, longest * self._torso_px))
        self._full_length_px[side] = full_px
        return max(full_px, 1.0)


@dataclass(frozen=True, slots=True)
class _Trunk:
    length_px: float
    down: _Point
    tilt_deg: float
    hip_x: float


@dataclass(frozen=True, slots=True)
class _Sight:
    """One pose in pixels, and the seconds since the one before."""

    points: list[_Point]
    visible: list[bool]
    trunk: _Trunk | None
    step_s: float

    @property
    def down(self) -> _Point:
        """Down along the trunk; straight down where the hips are not seen."""
        return (0.0, 1.0) if self.trunk is None else self.trunk.down


def plane_of(measure: Measure) -> View:
    """The plane of the body in which the measure moves, which is the view it is measured from."""
    return "frontal" if measure.endswith("abduction") else "sagittal"


def _keypoints_of(measure: Measure) -> tuple[Keypoint, ...]:
    if measure == "knee_flexion":
        return (*_LEG_KEYPOINTS["left"], *_LEG_KEYPOINTS["right"])
    if measure == "hip_abduction":
        legs = (*_LEG_KEYPOINTS["left"], *_LEG_KEYPOINTS["right"])
        return (*legs, Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
    arms = (*_ARM_KEYPOINTS["left"], *_ARM_KEYPOINTS["right"])
    return (*arms, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)


def _trunk(points: list[_Point], visible: list[bool]) -> _Trunk | None:
    shoulders = _middle(points, visible, Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
    hips = _middle(points, visible, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
    if shoulders is None or hips is None:
        return None
    right, down = hips[0] - shoulders[0], hips[1] - shoulders[1]
    length_px = math.hypot(right, down)
    if length_px < 1.0:
        return None
    return _Trunk(
        length_px=length_px,
        down=(right / length_px, down / length_px),
        tilt_deg=math.degrees(math.atan2(-right, down)),
        hip_x=hips[0],
    )


def _knee_flexion(side: BodySide, sight: _Sight) -> float | None:
    hip, knee, ankle = _LEG_KEYPOINTS[side]
    if not (sight.visible[hip] and sight.visible[knee] and sight.visible[ankle]):
        return None
    return 180.0 - _angle_between(sight.points[hip], sight.points[knee], sight.points[ankle])


def _arm_against_trunk(side: BodySide, sight: _Sight) -> float | None:
    shoulder, elbow = _ARM_KEYPOINTS[side]
    if not (sight.visible[shoulder] and sight.visible[elbow]):
        return None
    return abs(_signed_angle(sight.down, sight.points[shoulder], sight.points[elbow]))


def _hip_abduction(side: BodySide, sight: _Sight) -> float | None:
    hip, knee, ankle = _LEG_KEYPOINTS[side]
    end = ankle if sight.visible[ankle] else knee
    if sight.trunk is None or not (sight.visible[hip] and sight.visible[end]):
        return None
    hips_px = sight.points[Keypoint.LEFT_HIP][0] - sight.points[Keypoint.RIGHT_HIP][0]
    outward = math.copysign(1.0, hips_px) * (1.0 if side == "left" else -1.0)
    against_trunk = outward * _signed_angle(sight.down, sight.points[hip], sight.points[end])
    against_vertical = outward * _signed_angle((0.0, 1.0), sight.points[hip], sight.points[end])
    # When the trunk leans over the standing leg, that leg too makes an angle with the trunk.
    return min(against_trunk, against_vertical)


def _middle(
    points: list[_Point], visible: list[bool], left: Keypoint, right: Keypoint
) -> _Point | None:
    if visible[left] and visible[right]:
        (x1, y1), (x2, y2) = points[left], points[right]
        return (x1 + x2) / 2, (y1 + y2) / 2
    if visible[left]:
        return points[left]
    return points[right] if visible[right] else None


def _facing(points: list[_Point], visible: list[bool]) -> int:
    ears = _middle(points, visible, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR)
    if ears is None or not visible[Keypoint.NOSE]:
        return 0
    return 1 if points[Keypoint.NOSE][0] > ears[0] else -1


def _angle_between(first: _Point, vertex: _Point, second: _Point) -> float:
    x1, y1 = first[0] - vertex[0], first[1] - vertex[1]
    x2, y2 = second[0] - vertex[0], second[1] - vertex[1]
    return abs(math.degrees(math.atan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2)))


def _signed_angle(down: _Point, start: _Point, end: _Point) -> float:
    """Degrees from ``down`` to the segment, positive towards the right of the picture."""
    x, y = end[0] - start[0], end[1] - start[1]
    return math.degrees(math.atan2(down[1] * x - down[0] * y, down[0] * x + down[1] * y))


def _follow(previous: float | None, value: float, step_s: float, time_constant_s: float) -> float:
    if previous is None:
        return value
    return value + (previous - value) * math.exp(-step_s / time_constant_s)


def _follow_longest(previous: float | None, value: float, step_s: float) -> float:
    longer = previous is not None and value > previous
    return _follow(previous, value, step_s, _LENGTH_RISES_S if longer else _LENGTH_FALLS_S)
