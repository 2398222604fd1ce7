"""Dates as FHIR searches for them: each has a precision, and is a span of time.

FHIR R4 (4.0.1), Search, 3.1.1.4.9 Prefixes. A date without a zone is taken in UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from cloud_bridge.api.fhir.outcome import FhirError
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.records import Window

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]

_PREFIXES: Final[dict[str, Prefix]] = {
    "eq": "eq", "ne": "ne", "gt": "gt", "lt": "lt", "ge": "ge", "le": "le", "sa": "sa", "eb": "eb",
}  # fmt: skip
_DATE: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d{1,9})?)?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?)?"
)
_DAY, _MINUTE, _SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
_INSTANT: Final = timedelta(microseconds=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to but not including ``end``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DateCondition:
    """What a date parameter asks for."""

    prefix: Prefix
    asked: Span

    def matches(self, found: Span) -> bool:
        """Whether a resource's time is as asked for."""
        asked = self.asked
        inside = asked.start <= found.start and found.end <= asked.end
        return {
            "eq": inside,
            "ne": not inside,
            "gt": found.end > asked.end,
            "lt": found.start < asked.start,
            "ge": found.end > asked.end or inside,
            "le": found.start < asked.start or inside,
            "sa": found.start >= asked.end,
            "eb": found.end <= asked.start,
        }[self.prefix]

    @property
    def window(self) -> Window:
        """Outside of this nothing can match."""
        earliest = self.asked.start if self.prefix in ("eq", "gt", "ge", "sa") else None
        latest = self.asked.end if self.prefix in ("eq", "lt", "le", "eb") else None
        return Window(earliest, latest)


def parse_condition(name: str, text: str) -> DateCondition:
    """A date parameter; raises :class:`FhirError` for one that cannot be understood."""
    # A plus sign that was not escaped arrives as a space.
    text = text.strip().replace(" ", "+")
    prefix = _PREFIXES.get(text[:2])
    try:
        return DateCondition(prefix or "eq", parse_span(text[2:] if prefix else text))
    except (ValueError, OverflowError) as error:
        raise FhirError(
            400,
            "invalid",
            f"{name}={text}: give a date such as 2026-11-21, ge2026-11 or"
            " lt2026-11-21T10:00:00Z; prefixes are eq, ne, gt, lt, ge, le, sa and eb",
        ) from error


def parse_span(text: str) -> Span:
    """The time that a FHIR date, dateTime or instant stands for; raises :class:`ValueError`."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    if match["hour"] is not None:
        return _span_of_time(match, datetime(year, month, day, tzinfo=UTC))
    start = datetime(year, month, day, tzinfo=UTC)
    if match["day"] is not None:
        return Span(start, start + _DAY)
    if match["month"] is None or month == _DECEMBER:
        return Span(start, start.replace(year=year + 1, month=1))
    return Span(start, start.replace(month=month + 1))


def _span_of_time(match: re.Match[str], day: datetime) -> Span:
    zone = match["zone"] or "Z"
    fraction = (match["fraction"] or "")[:7]
    clock = f"{match['hour']}:{match['minute']}:{match['second'] or '00'}"
    padded = f"{fraction:0<7}" if fraction else ""
    start = datetime.fromisoformat(f"{day:%Y-%m-%d}T{clock}{padded}{zone}").astimezone(UTC)
    length = _INSTANT if fraction else _SECOND if match["second"] is not None else _MINUTE
    return Span(start, start + length)


def span_of(resource: Resource, element: str) -> Span | None:
    """When a resource was, by its ``element``; ``None`` where it does not say.

    A choice such as ``effective`` is a dateTime or a Period; a Period may be open.
    """
    for name in (element, f"{element}DateTime", f"{element}Period"):
        value: Any = resource.get(name)
        if isinstance(value, str):
            return parse_span(value)
        if isinstance(value, dict):
            start, end = value.get("start"), value.get("end")
            return Span(
                parse_span(start).start if start else _FIRST,
                parse_span(end).end if end else _LAST,
            )
    return None


def joined(windows: list[Window]) -> Window:
    """The time that lies in all of several windows."""
    earliest = [each.earliest for each in windows if each.earliest is not None]
    latest = [each.latest for each in windows if each.latest is not None]
    return Window(max(earliest, default=None), min(latest, default=None))
