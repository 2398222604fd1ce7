"""Loads the exercise library from its TOML files."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from models.errors import ExerciseDefinitionError, ExerciseNotFoundError
from models.exercises.definition import ExerciseDefinition

LIBRARY_FOLDER = Path(__file__).parent


class ExerciseLibrary(Mapping[str, ExerciseDefinition]):
    """Exercises by id, in alphabetical order."""

    def __init__(self, exercises: Mapping[str, ExerciseDefinition]) -> None:
        self._exercises = dict(sorted(exercises.items()))

    def __getitem__(self, exercise_id: str) -> ExerciseDefinition:
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


def load_exercise(path: Path) -> ExerciseDefinition:
    """One exercise; raises :class:`ExerciseDefinitionError` naming the file and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExerciseDefinitionError(f"{path.name}: cannot be read as TOML: {error}") from error
    try:
        exercise = ExerciseDefinition.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ExerciseDefinitionError(f"{path.name}: {key}: {first['msg']}") from error
    if exercise.id != path.stem:
        raise ExerciseDefinitionError(
            f"{path.name}: id: is {exercise.id!r} but the file's name says {path.stem!r}"
        )
    return exercise


@cache
def load_library(folder: Path = LIBRARY_FOLDER) -> ExerciseLibrary:
    """All exercises of a folder; raises :class:`ExerciseDefinitionError` for the first bad file."""
    return ExerciseLibrary({path.stem: load_exercise(path) for path in folder.glob("*.toml")})
