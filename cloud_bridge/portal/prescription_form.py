"""The form with which a doctor prescribes one exercise."""

from flask_wtf import FlaskForm
from wtforms import DecimalField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from models.exercises.catalogue import exercise_text
from models.exercises.definition import Exercise, TimerExercise
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
            hold_s=0.0 if self.hold_s.data is None else float(self.hold_s.data),
            rest_s=rest_s,
            target_rom_deg=None if target is None else float(target),
        )


def _chosen(exercise_id: str | None) -> Exercise | None:
    library = load_library()
    return library[exercise_id] if exercise_id is not None and exercise_id in library else None
