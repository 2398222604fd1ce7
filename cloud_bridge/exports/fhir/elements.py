"""Small parts of FHIR resources: codings, quantities, references, extensions, narratives."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any, Final

from cloud_bridge.exports.fhir.codes import UCUM, OwnSystem, extension_url, load_codes, own_system

Resource = dict[str, Any]
"""A resource as JSON has it."""

Part = dict[str, Any]
"""A part of a resource."""

_PARAGRAPH: Final = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def coding(system: str, code: str, display: str | None = None) -> Part:
    """A Coding."""
    return {"system": system, "code": code} | ({} if display is None else {"display": display})


def own_coding(system: OwnSystem, code: str) -> Part:
    """A Coding of one of our code systems, in codes.toml."""
    return coding(own_system(system), code, load_codes().display(system, code))


def concept(*codings: Part, text: str | None = None) -> Part:
    """A CodeableConcept; a text that is blank is left out, for FHIR has no blank strings."""
    made: Part = {}
    if codings:
        made["coding"] = list(codings)
    if text is not None and text.strip():
        made["text"] = text
    return made


def own_concept(system: OwnSystem, code: str, text: str | None = None) -> Part:
    """A CodeableConcept with one of our codes; its words are ours too where none are given."""
    return concept(
        own_coding(system, code), text=text or load_codes().display(system, code)
    )  # fmt: skip


def stated(text: str) -> str:
    """A text of others where one must be: a blank one says so."""
    return text if text.strip() else "not stated"


def notes(*texts: str) -> Part:
    """The ``note`` element of texts that are not blank, or nothing."""
    said = [{"text": each} for each in texts if each.strip()]
    return {"note": said} if said else {}


def quantity(value: float, code: str, unit: str | None = None) -> Part:
    """A Quantity in a UCUM unit."""
    return {"value": value, "unit": unit or code, "system": UCUM, "code": code}


def degrees(value_deg: float) -> Part:
    """A Quantity of degrees, to a tenth: no error of ours is smaller."""
    return quantity(round(value_deg, 1), "deg")


def seconds(value_s: float) -> Part:
    """A Quantity of seconds, to a tenth."""
    return quantity(round(value_s, 1), "s")


def rating(value: int) -> Part:
    """A patient's rating."""
    return quantity(value, "{score}")


def reference(kind: str, identity: str) -> Part:
    """A Reference to a resource of ours."""
    return {"reference": f"{kind}/{identity}"}


def extension(name: str, **value: Any) -> Part:  # noqa: ANN401
    """One of our extensions; ``value`` is its ``value[x]``."""
    return {"url": extension_url(name), **value}


def absent(code: str, why: str) -> Part:
    """A dataAbsentReason."""
    return concept(coding(_ABSENT, code), text=why)


def instant(moment: datetime) -> str:
    """A time as FHIR has it, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def period(start: datetime, end: datetime) -> Part:
    """A Period, to the second: beside a fraction a whole second is of another precision, and not
    every reader can say which of the two is earlier (invariant ``per-1``)."""
    return {
        name: instant(each.replace(microsecond=0))
        for name, each in (("start", start), ("end", end))
    }


def narrative(*lines: str) -> Part:
    """A resource in words, for people and for systems that show nothing else."""
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{_paragraphs(lines)}</div>'}


def narrative_lines(resource: Resource) -> list[str]:
    """The lines that :func:`narrative` made a resource's words of."""
    return [unescape(each) for each in _PARAGRAPH.findall(resource["text"]["div"])]


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
