"""Form rules: what went wrong in a movement, and what could not be judged.

A rule is judged only where the camera's view allows it; elsewhere the reason is kept, so that a
doctor reads "not judged" and never a false "no faults".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from device.coaching.joint_angles import JointAngles, plane_of
from device.coaching.repetition import Movement
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import ONLY_VIEW
from models.messages import FaultCode, Tempo

_BASELINE_TIME_CONSTANT_S = 2.0
_LONGEST_LEAN_STEP_S = 0.2
_LEAN_LASTS_S = 0.25
"""A lean counts when it lasts, so that one wild keypoint is no fault."""

NOT_JUDGED_VIEW = "view"
NOT_JUDGED_NOT_VISIBLE = "not_visible"
NOT_JUDGED_PHASE_NOT_SEEN = "phase_not_seen"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say about one movement.

    ``faults`` are fault codes, most important first. ``full_range`` is ``None`` where the view did
    not allow the range to be measured. ``not_judged`` maps a fault code to the reason.
    """

    faults: tuple[FaultCode, ...]
    full_range: bool | None
    not_judged: Mapping[FaultCode, str] = field(default_factory=dict)


class FormJudge:
    """Judges movements of one exercise; fed with every frame, asked when a movement has ended."""

    def __init__(
        self,
        exercise: ExerciseDefinition,
        tempo: Tempo | None = None,
        target_deg: float | None = None,
    ) -> None:
        self._exercise = exercise
        self._tempo = tempo or exercise.tempo
        self._target_deg = exercise.range_of_motion.full_deg if target_deg is None else target_deg
        form = exercise.form
        leans = {
            "trunk_lean_forward": form.trunk_lean_forward,
            "trunk_lean_backward": form.trunk_lean_backward,
            "trunk_lean_sideways": form.trunk_lean_sideways,
        }
        self._lean_code: FaultCode | None = next((c for c, r in leans.items() if r), None)
        self._lean_rule = leans.get(self._lean_code or "")
        self._baseline_deg: float | None = None
        self._previous_s: float | None = None
        self._leaning_s = 0.0
        self._longest_lean_s = 0.0
        self._lean_seen = False

    def observe(self, angles: JointAngles, *, at_rest: bool) -> None:
        """Take one frame; ``at_rest`` frames give the patient's own upright trunk."""
        if self._lean_rule is None:
            return
        step_s = 0.0 if self._previous_s is None else angles.captured_at_s - self._previous_s
        self._previous_s = angles.captured_at_s
        lean_deg = self._lean(angles)
        if lean_deg is None:
            return
        self._lean_seen = True
        if at_rest or self._baseline_deg is None:
            self._follow_baseline(lean_deg, step_s)
        # Leaning forward is judged against the vertical; the small leans back and to the side
        # against the patient's own upright, which need not be the camera's.
        upright_deg = 0.0 if self._lean_code == "trunk_lean_forward" else self._baseline_deg or 0.0
        if self._leans(lean_deg - upright_deg):
            self._leaning_s += min(step_s, _LONGEST_LEAN_STEP_S)
            self._longest_lean_s = max(self._longest_lean_s, self._leaning_s)
        else:
            self._leaning_s = 0.0

    def judge(self, movement: Movement, angles: JointAngles) -> Judgement:
        """The judgement of a movement that has just ended; ``angles`` are of its last frame."""
        faults: list[FaultCode] = []
        not_judged: dict[FaultCode, str] = {}
        self._judge_trunk(faults, not_judged)
        full_range = self._judge_range(movement, angles, faults, not_judged)
        if movement.kind == "repetition":
            self._judge_speed(movement, faults, not_judged)
        self._longest_lean_s, self._leaning_s, self._lean_seen = 0.0, 0.0, False
        return Judgement(tuple(faults), full_range, not_judged)

    def _lean(self, angles: JointAngles) -> float | None:
        """Forward positive when seen from the side; to the picture's right when from the front."""
        code = self._lean_code
        if code is None or angles.trunk_tilt_deg is None or angles.view != ONLY_VIEW[code]:
            return None
        if ONLY_VIEW[code] == "frontal":
            return angles.trunk_tilt_deg
        return angles.trunk_tilt_deg * angles.facing if angles.facing else None

    def _leans(self, lean_deg: float) -> bool:
        if self._lean_rule is None or self._lean_code is None:
            return False
        towards = {
            "trunk_lean_forward": lean_deg,
            "trunk_lean_backward": -lean_deg,
            "trunk_lean_sideways": abs(lean_deg),
        }
        return towards[self._lean_code] > self._lean_rule.limit_deg

    def _follow_baseline(self, lean_deg: float, step_s: float) -> None:
        if self._baseline_deg is None:
            self._baseline_deg = lean_deg
            return
        share = 1.0 - math.exp(-max(step_s, 0.0) / _BASELINE_TIME_CONSTANT_S)
        self._baseline_deg += (lean_deg - self._baseline_deg) * share

    def _judge_trunk(self, faults: list[FaultCode], not_judged: dict[FaultCode, str]) -> None:
        if self._lean_code is None:
            return
        if not self._lean_seen:
            not_judged[self._lean_code] = NOT_JUDGED_VIEW
        elif self._longest_lean_s >= _LEAN_LASTS_S:
            faults.append(self._lean_code)

    def _judge_range(
        self,
        movement: Movement,
        angles: JointAngles,
        faults: list[FaultCode],
        not_judged: dict[FaultCode, str],
    ) -> bool | None:
        rule = self._exercise.form.incomplete_range
        if not is_measured(self._exercise, angles):
            if rule is not None:
                not_judged["incomplete_range"] = NOT_JUDGED_VIEW
            return None
        start_deg = self._exercise.range_of_motion.start_deg
        progress = (movement.peak_deg - start_deg) / (self._target_deg - start_deg)
        full_range = progress >= (1.0 if rule is None else rule.minimum_progress)
        if rule is not None and not full_range:
            faults.append("incomplete_range")
        return full_range

    def _judge_speed(
        self, movement: Movement, faults: list[FaultCode], not_judged: dict[FaultCode, str]
    ) -> None:
        rule = self._exercise.form.too_fast
        if rule is None:
            return
        if movement.out_s is None and movement.return_s is None:
            not_judged["too_fast"] = NOT_JUDGED_PHASE_NOT_SEEN
            return
        phases = ((movement.out_s, self._tempo.out_s), (movement.return_s, self._tempo.return_s))
        if any(
            measured_s is not None and measured_s < rule.minimum_fraction * prescribed_s
            for measured_s, prescribed_s in phases
        ):
            faults.append("too_fast")


def is_measured(exercise: ExerciseDefinition, angles: JointAngles) -> bool:
    """Whether this view measures the exercise's angle, rather than only letting it be counted."""
    return angles.in_plane and angles.view == plane_of(exercise.measure)
