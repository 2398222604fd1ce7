"""How each fault of posture is made: so that nobody doubts it, and nothing else goes wrong.

Faults of when and how far a repetition goes are made in its plan
(:mod:`device.camera.simulated.faulty_plan`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from device.camera.simulated.faulty_plan import EXCESS_SHARE, beyond_deg
from device.camera.simulated.proportions import (
    ANKLE_HEIGHT,
    FACE,
    HALF_HIPS,
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
    LengthLimit,
    LowestFraction,
)
from models.exercises.motion import JointAngles, SideAngles
from models.messages import FaultCode, Side

_ROLL_EXCESS, _HIKE_EXCESS = 0.2, 0.1
_HEAD_TURN_DEG = 65.0
_SWAY_PERIOD_S = 2.2
# Faults of posture are there from early on: the share of the way by which they are complete.
_COMPLETE_BY = 0.35
# Below this the reference motion does not lean by itself.
_LEANS_ITSELF_FROM_DEG = 10.0
_STRAIGHT_KNEE_DEG = 20.0
MOST_TILT_DEG = 15.0


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


def with_fault(angles: JointAngles, fault: FaultCode, moment: FaultyMoment) -> JointAngles:
    """``angles`` with the fault, if it is one of posture."""
    make = _POSTURE_FAULTS.get(fault)
    if make is None:
        return angles
    return make(angles, moment.exercise.form.rule(fault), moment)


def _lean_forward(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    # Against the vertical: what the exercise leans by itself is part of it.
    wanted_deg = beyond_deg(rule.limit_deg, moment.size)
    own_deg = _own_lean_deg(moment)
    if own_deg >= _LEANS_ITSELF_FROM_DEG:
        more_deg = max(angles.trunk_flexion_deg, 0.0) * (wanted_deg / own_deg - 1.0)
    else:
        more_deg = wanted_deg * _while_it_works(moment) - max(angles.trunk_flexion_deg, 0.0)
    more_deg = max(more_deg, 0.0)
    return _keep_untrained_leg(angles.leaning(more_deg, 0.0), moment, more_deg)


def _own_lean_deg(moment: FaultyMoment) -> float:
    """How far the reference motion leans forward on its way, beyond where it starts."""
    motion = moment.exercise.motion
    passed = motion.waypoint.trunk_flexion_deg if motion.waypoint else None
    furthest_deg = max(motion.peak.trunk_flexion_deg, passed or 0.0)
    return furthest_deg if furthest_deg > motion.start.trunk_flexion_deg else 0.0


def _while_it_works(moment: FaultyMoment) -> float:
    """0 to 1: at the peak, or on the way there where the peak is to stand upright."""
    if not _rises(moment.exercise):
        return moment.present
    return 4.0 * moment.share * (1.0 - moment.share)


def _rises(exercise: ExerciseDefinition) -> bool:
    motion = exercise.motion
    return motion.start.moving.knee_flexion_deg > motion.peak.moving.knee_flexion_deg


def _keep_untrained_leg(angles: JointAngles, moment: FaultyMoment, leant_deg: float) -> JointAngles:
    """A free leg that is not trained hangs as it did."""
    free = {"left_foot": "right", "right_foot": "left"}.get(angles.support)
    if free is None or free == moment.side:
        return angles
    leg: SideAngles = getattr(angles, free)
    hip_deg = leg.hip_flexion_deg + leant_deg
    return angles.model_copy(update={free: leg.model_copy(update={"hip_flexion_deg": hip_deg})})


def _lean_backward(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    return angles.leaning(-beyond_deg(rule.limit_deg, moment.size) * moment.present, 0.0)


def _lean_sideways(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    away = 1.0 if moment.side == "right" else -1.0
    return angles.leaning(0.0, away * beyond_deg(rule.limit_deg, moment.size) * moment.present)


def _drop_pelvis(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    lower = "right" if angles.support == "left_foot" else "left"
    if angles.support not in ("left_foot", "right_foot") and moment.side == "right":
        lower = "right"
    drop_deg = beyond_deg(rule.limit_deg, moment.size) * moment.share
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
    # A knee goes in while it is bent; a straight one cannot.
    weight = moment.present if _rises(moment.exercise) else moment.share
    inward_deg = beyond_deg(rule.limit_deg, moment.size) * weight
    return _on_sides(angles, moment, knee_valgus_deg=inward_deg)


def _bend_knees(angles: JointAngles, rule: AngleLimit, moment: FaultyMoment) -> JointAngles:
    bent_deg = beyond_deg(rule.limit_deg, moment.size) * moment.present
    both_stand = angles.support in ("feet", "toes")
    # A standing knee goes forward over a flat foot.
    dorsiflexion_deg = bent_deg / 2 if angles.support == "feet" else 0.0
    changed = {}
    for side in ("left", "right") if both_stand else _sides_of(moment):
        which: Literal["moving", "other"] = "moving" if moment.side in (side, "both") else "other"
        if moment.exercise.motion.peak.side(which).knee_flexion_deg > _STRAIGHT_KNEE_DEG:
            continue
        leg: SideAngles = getattr(angles, side)
        changed[side] = leg.model_copy(
            update={
                "knee_flexion_deg": leg.knee_flexion_deg + bent_deg,
                "ankle_dorsiflexion_deg": leg.ankle_dorsiflexion_deg + dorsiflexion_deg,
            }
        )
    return angles.model_copy(update=changed).leaning(0.0, 0.0)


def tilted_where_uneven(angles: JointAngles) -> JointAngles:
    """A pelvis that is lower over the leg that is more bent, when both feet are flat."""
    if angles.support != "feet":
        return angles
    tilt_deg = max(-MOST_TILT_DEG, min(tilt_needed_deg(angles), MOST_TILT_DEG))
    return _changed(angles, pelvic_obliquity_deg=tilt_deg)


def tilt_needed_deg(angles: JointAngles) -> float:
    """The pelvis's tilt at which two flat feet allow both knees' angles; 90 where none does."""
    left, right = (
        THIGH * math.cos(math.radians(leg.knee_flexion_deg - leg.ankle_dorsiflexion_deg))
        + SHANK * math.cos(math.radians(leg.ankle_dorsiflexion_deg))
        for leg in (angles.left, angles.right)
    )
    return math.degrees(math.asin(max(-1.0, min((left - right) / (2.0 * HALF_HIPS), 1.0))))


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
    far = rule.limit_torso * (1.0 + EXCESS_SHARE * moment.size) * TRUNK
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
