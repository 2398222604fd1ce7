"""The limits at which the device asks whether the patient is all right, as data (safety.toml)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from models.errors import SafetyLimitsError
from models.exercises.table import Table

SAFETY_FILE = Path(__file__).with_name("safety.toml")
Torso = Annotated[float, Field(gt=0, le=5)]
Share = Annotated[float, Field(gt=0, le=1)]
LimitS = Annotated[float, Field(gt=0, le=3600)]


class FallLimits(Table):
    """What is taken for a fall; see safety.toml."""

    drop_torso: Torso
    drop_within_s: LimitS
    trunk_beyond_deg: Annotated[float, Field(gt=0, lt=90)]
    low_torso: Torso
    above_feet_torso: Torso
    low_for_s: LimitS
    low_frames_share: Share
    lost_for_s: LimitS
    lost_frames_share: Share
    drop_from_seat_torso: Torso
    low_from_seat_torso: Torso
    lies_within_s: LimitS


class StillnessLimits(Table):
    """What is taken for long stillness; see safety.toml."""

    moves_torso: Torso
    exercising_s: LimitS
    lying_s: LimitS


class QuestionLimits(Table):
    """How long the question stands, and how soon it may come again."""

    answer_within_s: LimitS
    ask_again_after_s: LimitS


class SafetyLimits(Table):
    """All of safety.toml."""

    fall: FallLimits
    stillness: StillnessLimits
    question: QuestionLimits


@cache
def load_safety_limits(path: Path = SAFETY_FILE) -> SafetyLimits:
    """The limits; raises :class:`SafetyLimitsError` naming the file and the key."""
    try:
        return SafetyLimits.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SafetyLimitsError(f"{path.name}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise SafetyLimitsError(f"{path.name}: {key}: {first['msg']}") from error
