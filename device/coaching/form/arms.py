"""Faults of the arms and shoulders."""

import math

from device.coaching.body_frame import BodyFrame, BodySide, Point
from device.coaching.form.excursion import ExcursionRule
from device.coaching.form.limbs import ARMS, LEGS, along, flexion_deg
from device.coaching.form.rule import Ended, Limit, NotJudged, Sight
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import AngleBand, AngleLimit, LengthLimit, LowestFraction

_EARS: dict[BodySide, Keypoint] = {"left": Keypoint.LEFT_EAR, "right": Keypoint.RIGHT_EAR}
_BENT_LASTS_S = 0.5
"""Wrists are lost for longer than other keypoints."""
_COSINE_OF_70_DEG = 0.34
_UPPER_ARM_TORSO = 0.55
"""A short upper arm in torso lengths; 0.62 on average (Winter 2009)."""
_RISING_TORSO_PER_S = 0.12
"""The hips rise faster than this while somebody gets up; slower is noise."""
_RISING_OVER_S = 0.35
_SUPPORT_LASTS_S = 0.3
"""Hands that lie on the thighs leave them as somebody begins to rise."""


class ElbowBent(ExcursionRule):
    """An arm that the exercise keeps straight bends at the elbow.

    In the picture's plane only: a forearm that points to the camera is not seen to be bent.
    """

    one_sided = True
    lasts_s = _BENT_LASTS_S

    def __init__(self, rule: AngleLimit, exercise: ExerciseDefinition) -> None:
        super().__init__("elbow_bent", Limit(rule.limit_deg), exercise.view)

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees of flexion in the picture."""
        joints = ARMS[side]
        return flexion_deg(body, joints) if body.visible(*joints) else None


class ElbowAngle(ExcursionRule):
    """An elbow leaves the band in which the exercise keeps it bent."""

    one_sided = True
    against_baseline = False

    def __init__(self, rule: AngleBand, exercise: ExerciseDefinition) -> None:
        half_deg = (rule.highest_deg - rule.lowest_deg) / 2
        super().__init__("elbow_angle", Limit(half_deg), exercise.view)
        self._middle_deg = (rule.highest_deg + rule.lowest_deg) / 2

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees of flexion in the picture."""
        joints = ARMS[side]
        return flexion_deg(body, joints) if body.visible(*joints) else None

    def excursion(self, value: float, baseline: float) -> float:
        """From the middle of the band, to either side."""
        del baseline
        return abs(value - self._middle_deg)


class ShoulderHike(ExcursionRule):
    """A shoulder is pulled up towards the ear.

    In the first 70 degrees of elevation; beyond them every shoulder rises with its arm (Inman,
    Saunders and Abbott, Journal of Bone and Joint Surgery 26, 1944).
    """

    one_sided = True

    def __init__(self, rule: LowestFraction) -> None:
        super().__init__("shoulder_hike", Limit(1.0 - rule.minimum_fraction))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """From the ear to the shoulder, in pixels."""
        ear, (shoulder, elbow, _) = _EARS[side], ARMS[side]
        if not body.visible(ear, shoulder, elbow):
            return None
        return math.dist(body.points[ear], body.points[shoulder])

    def belongs_to_side(self, body: BodyFrame, side: BodySide) -> bool:
        """Whether the arm is in its first 70 degrees."""
        shoulder, elbow, _ = ARMS[side]
        x, y = along(body, shoulder, elbow)
        down_x, down_y = body.down
        # An arm that comes towards the camera is shorter in the picture than it is.
        length_px = max(math.hypot(x, y), _UPPER_ARM_TORSO * (body.torso_px or 0.0))
        return x * down_x + y * down_y > _COSINE_OF_70_DEG * length_px

    def excursion(self, value: float, baseline: float) -> float:
        """The fraction of the distance that is lost."""
        return 1.0 - value / max(baseline, 1e-6)


class HandSupport(ExcursionRule):
    """A hand pushes on the thigh or the knee while the body rises.

    Of the arm and leg that face the camera; those behind are guessed by the network. The reading is
    the distance itself, negated inside so that the nearest that lasted is found.
    """

    one_sided = True
    against_baseline = False
    lasts_s = _SUPPORT_LASTS_S

    def __init__(self, rule: LengthLimit) -> None:
        super().__init__("hand_support", Limit(rule.limit_torso, nearness=True))
        self._hips: list[tuple[float, float]] = []

    def belongs(self, sight: Sight) -> bool:
        """Whether the hips are rising."""
        body = sight.body
        if body.trunk is None or not body.torso_px:
            return False
        now_s, height = body.captured_at_s, -body.trunk.hips[1] / body.torso_px
        self._hips = [each for each in self._hips if now_s - each[0] <= _RISING_OVER_S]
        self._hips.append((now_s, height))
        since_s = now_s - self._hips[0][0]
        risen = height - self._hips[0][1]
        return since_s >= _RISING_OVER_S / 2 and risen > _RISING_TORSO_PER_S * since_s

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Minus the distance of the wrist from the thigh, in torso lengths."""
        _, _, wrist = ARMS[side]
        hip, knee, _ = LEGS[side]
        if not body.torso_px or not body.visible(wrist, hip, knee):
            return None
        near_px = _distance_px(body.points[wrist], body.points[hip], body.points[knee])
        return -near_px / body.torso_px

    def read(self, ended: Ended) -> float | NotJudged:
        """The distance that lasted, in torso lengths."""
        reading = super().read(ended)
        return -reading if isinstance(reading, float) else reading


def _distance_px(point: Point, start: Point, end: Point) -> float:
    x, y = end[0] - start[0], end[1] - start[1]
    length = x * x + y * y
    share = ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / length if length else 0.0
    share = max(0.0, min(share, 1.0))
    return math.hypot(point[0] - start[0] - x * share, point[1] - start[1] - y * share)
