"""When a patient is flagged, as data (flag_rules.toml), and a clinic's own file over it."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from cloud_bridge.errors import ConfigurationError
from models.exercises.table import Table

FLAG_RULES_FILE: Final = Path(__file__).with_name("flag_rules.toml")
RuleName = Literal[
    "missed_days",
    "pain_rise",
    "pain_in_exercise",
    "range_down",
    "stop",
    "silence",
    "fall_suspected",
]
Days = Annotated[int, Field(ge=1, le=90)]
Sessions = Annotated[int, Field(ge=1, le=20)]


class Rule(Table):
    """What every rule has."""

    on: bool
    urgent: bool


class DaysRule(Rule):
    """So many days."""

    days: Days


class RuleWithLookBack(Rule):
    """Evidence of the last days only."""

    look_back_days: Days


class PainRise(RuleWithLookBack):
    """A rise of ``points`` of 10 over ``sessions``."""

    points: Annotated[int, Field(ge=1, le=10)]
    sessions: Annotated[int, Field(ge=2, le=20)]


class PainInExercise(RuleWithLookBack):
    """More than ``above`` of 10."""

    above: Annotated[int, Field(ge=0, le=9)]


class RangeDown(RuleWithLookBack):
    """``sessions`` in a row more than ``degrees`` below the ``baseline_sessions`` before."""

    degrees: Annotated[float, Field(gt=0, le=90)]
    sessions: Sessions
    baseline_sessions: Sessions
    baseline_at_least: Sessions


class FlagRules(Table):
    """All of flag_rules.toml."""

    schema_version: Literal[1]
    missed_days: DaysRule
    pain_rise: PainRise
    pain_in_exercise: PainInExercise
    range_down: RangeDown
    stop: RuleWithLookBack
    silence: DaysRule
    fall_suspected: Rule


@cache
def load_flag_rules(clinic_file: Path | None = None) -> FlagRules:
    """Our rules, those that ``clinic_file`` names replaced by its own.

    Raises :class:`ConfigurationError` naming the file and the key.
    """
    rules = _read(FLAG_RULES_FILE)
    if clinic_file is not None:
        rules |= _read(clinic_file)
    try:
        return FlagRules.model_validate(rules)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigurationError(
            f"{clinic_file or FLAG_RULES_FILE}: {key}: {first['msg']}"
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
