"""What a doctor should know of an exercise before prescribing it, and of a test's norms."""

from dataclasses import dataclass

from models.exercises.catalogue import exercise_text
from models.exercises.definition import Exercise, ExerciseDefinition
from models.exercises.library import load_library
from models.exercises.timed_test import AgeNorm, TimedTest

_POSITIONS = {
    "standing": "Standing",
    "seated": "Seated",
    "supine": "Lying on the back",
    "side_lying": "Lying on the side",
    "hands_and_knees": "On hands and knees",
    "prone": "Face down, on hands and feet",
}
_VIEWS = {"sagittal": "camera at the side", "frontal": "camera in front"}
_GRADES = {
    "A": "one camera measures it well",
    "B": "one camera measures it with care",
    "C": "one camera measures it only roughly",
}
_SEXES = {"female": "Women", "male": "Men", "any": "Women and men"}


@dataclass(frozen=True, slots=True)
class NormTable:
    """The norms of a standard test; a line for each sex, with the values of its age groups."""

    meaning: str
    source: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExerciseNotes:
    """An exercise as it is described beside the form; lists are ready to be read."""

    id: str
    name: str
    setting: str
    contraindications: tuple[str, ...]
    cannot_judge: tuple[str, ...]
    norms: NormTable | None


def exercise_name(exercise_id: str) -> str:
    """Its name; the bare id of one that a clinic has taken out of its library since."""
    exercise = load_library().find(exercise_id)
    return exercise_id if exercise is None else exercise_text(exercise.name)


def exercise_notes(exercise: Exercise) -> ExerciseNotes:
    """What stands beside the form when that exercise is chosen."""
    position = _POSITIONS[exercise.position]
    if isinstance(exercise, ExerciseDefinition):
        setting = f"{position}, {_VIEWS[exercise.view]}; {_GRADES[exercise.grade]}."
        test = exercise.test
    else:
        setting = f"{position}; guided by the clock, nothing is counted or measured."
        test = None
    return ExerciseNotes(
        id=exercise.id,
        name=exercise_text(exercise.name),
        setting=setting,
        contraindications=tuple(map(exercise_text, exercise.contraindications)),
        cannot_judge=tuple(map(exercise_text, exercise.cannot_judge)),
        norms=None if test is None else norm_table(test),
    )


def norm_table(test: TimedTest) -> NormTable:
    """A test's norms by age, as a table; the bridge knows neither age nor sex of a patient."""
    return NormTable(
        meaning=test.meaning.capitalize(),
        source=test.source,
        lines=tuple(
            (said, ", ".join(_age_group(each, test) for each in test.norms if each.sex == sex))
            for sex, said in _SEXES.items()
            if any(each.sex == sex for each in test.norms)
        ),
    )


def _age_group(norm: AgeNorm, test: TimedTest) -> str:
    unit = " s" if test.result == "longest_hold_s" else ""
    return f"{norm.age_from} to {norm.age_to}: {norm.value:g}{unit}"
