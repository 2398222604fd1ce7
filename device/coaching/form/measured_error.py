"""How far the form rules' readings are from the truth, as measured on the simulated patient."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import ExerciseDefinitionError
from models.exercises.library import LIBRARY_FOLDER
from models.messages import FaultCode

FORM_ERROR_FILE = LIBRARY_FOLDER / "form_error.json"


class FaultError(BaseModel):
    """The error that 95 of 100 readings of one fault stay within, on the scale of its limit.

    ``any_exercise`` is over all readings, ``by_exercise`` where enough of one were measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    any_exercise: float = Field(ge=0)
    by_exercise: dict[str, float] = Field(default_factory=dict)


class MeasuredErrors(BaseModel):
    """The table of all faults; ``measured_on`` says on what, and with which network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured_on: str
    faults: dict[FaultCode, FaultError]

    def of(self, code: FaultCode, exercise_id: str) -> float:
        """The error of that fault in that exercise; of all exercises where it alone was not
        measured; infinite where none was, so that nothing is judged by it."""
        error = self.faults.get(code)
        if error is None:
            return float("inf")
        return error.by_exercise.get(exercise_id, error.any_exercise)


@cache
def load_measured_errors(path: Path = FORM_ERROR_FILE) -> MeasuredErrors:
    """The table; raises :class:`ExerciseDefinitionError` for a file that is missing or bad."""
    try:
        document: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return MeasuredErrors.model_validate(document)
    except (OSError, ValueError, ValidationError) as error:
        raise ExerciseDefinitionError(
            f"{path.name}: cannot be read: {error}; write it anew with"
            " `physiopi-device benchmark form --write`"
        ) from error
