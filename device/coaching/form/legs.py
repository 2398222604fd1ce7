"""Faults of the legs."""

import math

from device.coaching.body_frame import SIDES, BodyFrame, BodySide
from device.coaching.form.excursion import ExcursionRule
from device.coaching.form.limbs import LEGS, along, flexion_deg
from device.coaching.form.rule import Ended, Limit, arc_cosine_deg, other_side, signed_degrees
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import AngleLimit, StraightKnee

_BENT_LASTS_S = 0.5
"""A length errs more than an angle does, and for longer."""


class KneeValgus(ExcursionRule):
    """A knee falls inward: the frontal plane projection angle (Willson and Davis 2008), beyond the
    patient's own at rest."""

    one_sided = True

    def __init__(self, rule: AngleLimit) -> None:
        super().__init__("knee_valgus", Limit(rule.limit_deg))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees by which the knee is medial of the line from hip to ankle."""
        hip, knee, ankle = LEGS[side]
        if not body.visible(hip, knee, ankle, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP):
            return None
        (hip_x, hip_y), (knee_x, knee_y) = body.points[hip], body.points[knee]
        ankle_x, ankle_y = body.points[ankle]
        hips_px = body.points[Keypoint.LEFT_HIP][0] - body.points[Keypoint.RIGHT_HIP][0]
        outward = math.copysign(1.0, hips_px) * (1.0 if side == "left" else -1.0)
        thigh_deg = signed_degrees(knee_x - hip_x, knee_y - hip_y)
        shank_deg = signed_degrees(ankle_x - knee_x, ankle_y - knee_y)
        return outward * (shank_deg - thigh_deg)


class KneeBent(ExcursionRule):
    """A leg that the exercise keeps straight bends at the knee.

    From the side the knee bends in the picture's plane. From in front it bends towards the camera:
    there, what counts is how much of its length at rest the shank still has along the thigh.
    """

    one_sided = True
    lasts_s = _BENT_LASTS_S

    def __init__(self, rule: StraightKnee, exercise: ExerciseDefinition) -> None:
        super().__init__("knee_bent", Limit(rule.limit_deg), exercise.view)
        self._leg = rule.leg

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees of flexion from the side; from in front, torso lengths along the thigh."""
        hip, knee, ankle = LEGS[side]
        if not body.visible(hip, knee, ankle):
            return None
        if self.view == "sagittal":
            return flexion_deg(body, LEGS[side])
        (thigh_x, thigh_y), (shank_x, shank_y) = along(body, hip, knee), along(body, knee, ankle)
        thigh_px = math.hypot(thigh_x, thigh_y)
        if not body.torso_px or thigh_px < 1.0:
            return None
        return (thigh_x * shank_x + thigh_y * shank_y) / thigh_px / body.torso_px

    def excursion(self, value: float, baseline: float) -> float:
        """Degrees of flexion more than at rest."""
        if self.view == "sagittal":
            return value - baseline
        return arc_cosine_deg(value / max(baseline, 1e-6))

    def judged_sides(self, ended: Ended) -> tuple[BodySide, ...]:
        """Both legs, or the one that the exercise keeps straight."""
        if ended.side == "both" or self._leg == "both":
            return SIDES
        return (ended.side if self._leg == "moving" else other_side(ended.side),)


class HipFlexed(ExcursionRule):
    """The thigh comes forward although the hip should stay straight."""

    one_sided = True

    def __init__(self, rule: AngleLimit) -> None:
        super().__init__("hip_flexed", Limit(rule.limit_deg))

    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """Degrees of the thigh forward of the trunk's line."""
        hip, knee, _ = LEGS[side]
        if body.trunk is None or not body.facing or not body.visible(hip, knee):
            return None
        (hip_x, hip_y), (knee_x, knee_y) = body.points[hip], body.points[knee]
        x, y = knee_x - hip_x, knee_y - hip_y
        down_x, down_y = body.trunk.down
        thigh_deg = signed_degrees(down_y * x - down_x * y, down_x * x + down_y * y)
        return thigh_deg * body.facing
