"""The exercise library beside the plan: filtered by region and words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloud_bridge.portal.exercise_notes import ExerciseNotes, exercise_notes
from models.exercises.catalogue import exercise_text
from models.exercises.definition import Exercise, ExerciseDefinition
from models.exercises.library import load_library

REGION_NAMES: Final = {
    "ankle": "Ankle",
    "knee": "Knee",
    "hip": "Hip",
    "low_back": "Low back",
    "shoulder": "Shoulder",
    "elbow": "Elbow",
    "balance": "Balance",
    "falls": "Preventing falls",
}


@dataclass(frozen=True, slots=True)
class LibraryLine:
    """One exercise to choose; ``words`` and ``regions`` are what it is found by."""

    notes: ExerciseNotes
    instruction: str
    term: str
    regions: tuple[str, ...]
    words: str
    shown: bool

    @property
    def region_names(self) -> str:
        """The regions in words."""
        return ", ".join(REGION_NAMES.get(each, each) for each in self.regions)


def library_lines(words: str, region: str) -> list[LibraryLine]:
    """The library by name; ``shown`` are those of a region that have all of the words."""
    lines = (_line(each, words.lower().split(), region) for each in load_library().values())
    return sorted(lines, key=lambda each: each.notes.name)


def _line(exercise: Exercise, words: list[str], region: str) -> LibraryLine:
    notes, instruction = exercise_notes(exercise), exercise_text(exercise.instruction)
    # Names are the patient's words; clinicians look for their own.
    term = exercise.id.replace("_", " ")
    measured = exercise.measure if isinstance(exercise, ExerciseDefinition) else ""
    terms = (term, measured.replace("_", " "), *_region_words(exercise))
    found_by = " ".join((notes.name, instruction, *terms)).lower()
    return LibraryLine(
        notes=notes,
        instruction=instruction,
        term=term,
        regions=exercise.regions,
        words=found_by,
        shown=all(each in found_by for each in words)
        and (not region or region in exercise.regions),
    )


def _region_words(exercise: Exercise) -> Iterator[str]:
    for each in exercise.regions:
        yield REGION_NAMES.get(each, each)
