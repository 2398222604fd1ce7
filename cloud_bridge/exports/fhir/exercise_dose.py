"""A prescribed dose as one complex extension, there and back.

FHIR R4 has no place for sets, repetitions, hold, rest, tempo, load, target range and pain stop.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.exports.fhir.codes import UCUM
from cloud_bridge.exports.fhir.elements import Part, degrees, extension, quantity
from models.messages import PrescriptionItem, Progression, Tempo

NAME: Final = "exercise-dose"
REMINDER: Final = "reminder"
REMINDER_MEANING: Final = "A time of day at which the device reminds the patient"
_Kind = Literal["integer", "s", "deg", "string", "code", "boolean"]


class DoseError(CloudBridgeError):
    """An exercise-dose extension that does not say what it should."""


@dataclass(frozen=True, slots=True)
class DoseField:
    """A part of the extension: its name, the item's field, what it holds, and what it means."""

    name: str
    field: str
    kind: _Kind
    meaning: str
    required: bool = False


FIELDS: Final = (
    DoseField("side", "side", "code", "left, right or both", required=True),
    DoseField("sets", "sets", "integer", "Sets a day", required=True),
    DoseField("repetitions", "reps", "integer", "Repetitions of a set", required=True),
    DoseField("hold", "hold_s", "s", "How long each repetition is held at its furthest point"),
    DoseField("rest", "rest_s", "s", "Rest between sets"),
    DoseField("load", "load", "string", "What is worked against, in words"),
    DoseField("exertion", "rpe_target", "integer", "Exertion aimed at, 0 to 10"),
    DoseField("target-range", "target_rom_deg", "deg", "The angle that each repetition aims at"),
    DoseField("tolerance", "tolerance_deg", "deg", "How far from it still counts as reached"),
    DoseField("pain-stop", "pain_stop", "integer", "Stop when pain, 0 to 10, is above this"),
)
TEMPO_FIELDS: Final = (
    DoseField("out", "out_s", "s", "Away from the start", required=True),
    DoseField("hold", "hold_s", "s", "At the furthest point", required=True),
    DoseField("return", "return_s", "s", "Back to the start", required=True),
    DoseField("pause", "pause_s", "s", "Before the next repetition", required=True),
)
PROGRESSION_FIELDS: Final = (
    DoseField("condition", "condition", "string", "When to propose a change"),
    DoseField("change", "change", "string", "What to propose"),
    DoseField("requires-approval", "requires_approval", "boolean", "Whether a clinician signs it"),
)
NESTED: Final = (
    ("tempo", TEMPO_FIELDS, "Seconds of each phase of a repetition"),
    ("progression", PROGRESSION_FIELDS, "A rule that proposes a change of the dose"),
)


def dose_extension(item: PrescriptionItem) -> Part:
    """The dose of one prescribed exercise."""
    parts = list(_written(FIELDS, item))
    parts += [{"url": REMINDER, "valueTime": f"{time}:00"} for time in item.times]
    for name, fields, _ in NESTED:
        nested = getattr(item, name)
        if nested is not None:
            parts.append({"url": name, "extension": list(_written(fields, nested))})
    return extension(NAME, extension=parts)


def read_dose(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a prescription's item that the extension says.

    Raises :class:`DoseError` naming the part that is missing or is not what it should be. What the
    contract allows is not checked here.
    """
    parts = document.get("extension", [])
    found = _read(FIELDS, parts, NAME)
    times = [_time(each) for each in parts if each.get("url") == REMINDER]
    if times:
        found["times"] = times
    for name, fields, _ in NESTED:
        nested = next((each for each in parts if each.get("url") == name), None)
        if nested is not None:
            found[name] = _read(fields, nested.get("extension", []), name)
    return found


def _written(
    fields: tuple[DoseField, ...], holder: PrescriptionItem | Tempo | Progression
) -> Iterator[Part]:
    for each in fields:
        value = getattr(holder, each.field)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            yield {"url": each.name} | _WRITERS[each.kind](value)


_WRITERS: Final[dict[_Kind, Callable[[Any], Part]]] = {
    "integer": lambda value: {"valueInteger": value},
    "string": lambda value: {"valueString": value},
    "code": lambda value: {"valueCode": value},
    "boolean": lambda value: {"valueBoolean": value},
    "s": lambda value: {"valueQuantity": quantity(value, "s")},
    "deg": lambda value: {"valueQuantity": degrees(value)},
}
VALUES: Final[dict[_Kind, str]] = {
    "integer": "integer",
    "string": "string",
    "code": "code",
    "boolean": "boolean",
    "s": "Quantity",
    "deg": "Quantity",
}
"""The FHIR type of each kind."""


def _read(fields: tuple[DoseField, ...], parts: list[Part], where: str) -> dict[str, Any]:
    by_name = {each.get("url"): each for each in parts}
    found = {}
    for each in fields:
        part = by_name.get(each.name)
        if part is None:
            if each.required:
                raise DoseError(f"{where}: {each.name} is missing")
            continue
        found[each.field] = _value(each, part, where)
    return found


def _time(part: Part) -> str:
    """Hours and minutes: no reminder is kept to the second."""
    value = part.get("valueTime")
    if not isinstance(value, str):
        raise DoseError(f"{NAME}: {REMINDER} needs a time")
    return value[:5]


def _value(field: DoseField, part: Part, where: str) -> Any:  # noqa: ANN401
    value = part.get(f"value{VALUES[field.kind][0].upper()}{VALUES[field.kind][1:]}")
    if value is None:
        raise DoseError(f"{where}: {field.name} needs a {VALUES[field.kind]}")
    if field.kind not in ("s", "deg"):
        return value
    if value.get("system") != UCUM or value.get("code") != field.kind:
        raise DoseError(f"{where}: {field.name} must be in UCUM {field.kind}")
    return value.get("value")
