"""The codes of the FHIR resources, from codes.toml; and the names of our own definitions."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.exercises.definition import ExerciseDefinition, Measure
from models.messages import Side

CANONICAL: Final = "https://physiopi.invalid/fhir"
"""Begins the names of our own definitions. The domain is one that nobody can own (RFC 2606): these
names identify and are never fetched; the read interface serves the definitions."""

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
EXERCISE_THERAPY: Final = "229065009"
"""SNOMED CT, exercise therapy (regime/therapy)."""

EXERCISES: Final = f"{CANONICAL}/CodeSystem/exercise"
BODY_SITES: Final = f"{CANONICAL}/CodeSystem/body-site"
FAULTS: Final = f"{CANONICAL}/CodeSystem/fault"
DEVICES: Final = f"{CANONICAL}/identifier/device"
ACCOUNTS: Final = f"{CANONICAL}/identifier/account"
PRINCIPALS: Final = f"{CANONICAL}/identifier/principal"
PRESCRIPTIONS: Final = f"{CANONICAL}/identifier/prescription"
PATIENTS: Final = f"{CANONICAL}/identifier/patient"
_SIDES: Final[dict[Side, str]] = {"left": "left", "right": "right", "both": "both sides"}

OwnSystem = Literal["observation", "method", "issue"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
LoincCode = Annotated[str, Field(pattern=r"^\d{1,7}-\d$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnCodes(_Table):
    """One of our code systems."""

    title: str
    concepts: dict[Code, str]


class Site(_Table):
    """Where on the body a measure is taken."""

    site: Code
    sided: bool


class Loinc(_Table):
    """LOINC codes by what they are used for; ``tests`` are those of standard tests."""

    pain: LoincCode
    exercise_duration: LoincCode
    tests: frozenset[LoincCode]


class LoincSides(_Table):
    """A range's codes for one side, where LOINC has them."""

    left: LoincCode | None = None
    right: LoincCode | None = None


class Codes(_Table):
    """All of codes.toml."""

    loinc: Loinc
    loinc_range: dict[LoincCode, LoincSides]
    systems: dict[OwnSystem, OwnCodes]
    site: dict[Measure, Site]

    @model_validator(mode="after")
    def _every_measure(self) -> Self:
        missing = set(get_args(Measure)) - set(self.site)
        if missing:
            raise ValueError(f"[site] lacks {', '.join(sorted(missing))}")
        return self

    def display(self, system: OwnSystem, code: str) -> str:
        """What one of our codes means; raises :class:`KeyError` for a code that is none."""
        return self.systems[system].concepts[code]

    def range_loinc(self, exercise: ExerciseDefinition, side: Side) -> str | None:
        """The LOINC code of the range that an exercise measures, ``None`` where there is none."""
        span = exercise.range_of_motion
        if exercise.loinc not in self.loinc_range or span.full_deg <= span.start_deg:
            return None
        sides = self.loinc_range[exercise.loinc]
        of_side = {"left": sides.left, "right": sides.right, "both": None}[side]
        return of_side or exercise.loinc

    def test_loinc(self, exercise: ExerciseDefinition) -> str | None:
        """The LOINC code of the standard test that an exercise is, ``None`` for any other."""
        return exercise.loinc if exercise.test and exercise.loinc in self.loinc.tests else None

    def body_site(self, measure: Measure, side: Side) -> tuple[str, str]:
        """Code and words of the place that a measure of one side is taken at."""
        where = self.site[measure]
        if not where.sided:
            return where.site, where.site.capitalize()
        return f"{where.site}-{side}", f"{where.site.capitalize()}, {_SIDES[side]}"


@cache
def load_codes() -> Codes:
    """The codes; they are part of the release, so a wrong file is a fault of ours."""
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    return Codes.model_validate(tomllib.loads(text))


def own_system(name: OwnSystem) -> str:
    """The address of one of our code systems."""
    return f"{CANONICAL}/CodeSystem/{name}"


def extension_url(name: str) -> str:
    """The address of one of our extensions."""
    return f"{CANONICAL}/StructureDefinition/{name}"
