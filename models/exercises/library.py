"""Loads the exercise library from its TOML files, and a clinic's own on top of it."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.errors import ExerciseDefinitionError, ExerciseNotFoundError, TimerExerciseError
from models.exercises.catalogue import LANGUAGES, Catalogue, TextError, exercise_text_folders
from models.exercises.clinic import clinic_folder
from models.exercises.definition import Exercise, ExerciseDefinition, TimerExercise

LIBRARY_FOLDER = Path(__file__).parent
ACCURACY_FILE = "accuracy.json"
"""What ``physiopi-device benchmark accuracy`` measured, by exercise id, beside the library."""


class ExerciseLibrary(Mapping[str, Exercise]):
    """Exercises by id, in alphabetical order."""

    def __init__(self, exercises: Mapping[str, Exercise]) -> None:
        self._exercises = dict(sorted(exercises.items()))

    def __getitem__(self, exercise_id: str) -> Exercise:
        """Raises :class:`ExerciseNotFoundError`, a message that names those there are."""
        try:
            return self._exercises[exercise_id]
        except KeyError:
            raise ExerciseNotFoundError(
                f"unknown exercise {exercise_id!r}: choose one of {', '.join(self._exercises)}"
            ) from None

    def __contains__(self, exercise_id: object) -> bool:
        return exercise_id in self._exercises

    def __iter__(self) -> Iterator[str]:
        return iter(self._exercises)

    def __len__(self) -> int:
        return len(self._exercises)

    def find(self, exercise_id: str) -> Exercise | None:
        """An exercise, ``None`` for one that is not (or no longer) in the library."""
        return self._exercises.get(exercise_id)

    def measured(self, exercise_id: str) -> ExerciseDefinition:
        """An exercise that a camera measures.

        Raises :class:`ExerciseNotFoundError`, and :class:`TimerExerciseError` for one that is
        guided by the clock alone.
        """
        exercise = self[exercise_id]
        if isinstance(exercise, TimerExercise):
            raise TimerExerciseError(
                f"{exercise_id} is guided by the clock: a camera cannot count or judge it"
            )
        return exercise

    def all_measured(self) -> tuple[ExerciseDefinition, ...]:
        """Every exercise that a camera measures."""
        return tuple(each for each in self.values() if isinstance(each, ExerciseDefinition))


def load_exercise(path: Path, accuracy: Mapping[str, Any] | None = None) -> Exercise:
    """One exercise; raises :class:`ExerciseDefinitionError` naming the file and the key.

    ``accuracy`` is used where the file itself has no such table.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExerciseDefinitionError(f"{path.name}: cannot be read as TOML: {error}") from error
    is_timer = document.get("kind") == "timer"
    if accuracy is not None and not is_timer:
        document.setdefault("accuracy", accuracy)
    try:
        model = TimerExercise if is_timer else ExerciseDefinition
        exercise = model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ExerciseDefinitionError(f"{path.name}: {key}: {first['msg']}") from error
    if exercise.id != path.stem:
        raise ExerciseDefinitionError(
            f"{path.name}: id: is {exercise.id!r} but the file's name says {path.stem!r}"
        )
    return exercise


def load_library(folder: Path | None = None) -> ExerciseLibrary:
    """Our exercises and, on top, those of a clinic's own ``folder``.

    Without ``folder`` it is the one that ``PHYSIOPI_EXERCISE_FOLDER`` names, if any. A clinic's
    file of the same name replaces ours. Raises :class:`ExerciseDefinitionError` for the first bad
    file, also for one whose words are missing in a language.
    """
    return _load_library(folder or clinic_folder())


@cache
def _load_library(clinic: Path | None) -> ExerciseLibrary:
    ours = _load_folder(LIBRARY_FOLDER)
    if clinic is None:
        return ExerciseLibrary(ours)
    if not clinic.is_dir():
        raise ExerciseDefinitionError(
            f"{clinic}: there is no such folder: make it, or take exercise_folder out of the"
            " configuration"
        )
    theirs = _load_folder(clinic)
    _check_texts(theirs.values(), clinic)
    measured = {name: _as_measured(each, ours.get(name)) for name, each in theirs.items()}
    return ExerciseLibrary(ours | measured)


def _load_folder(folder: Path) -> dict[str, Exercise]:
    accuracy = _load_accuracy(folder / ACCURACY_FILE)
    return {
        path.stem: load_exercise(path, accuracy.get(path.stem))
        for path in sorted(folder.glob("*.toml"))
    }


def _check_texts(exercises: Iterable[Exercise], clinic: Path) -> None:
    try:
        catalogues = [Catalogue(each, exercise_text_folders(clinic)) for each in LANGUAGES]
    except TextError as error:
        raise ExerciseDefinitionError(str(error)) from error
    for exercise in exercises:
        for key, text_id in exercise.text_ids():
            for texts in catalogues:
                if text_id not in texts:
                    raise ExerciseDefinitionError(
                        f"{exercise.id}.toml: {key}: there is no text {text_id!r} in"
                        f" texts/{texts.language}.ftl: add it there"
                    )


def _as_measured(theirs: Exercise, ours: Exercise | None) -> Exercise:
    """A clinic's change of dose or limits does not make our measured error unknown."""
    if (
        isinstance(theirs, ExerciseDefinition)
        and isinstance(ours, ExerciseDefinition)
        and theirs.accuracy is None
        and (theirs.measure, theirs.view) == (ours.measure, ours.view)
    ):
        return theirs.model_copy(update={"accuracy": ours.accuracy})
    return theirs


def _load_accuracy(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExerciseDefinitionError(f"{path.name}: cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise ExerciseDefinitionError(f"{path.name}: must hold one object, by exercise id")
    return document
