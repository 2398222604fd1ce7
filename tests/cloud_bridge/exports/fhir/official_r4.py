"""Holds resources to the official FHIR R4 (4.0.1) definitions in tests/vendor/fhir_r4.

Elements and their cardinality, targets of references, required bindings, and the invariants, by
FHIRPath.
"""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from fhirpathpy.parser import parse

DEFINITIONS = Path(__file__).parents[3] / "vendor" / "fhir_r4" / "definitions.json.gz"
OWN_CHECK = {"ele-1", "ext-1", "ref-1", "dom-3"}
"""Held here in Python: the first two stand on every element, the others print what they find."""
NOT_EVALUATED = {
    "txt-1": "htmlChecks() needs a parser of HTML",
    "txt-2": "htmlChecks() needs a parser of HTML",
}
_OPTIONS = {
    "traceFn": lambda *_: None,
    "userInvocationTable": {
        "hasValue": {
            "fn": lambda found: len(found) == 1 and not isinstance(found[0], dict),
            "arity": {0: []},
        }
    },
}
"""What fhirpathpy has not of what the invariants ask for."""
_BACKBONES = {"BackboneElement", "Element"}


class OfficialR4:
    """The definitions, read once."""

    def __init__(self) -> None:
        document = json.loads(gzip.decompress(DEFINITIONS.read_bytes()))
        self.elements: dict[str, dict[str, Any]] = document["elements"]
        self._value_sets = {
            url: None if codes is None else frozenset(codes)
            for url, codes in document["valueSets"].items()
        }
        self.evaluated: set[str] = set()

    def faults(self, resource: dict[str, Any]) -> list[str]:
        """Everything that is wrong with a resource; empty for a valid one."""
        kind = resource["resourceType"]
        return [f"{kind} {fault}" for fault in self._resource(resource, resource)]

    def _resource(self, resource: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
        kind = resource["resourceType"]
        body = {key: value for key, value in resource.items() if key != "resourceType"}
        yield from self._content(kind, kind, body, resource)
        yield from self._invariants(self.elements[kind][kind], kind, resource, resource)
        for each in resource.get("contained", []):
            if f'"#{each["id"]}"' not in json.dumps(root):
                yield f"dom-3: nothing refers to #{each['id']}"

    def _content(
        self, kind: str, path: str, value: dict[str, Any], resource: dict[str, Any]
    ) -> Iterator[str]:
        """The members of ``value``, whose own element is ``path`` in the definition ``kind``."""
        if not value:
            yield f"{path} is empty (ele-1)"
        children = self._children(kind, path)
        seen = {}
        for key, each in value.items():
            found = self._element(children, path, key)
            if found is None:
                yield f"{path}.{key} is no element of R4"
                continue
            element, types, child_path = found
            seen[child_path] = len(each) if isinstance(each, list) else 1
            if isinstance(each, list) != (element["max"] != "1") or each == []:
                yield f"{path}.{key} has the wrong cardinality"
                continue
            for one in each if isinstance(each, list) else [each]:
                yield from self._value(kind, element, types, child_path, one, resource)
        for child_path, element in children.items():
            if seen.get(child_path, 0) < element["min"]:
                yield f"{child_path} is missing"

    @cache  # noqa: B019
    def _children(self, kind: str, path: str) -> dict[str, dict[str, Any]]:
        depth = path.count(".") + 1
        return {
            name: element
            for name, element in self.elements[kind].items()
            if name.startswith(f"{path}.") and name.count(".") == depth
        }

    @staticmethod
    def _element(
        children: dict[str, dict[str, Any]], path: str, key: str
    ) -> tuple[dict[str, Any], list[str], str] | None:
        exact = children.get(f"{path}.{key}")
        if exact is not None:
            return exact, exact["types"], f"{path}.{key}"
        for name, element in children.items():
            stem = name.rpartition(".")[2].removesuffix("[x]")
            if name.endswith("[x]") and key.startswith(stem):
                for each in element["types"]:
                    if key == stem + each[0].upper() + each[1:]:
                        return element, [each], name
        return None

    def _value(
        self,
        kind: str,
        element: dict[str, Any],
        types: list[str],
        path: str,
        value: Any,
        resource: dict[str, Any],
    ) -> Iterator[str]:
        if isinstance(value, str) and not value.strip():
            yield f"{path} is blank (ele-1)"
        yield from self._binding(element, path, value)
        yield from self._invariants(element, path, value, resource)
        if not isinstance(value, dict):
            return
        if element["content"]:
            yield from self._content(kind, element["content"], value, resource)
        elif types[0] == "Resource":
            yield from self._resource(value, resource)
        elif types[0] in _BACKBONES:
            yield from self._content(kind, path, value, resource)
        else:
            yield from self._content(types[0], types[0], value, resource)
            own = self.elements[types[0]][types[0]]
            yield from self._invariants(own, types[0], value, resource)
            if types[0] == "Extension" and ("extension" in value) == any(
                each.startswith("value") for each in value
            ):
                yield f"{path} has both or neither of value and parts (ext-1)"
            if types[0] == "Reference":
                yield from self._target(element, path, value, resource)

    def _target(
        self, element: dict[str, Any], path: str, value: dict[str, Any], resource: dict[str, Any]
    ) -> Iterator[str]:
        address = value.get("reference", "")
        target = address.partition("/")[0] or value.get("type", "")
        if address.startswith("#"):
            contained = {each["id"]: each for each in resource.get("contained", [])}
            target = contained.get(address[1:], {}).get("resourceType", "nothing (ref-1)")
        allowed = element["targets"]
        if target and allowed and "Resource" not in allowed and target not in allowed:
            yield f"{path} refers to {target}, which it may not"

    def _binding(self, element: dict[str, Any], path: str, value: Any) -> Iterator[str]:
        allowed = self._value_sets.get(element["required"])
        if allowed is None:
            return
        if isinstance(value, str):
            ok = any(each.endswith(f"|{value}") for each in allowed)
        else:
            codings = value.get("coding", [value])
            ok = any(f"{each.get('system')}|{each.get('code')}" in allowed for each in codings)
        if not ok:
            yield f"{path} {value!r} is not in {element['required']}"

    def _invariants(
        self, element: dict[str, Any], path: str, value: Any, resource: dict[str, Any]
    ) -> Iterator[str]:
        for key, severity, expression in element["constraints"]:
            if severity != "error" or key in OWN_CHECK or key in NOT_EVALUATED:
                continue
            self.evaluated.add(key)
            if not _holds(expression, path, value, resource):
                yield f"{path} violates {key}"


@cache
def _parsed(expression: str) -> dict[str, Any]:
    tree: dict[str, Any] = parse(expression)
    return tree


def _holds(expression: str, path: str, value: Any, resource: dict[str, Any]) -> bool:
    node = ResourceNode.create_node(value, path.removesuffix("[x]"))
    answer = fhirpathpy.apply_parsed_path(
        node, _parsed(expression), {"resource": resource}, models["r4"], _OPTIONS
    )
    return all(answer)
