"""The waiting times of a session and the least change worth telling, as data."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from device.errors import CoachingLimitsError
from models.exercises.table import Table

LIMITS_FILE = Path(__file__).with_name("session_limits.toml")
LimitS = Annotated[float, Field(ge=0, le=7200)]
Limits = TypeVar("Limits", bound=BaseModel)


class WaitingLimits(Table):
    """Seconds; see session_limits.toml."""

    framing_hold_s: LimitS
    lost_after_s: LimitS
    back_after_s: LimitS
    countdown_s: LimitS
    abandoned_s: LimitS
    demonstration_first_s: LimitS
    demonstration_again_s: LimitS
    question_s: LimitS
    summary_s: LimitS
    settings_s: LimitS
    help_s: LimitS


class ResumptionLimits(Table):
    """How long a session that was broken off is offered again."""

    offered_for_s: LimitS


class ProgressLimits(Table):
    """The least change of what has no measured error."""

    hold_s: LimitS
    repetitions: Annotated[float, Field(ge=0)]


class SessionLimits(Table):
    """All of session_limits.toml."""

    waiting: WaitingLimits
    resumption: ResumptionLimits
    progress: ProgressLimits


@cache
def load_session_limits(path: Path = LIMITS_FILE) -> SessionLimits:
    """The limits; raises :class:`CoachingLimitsError` naming the file and the key."""
    return read_limits(path, SessionLimits)


def read_limits(path: Path, kind: type[Limits]) -> Limits:
    """A file of limits; raises :class:`CoachingLimitsError` naming the file and the key."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CoachingLimitsError(f"{path.name}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise CoachingLimitsError(f"{path.name}: {key}: {first['msg']}") from error
