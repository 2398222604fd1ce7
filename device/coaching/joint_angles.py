"""Joint angles in one smoothed pose, in clinical convention: 0 is the neutral position.

In the plane of the picture an angle is measured between body segments. Where the segments move
towards the camera (a squat or an arm lift seen from the front) the plane is lost; there the angle
is estimated from how much the limb has shortened against its full length, good enough to count
repetitions by and marked as not measured.
"""

import math
from dataclasses import dataclass

from device.coaching.body_frame import (
    SIDES,
    VISIBLE_SCORE,
    BodyFrame,
    BodyObserver,
    BodySide,
    CameraView,
    Point,
    follow,
    follow_longest,
)
from device.pose.pose import Keypoint, Pose
from models.exercises.definition import Measure, View

__all__ = ["SIDES", "VISIBLE_SCORE", "BodySide", "CameraView"]

_FLOOR_TIME_CONSTANT_S = 2.0
# Bounds of hip to ankle and shoulder to elbow in torso lengths, generous for perspective: 1.65 and
# 0.62 in Winter, Biomechanics and Motor Control of Human Movement (2009).
_LEG_PER_TORSO = (1.1, 2.2)
_UPPER_ARM_PER_TORSO = (0.4, 0.9)

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
    the measure at rest: a leg seen first on a seated person is longer than it looks. ``body`` is
    what the last pose showed of the body.
    """

    body: BodyFrame

    def __init__(self, measure: Measure, start_deg: float) -> None:
        self._measure = measure
        self._start_deg = start_deg
        self._keypoints = _keypoints_of(measure)
        self._observer = BodyObserver()
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._observer.reset()
        self._floor_y: float | None = None
        self._full_length_px: dict[BodySide, float] = {}

    def estimate(self, pose: Pose) -> JointAngles:
        """The angles in ``pose``, whose times must increase."""
        body = self.body = self._observer.observe(pose)
        trunk = body.trunk
        in_plane = not (body.view == "frontal" and plane_of(self._measure) == "sagittal")
        left_deg, right_deg = self._in_plane(body) if in_plane else self._by_shortening(body)
        return JointAngles(
            captured_at_s=pose.captured_at_s,
            left_deg=left_deg,
            right_deg=right_deg,
            in_plane=in_plane,
            view=body.view,
            trunk_tilt_deg=None if trunk is None else trunk.tilt_deg,
            facing=body.facing,
            hips_x_px=None if trunk is None else trunk.hips[0],
            torso_px=body.torso_px,
            score=sum(body.scores[index] for index in self._keypoints) / len(self._keypoints),
        )

    def _in_plane(self, sight: BodyFrame) -> tuple[float | None, float | None]:
        angle = {
            "knee_flexion": _knee_flexion,
            "hip_abduction": _hip_abduction,
            "shoulder_abduction": _arm_against_trunk,
            "shoulder_flexion": _arm_against_trunk,
        }[self._measure]
        return angle("left", sight), angle("right", sight)

    def _by_shortening(self, sight: BodyFrame) -> tuple[float | None, float | None]:
        if self._measure != "knee_flexion":
            return self._arm_elevation("left", sight), self._arm_elevation("right", sight)
        knees_deg = self._knees_by_hip_height(sight)
        return knees_deg, knees_deg

    def _knees_by_hip_height(self, sight: BodyFrame) -> float | None:
        hips = sight.middle(Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
        ankles_y = [
            sight.points[each][1]
            for each in (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
            if sight.visible(each)
        ]
        if hips is None or not ankles_y:
            return None
        # The feet stay where they are: a slow floor keeps a restless ankle, or one lifted foot,
        # from looking like a squat.
        self._floor_y = follow(self._floor_y, max(ankles_y), sight.step_s, _FLOOR_TIME_CONSTANT_S)
        height_px = max(self._floor_y - hips[1], 1.0)
        at_rest_px = height_px / max(math.cos(math.radians(self._start_deg / 2)), 0.5)
        full_px = self._full_length("left", height_px, at_rest_px, _LEG_PER_TORSO, sight)
        # Thigh and shank of equal length, the hip above the ankle: half the knee's angle each.
        return 2.0 * math.degrees(math.acos(min(height_px / full_px, 1.0)))

    def _arm_elevation(self, side: BodySide, sight: BodyFrame) -> float | None:
        shoulder, elbow = _ARM_KEYPOINTS[side]
        if not sight.visible(shoulder, elbow):
            return None
        start, end, down = sight.points[shoulder], sight.points[elbow], sight.down
        length_px = math.dist(start, end)
        full_px = self._full_length(side, length_px, length_px, _UPPER_ARM_PER_TORSO, sight)
        along_px = (end[0] - start[0]) * down[0] + (end[1] - start[1]) * down[1]
        return math.degrees(math.acos(max(-1.0, min(along_px / full_px, 1.0))))

    def _full_length(
        self,
        side: BodySide,
        length_px: float,
        first_px: float,
        per_torso: tuple[float, float],
        sight: BodyFrame,
    ) -> float:
        step_s, torso_px = sight.step_s, sight.torso_px
        full_px = self._full_length_px.get(side, first_px)
        full_px = follow_longest(full_px, length_px, step_s)
        if torso_px is not None:
            shortest, longest = per_torso
            full_px = max(shortest * torso_px, min(full_px, longest * torso_px))
        self._full_length_px[side] = full_px
        return max(full_px, 1.0)


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


def _knee_flexion(side: BodySide, sight: BodyFrame) -> float | None:
    hip, knee, ankle = _LEG_KEYPOINTS[side]
    if not sight.visible(hip, knee, ankle):
        return None
    return 180.0 - _angle_between(sight.points[hip], sight.points[knee], sight.points[ankle])


def _arm_against_trunk(side: BodySide, sight: BodyFrame) -> float | None:
    shoulder, elbow = _ARM_KEYPOINTS[side]
    if not sight.visible(shoulder, elbow):
        return None
    return abs(_signed_angle(sight.down, sight.points[shoulder], sight.points[elbow]))


def _hip_abduction(side: BodySide, sight: BodyFrame) -> float | None:
    hip, knee, ankle = _LEG_KEYPOINTS[side]
    end = ankle if sight.visible(ankle) else knee
    if sight.trunk is None or not sight.visible(hip, end):
        return None
    hips_px = sight.points[Keypoint.LEFT_HIP][0] - sight.points[Keypoint.RIGHT_HIP][0]
    outward = math.copysign(1.0, hips_px) * (1.0 if side == "left" else -1.0)
    against_trunk = outward * _signed_angle(sight.down, sight.points[hip], sight.points[end])
    against_vertical = outward * _signed_angle((0.0, 1.0), sight.points[hip], sight.points[end])
    # When the trunk leans over the standing leg, that leg too makes an angle with the trunk.
    return min(against_trunk, against_vertical)


def _angle_between(first: Point, vertex: Point, second: Point) -> float:
    x1, y1 = first[0] - vertex[0], first[1] - vertex[1]
    x2, y2 = second[0] - vertex[0], second[1] - vertex[1]
    return abs(math.degrees(math.atan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2)))


def _signed_angle(down: Point, start: Point, end: Point) -> float:
    """Degrees from ``down`` to the segment, positive towards the right of the picture."""
    x, y = end[0] - start[0], end[1] - start[1]
    return math.degrees(math.atan2(down[1] * x - down[0] * y, down[0] * x + down[1] * y))
