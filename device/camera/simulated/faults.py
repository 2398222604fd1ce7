"""How each fault of form is made: by so much that nobody doubts it, and nothing else goes wrong.

A fault goes beyond its rule's limit by three quarters of it times the fault's size, within bounds
that a body can do. What follows from one another in a body cannot be kept apart: who hurries also
lowers fast.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FACE,
    HALF_SHOULDERS,
    HEAD_CENTRE,
    SHANK,
    THIGH,
    TRUNK,
)
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import (
    AngleBand,
    AngleLimit,
    FaultRule,
    HighestFraction,
    IncompleteReturnRule,
    LengthLimit,
    LowestFraction,
    ShortestTime,
)
from models.exercises.motion import JointAngles, SideAngles
from models.messages import FaultCode, Side, Tempo

_EXCESS_SHARE, _LEAST_EXCESS_DEG, _MOST_EXCESS_DEG = 0.75, 8.0, 16.0
_RANGE_MISSING, _TIME_SHARE, _TIME_EXCESS = 0.14, 0.4, 0.6
_RETURN_EXCESS, _COUNTS_BELOW_LEAVE = 0.15, 0.85
_ROLL_EXCESS, _HIKE_EXCESS = 0.2, 0.1
_HEAD_TURN_DEG = 65.0
_SWAY_PERIOD_S = 2.2
_TOUCH_SHARE = 0.2
# Faults of posture are there from early on: the share of the way by which they are complete.
_COMPLETE_BY = 0.35
_COUNT_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class FaultyMoment:
    """When a fault is made: who does what, how far it has gone (0 to 1), and the seconds since the
    repetition began."""

    exercise: ExerciseDefinition
    side: Side
    share: float
    since_s: float
    size: float

    @property
    def present(self) -> float:
        """0 to 1, smoothly, early in the way out."""
        at = min(self.share / _COMPLETE_BY, 1.0)
        return at * at * (3.0 - 2.0 * at)


def beyond_deg(limit_deg: float, size: float) -> float:
    """An angle clearly beyond its limit."""
    excess = min(max(_EXCESS_SHARE * limit_deg, _LEAST_EXCESS_DEG), _MOST_EXCESS_DEG)
    return limit_deg + excess * size


def with_fault(angles: JointAngles, fault: FaultCode, moment: FaultyMoment) -> JointAngles:
    """``angles`` with the fault, if it is one of posture."""
    make = _POSTURE_FAULTS.get(fault)
    if make is None:
        return angles
    return make(angles, moment.exercise.form.rule(fault), moment)


def faulty_tempo(
    exercise: ExerciseDefinition, tempo: Tempo, fault: FaultCode | None, size: float
) -> Tempo:
    """``tempo`` with the fault, if it is one of time."""
    rule = None if fault is None else exercise.form.rule(fault)
    if fault == "too_fast" and isinstance(rule, LowestFraction):
        factor = rule.minimum_fraction * max(1.0 - _TIME_SHARE * size, 0.2)
        return _faster(tempo, factor, factor)
    if fault == "too_slow" and isinstance(rule, HighestFraction):
        factor = rule.maximum_fraction * (1.0 + _TIME_EXCESS * size)
        return _faster(tempo, factor, factor)
    if fault == "fast_lowering" and isinstance(rule, ShortestTime):
        lowers_s = min(rule.shortest_s * max(1.0 - _TIME_SHARE * size, 0.3), tempo.return_s)
        return _faster(tempo, 1.0, lowers_s / tempo.return_s if tempo.return_s else 1.0)
    return tempo


def faulty_peak(
    exercise: ExerciseDefinition, progress: float, fault: FaultCode | None, size: float
) -> float:
    """The peak's progress with the fault, which still counts."""
    rule = exercise.form.incomplete_range
    if fault != "incomplete_range" or rule is None:
        return progress
    missing = rule.minimum_progress - _RANGE_MISSING * size
    counted = counted_from(exercise) + _COUNT_MARGIN
    return progress * min(max(missing, counted), rule.minimum_progress - 0.02)


def left_progress(exercise: ExerciseDefinition, fault: FaultCode | None, size: float) -> float:
    """Where a repetition ends that does not come all the way back, and counts if it can."""
    rule = exercise.form.incomplete_return
    if fault != "incomplete_return" or not isinstance(rule, IncompleteReturnRule):
        return 0.0
    span = exercise.range_of_motion
    counts_below = exercise.repetition.leave * span.progress(span.easy_deg)
    too_far = rule.maximum_progress + _RETURN_EXCESS * size
    if counts_below > rule.maximum_progress:
        too_far = min(
            too_far,
            rule.maximum_progress + (counts_below - rule.maximum_progress) * _COUNTS_BELOW_LEAVE,
        )
    return too_far


def uneven_peak(
    exercise: ExerciseDefinition, progress: float, fault: FaultCode | None, size: float
) -> float | None:
    """How far the weaker side goes in an uneven repetition."""
    rule = exercise.form.asymmetry
    if fault != "asymmetry" or rule is None:
        return None
    span = exercise.range_of_motion
    return progress - beyond_deg(rule.limit_deg, size) / abs(span.full_deg - span.start_deg)


def touching_progress(exercise: ExerciseDefinition, fault: FaultCode | None) -> float | None:
    """The progress at which a lifted foot touches down."""
    rule = exercise.form.touch_down
    if fault != "touch_down" or rule is None:
        return None
    if exercise.measure != "leg_lift":
        return 0.0
    lifted = math.asin(rule.minimum_fraction * _TOUCH_SHARE)
    return max(exercise.range_of_motion.progress(math.degrees(lifted)), 0.0)


def counted_from(exercise: ExerciseDefinition) -> float:
    """The progress from which a repetition counts."""
    span = exercise.range_of_motion
    return exercise.repetition.enter * span.progress(span.easy_deg)


def _faster(tempo: Tempo, out: float, back: float) -> Tempo:
    return tempo.model_copy(update={"out_s": tempo.out_s * out, "return_s": tempo.return_s * back})


def _lean_forward(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    # Against the vertical: what the exercise leans by itself is part of it.
    wanted_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    missing_deg = wanted_deg - max(angles.trunk_flexion_deg, 0.0)
    return angles.leaning(max(missing_deg, 0.0), 0.0)


def _lean_backward(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    return angles.leaning(-beyond_deg(rule.limit_deg, moment.size) * moment.present, 0.0)


def _lean_sideways(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    away = 1.0 if moment.side == "right" else -1.0
    return angles.leaning(0.0, away * beyond_deg(rule.limit_deg, moment.size) * moment.present)


def _drop_pelvis(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    lower = "right" if angles.support == "left_foot" else "left"
    if angles.support not in ("left_foot", "right_foot") and moment.side == "right":
        lower = "right"
    drop_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    return _changed(angles, pelvic_obliquity_deg=drop_deg if lower == "right" else -drop_deg)


def _roll_pelvis(angles: JointAngles, rule: LowestFraction, moment: FaultyMoment) -> JointAngles:
    narrowed = max(rule.minimum_fraction - _ROLL_EXCESS * moment.size, 0.1)
    roll_deg = math.degrees(math.acos(narrowed)) * moment.present
    if moment.side == "right":
        roll_deg = -roll_deg
    # The shoulders go as far as they would, the pelvis with them.
    return _changed(
        angles,
        pelvis_rotation_deg=roll_deg,
        trunk_rotation_deg=angles.trunk_rotation_deg
        - (roll_deg if angles.trunk_rotation_deg else 0.0),
    )


def _knees_in(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    motion = moment.exercise.motion
    bent_first = motion.start.moving.knee_flexion_deg > motion.peak.moving.knee_flexion_deg
    # A knee goes in while it is bent; a straight one cannot.
    weight = moment.present if bent_first else moment.share
    inward_deg = beyond_deg(rule.limit_deg, moment.size) * weight
    return _on_sides(angles, moment, knee_valgus_deg=inward_deg)


def _bend_knees(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    bent_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    both_stand = angles.support in ("feet", "toes")
    dorsi = 0.5 if angles.support == "feet" else 0.0
    changed = {}
    for side in ("left", "right") if both_stand else _sides_of(moment):
        leg: SideAngles = getattr(angles, side)
        changed[side] = leg.model_copy(
            update={
                "knee_flexion_deg": leg.knee_flexion_deg + bent_deg,
                "ankle_dorsiflexion_deg": leg.ankle_dorsiflexion_deg + dorsi * bent_deg,
            }
        )
    return angles.model_copy(update=changed).leaning(0.0, 0.0)


def _flex_hip(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    flexed_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    return _more_on_sides(angles, moment, "hip_flexion_deg", flexed_deg)


def _bend_elbow(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    bent_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    return _at_least_on_sides(angles, moment, "elbow_flexion_deg", bent_deg)


def _open_elbow(angles: JointAngles, rule: AngleBand, moment: FaultyMoment) -> JointAngles:
    middle_deg = (rule.lowest_deg + rule.highest_deg) / 2
    excess_deg = beyond_deg(rule.highest_deg - middle_deg, moment.size)
    return _more_on_sides(angles, moment, "elbow_flexion_deg", excess_deg * moment.present)


def _hike_shoulder(angles: JointAngles, rule: LowestFraction, moment: FaultyMoment) -> JointAngles:
    ear = FACE["left_ear"]
    aside, above = HALF_SHOULDERS - ear[0], HEAD_CENTRE + ear[1]
    wanted = max(rule.minimum_fraction - _HIKE_EXCESS * moment.size, 0.55)
    near = wanted * math.hypot(aside, above)
    lifted = above - math.sqrt(max(near * near - aside * aside, 0.0))
    lifted_deg = math.degrees(math.asin(min(lifted / HALF_SHOULDERS, 0.9)))
    return _on_sides(angles, moment, girdle_elevation_deg=lifted_deg * moment.present)


def _turn_head(angles: JointAngles, rule: FaultRule, moment: FaultyMoment) -> JointAngles:
    away = 1.0 if moment.side == "right" else -1.0
    turned_deg = away * min(_HEAD_TURN_DEG * moment.size, 85.0) * moment.present
    return _changed(angles, head_rotation_deg=angles.head_rotation_deg + turned_deg)


def _sway(angles: JointAngles, rule: LengthLimit, moment: FaultyMoment) -> JointAngles:
    far = rule.limit_torso * (1.0 + _EXCESS_SHARE * moment.size) * TRUNK
    leans = math.degrees(math.asin(min(far / (THIGH + SHANK + ANKLE_HEIGHT), 0.5)))
    swings = math.sin(2.0 * math.pi * moment.since_s / _SWAY_PERIOD_S)
    return swaying(angles, leans * swings * moment.present, 0.0)


def _support_by_hand(angles: JointAngles, rule: LengthLimit, moment: FaultyMoment) -> JointAngles:
    return _changed(angles, hands_on_thighs=moment.present)


def swaying(angles: JointAngles, to_left_deg: float, forward_deg: float) -> JointAngles:
    """A standing body leaning as a whole from the ankles, the trunk upright."""
    changed = {}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        leg: SideAngles = getattr(angles, side)
        changed[side] = leg.model_copy(
            update={
                "hip_abduction_deg": leg.hip_abduction_deg + sign * to_left_deg,
                "ankle_dorsiflexion_deg": leg.ankle_dorsiflexion_deg + forward_deg,
            }
        )
    return angles.model_copy(update=changed).leaning(0.0, 0.0)


def _sides_of(moment: FaultyMoment) -> tuple[str, ...]:
    return ("left", "right") if moment.side == "both" else (moment.side,)


def _changed(angles: JointAngles, **update: float) -> JointAngles:
    return angles.model_copy(update=update)


def _on_sides(angles: JointAngles, moment: FaultyMoment, **update: float) -> JointAngles:
    changed = {side: getattr(angles, side).model_copy(update=update) for side in _sides_of(moment)}
    return angles.model_copy(update=changed)


def _more_on_sides(
    angles: JointAngles, moment: FaultyMoment, name: str, more_deg: float
) -> JointAngles:
    changed = {}
    for side in _sides_of(moment):
        limb = getattr(angles, side)
        changed[side] = limb.model_copy(update={name: getattr(limb, name) + more_deg})
    return angles.model_copy(update=changed)


def _at_least_on_sides(
    angles: JointAngles, moment: FaultyMoment, name: str, least_deg: float
) -> JointAngles:
    changed = {}
    for side in _sides_of(moment):
        limb = getattr(angles, side)
        changed[side] = limb.model_copy(update={name: max(getattr(limb, name), least_deg)})
    return angles.model_copy(update=changed)


_POSTURE_FAULTS: Mapping[FaultCode, Callable[[JointAngles, Any, FaultyMoment], JointAngles]] = {
    "trunk_lean_forward": _lean_forward,
    "trunk_lean_backward": _lean_backward,
    "trunk_lean_sideways": _lean_sideways,
    "pelvic_drop": _drop_pelvis,
    "pelvis_roll": _roll_pelvis,
    "knee_valgus": _knees_in,
    "knee_bent": _bend_knees,
    "hip_flexed": _flex_hip,
    "elbow_bent": _bend_elbow,
    "elbow_angle": _open_elbow,
    "shoulder_hike": _hike_shoulder,
    "head_turned": _turn_head,
    "sway": _sway,
    "hand_support": _support_by_hand,
}

FAULTS_OF_TIME_AND_RANGE: frozenset[FaultCode] = frozenset(
    {
        "touch_down",
        "incomplete_range",
        "incomplete_return",
        "asymmetry",
        "fast_lowering",
        "too_fast",
        "too_slow",
    }
)
"""Faults of when and how far, made in the plan of a repetition; all others are postures."""
