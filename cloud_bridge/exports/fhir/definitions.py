"""Our own definitions in FHIR, made of the code that uses them: extensions and code systems."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, get_args

from cloud_bridge.exports.fhir.checked import checked
from cloud_bridge.exports.fhir.codes import (
    BODY_SITES,
    EXERCISES,
    FAULTS,
    extension_url,
    load_codes,
    own_system,
)
from cloud_bridge.exports.fhir.elements import Part, Resource, narrative
from cloud_bridge.exports.fhir.exercise_dose import (
    FIELDS,
    NAME,
    NESTED,
    REMINDER,
    REMINDER_MEANING,
    VALUES,
    DoseField,
)
from models.exercises.catalogue import exercise_text, fault_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Side

FHIR_VERSION: Final = "4.0.1"
PUBLISHED: Final = "2026-11-21"
"""When the definitions were last changed."""
VERSION: Final = "1.0.0"
_PUBLISHER: Final = "The PhysioPi developers"
_EXTENSION_BASE: Final = "http://hl7.org/fhir/StructureDefinition/Extension"
_Content = Literal["complete", "fragment"]

_OBSERVATION: Final = ("Observation",)
_FIGURE: Final = ("Observation", "Observation.component")
_SIMPLE: Final = (
    (
        "exercise", "CodeableConcept", _OBSERVATION,
        "The exercise during which it was observed",
    ),
    (
        "expected-error", "Quantity", _FIGURE,
        "Mean absolute error of the angle, in degrees, as measured for this exercise and view."
        " Absent: it is not known",
    ),
    (
        "low-confidence", "boolean", _FIGURE,
        "Do not rely on it: the keypoints were hardly seen, or the view was too far off",
    ),
    (
        "standard-deviation", "Quantity", _OBSERVATION,
        "Standard deviation of the error of a computed score. Absent: it is not known",
    ),
    (
        "set-number", "positiveInt", _OBSERVATION, "Which set of the exercise, from 1",
    ),
)  # fmt: skip


def structure_definitions() -> list[Resource]:
    """Our extensions."""
    dose = _extension(
        NAME, ("ServiceRequest",), "The dose of one prescribed exercise", list(_dose_elements())
    )
    simple = [
        _extension(name, contexts, meaning, _value_elements("Extension", name, kind))
        for name, kind, contexts, meaning in _SIMPLE
    ]
    return [dose, *simple]


def code_systems() -> list[Resource]:
    """Our code systems; a clinic's own exercises and their faults are not among them."""
    codes = load_codes()
    own = [
        _code_system(own_system(name), each.title, each.concepts, "complete")
        for name, each in codes.systems.items()
    ]
    sites = dict(
        codes.body_site(measure, side) for measure in codes.site for side in get_args(Side)
    )
    library = load_library()
    exercises = {each.id: exercise_text(each.name) for each in library.values()}
    faults = {
        code: fault_text(code)
        for each in library.values()
        if isinstance(each, ExerciseDefinition)
        for code in each.form.fault_codes()
    }
    return [
        *own,
        _code_system(BODY_SITES, "Where a measure is taken", sites, "complete"),
        _code_system(EXERCISES, "The exercise library", exercises, "fragment"),
        _code_system(FAULTS, "Faults of form", faults, "fragment"),
    ]


def definitions() -> list[Resource]:
    """All of them, with their versions."""
    return [checked(each) for each in (*structure_definitions(), *code_systems())]


def _extension(
    name: str, contexts: tuple[str, ...], meaning: str, elements: list[Part]
) -> Resource:
    root = {
        "id": "Extension",
        "path": "Extension",
        "short": meaning.partition(".")[0],
        "definition": f"{meaning}.",
        "min": 0,
        "max": "1",
    }
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "text": narrative(f"Extension {name}: {meaning}."),
        "url": extension_url(name),
        "version": VERSION,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "status": "active",
        "date": PUBLISHED,
        "publisher": _PUBLISHER,
        "description": f"{meaning}.",
        "fhirVersion": FHIR_VERSION,
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": each} for each in contexts],
        "type": "Extension",
        "baseDefinition": _EXTENSION_BASE,
        "derivation": "constraint",
        "differential": {"element": [root, *elements]},
    }


def _value_elements(path: str, url: str, kind: str, *, nested: bool = False) -> list[Part]:
    """The elements of an extension that has a value and no parts."""
    return [
        {"id": f"{path}.extension", "path": _path(path, "extension"), "max": "0"},
        {
            "id": f"{path}.url",
            "path": _path(path, "url"),
            "fixedUri": url if nested else extension_url(url),
        },
        {
            "id": f"{path}.value[x]",
            "path": _path(path, "value[x]"),
            "min": 1,
            "type": [{"code": kind}],
        },
    ]


def _dose_elements() -> Iterator[Part]:
    yield _slicing("Extension")
    for each in FIELDS:
        yield from _slice("Extension", each)
    reminder = f"Extension.extension:{REMINDER}"
    yield _slice_root(reminder, REMINDER, REMINDER_MEANING, required=False) | {"max": "*"}
    yield from _value_elements(reminder, REMINDER, "time", nested=True)
    for name, fields, meaning in NESTED:
        slice_id = f"Extension.extension:{name}"
        yield _slice_root(slice_id, name, meaning, required=False)
        yield _slicing(slice_id)
        for each in fields:
            yield from _slice(slice_id, each)
        yield from _complex_end(slice_id, name)
    yield from _complex_end("Extension", extension_url(NAME))


def _slice(parent: str, field: DoseField) -> Iterator[Part]:
    slice_id = f"{parent}.extension:{field.name}"
    yield _slice_root(slice_id, field.name, field.meaning, required=field.required)
    yield from _value_elements(slice_id, field.name, VALUES[field.kind], nested=True)


def _slice_root(slice_id: str, name: str, meaning: str, *, required: bool) -> Part:
    return {
        "id": slice_id,
        "path": _path(slice_id),
        "sliceName": name,
        "short": meaning,
        "min": 1 if required else 0,
        "max": "1",
    }


def _slicing(parent: str) -> Part:
    return {
        "id": f"{parent}.extension",
        "path": _path(parent, "extension"),
        "slicing": {
            "discriminator": [{"type": "value", "path": "url"}],
            "ordered": False,
            "rules": "closed",
        },
    }


def _complex_end(parent: str, url: str) -> Iterator[Part]:
    yield {"id": f"{parent}.url", "path": _path(parent, "url"), "fixedUri": url}
    yield {"id": f"{parent}.value[x]", "path": _path(parent, "value[x]"), "max": "0"}


def _path(element_id: str, *more: str) -> str:
    """An element's path: its id without the names of slices."""
    return ".".join([*(part.partition(":")[0] for part in element_id.split(".")), *more])


def _code_system(url: str, title: str, concepts: dict[str, str], content: _Content) -> Resource:
    identity = url.rpartition("/")[2]
    return {
        "resourceType": "CodeSystem",
        "id": identity,
        "text": narrative(f"{title}: {len(concepts)} codes."),
        "url": url,
        "version": VERSION,
        "name": "".join(part.capitalize() for part in identity.split("-")),
        "title": title,
        "status": "active",
        "date": PUBLISHED,
        "publisher": _PUBLISHER,
        "caseSensitive": True,
        "content": content,
        "concept": [{"code": code, "display": words} for code, words in concepts.items()],
    }


def write_definitions(folder: Path, resources: Iterable[Resource]) -> None:
    """One JSON file for each resource, named for it."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in resources:
        file = folder / f"{each['resourceType']}-{each['id']}.json"
        file.write_text(file_content(each), encoding="utf-8")


def file_content(resource: Resource) -> str:
    """A definition as it stands in the documentation."""
    return json.dumps(resource, indent=1, ensure_ascii=False) + "\n"
