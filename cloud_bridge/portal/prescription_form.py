"""The form with which a doctor prescribes one exercise."""

from flask_wtf import FlaskForm
from wtforms import DecimalField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from cloud_bridge.portal.exercise_notes import ExerciseNotes, exercise_notes
from models.exercises.catalogue import exercise_text
from models.exercises.definition import Exercise, ExerciseDefinition, TimerExercise
from models.exercises.library import load_library
from models.messages import PrescriptionItem, Side


class PrescriptionForm(FlaskForm):  # type: ignore[misc]
    """Dosage in standard terms; errors stand beside their fields and nothing typed is lost."""

    exercise_id = SelectField("Exercise", validators=[InputRequired()])
    side = SelectField(
        "Side",
        choices=[("both", "Both sides"), ("left", "Left"), ("right", "Right")],
        default="both",
    )
    sets = IntegerField("Sets", [InputRequired("Give the number of sets."), NumberRange(1, 20)])
    reps = IntegerField(
        "Repetitions a set", [InputRequired("Give the repetitions."), NumberRange(1, 100)]
    )
    hold_s = DecimalField("Hold, s", [Optional(), NumberRange(0, 600)], places=1)
    rest_s = DecimalField(
        "Rest between sets, seconds", [Optional(), NumberRange(0, 1800)], places=0
    )
    target_rom_deg = DecimalField("Target angle, degrees", [Optional()], places=0)
    based_on_version = HiddenField(default="0")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.exercise_id.choices = [
            (each.id, exercise_text(each.name)) for each in load_library().values()
        ]

    @property
    def notes(self) -> tuple[ExerciseNotes, ...]:
        """What is to be known of each exercise that can be chosen."""
        return tuple(map(exercise_notes, load_library().values()))

    def validate_side(self, field: SelectField) -> None:
        """One leg stands while the other works."""
        exercise = _chosen(self.exercise_id.data)
        if exercise is None:
            return
        if exercise.side == "unilateral" and field.data == "both":
            raise ValidationError("This exercise is done with one side: choose left or right.")
        if exercise.side == "bilateral" and field.data != "both":
            raise ValidationError("This exercise is done with both sides.")

    def validate_target_rom_deg(self, field: DecimalField) -> None:
        """Between where a repetition begins to count and the full range."""
        exercise = _chosen(self.exercise_id.data)
        if exercise is None or field.data is None:
            return
        if isinstance(exercise, TimerExercise):
            raise ValidationError("This exercise is guided by the clock: leave the angle empty.")
        span = exercise.range_of_motion
        low, high = sorted((span.easy_deg, span.full_deg))
        if not low <= float(field.data) <= high:
            raise ValidationError(f"Choose {low:g} to {high:g} degrees for this exercise.")

    def item(self) -> PrescriptionItem:
        """What was prescribed; only after the form has been validated."""
        side: Side = self.side.data
        rest_s = 60.0 if self.rest_s.data is None else float(self.rest_s.data)
        target = self.target_rom_deg.data
        return PrescriptionItem(
            exercise_id=self.exercise_id.data,
            side=side,
            sets=self.sets.data,
            reps=self.reps.data,
            hold_s=self._hold_s(),
            rest_s=rest_s,
            target_rom_deg=None if target is None else float(target),
        )

    def _hold_s(self) -> float:
        if self.hold_s.data is not None:
            return float(self.hold_s.data)
        exercise = _chosen(self.exercise_id.data)
        # A posture is held for some time: the library's, where the doctor names none.
        is_hold = isinstance(exercise, ExerciseDefinition) and exercise.kind == "hold"
        return exercise.dose.hold_s if exercise is not None and is_hold else 0.0


def set_in_words(item: PrescriptionItem) -> str:
    """A set's repetitions; for an exercise guided by the clock its time instead."""
    exercise = load_library().find(item.exercise_id)
    if not isinstance(exercise, TimerExercise):
        return str(item.reps)
    minutes, seconds = divmod(round(exercise.set_duration_s(item)), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _chosen(exercise_id: str | None) -> Exercise | None:
    return None if exercise_id is None else load_library().find(exercise_id)
