"""Remote-monitoring counters: days with data, and minutes that clinicians have confirmed."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, ValidationError

from cloud_bridge.errors import ConfigurationError
from cloud_bridge.progress.adherence import day_of
from cloud_bridge.progress.session_figures import SessionFigures
from models.exercises.table import Table

TIERS_FILE: Final = Path(__file__).with_name("monitoring_tiers.toml")


class Tier(Table):
    """A tier by its code; without ``at_most`` it has no end."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    at_least: Annotated[int, Field(ge=1)]
    at_most: Annotated[int, Field(ge=1)] | None = None

    def has(self, count: int) -> bool:
        """Whether a count lies in it."""
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    @property
    def in_words(self) -> str:
        """Such as "2 to 15"."""
        return (
            f"{self.at_least} or more"
            if self.at_most is None
            else f"{self.at_least} to {self.at_most}"
        )


class MonitoringTiers(Table):
    """All of monitoring_tiers.toml."""

    schema_version: Literal[1]
    year: int
    window_days: Annotated[int, Field(ge=1, le=366)]
    data_days: Annotated[tuple[Tier, ...], Field(min_length=1)]
    minutes: Annotated[tuple[Tier, ...], Field(min_length=1)]


class TimeEntry(Protocol):
    """Minutes confirmed by a clinician."""

    worked_on: date
    minutes: int

    @property
    def withdrawn_at(self) -> object | None:
        """``None`` while the entry counts."""


@dataclass(frozen=True, slots=True)
class DataDays:
    """Days with data from ``first`` to ``last``; days of simulated sessions alone count apart."""

    first: date
    last: date
    counted: int
    simulated: int
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class ClinicianMinutes:
    """Confirmed minutes of a calendar month, given by its first day."""

    month: date
    minutes: int
    entries: int
    tier: Tier | None


@cache
def load_monitoring_tiers() -> MonitoringTiers:
    """The tiers; raises :class:`ConfigurationError`."""
    try:
        return MonitoringTiers.model_validate(tomllib.loads(TIERS_FILE.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"{TIERS_FILE.name}: {error}") from error


def data_days(
    sessions: Iterable[SessionFigures], today: date, zone: tzinfo, tiers: MonitoringTiers
) -> DataDays:
    """The days, of the ``window_days`` that end today, on which a person finished a set."""
    first = today - timedelta(days=tiers.window_days - 1)
    within = [each for each in sessions if each.sets_done and first <= day_of(each, zone) <= today]
    real = {day_of(each, zone) for each in within if not each.simulated}
    every = {day_of(each, zone) for each in within}
    return DataDays(
        first=first,
        last=today,
        counted=len(real),
        simulated=len(every - real),
        tier=_tier(tiers.data_days, len(real)),
    )


def clinician_minutes(
    entries: Iterable[TimeEntry], today: date, tiers: MonitoringTiers
) -> ClinicianMinutes:
    """The minutes of today's calendar month that were not withdrawn."""
    month = today.replace(day=1)
    counted = [
        each
        for each in entries
        if each.withdrawn_at is None and each.worked_on.replace(day=1) == month
    ]
    minutes = sum(each.minutes for each in counted)
    return ClinicianMinutes(month, minutes, len(counted), _tier(tiers.minutes, minutes))


def _tier(tiers: Sequence[Tier], count: int) -> Tier | None:
    return next((each for each in tiers if each.has(count)), None)
