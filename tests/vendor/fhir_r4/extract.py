"""Makes definitions.json.gz of the official FHIR R4 definitions; see README.md.

Usage: python extract.py FOLDER, which holds the specification's profiles-resources.json,
profiles-types.json, valuesets.json and v3-codesystems.json.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

RESOURCES = (
    "AuditEvent", "Bundle", "CapabilityStatement", "CarePlan", "CodeSystem", "DetectedIssue",
    "Device", "DiagnosticReport", "Goal", "Observation", "OperationOutcome", "Patient",
    "Procedure", "Provenance", "ServiceRequest", "StructureDefinition",
)  # fmt: skip
LARGEST_VALUE_SET = 1000


def resources_of(folder: Path, *names: str) -> dict[str, dict[str, Any]]:
    found = {}
    for name in names:
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            found[f"{resource['resourceType']}|{resource.get('url')}"] = resource
    return found


def element_of(element: dict[str, Any]) -> dict[str, Any]:
    binding = element.get("binding", {})
    return {
        "min": element["min"],
        "max": element["max"],
        "types": [each["code"].rpartition("/")[2] for each in element.get("type", [])],
        "targets": sorted(
            {
                profile.rpartition("/")[2]
                for each in element.get("type", [])
                for profile in each.get("targetProfile", [])
            }
        ),
        "content": element.get("contentReference", "").lstrip("#"),
        "constraints": [
            [each["key"], each["severity"], each["expression"]]
            for each in element.get("constraint", [])
            if "expression" in each
        ],
        "required": (
            binding.get("valueSet", "").partition("|")[0]
            if binding.get("strength") == "required"
            else ""
        ),
    }


def codes_of(value_set: dict[str, Any], known: dict[str, dict[str, Any]]) -> list[str] | None:
    """``system|code`` of a value set; ``None`` where the specification's files do not list them."""
    codes: list[str] = []
    compose = value_set.get("compose", {})
    if compose.get("exclude"):
        return None
    for include in compose.get("include", []):
        system = include.get("system", "")
        if "filter" in include:
            return None
        if "concept" in include:
            codes += [f"{system}|{each['code']}" for each in include["concept"]]
        elif "valueSet" in include:
            for url in include["valueSet"]:
                inner = known.get(f"ValueSet|{url.partition('|')[0]}")
                more = None if inner is None else codes_of(inner, known)
                if more is None:
                    return None
                codes += more
        else:
            listed = known.get(f"CodeSystem|{system}", {})
            if listed.get("content") != "complete":
                return None
            codes += [f"{system}|{code}" for code in concepts_of(listed.get("concept", []))]
    return codes if len(codes) <= LARGEST_VALUE_SET else None


def concepts_of(concepts: list[dict[str, Any]]) -> list[str]:
    return [
        code
        for each in concepts
        for code in [each["code"], *concepts_of(each.get("concept", []))]
    ]  # fmt: skip


def main(folder: Path) -> None:
    known = resources_of(
        folder, "profiles-resources.json", "profiles-types.json", "valuesets.json",
        "v3-codesystems.json",
    )  # fmt: skip
    definitions = {
        each["id"]: each
        for each in known.values()
        if each["resourceType"] == "StructureDefinition"
        and each.get("derivation") != "constraint"
    }  # fmt: skip
    wanted, done, value_sets = list(RESOURCES), {}, {}
    while wanted:
        name = wanted.pop()
        if name in done or name not in definitions:
            continue
        definition = definitions[name]
        if definition["fhirVersion"] != "4.0.1":
            raise SystemExit(f"{name} is of FHIR {definition['fhirVersion']}, not of 4.0.1")
        elements = {each["path"]: element_of(each) for each in definition["snapshot"]["element"]}
        done[name] = elements
        for element in elements.values():
            wanted += [each for each in element["types"] if each != "Resource"]
            url = element["required"]
            if url and url not in value_sets and f"ValueSet|{url}" in known:
                value_sets[url] = codes_of(known[f"ValueSet|{url}"], known)
    document = {"fhirVersion": "4.0.1", "elements": done, "valueSets": value_sets}
    content = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    target = Path(__file__).with_name("definitions.json.gz")
    target.write_bytes(gzip.compress(content, 9, mtime=0))
    print(f"{len(done)} definitions, {len(value_sets)} value sets, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
