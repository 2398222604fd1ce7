"""Reads a ServiceRequest as items of a prescription, for a clinician to look at and to sign.

Nothing is prescribed by it. One of ours comes back whole; a foreign one, with a code and a timing
alone, gives what it says, and everything else stands in ``missing`` for the clinician to fill in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.exports.fhir.checked import validated
from cloud_bridge.exports.fhir.codes import EXERCISES, extension_url
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.exercise_dose import NAME, DoseError, read_dose
from cloud_bridge.prescribing.typed_plan import TypedItem, TypedPlan, new_key, typed_item
from models.exercises.catalogue import exercise_text
from models.exercises.library import load_library
from models.messages import WEEKDAYS, PrescriptionItem

LARGEST_DOCUMENT_BYTES: Final = 1024 * 1024
_DAYS: Final = {"d": 1.0, "wk": 7.0}
_DAYS_OF_WEEK: Final = 7
_LONGEST_TEXT: Final = 200
_NEEDED: Final = ("exercise_id", "sets", "reps")


class ImportRefusedError(CloudBridgeError):
    """A document that cannot be read as an order for exercises."""


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """What one ServiceRequest says, as far as the contract has it.

    ``item`` is whole where nothing is ``missing``; ``fields`` is what a form can be filled with;
    ``asked`` is the order in its own words; ``remarks`` say what was not taken over.
    """

    asked: str
    fields: Mapping[str, Any]
    item: PrescriptionItem | None
    missing: tuple[str, ...]
    remarks: tuple[str, ...]


def read_order(document: Mapping[str, Any]) -> list[ImportedItem]:
    """The items that a ServiceRequest, or the ServiceRequests in a Bundle, ask for.

    Raises :class:`ImportRefusedError`, and
    :class:`~cloud_bridge.exports.fhir.checked.FhirStructureError` for what is no valid resource.
    """
    requests = list(_requests(document))
    if not requests:
        raise ImportRefusedError("there is no ServiceRequest in it")
    return [_imported(each) for each in requests]


def typed_order(imported: Sequence[ImportedItem]) -> TypedPlan:
    """The items as a draft has them: what is missing is left empty, for a person to fill in.

    Without those whose exercise nobody has chosen yet.
    """
    known = [each for each in imported if "exercise_id" in each.fields]
    return TypedPlan().added(map(_typed, known))


def _typed(imported: ImportedItem) -> TypedItem:
    if imported.item is not None:
        return typed_item(imported.item)
    fields = dict(imported.fields)
    tempo, progression = fields.pop("tempo", {}), fields.pop("progression", {})
    if "hold_s" in tempo:
        fields["top_s"] = tempo["hold_s"]
    fields |= {name: tempo[name] for name in ("out_s", "return_s", "pause_s") if name in tempo}
    fields |= {name: progression[name] for name in ("condition", "change") if name in progression}
    weekdays, times = fields.pop("weekdays", ()), fields.pop("times", ())
    return TypedItem(
        key=new_key(),
        weekdays=tuple(weekdays),
        times=", ".join(times),
        **{name: str(value) for name, value in fields.items()},
    )


def _requests(document: Mapping[str, Any]) -> Iterator[Resource]:
    kind = document.get("resourceType")
    if kind == "ServiceRequest":
        yield validated(document)
    elif kind == "Bundle":
        for entry in validated(document).get("entry", []):
            resource = entry.get("resource", {})
            if resource.get("resourceType") == "ServiceRequest":
                yield resource
    else:
        raise ImportRefusedError(
            f"a {kind} is no order: give a ServiceRequest, or a Bundle with some"
        )


def _imported(request: Resource) -> ImportedItem:
    refused = _not_an_order(request)
    if refused is not None:
        raise ImportRefusedError(refused)
    remarks: list[str] = []
    fields: dict[str, Any] = _dose(request)
    exercise_id = _exercise(request)
    if exercise_id is None:
        remarks.append("The exercise is not one of this library: choose one.")
    else:
        fields["exercise_id"] = exercise_id
    fields |= _timing(request, remarks)
    remarks += [
        f"Not taken over: {name}."
        for name in ("asNeededBoolean", "asNeededCodeableConcept", "quantityQuantity")
        if request.get(name)
    ]
    missing = tuple(name for name in _needed(exercise_id) if name not in fields)
    return ImportedItem(
        asked=_words(request),
        fields=fields,
        item=None if missing else _item(fields),
        missing=missing,
        remarks=tuple(remarks),
    )


def _needed(exercise_id: str | None) -> tuple[str, ...]:
    exercise = load_library().find(exercise_id or "")
    one_sided = exercise is not None and exercise.side == "unilateral"
    return (*_NEEDED, "side") if one_sided else _NEEDED


def _not_an_order(request: Resource) -> str | None:
    if request.get("doNotPerform"):
        return "the order says that this must not be done (doNotPerform)"
    if request.get("modifierExtension"):
        return (
            "the order has a modifierExtension, which changes its meaning in a way not known here"
        )
    status = request.get("status")
    if status not in ("draft", "active"):
        return f"the order is {status}: only one that is draft or active is taken"
    return None


def _dose(request: Resource) -> dict[str, Any]:
    ours = extension_url(NAME)
    for each in request.get("extension", []):
        if each.get("url") == ours:
            try:
                return read_dose(each)
            except DoseError as error:
                raise ImportRefusedError(str(error)) from error
    return {}


def _exercise(request: Resource) -> str | None:
    """The exercise by its code, or by a name that is exactly that of one of the library."""
    library = load_library()
    code = request.get("code", {})
    for each in code.get("coding", []):
        if each.get("system") == EXERCISES and each.get("code") in library:
            return str(each["code"])
    names = {_plain(each) for each in _names(code)}
    found = [each.id for each in library.values() if _plain(exercise_text(each.name)) in names]
    return found[0] if len(found) == 1 else None


def _names(code: Mapping[str, Any]) -> Iterator[str]:
    yield str(code.get("text", ""))
    for each in code.get("coding", []):
        yield str(each.get("display", ""))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _timing(request: Resource, remarks: list[str]) -> dict[str, Any]:
    timing = request.get("occurrenceTiming")
    if timing is None:
        return {}
    repeat = timing.get("repeat", {})
    named = set(repeat.get("dayOfWeek", ()))
    weekdays = [each for each in WEEKDAYS if each in named]
    found: dict[str, Any] = {}
    if weekdays:
        found = {"weekdays": weekdays, "days_per_week": len(weekdays)}
    elif (days := _days_per_week(repeat, remarks)) is not None:
        found = {"days_per_week": days}
    if repeat.get("timeOfDay"):
        found["times"] = [each[:5] for each in repeat["timeOfDay"]]
    return found


def _days_per_week(repeat: Mapping[str, Any], remarks: list[str]) -> int | None:
    length = _DAYS.get(repeat.get("periodUnit", ""))
    frequency, period = repeat.get("frequency", 1), repeat.get("period")
    if length is None or not period:
        remarks.append("Its timing is not in days or weeks: say on how many days a week.")
        return None
    per_week = float(frequency) * _DAYS_OF_WEEK / (float(period) * length)
    if per_week > _DAYS_OF_WEEK:
        remarks.append(f"It asks for {per_week:g} times a week: say how often on one day.")
        return _DAYS_OF_WEEK
    if per_week != int(per_week):
        remarks.append(f"It asks for {per_week:.2g} times a week: say on how many days a week.")
        return None
    return int(per_week) or None


def _item(fields: Mapping[str, Any]) -> PrescriptionItem:
    try:
        return PrescriptionItem.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ImportRefusedError(f"the dose is not possible: {where}: {first['msg']}") from error


def _words(request: Resource) -> str:
    said: Sequence[str] = [
        *_names(request.get("code", {})),
        *(str(each.get("text", "")) for each in request.get("note", [])),
        str(request.get("patientInstruction", "")),
    ]
    return "; ".join(dict.fromkeys(each for each in said if each.strip()))[:_LONGEST_TEXT]
