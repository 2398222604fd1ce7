"""One exercise as data: the schema of the library's TOML files.

Every number that a clinician could want to change stands in those files, not in code. Angles are
degrees in clinical convention (0 = neutral position), times seconds.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.exercises.motion import ReferenceMotion
from models.messages import AngleDeg, ExerciseId, FaultCode, Tempo

Measure = Literal["knee_flexion", "hip_abduction", "shoulder_abduction", "shoulder_flexion"]
View = Literal["sagittal", "frontal"]
TextId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RangeOfMotion(_Table):
    """The measure at rest (``start``), where a repetition begins to count (``easy``), and in full.

    ``norm`` is the healthy range in the literature; ``norm_source`` says where it stands.
    """

    start_deg: AngleDeg
    easy_deg: AngleDeg
    full_deg: AngleDeg
    norm_deg: AngleDeg
    norm_source: str

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        out, counted = self.full_deg - self.start_deg, self.easy_deg - self.start_deg
        if counted == 0 or out * counted < 0 or abs(counted) > abs(out):
            raise ValueError("easy_deg must lie between start_deg and full_deg, and not be start")
        return self

    def progress(self, angle_deg: float) -> float:
        """0 at ``start_deg``, 1 at ``full_deg``; may leave that range."""
        return (angle_deg - self.start_deg) / (self.full_deg - self.start_deg)


class Dose(_Table):
    """The dose to begin with; a clinician prescribes the real one."""

    sets: Annotated[int, Field(ge=1, le=20)]
    reps: Annotated[int, Field(ge=1, le=100)]
    rest_s: Annotated[float, Field(ge=0, le=1800)]
    days_per_week: Annotated[int, Field(ge=1, le=7)]


class RepetitionThresholds(_Table):
    """When a movement is a repetition, as fractions of the way from rest to ``easy``.

    A movement begins when it rises above ``leave``, counts once it has been above ``enter`` and has
    come back below ``leave``, and is an attempt if its peak was only above ``attempt``. A movement
    in which the middle of the hips travels sideways further than ``maximum_hip_drift_torso`` torso
    lengths is walking about, not a repetition.
    """

    enter: Fraction
    leave: Fraction
    attempt: Fraction
    shortest_s: Annotated[float, Field(gt=0)]
    longest_s: Annotated[float, Field(gt=0)]
    refractory_s: Annotated[float, Field(ge=0)]
    maximum_hip_drift_torso: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.leave < self.attempt <= self.enter:
            raise ValueError("leave < attempt <= enter is required")
        if self.shortest_s >= self.longest_s:
            raise ValueError("shortest_s must be below longest_s")
        return self


class TrunkLeanRule(_Table):
    """Fault when the trunk leans more than ``limit_deg``: forward from the vertical, backward and
    sideways from where it was at rest.

    Forward and backward are seen from the side, sideways from the front; from elsewhere the rule
    is not judged.
    """

    limit_deg: Annotated[float, Field(gt=0, le=90)]
    direction: Literal["forward", "backward", "sideways"]
    cue: TextId
    reason: str

    @property
    def view(self) -> View:
        """The view from which this lean is seen."""
        return "frontal" if self.direction == "sideways" else "sagittal"


class IncompleteRangeRule(_Table):
    """Fault when a repetition's peak stays below ``minimum_progress`` of the target range."""

    minimum_progress: Fraction
    cue: TextId
    reason: str


class TooFastRule(_Table):
    """Fault when a phase takes less than ``minimum_fraction`` of the prescribed time."""

    minimum_fraction: Fraction
    cue: TextId
    reason: str


class FormRules(_Table):
    """The faults judged for an exercise; a rule that is absent is not judged."""

    trunk_lean: TrunkLeanRule | None = None
    incomplete_range: IncompleteRangeRule | None = None
    too_fast: TooFastRule | None = None

    def fault_codes(self) -> tuple[FaultCode, ...]:
        """Codes of the rules that are present, most important first."""
        return tuple(code for code in type(self).model_fields if getattr(self, code) is not None)


class Accuracy(_Table):
    """How far the measured peak angle is from the truth, as measured; ``None`` while it is not.

    ``measured_on`` says on what and with which network, so that a figure from simulation alone is
    not taken for a clinical one.
    """

    expected_error_deg: Annotated[float, Field(gt=0, le=90)] | None = None
    measured_on: str = ""

    @model_validator(mode="after")
    def _says_on_what(self) -> Self:
        if self.expected_error_deg is not None and not self.measured_on:
            raise ValueError("measured_on must say on what expected_error_deg was measured")
        return self


class ExerciseDefinition(_Table):
    """An exercise of the library."""

    schema_version: Literal[1]
    id: ExerciseId
    name: TextId
    instruction: TextId
    regions: Annotated[tuple[str, ...], Field(min_length=1)]
    position: Literal["standing", "seated", "lying"]
    view: View
    count_views: Annotated[tuple[View, ...], Field(min_length=1)]
    side: Literal["bilateral", "unilateral", "either"]
    measure: Measure
    range_of_motion: RangeOfMotion
    tempo: Tempo
    dose: Dose
    repetition: RepetitionThresholds
    form: FormRules
    accuracy: Accuracy = Accuracy()
    contraindications: tuple[TextId, ...] = ()
    cannot_judge: tuple[TextId, ...] = ()
    motion: ReferenceMotion

    @model_validator(mode="after")
    def _view_can_count(self) -> Self:
        if self.view not in self.count_views:
            raise ValueError("count_views must contain view")
        return self
