"""One exercise as data: the schema of the library's TOML files.

Every number that a clinician could want to change stands in those files, not in code. Angles are
degrees in clinical convention (0 = neutral position), times seconds.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from models.exercises.form_rules import ONLY_VIEW, FormRules
from models.exercises.motion import ReferenceMotion
from models.exercises.table import Fraction, Table, TextId
from models.exercises.timed_test import TimedTest
from models.messages import AngleDeg, ExerciseId, PrescriptionItem, Tempo

Measure = Literal[
    "knee_flexion",
    "hip_flexion",
    "hip_extension",
    "hip_abduction",
    "shoulder_flexion",
    "shoulder_extension",
    "shoulder_abduction",
    "shoulder_rotation",
    "elbow_flexion",
    "trunk_lateral_flexion",
    "trunk_rotation",
    "pelvis_shift",
    "knee_separation",
    "heel_rise",
    "leg_lift",
    "feet_apart",
]
View = Literal["sagittal", "frontal"]
Position = Literal["standing", "seated", "supine", "side_lying", "hands_and_knees", "prone"]
LYING: frozenset[Position] = frozenset({"supine", "side_lying", "prone", "hands_and_knees"})
"""Positions in which the trunk does not stand upright."""
Region = Literal["ankle", "knee", "hip", "low_back", "shoulder", "elbow", "balance", "falls"]
Grade = Literal["A", "B", "C"]
ExerciseKind = Literal["repetitions", "hold", "timer"]
ExerciseSide = Literal["bilateral", "unilateral", "either", "alternating"]


class RangeOfMotion(Table):
    """The measure at rest (``start``), where a repetition begins to count (``easy``), and in full.

    ``norm`` is the healthy range in the literature; ``norm_source`` says where it stands. A measure
    without a published norm has ``norm_deg`` left out and says so in ``norm_source``.
    """

    start_deg: AngleDeg
    easy_deg: AngleDeg
    full_deg: AngleDeg
    norm_deg: AngleDeg | None = None
    norm_source: Annotated[str, StringConstraints(min_length=1)]

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        out, counted = self.full_deg - self.start_deg, self.easy_deg - self.start_deg
        if counted == 0 or out * counted < 0 or abs(counted) > abs(out):
            raise ValueError("easy_deg must lie between start_deg and full_deg, and not be start")
        return self

    def progress(self, angle_deg: float) -> float:
        """0 at ``start_deg``, 1 at ``full_deg``; may leave that range."""
        return (angle_deg - self.start_deg) / (self.full_deg - self.start_deg)


class Dose(Table):
    """The dose to begin with; a clinician prescribes the real one.

    ``reps`` are all repetitions of a set; where the sides alternate, those of both together.
    ``hold_s`` is how long each is held at its peak.
    """

    sets: Annotated[int, Field(ge=1, le=20)]
    reps: Annotated[int, Field(ge=1, le=100)]
    hold_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    rest_s: Annotated[float, Field(ge=0, le=1800)]
    days_per_week: Annotated[int, Field(ge=1, le=7)]


class RepetitionThresholds(Table):
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


class AccuracyBand(Table):
    """The error of the peak angle while the camera is at most this far from the right view."""

    obliqueness_up_to_deg: Annotated[float, Field(ge=0, le=90)]
    expected_error_deg: Annotated[float, Field(gt=0, le=90)]


class Accuracy(Table):
    """How far a measured angle is from the truth, as measured, by obliqueness of the view.

    ``expected_error_deg`` of a band is the mean absolute error. ``measured_on`` says on what and
    with which network, so that a figure from simulation alone is not taken for a clinical one.
    """

    measured_on: Annotated[str, StringConstraints(min_length=1)]
    bands: Annotated[tuple[AccuracyBand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _bands_in_order(self) -> Self:
        limits = [band.obliqueness_up_to_deg for band in self.bands]
        if limits != sorted(set(limits)):
            raise ValueError("bands must come in order of obliqueness_up_to_deg")
        return self

    def expected_error_deg(self, obliqueness_deg: float) -> float | None:
        """The error at that obliqueness; ``None`` beyond the last band: it was never measured."""
        for band in self.bands:
            if abs(obliqueness_deg) <= band.obliqueness_up_to_deg:
                return band.expected_error_deg
        return None


class ExerciseBase(Table):
    """What every exercise has, measured or not."""

    schema_version: Literal[2]
    id: ExerciseId
    name: TextId
    instruction: TextId
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]
    position: Position
    view: View
    side: ExerciseSide
    tempo: Tempo
    dose: Dose
    contraindications: Annotated[tuple[TextId, ...], Field(min_length=1)]
    cannot_judge: Annotated[tuple[TextId, ...], Field(min_length=1)]
    motion: ReferenceMotion

    def text_ids(self) -> Iterator[tuple[str, TextId]]:
        """Every text that the exercise needs: the key of its file, and the text's id."""
        yield "name", self.name
        yield "instruction", self.instruction
        for text_id in self.contraindications:
            yield "contraindications", text_id
        for text_id in self.cannot_judge:
            yield "cannot_judge", text_id


class TimerExercise(ExerciseBase):
    """An exercise that a camera cannot see, such as tensing a muscle: guided by the clock alone."""

    kind: Literal["timer"]

    def set_duration_s(self, item: PrescriptionItem) -> float:
        """How long one prescribed set lasts; a hold that is not given is the tempo's own."""
        tempo = item.tempo or self.tempo
        hold_s = item.hold_s or tempo.hold_s
        return item.reps * (tempo.out_s + hold_s + tempo.return_s + tempo.pause_s)


class ExerciseDefinition(ExerciseBase):
    """An exercise that is measured: by repetitions, or by how long a posture is held.

    ``view`` is where the measure is measured from, ``count_views`` from where it is counted.
    ``grade`` says how well one camera measures it: A well, B with care, C only roughly. ``loinc``
    is the code of the measured quantity where there is one.
    """

    kind: Literal["repetitions", "hold"]
    grade: Grade
    count_views: Annotated[tuple[View, ...], Field(min_length=1)]
    measure: Measure
    loinc: Annotated[str, StringConstraints(pattern=r"^\d{1,7}-\d$")] | None = None
    range_of_motion: RangeOfMotion
    repetition: RepetitionThresholds
    form: FormRules
    test: TimedTest | None = None
    accuracy: Accuracy | None = None

    def text_ids(self) -> Iterator[tuple[str, TextId]]:
        """Those of every exercise, and the cues."""
        yield from super().text_ids()
        for code in self.form.fault_codes():
            yield f"form.{code}.cue", self.form.rule(code).cue

    @model_validator(mode="after")
    def _view_can_count(self) -> Self:
        if self.view not in self.count_views:
            raise ValueError("count_views must contain view")
        return self

    @model_validator(mode="after")
    def _faults_can_be_seen(self) -> Self:
        for code in self.form.fault_codes():
            if (only := ONLY_VIEW.get(code)) is not None and only not in self.count_views:
                raise ValueError(
                    f"form.{code} is seen from the {only} view only: add it to count_views, or"
                    " leave the rule out and say so in cannot_judge"
                )
        return self

    @model_validator(mode="after")
    def _test_fits_kind(self) -> Self:
        if self.kind == "hold" and self.tempo.hold_s == 0:
            raise ValueError("tempo.hold_s: a hold needs how long it is held")
        holds = self.test is not None and self.test.result == "longest_hold_s"
        if self.test is not None and holds != (self.kind == "hold"):
            raise ValueError(f"test.result {self.test.result!r} does not fit kind {self.kind!r}")
        return self


Exercise = ExerciseDefinition | TimerExercise
