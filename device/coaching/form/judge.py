"""Judges the form of a movement: each fault of the exercise, or why it was not judged.

A fault is judged only where the camera's view and the keypoints' scores allow it, and no finer than
it was measured; elsewhere the reason is kept, so that a doctor reads "not judged" and never a false
"no faults".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from device.coaching.body_frame import BodyFrame
from device.coaching.form.arms import ElbowAngle, ElbowBent, HandSupport, ShoulderHike
from device.coaching.form.balance import Sway, TouchDown
from device.coaching.form.legs import HipFlexed, KneeBent, KneeValgus
from device.coaching.form.measured_error import MeasuredErrors, load_measured_errors
from device.coaching.form.rule import Ended, NotJudged, Rule, Sight
from device.coaching.form.tempo import FastLowering, TempoRule, TooFast, TooSlow
from device.coaching.form.travel import Asymmetry, IncompleteRange, IncompleteReturn
from device.coaching.form.trunk import (
    HeadTurned,
    PelvicDrop,
    PelvisRoll,
    TrunkLeanBackward,
    TrunkLeanForward,
    TrunkLeanSideways,
)
from device.coaching.joint_angles import JointAngles
from device.coaching.repetition import Movement
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import FaultRule
from models.messages import FaultCode, Side, Tempo

Data = TypeVar("Data", bound=FaultRule)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say about one movement.

    ``faults`` are fault codes, most important first. ``full_range`` is ``None`` where the view did
    not allow the range to be measured. ``not_judged`` maps a fault code to the reason, ``readings``
    to how far the movement went wrong, on the scale of the rule's limit.
    """

    faults: tuple[FaultCode, ...]
    full_range: bool | None
    not_judged: Mapping[FaultCode, NotJudged] = field(default_factory=dict)
    readings: Mapping[FaultCode, float] = field(default_factory=dict)


class FormJudge:
    """Judges movements of one exercise; fed with every frame, asked when a movement has ended.

    ``tempo`` and ``target_deg`` are as prescribed, the exercise's own when ``None``. ``errors`` are
    the measured ones when ``None``.
    """

    def __init__(
        self,
        exercise: ExerciseDefinition,
        tempo: Tempo | None = None,
        target_deg: float | None = None,
        errors: MeasuredErrors | None = None,
    ) -> None:
        self._exercise = exercise
        full_deg = exercise.range_of_motion.full_deg
        self._target_deg = full_deg if target_deg is None else target_deg
        self._errors = load_measured_errors() if errors is None else errors
        self._rules = form_rules(exercise, tempo or exercise.tempo, self._target_deg)
        self._previous: Movement | None = None

    def observe(self, body: BodyFrame, angles: JointAngles, *, at_rest: bool) -> None:
        """Take one frame; frames ``at_rest`` show the patient's own resting pose."""
        sight = Sight(body, angles, at_rest, angles.measured)
        for rule in self._rules:
            rule.observe(sight)

    def judge(
        self, movement: Movement, angles: JointAngles, side: Side, *, hidden: bool = False
    ) -> Judgement:
        """The judgement of a movement of ``side`` that has just ended.

        ``angles`` are of its last frame; ``hidden`` when the patient was not seen in part of it,
        which leaves nothing judged.
        """
        ended = Ended(movement, side, self._previous)
        self._previous = movement
        if hidden:
            return Judgement((), None, {rule.code: "not_visible" for rule in self._rules})
        faults: list[FaultCode] = []
        not_judged: dict[FaultCode, NotJudged] = {}
        readings: dict[FaultCode, float] = {}
        for rule in self._rules:
            if movement.kind == "attempt" and isinstance(rule, TempoRule):
                continue
            reading = rule.read(ended)
            if isinstance(reading, str):
                not_judged[rule.code] = reading
                continue
            readings[rule.code] = reading
            fault = rule.limit.judge(reading, self._errors.of(rule.code, self._exercise.id))
            if isinstance(fault, str):
                not_judged[rule.code] = fault
            elif fault:
                faults.append(rule.code)
        return Judgement(tuple(faults), self._full_range(movement, angles), not_judged, readings)

    def _full_range(self, movement: Movement, angles: JointAngles) -> bool | None:
        if not angles.measured:
            return None
        rule = self._exercise.form.incomplete_range
        start_deg = self._exercise.range_of_motion.start_deg
        progress = (movement.peak_deg - start_deg) / (self._target_deg - start_deg)
        return progress >= (1.0 if rule is None else rule.minimum_progress)


def form_rules(exercise: ExerciseDefinition, tempo: Tempo, target_deg: float) -> tuple[Rule, ...]:
    """The rules of an exercise, most important first."""
    form, carried_by = exercise.form, exercise.motion.carried_by
    rules: dict[FaultCode, Rule | None] = {
        "touch_down": _of(form.touch_down, lambda rule: TouchDown(rule, carried_by, tempo)),
        "hand_support": _of(form.hand_support, HandSupport),
        "sway": _of(form.sway, Sway),
        "incomplete_range": _of(
            form.incomplete_range, lambda rule: IncompleteRange(rule, exercise, target_deg)
        ),
        "incomplete_return": _of(
            form.incomplete_return, lambda rule: IncompleteReturn(rule, exercise, target_deg)
        ),
        "trunk_lean_forward": _of(form.trunk_lean_forward, TrunkLeanForward),
        "trunk_lean_backward": _of(form.trunk_lean_backward, TrunkLeanBackward),
        "trunk_lean_sideways": _of(form.trunk_lean_sideways, TrunkLeanSideways),
        "pelvic_drop": _of(form.pelvic_drop, lambda rule: PelvicDrop(rule, carried_by)),
        "pelvis_roll": _of(form.pelvis_roll, PelvisRoll),
        "knee_valgus": _of(form.knee_valgus, KneeValgus),
        "knee_bent": _of(form.knee_bent, lambda rule: KneeBent(rule, exercise)),
        "hip_flexed": _of(form.hip_flexed, HipFlexed),
        "elbow_bent": _of(form.elbow_bent, lambda rule: ElbowBent(rule, exercise)),
        "elbow_angle": _of(form.elbow_angle, lambda rule: ElbowAngle(rule, exercise)),
        "shoulder_hike": _of(form.shoulder_hike, ShoulderHike),
        "asymmetry": _of(form.asymmetry, lambda rule: Asymmetry(rule, exercise, target_deg)),
        "head_turned": _of(form.head_turned, HeadTurned),
        "fast_lowering": _of(form.fast_lowering, lambda rule: FastLowering(rule, tempo)),
        "too_fast": _of(form.too_fast, lambda rule: TooFast(rule, tempo)),
        "too_slow": _of(form.too_slow, lambda rule: TooSlow(rule, tempo)),
    }
    return tuple(rule for code in form.fault_codes() if (rule := rules[code]) is not None)


def _of(data: Data | None, build: Callable[[Data], Rule]) -> Rule | None:
    return None if data is None else build(data)
