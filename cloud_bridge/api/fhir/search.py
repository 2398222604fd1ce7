"""What may be searched for, and the resources that match, some at a time.

A parameter that is not understood is refused, unless the program says ``Prefer: handling=lenient``:
ignoring it would answer another question than was asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from cloud_bridge.api.fhir.dates import (
    DateCondition,
    Span,
    joined,
    parse_condition,
    span_of,
)
from cloud_bridge.api.fhir.outcome import FhirError
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.identity import patient_resource
from cloud_bridge.exports.fhir.records import (
    OF_PRESCRIPTION,
    OF_SESSION,
    FhirRecords,
    PatientRecords,
    Window,
)
from cloud_bridge.store.clinic_view import NotInClinicError
from cloud_bridge.store.tables import Patient

ParameterType = Literal["token", "reference", "date"]

DEFAULT_COUNT: Final = 50
LARGEST_COUNT: Final = 200
LARGEST_OFFSET: Final = 10_000_000
_IDENTIFIER: Final = "identifier"
_ABOUT_THE_ANSWER: Final = frozenset({"_count", "_offset", "_format", "_pretty"})


@dataclass(frozen=True, slots=True)
class Searchable:
    """What a type may be searched by: its patient's parameters, and its date's with its element."""

    patient: tuple[str, ...] = ("patient", "subject")
    date: str | None = None
    element: str | None = None
    tokens: tuple[str, ...] = ("_id",)

    def parameters(self) -> dict[str, ParameterType]:
        """The parameters and their types."""
        found: dict[str, ParameterType] = dict.fromkeys(self.tokens, "token")
        found |= dict.fromkeys(self.patient, "reference")
        return found | ({self.date: "date"} if self.date else {})

    def chained(self) -> dict[str, ParameterType]:
        """A patient by the pseudonym instead of the id, such as ``patient.identifier``."""
        return {f"{name}.{_IDENTIFIER}": "token" for name in self.patient}


SEARCHABLE: Final[Mapping[str, Searchable]] = {
    "Patient": Searchable(patient=(), tokens=("_id", "identifier")),
    "Device": Searchable(patient=("patient",)),
    "CarePlan": Searchable(date="date", element="period"),
    "Goal": Searchable(),
    "ServiceRequest": Searchable(date="authored", element="authoredOn"),
    "Procedure": Searchable(date="date", element="performed"),
    "Observation": Searchable(date="date", element="effective", tokens=("_id", "code")),
    "DiagnosticReport": Searchable(date="date", element="effective"),
    "DetectedIssue": Searchable(patient=("patient",), date="identified", element="identified"),
    "Provenance": Searchable(patient=("patient",), date="recorded", element="recorded"),
    "AuditEvent": Searchable(patient=("patient",), date="date", element="recorded"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the matches is asked for."""

    count: int = DEFAULT_COUNT
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; ``parameters`` are those that were understood, as they were given."""

    page: Page
    parameters: tuple[tuple[str, str], ...]
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: tuple[DateCondition, ...] = ()

    @property
    def window(self) -> Window:
        """The time outside of which nothing can match."""
        return joined([each.window for each in self.dates])


def understand(kind: str, given: Sequence[tuple[str, str]], *, lenient: bool) -> Question:
    """The question that a request's parameters ask; raises :class:`FhirError`."""
    types = SEARCHABLE[kind].parameters() | SEARCHABLE[kind].chained()
    known: dict[str, tuple[str, ...]] = {}
    used, dates = [], []
    for name, value in given:
        if name in _ABOUT_THE_ANSWER:
            continue
        if name not in types:
            if lenient:
                continue
            raise FhirError(400, "not-supported", _not_searchable(kind, name))
        used.append((name, value))
        if types[name] == "date":
            dates.append(parse_condition(name, value))
        else:
            known[name] = (*known.get(name, ()), value)
    return Question(page_of(given), tuple(used), known, tuple(dates))


def page_of(given: Sequence[tuple[str, str]]) -> Page:
    """The page that ``_count`` and ``_offset`` ask for; raises :class:`FhirError`."""
    numbers = {"_count": DEFAULT_COUNT, "_offset": 0}
    for name, value in given:
        if name in numbers:
            if not (value.isascii() and value.isdigit() and int(value[:9]) <= LARGEST_OFFSET):
                raise FhirError(400, "invalid", f"{name}={value}: give a whole number from 0")
            numbers[name] = int(value)
    return Page(min(numbers["_count"], LARGEST_COUNT), numbers["_offset"])


def matches(records: FhirRecords, kind: str, question: Question) -> Iterator[Resource]:
    """Everything that matches, newest first; raises :class:`FhirError` where it is not clear whose.

    A patient that is not of this clinic has nothing, like one that is nowhere.
    """
    if kind == "Patient":
        yield from _patients(records, question)
        return
    for each in _candidates(records, kind, question):
        if each["resourceType"] == kind and _fits(each, kind, question):
            yield each


def everything(
    patient: PatientRecords, kinds: frozenset[str], start: str | None, end: str | None
) -> Iterator[Resource]:
    """All of a patient's resources of these types; ``start`` and ``end`` are for what has a date.

    Raises :class:`FhirError` for what is no date.
    """
    conditions = [
        parse_condition(name, prefix + text)
        for name, prefix, text in (("start", "ge", start), ("end", "le", end))
        if text is not None
    ]
    window = joined([each.window for each in conditions])
    for each in patient.everything(window):
        if each["resourceType"] in kinds and _in_time(each, conditions):
            yield each


def on_page(found: Iterator[Resource], page: Page) -> tuple[list[Resource], bool]:
    """The resources of a page, and whether there are more."""
    some = list(islice(found, page.offset, page.offset + page.count + 1))
    return some[: page.count], len(some) > page.count


def _patients(records: FhirRecords, question: Question) -> Iterator[Resource]:
    for patient in _asked_patients(records, question):
        resource = patient_resource(patient, records.naming)
        if _has_id(resource, question):
            yield resource


def _asked_patients(records: FhirRecords, question: Question) -> Iterator[Patient]:
    identifiers = question.given.get("identifier")
    ids = _alternatives(question, "_id")
    if identifiers is None and ids is None:
        yield from records.patients_in_order()
        return
    if identifiers is None:
        yield from _found(records.patient_by_fhir_id, sorted(ids or ()))
        return
    wanted = set.intersection(*(set(each.split(",")) for each in identifiers))
    own = set(_pseudonyms(records, wanted))
    yield from _found(records.patient_by_wire_id, sorted(own))


def _found(find: Callable[[str], Patient], keys: Sequence[str]) -> Iterator[Patient]:
    for key in keys:
        try:
            yield find(key)
        except NotInClinicError:
            continue


def _candidates(records: FhirRecords, kind: str, question: Question) -> Iterator[Resource]:
    patient_ids = _patient_ids(records, kind, question)
    ids = _alternatives(question, "_id")
    if patient_ids is None and ids is None:
        raise FhirError(
            400, "required", f"say of which patient: {kind}?patient=ID, or {kind}?_id=ID"
        )
    if patient_ids is None:
        for each in sorted(ids or ()):
            try:
                yield records.read(kind, each)
            except NotInClinicError:
                continue
        return
    for patient in _found(records.patient_by_fhir_id, sorted(patient_ids)):
        if kind == "AuditEvent":
            yield from records.audit_events(patient)
        else:
            yield from _of_kind(records.of_patient(patient), kind, question.window)


def _of_kind(patient: PatientRecords, kind: str, window: Window) -> Iterator[Resource]:
    if kind == "Device":
        yield from patient.devices()
    elif kind in OF_PRESCRIPTION:
        yield from patient.prescriptions()
    elif kind in OF_SESSION:
        yield from patient.sessions(window)
        if kind == "DetectedIssue":
            yield from patient.events(window)


def _patient_ids(records: FhirRecords, kind: str, question: Question) -> set[str] | None:
    """The patients asked for, by id or by pseudonym; ``None`` where none are named."""
    found: set[str] | None = None
    for name in SEARCHABLE[kind].patient:
        for value in question.given.get(name, ()):
            ids = {each.removeprefix("Patient/") for each in value.split(",")}
            found = ids if found is None else found & ids
        for value in question.given.get(f"{name}.{_IDENTIFIER}", ()):
            ids = set(map(records.naming.patient_id, _pseudonyms(records, value.split(","))))
            found = ids if found is None else found & ids
    return found


def _pseudonyms(records: FhirRecords, identifiers: Iterable[str]) -> Iterator[str]:
    """Those that are of our system, or of none in particular."""
    for system, bar, value in (each.rpartition("|") for each in identifiers):
        if not bar or system == records.naming.identifier_system:
            yield value


def _alternatives(question: Question, name: str) -> set[str] | None:
    values = question.given.get(name)
    return None if values is None else set.intersection(*(set(each.split(",")) for each in values))


def _fits(resource: Resource, kind: str, question: Question) -> bool:
    if not _has_id(resource, question) or not _has_code(resource, question):
        return False
    element = SEARCHABLE[kind].element
    if not question.dates or element is None:
        return True
    found = span_of(resource, element)
    return found is not None and all(each.matches(found) for each in question.dates)


def _has_id(resource: Resource, question: Question) -> bool:
    ids = _alternatives(question, "_id")
    return ids is None or resource["id"] in ids


def _has_code(resource: Resource, question: Question) -> bool:
    codings = [
        (each["system"], each["code"]) for each in resource.get("code", {}).get("coding", ())
    ]
    return all(
        any(_is_code(asked, system, code) for asked in value.split(",") for system, code in codings)
        for value in question.given.get("code", ())
    )


def _is_code(asked: str, system: str, code: str) -> bool:
    wanted_system, bar, wanted_code = asked.rpartition("|")
    return (not bar or wanted_system == system) and wanted_code in ("", code)


def _in_time(resource: Resource, conditions: Sequence[DateCondition]) -> bool:
    element = SEARCHABLE[resource["resourceType"]].element
    if element is None or not conditions or resource["resourceType"] in OF_PRESCRIPTION:
        return True
    found: Span | None = span_of(resource, element)
    return found is None or all(each.matches(found) for each in conditions)


def _not_searchable(kind: str, name: str) -> str:
    known = ", ".join(sorted(SEARCHABLE[kind].parameters()))
    return f"{kind} cannot be searched by {name!r}: use {known}, _count"
