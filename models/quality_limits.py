"""The limits of the quality analysis, as data (quality_limits.toml)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from models.errors import QualityLimitsError
from models.exercises.table import Table

QUALITY_LIMITS_FILE = Path(__file__).with_name("quality_limits.toml")
Share = Annotated[float, Field(ge=0, le=1)]
Torso = Annotated[float, Field(gt=0, le=5)]
LimitS = Annotated[float, Field(gt=0, le=3600)]
Luminance = Annotated[float, Field(ge=0, le=255)]


class GateLimits(Table):
    """When keypoints are relied on; see quality_limits.toml."""

    least_goodness: Share
    least_confidence: Share
    usable_windows_of_repetition: Share
    usable_repetitions_of_set: Share
    unseen_confidence: Share
    unseen_windows_of_repetition: Share
    finding_lasts_s: LimitS
    finding_joins_s: LimitS


class CauseLimits(Table):
    """What a failure of the gate is put down to; see quality_limits.toml."""

    too_far_below: Share
    too_near_above: Share
    border: Share
    at_border_share: Share
    dark_below: Luminance
    dark_person_below: Luminance
    light_room_from: Luminance
    backlit_bright_share: Share
    second_person_within_s: LimitS
    camera_shift_torso: Torso
    camera_spread_torso: Torso
    camera_moves_within_s: LimitS


class AnalysisLimits(Table):
    """What the analysis may cost; see quality_limits.toml."""

    time_limit_s: LimitS
    session_waits_s: Annotated[float, Field(ge=0, le=60)]
    most_frames: Annotated[int, Field(ge=100, le=1_000_000)]


class QualityLimits(Table):
    """All of quality_limits.toml."""

    gate: GateLimits
    cause: CauseLimits
    analysis: AnalysisLimits


@cache
def load_quality_limits(path: Path = QUALITY_LIMITS_FILE) -> QualityLimits:
    """The limits; raises :class:`QualityLimitsError` naming the file and the key."""
    try:
        return QualityLimits.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise QualityLimitsError(f"{path.name}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise QualityLimitsError(f"{path.name}: {key}: {first['msg']}") from error
