"""How the score from 0 (perfect) to 4 (poor) is read, as data (quality_bands.toml)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from models.errors import QualityLimitsError
from models.exercises.table import Table

QUALITY_BANDS_FILE = Path(__file__).with_name("quality_bands.toml")
WORST = 4.0

BandId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,39}$")]


class Band(Table):
    """A range of scores up to and including ``up_to``; its words are ``quality-band-{id}``."""

    id: BandId
    up_to: Annotated[float, Field(gt=0, le=WORST)]


class ScoreLimits(Table):
    """When a score is given and explained; see quality_bands.toml."""

    largest_deviation: Annotated[float, Field(gt=0, le=WORST)]
    named_share: Annotated[float, Field(gt=0, le=1)]
    named_at_most: Annotated[int, Field(ge=1, le=5)]
    explained_from: Annotated[float, Field(ge=0, le=WORST)]


class QualityBands(Table):
    """All of quality_bands.toml."""

    schema_version: Literal[1]
    band: Annotated[tuple[Band, ...], Field(min_length=1)]
    score: ScoreLimits

    @model_validator(mode="after")
    def _to_the_worst(self) -> Self:
        limits = [band.up_to for band in self.band]
        if limits != sorted(set(limits)) or limits[-1] != WORST:
            raise ValueError(f"up_to must rise from band to band and end at {WORST}")
        return self

    def band_of(self, score: float) -> BandId:
        """The band of a score, 0 to 4; raises :class:`ValueError` for another number."""
        if not 0.0 <= score <= WORST:
            raise ValueError(f"a score is 0 to {WORST}, not {score}")
        return next(band.id for band in self.band if score <= band.up_to)


@cache
def load_quality_bands(path: Path = QUALITY_BANDS_FILE) -> QualityBands:
    """The bands; raises :class:`~models.errors.QualityLimitsError` naming the file and the key."""
    try:
        return QualityBands.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise QualityLimitsError(f"{path.name}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise QualityLimitsError(f"{path.name}: {key}: {first['msg']}") from error
