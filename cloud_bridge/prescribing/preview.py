"""What the patient will see of a plan, in the patient's language and in the device's own words."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.exercises.catalogue import Catalogue, exercise_text_folders
from models.exercises.library import load_library
from models.messages import PrescriptionItem

LANGUAGE_NAMES: Final = {"en": "English", "de": "Deutsch", "fr": "Français"}
PREVIEW_TEXTS: Final = Path(__file__).parent / "texts"
"""The lines of the device's plan. They are the device's, word by word: tested."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One exercise of the plan as it stands on the screen, and what is said before its sets."""

    name: str
    dose: str
    instruction: str
    not_with: tuple[str, ...]


def preview(items: Iterable[PrescriptionItem], language: str) -> list[PreviewLine]:
    """The plan in one language; an exercise that the library does not have is left out."""
    texts = _catalogue(language, exercise_text_folders())
    library = load_library()
    found = []
    for item in items:
        exercise = library.find(item.exercise_id)
        if exercise is None:
            continue
        name = texts.text(exercise.name)
        if item.side in ("left", "right"):
            name = texts.text(f"exercise-{item.side}-side", exercise=name)
        dose = texts.text("reps-plan", sets=item.sets, reps=item.reps)
        if item.hold_s:
            dose = texts.text("reps-plan-with-hold", dose=dose, seconds=round(item.hold_s))
        found.append(
            PreviewLine(
                name=name,
                dose=dose,
                instruction=texts.text(exercise.instruction),
                not_with=tuple(
                    texts.text("caution-not-with", condition=texts.text(each))
                    for each in exercise.contraindications
                ),
            )
        )
    return found


@cache
def _catalogue(language: str, folders: tuple[Path, ...]) -> Catalogue:
    return Catalogue(language, (*folders, PREVIEW_TEXTS))
