"""How the simulated patients fare and what is prescribed to them, as data (patients.toml)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from cloud_bridge.errors import ConfigurationError
from models.exercises.table import Table
from models.messages import PrescriptionItem

PATIENTS_FILE: Final = Path(__file__).with_name("patients.toml")
Probability = Annotated[float, Field(ge=0, le=1)]
Rated = tuple[Annotated[float, Field(ge=0, le=10)], Annotated[float, Field(ge=0, le=10)]]


class SimulatedCourse(Table):
    """How a kind of patient fares; see patients.toml."""

    name: str
    patients: Annotated[int, Field(ge=1)]
    trains: tuple[Probability, Probability]
    range: tuple[Probability, Probability]
    drops_at_last: Probability = 0.0
    pain: Rated
    effort: Rated
    score: tuple[Annotated[float, Field(ge=0, le=4)], Annotated[float, Field(ge=0, le=4)]]
    stops: Probability
    falls: Annotated[int, Field(ge=0, le=10)]
    ends_after: Probability = 1.0


class Programme(Table):
    """What is prescribed together."""

    days_per_week: Annotated[int, Field(ge=1, le=7)]
    items: Annotated[tuple[PrescriptionItem, ...], Field(min_length=1)]


class SimulatedPatients(Table):
    """All of patients.toml."""

    schema_version: Literal[1]
    course: Annotated[tuple[SimulatedCourse, ...], Field(min_length=1)]
    programme: Annotated[tuple[Programme, ...], Field(min_length=1)]


@cache
def load_simulated_patients() -> SimulatedPatients:
    """The courses; raises :class:`ConfigurationError`."""
    try:
        return SimulatedPatients.model_validate(
            tomllib.loads(PATIENTS_FILE.read_text(encoding="utf-8"))
        )
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"{PATIENTS_FILE.name}: {error}") from error
