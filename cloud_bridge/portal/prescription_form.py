"""The form with which a clinician prescribes a plan, checked by the exercise library."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    DecimalField,
    Form,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cloud_bridge.portal.exercise_notes import ExerciseNotes, exercise_name, exercise_notes
from cloud_bridge.portal.prescription_words import WEEKDAY_NAMES
from cloud_bridge.prescribing.states import PrescriptionTerms
from cloud_bridge.prescribing.typed_plan import TypedItem, TypedPlan
from models.exercises.definition import Exercise, ExerciseDefinition, TimerExercise
from models.exercises.library import load_library
from models.messages import WEEKDAYS, Goal, PrescriptionItem, Progression, Tempo

_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[:.h]([0-5][0-9])")
_MOST_TIMES: Final = 6
_MOST_GOALS: Final = 20
_SIDES: Final = {
    "unilateral": (("", "choose"), ("left", "left"), ("right", "right")),
    "bilateral": (("both", "both sides"),),
}
_ANY_SIDE: Final = (("both", "both sides"), ("left", "left"), ("right", "right"))
_TEMPO: Final = ("out_s", "top_s", "return_s", "pause_s")
_DEFAULTS: Final = PrescriptionItem(exercise_id="any", sets=1, reps=1)


def _seconds(label: str, most: float = 60) -> DecimalField:
    return DecimalField(label, [Optional(), NumberRange(0, most)], places=None)


class ItemForm(Form):  # type: ignore[misc]
    """One exercise's dose in standard terms; errors stand beside their fields."""

    side = SelectField("Side")
    sets = IntegerField("Sets", [InputRequired("Give the number of sets."), NumberRange(1, 20)])
    reps = IntegerField(
        "Repetitions", [InputRequired("Give the repetitions."), NumberRange(1, 100)]
    )
    hold_s = _seconds("Hold, seconds", 600)
    rest_s = _seconds("Rest, seconds", 1800)
    days_per_week = IntegerField("Days a week", [Optional(), NumberRange(1, 7)])
    weekdays = SelectMultipleField(
        "Only on these days",
        choices=[SelectChoice(*each) for each in WEEKDAY_NAMES.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    times = StringField("Remind at, such as 09:00, 17:30", [Length(max=100)])
    target_rom_deg = DecimalField("Target, degrees", [Optional()], places=None)
    tolerance_deg = DecimalField(
        "Tolerance, degrees", [Optional(), NumberRange(1, 90)], places=None
    )
    out_s = _seconds("Way out, seconds")
    top_s = _seconds("At the top, seconds")
    return_s = _seconds("Way back, seconds")
    pause_s = _seconds("Pause, seconds")
    load = StringField("Load, such as red band or 2 kg", [Length(max=100)])
    rpe_target = IntegerField("Effort aimed at, 0 to 10", [Optional(), NumberRange(0, 10)])
    pain_stop = IntegerField("Stop above pain, 0 to 10", [Optional(), NumberRange(0, 10)])
    goal_deg = DecimalField("Goal, degrees", [Optional()], places=None)
    goal_by = DateField("Goal, by", [Optional()])
    condition = StringField("Propose a change when", [Length(max=500)])
    change = StringField("Change to propose", [Length(max=500)])

    def __init__(self, typed: TypedItem, formdata: MultiDict[str, str]) -> None:
        self.key = typed.key
        self.exercise_id = typed.exercise_id
        self.exercise: Exercise | None = load_library().find(typed.exercise_id)
        self.problem = ""
        super().__init__(formdata, prefix=typed.key)
        side = "any" if self.exercise is None else self.exercise.side
        sides = dict(_SIDES.get(side, _ANY_SIDE))
        if typed.side not in sides:
            # What another library allowed stays visible, with its error, until it is changed.
            sides[typed.side] = f"{typed.side or 'none'} (not possible)"
        self.side.choices = [SelectChoice(*each) for each in sides.items()]

    @property
    def name(self) -> str:
        """The exercise's name."""
        return exercise_name(self.exercise_id)

    @property
    def notes(self) -> ExerciseNotes | None:
        """What is to be known of the exercise."""
        return None if self.exercise is None else exercise_notes(self.exercise)

    @property
    def measured(self) -> ExerciseDefinition | None:
        """The exercise, where a camera measures it."""
        return self.exercise if isinstance(self.exercise, ExerciseDefinition) else None

    @property
    def target_hint(self) -> str:
        """Which angles can be prescribed, and what is healthy."""
        if self.measured is None:
            return ""
        low, high = self._span(self.measured)
        span = self.measured.range_of_motion
        norm = "" if span.norm_deg is None else f" Healthy: {span.norm_deg:g}°."
        return f"{low:g} to {high:g}°; empty: {span.full_deg:g}°.{norm}"

    @property
    def rest_opened(self) -> bool:
        """Whether the fields that are seldom needed hold something, or an error."""
        names = (*_TEMPO, "times", "target_rom_deg", "tolerance_deg", "load", "rpe_target",
                 "goal_deg", "goal_by", "condition", "change")  # fmt: skip
        return any(self[name].errors or self[name].raw_data not in ([], [""]) for name in names)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401
        """Whether the whole dose can be prescribed."""
        if self.exercise is None:
            self.problem = "This exercise is not in the library any more: remove it."
        checked: bool = super().validate(extra_validators)
        # Not a validator of one field: an empty field asks none.
        given = [self[name].data is not None for name in _TEMPO]
        whole = not any(given) or all(given)
        if not whole:
            self.out_s.errors = [*self.out_s.errors, "Give all four parts of the tempo, or none."]
        return checked and whole and not self.problem

    def validate_side(self, field: SelectField) -> None:
        """One leg stands while the other works."""
        if self.exercise is None:
            return
        if self.exercise.side == "unilateral" and field.data not in ("left", "right"):
            raise ValidationError("This exercise is done with one side: choose left or right.")
        if self.exercise.side == "bilateral" and field.data != "both":
            raise ValidationError("This exercise is done with both sides.")
        if field.data not in ("left", "right", "both"):
            raise ValidationError("Choose a side.")

    def validate_target_rom_deg(self, field: DecimalField) -> None:
        """Between where a repetition begins to count and the full range."""
        self._in_span(field, (0.0, 0.0) if self.measured is None else self._span(self.measured))

    def validate_goal_deg(self, field: DecimalField) -> None:
        """From where a repetition begins to count to the full or the healthy range."""
        if self.measured is None:
            self._in_span(field, (0.0, 0.0))
            return
        span = self.measured.range_of_motion
        ends = [span.easy_deg, span.full_deg]
        # A norm on the other side of rest is of another movement.
        if span.norm_deg is not None and span.progress(span.norm_deg) > 0:
            ends.append(span.norm_deg)
        self._in_span(field, (min(ends), max(ends)))

    def validate_goal_by(self, field: DateField) -> None:
        """A day alone is no goal."""
        if field.data is not None and self.goal_deg.data is None:
            raise ValidationError("Give the goal's angle too, or leave the day empty.")

    def validate_tolerance_deg(self, field: DecimalField) -> None:
        """Nothing is measured by the clock."""
        if field.data is not None and self.measured is None:
            raise ValidationError("This exercise is guided by the clock: leave it empty.")

    def validate_times(self, field: StringField) -> None:
        """Times of day, each once."""
        said = _pieces(field.data)
        wrong = [each for each in said if _TIME.fullmatch(each) is None]
        if wrong:
            raise ValidationError(f"{wrong[0]!r} is no time: write such as 09:00, 17:30.")
        if len(self._times()) > _MOST_TIMES:
            raise ValidationError(f"At most {_MOST_TIMES} times a day.")

    def validate_change(self, _field: StringField) -> None:
        """A rule has a condition and a change."""
        if bool(self.condition.data) != bool(self.change.data):
            raise ValidationError("Give both: when, and what to propose then.")

    def item(self) -> PrescriptionItem:
        """What was prescribed; only after the form has been validated."""
        weekdays = tuple(each for each in WEEKDAYS if each in (self.weekdays.data or ()))
        return PrescriptionItem(
            exercise_id=self.exercise_id,
            side=self.side.data,
            sets=self.sets.data,
            reps=self.reps.data,
            hold_s=self._hold_s(),
            rest_s=_DEFAULTS.rest_s if self.rest_s.data is None else float(self.rest_s.data),
            tempo=self._tempo(),
            load=self.load.data or None,
            rpe_target=self.rpe_target.data,
            target_rom_deg=_number(self.target_rom_deg),
            tolerance_deg=_number(self.tolerance_deg),
            days_per_week=len(weekdays) or self.days_per_week.data,
            weekdays=weekdays,
            times=self._times(),
            pain_stop=_DEFAULTS.pain_stop if self.pain_stop.data is None else self.pain_stop.data,
            progression=None
            if not self.condition.data
            else Progression(condition=self.condition.data, change=self.change.data),
        )

    def goal(self) -> Goal | None:
        """What is worked towards, as a measured angle."""
        if self.goal_deg.data is None:
            return None
        return Goal(
            exercise_id=self.exercise_id,
            target_rom_deg=float(self.goal_deg.data),
            by=self.goal_by.data,
        )

    def _span(self, exercise: ExerciseDefinition) -> tuple[float, float]:
        span = exercise.range_of_motion
        return min(span.easy_deg, span.full_deg), max(span.easy_deg, span.full_deg)

    def _in_span(self, field: DecimalField, span: tuple[float, float]) -> None:
        if field.data is None or self.exercise is None:
            return
        if isinstance(self.exercise, TimerExercise):
            raise ValidationError("This exercise is guided by the clock: leave the angle empty.")
        if not span[0] <= float(field.data) <= span[1]:
            raise ValidationError(f"Choose {span[0]:g} to {span[1]:g} degrees for this exercise.")

    def _times(self) -> tuple[str, ...]:
        found = [_TIME.fullmatch(each) for each in _pieces(self.times.data)]
        return tuple(sorted({f"{int(each[1]):02d}:{each[2]}" for each in found if each}))

    def _tempo(self) -> Tempo | None:
        if self.out_s.data is None:
            return None
        out_s, top_s, return_s, pause_s = (float(self[name].data) for name in _TEMPO)
        return Tempo(out_s=out_s, hold_s=top_s, return_s=return_s, pause_s=pause_s)

    def _hold_s(self) -> float:
        if self.hold_s.data is not None:
            return float(self.hold_s.data)
        # A posture is held for some time: the library's, where the clinician names none.
        is_hold = self.measured is not None and self.measured.kind == "hold"
        return self.measured.dose.hold_s if self.measured is not None and is_hold else 0.0


class TermsForm(Form):  # type: ignore[misc]
    """What is about the plan as a whole."""

    starts_on = DateField("First day (optional)", [Optional()])
    ends_on = DateField("Last day (optional)", [Optional()])
    precautions = TextAreaField(
        "Precautions, shown to the patient before each exercise", [Length(max=2000)]
    )

    def validate_ends_on(self, field: DateField) -> None:
        """Not before it begins."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError("The last day is before the first.")


class PlanForm:
    """The whole form, filled with what was typed."""

    def __init__(self, typed: TypedPlan) -> None:
        formdata = MultiDict(typed.form_fields())
        self.terms = TermsForm(formdata)
        self.items: Sequence[ItemForm] = [ItemForm(each, formdata) for each in typed.items]
        self.problem = ""

    def validate(self) -> bool:
        """Whether it can be signed."""
        sound = [self.terms.validate(), *(each.validate() for each in self.items)]
        if not self.items:
            self.problem = "Add an exercise first."
        self._check_twins()
        return all(sound) and not self.problem and not any(each.problem for each in self.items)

    def errors(self) -> Iterator[tuple[str, str]]:
        """Where something is wrong, as the id of the field, and what."""
        named: list[tuple[str, Form]] = [("", self.terms)]
        named += [(f"{each.name}, ", each) for each in self.items]
        for name, form in named:
            for field in form:
                for error in field.errors:
                    yield field.id, f"{name}{field.label.text}: {error}"
        for each in self.items:
            if each.problem:
                yield f"item-{each.key}", f"{each.name}: {each.problem}"

    def prescribed(self) -> tuple[PrescriptionItem, ...]:
        """The exercises; only after :meth:`validate`."""
        return tuple(each.item() for each in self.items)

    def prescription_terms(self) -> PrescriptionTerms:
        """All the rest; only after :meth:`validate`."""
        goals = {goal.exercise_id: goal for each in self.items if (goal := each.goal())}
        return PrescriptionTerms(
            starts_on=self.terms.starts_on.data,
            ends_on=self.terms.ends_on.data,
            precautions=self.terms.precautions.data or "",
            goals=tuple(goals.values()),
        )

    def _check_twins(self) -> None:
        seen: dict[tuple[str, str], str] = {}
        goals: set[str] = set()
        for each in self.items:
            twin = (each.exercise_id, each.side.data or "")
            if twin in seen:
                each.problem = "It is in the plan twice for this side: give one of them more sets."
            seen[twin] = each.key
            if each.goal_deg.data is not None and each.exercise_id in goals:
                each.problem = "Its goal is given twice: one goal is for both sides."
            if each.goal_deg.data is not None:
                goals.add(each.exercise_id)
        if len(goals) > _MOST_GOALS:
            self.problem = f"At most {_MOST_GOALS} goals: take some out."


def _pieces(text: str | None) -> list[str]:
    return re.split(r"[\s,;]+", text.strip()) if text and text.strip() else []


def _number(field: DecimalField) -> float | None:
    return None if field.data is None else float(field.data)
