"""The faults of form that can be judged, each with its limit, cue and reason, as data.

Limits are starting values from clinical practice, to be signed by a physiotherapist. Degrees are
against the patient's own starting pose, except where a rule says otherwise; lengths in torso
lengths (middle of the shoulders to middle of the hips).
"""

from typing import Annotated, Literal

from pydantic import Field

from models.exercises.table import Fraction, Table, TextId
from models.messages import FaultCode

View = Literal["sagittal", "frontal"]
LimitDeg = Annotated[float, Field(gt=0, le=120)]
LimitTorso = Annotated[float, Field(gt=0, le=2)]


class FaultRule(Table):
    """What every rule has: the cue for the patient (a text id) and the reason for the clinician."""

    cue: TextId
    reason: str


class AngleLimit(FaultRule):
    """Fault when an angle goes beyond ``limit_deg``."""

    limit_deg: LimitDeg


class StraightKnee(AngleLimit):
    """Fault when the knee of a leg that must be straight bends beyond ``limit_deg``.

    ``leg`` says which: that of the side trained, the other one, or both.
    """

    leg: Literal["moving", "other", "both"] = "moving"


class AngleBand(FaultRule):
    """Fault when an angle leaves ``lowest_deg`` to ``highest_deg``, absolute degrees."""

    lowest_deg: Annotated[float, Field(ge=-180, le=180)]
    highest_deg: Annotated[float, Field(ge=-180, le=180)]


class LengthLimit(FaultRule):
    """Fault when a length goes beyond (or a distance comes below) ``limit_torso``."""

    limit_torso: LimitTorso


class LowestFraction(FaultRule):
    """Fault below ``minimum_fraction`` of the length or time it is compared with."""

    minimum_fraction: Fraction


class HighestFraction(FaultRule):
    """Fault above ``maximum_fraction`` of the length or time it is compared with."""

    maximum_fraction: Annotated[float, Field(gt=0, le=10)]


class IncompleteRangeRule(FaultRule):
    """Fault when a repetition's peak stays below ``minimum_progress`` of the target range."""

    minimum_progress: Fraction


class IncompleteReturnRule(FaultRule):
    """Fault when the measure does not fall to ``maximum_progress`` before the next repetition."""

    maximum_progress: Fraction


class ShortestTime(FaultRule):
    """Fault when a phase takes less than ``shortest_s``."""

    shortest_s: Annotated[float, Field(gt=0, le=60)]


class FormRules(Table):
    """The faults judged for an exercise, most important first; an absent rule is not judged.

    In the sagittal view: ``hand_support`` (a wrist within ``limit_torso`` of thigh or knee while
    the body rises), ``trunk_lean_forward`` (against the vertical), ``trunk_lean_backward``,
    ``hip_flexed`` (hip flexion while it should stay straight), ``knee_bent`` (knee flexion of a leg
    that must be straight), ``elbow_bent`` and ``elbow_angle`` (elbow flexion, absolute).
    In the frontal view: ``touch_down`` (the lifted ankle comes back within this fraction of the leg
    of the standing ankle's height), ``trunk_lean_sideways``, ``pelvic_drop`` (line of the hips
    against the horizontal), ``knee_valgus`` (frontal plane projection angle, medially, beyond the
    standing baseline), ``shoulder_hike`` (ear to shoulder against the baseline), ``asymmetry``
    (difference of the two sides' peaks), ``sway`` (middle of the hips, sideways),
    ``pelvis_roll`` (width of the hips against the baseline), ``head_turned`` (the face looks away).
    In any view: ``incomplete_range``, ``incomplete_return``, and against the prescribed tempo
    ``too_fast``, ``too_slow`` and ``fast_lowering``.
    """

    touch_down: LowestFraction | None = None
    hand_support: LengthLimit | None = None
    sway: LengthLimit | None = None
    incomplete_range: IncompleteRangeRule | None = None
    incomplete_return: IncompleteReturnRule | None = None
    trunk_lean_forward: AngleLimit | None = None
    trunk_lean_backward: AngleLimit | None = None
    trunk_lean_sideways: AngleLimit | None = None
    pelvic_drop: AngleLimit | None = None
    pelvis_roll: LowestFraction | None = None
    knee_valgus: AngleLimit | None = None
    knee_bent: StraightKnee | None = None
    hip_flexed: AngleLimit | None = None
    elbow_bent: AngleLimit | None = None
    elbow_angle: AngleBand | None = None
    shoulder_hike: LowestFraction | None = None
    asymmetry: AngleLimit | None = None
    head_turned: FaultRule | None = None
    fast_lowering: ShortestTime | None = None
    too_fast: LowestFraction | None = None
    too_slow: HighestFraction | None = None

    def fault_codes(self) -> tuple[FaultCode, ...]:
        """Codes of the rules that are present, most important first."""
        return tuple(code for code in type(self).model_fields if getattr(self, code) is not None)

    def rule(self, code: FaultCode) -> FaultRule:
        """The rule of a code; raises :class:`KeyError` for one that is absent."""
        rule: FaultRule | None = getattr(self, code, None)
        if rule is None:
            raise KeyError(code)
        return rule


FAULT_CODES: tuple[FaultCode, ...] = tuple(FormRules.model_fields)
"""Every fault that a rule can find, most important first."""

ONLY_VIEW: dict[FaultCode, View] = {
    "hand_support": "sagittal",
    "trunk_lean_forward": "sagittal",
    "trunk_lean_backward": "sagittal",
    "hip_flexed": "sagittal",
    "touch_down": "frontal",
    "sway": "frontal",
    "trunk_lean_sideways": "frontal",
    "pelvic_drop": "frontal",
    "pelvis_roll": "frontal",
    "knee_valgus": "frontal",
    "shoulder_hike": "frontal",
    "asymmetry": "frontal",
    "head_turned": "frontal",
}
"""The view without which a fault cannot be seen; codes that are absent are judged in either."""
