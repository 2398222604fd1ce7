"""Whatever is stored comes out as valid FHIR R4, by the official definitions."""

import copy
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings

from cloud_bridge.exports.fhir.bundle import transaction_bundle
from cloud_bridge.exports.fhir.checked import FhirStructureError, checked
from cloud_bridge.exports.fhir.definitions import definitions, structure_definitions
from cloud_bridge.exports.fhir.event import StoredEvent, event_resource
from cloud_bridge.exports.fhir.observation_parts import StoredSession
from cloud_bridge.exports.fhir.prescription import PrescribedVersion, prescription_resources
from cloud_bridge.exports.fhir.session import session_resources
from models.event import Event
from models.messages import Prescription
from tests.cloud_bridge.exports.fhir import samples
from tests.cloud_bridge.exports.fhir.official_r4 import OfficialR4

some = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@given(samples.sessions())
@some
def test_every_session_is_valid(official: OfficialR4, session: StoredSession) -> None:
    for resource in map(checked, session_resources(session)):
        assert official.faults(resource) == []


@given(samples.prescriptions())
@some
def test_every_prescription_is_valid(official: OfficialR4, prescription: Prescription) -> None:
    for superseded_at in (None, samples.RECEIVED):
        version = PrescribedVersion(prescription, superseded_at)
        for resource in map(checked, prescription_resources(version, samples.NAMING)):
            assert official.faults(resource) == []


@given(samples.events())
@some
def test_every_event_is_valid(official: OfficialR4, event: Event) -> None:
    for known in (False, True):
        stored = StoredEvent(event, samples.RECEIVED, known, samples.NAMING)
        assert official.faults(checked(event_resource(stored))) == []


@given(samples.sessions())
@some
def test_a_bundle_is_valid_and_always_the_same(
    official: OfficialR4, session: StoredSession
) -> None:
    made = [transaction_bundle(session_resources(session), "https://b/fhir") for _ in range(2)]
    assert made[0] == made[1]
    assert official.faults(made[0]) == []


def test_our_definitions_are_valid(official: OfficialR4) -> None:
    for resource in definitions():
        assert official.faults(resource) == []


KINDS = ["AuditEvent", "Bundle", "CapabilityStatement", "CarePlan", "CodeSystem", "DetectedIssue",
         "Device", "DiagnosticReport", "Goal", "Observation", "OperationOutcome", "Patient",
         "Procedure", "Provenance", "ServiceRequest", "StructureDefinition"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_classes_of_r4b_have_the_elements_of_r4(official: OfficialR4, kind: str) -> None:
    names = {
        field.alias or name
        for name, field in get_fhir_model_class(kind).model_fields.items()
        if name not in ("fhir_comments", "resource_type")
    }
    ours = {name for name in names if not name.startswith("_")}
    theirs = set()
    for path, element in official.elements[kind].items():
        stem, choice, _ = path.partition(".")[2].partition("[x]")
        if path.count(".") == 1:
            types = [each[0].upper() + each[1:] for each in element["types"]]
            theirs |= {stem + each for each in types} if choice else {stem}
    assert ours == theirs


def an_observation() -> dict[str, Any]:
    session = samples.stored(samples.session_of("squat_mini", "both"))
    found = next(each for each in session_resources(session) if each["id"].endswith("-e1-range"))
    return checked(found)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"status": "done"}, "observation-status"),
        ({"dataAbsentReason": {"text": "x"}}, "obs-6"),
        ({"valueQuantity": {"value": 1, "code": "deg"}}, "qty-3"),
        ({"basedOn": [{"reference": "Patient/x"}]}, "refers to Patient"),
        ({"subject": {"reference": "#gone"}}, "ref-1"),
        ({"extension": [{"url": "x"}]}, "ext-1"),
        ({"extension": []}, "cardinality"),
        ({"newElement": 1}, "no element of R4"),
        ({"note": [{"text": " "}]}, "ele-1"),
        ({"contained": [{"resourceType": "Patient", "id": "unused"}]}, "dom-3"),
        ({"referenceRange": [{"age": {"low": {"value": 1}}}]}, "obs-3"),
        ({"category": {"text": "x"}}, "cardinality"),
    ],
)
def test_the_official_check_finds_faults(
    official: OfficialR4, changes: dict[str, Any], fault: str
) -> None:
    good = an_observation()
    assert official.faults(copy.deepcopy(good)) == []
    assert any(fault in each for each in official.faults(good | changes))


def test_what_no_fhir_string_may_hold_is_replaced() -> None:
    made = checked({"resourceType": "Patient", "gender": "other", "name": [{"text": "a\x00b"}]})
    assert made["name"] == [{"text": "a\N{REPLACEMENT CHARACTER}b"}]


@pytest.mark.parametrize(
    "wrong", [{"resourceType": "Nothing"}, {}, {"resourceType": "Patient", "x": 1}]
)
def test_what_has_not_the_structure_never_leaves(wrong: dict[str, Any]) -> None:
    with pytest.raises(FhirStructureError):
        checked(wrong)


def test_the_version_changes_with_the_content_alone() -> None:
    patient = {"resourceType": "Patient", "id": "a", "gender": "other"}
    first = checked(patient)["meta"]["versionId"]
    assert checked(dict(reversed(patient.items())))["meta"]["versionId"] == first
    assert checked(patient | {"gender": "female"})["meta"]["versionId"] != first


@given(samples.sessions(), samples.prescriptions())
@some
def test_every_extension_is_defined_and_has_the_defined_value(
    session: StoredSession, prescription: Prescription
) -> None:
    types = {}
    for each in structure_definitions():
        last = each["differential"]["element"][-1]
        types[each["url"]] = "" if last.get("max") == "0" else last["type"][0]["code"]
    version = PrescribedVersion(prescription)
    resources = [
        *session_resources(session), *prescription_resources(version, samples.NAMING)
    ]  # fmt: skip
    for extension in (found for each in resources for found in extensions(each)):
        kind = types[extension["url"]]
        expected = f"value{kind[0].upper()}{kind[1:]}" if kind else "extension"
        assert set(extension) == {"url", expected}


def extensions(value: Any) -> list[dict[str, Any]]:
    """All extensions in a resource, without the parts of a complex one."""
    if isinstance(value, list):
        return [found for each in value for found in extensions(each)]
    if not isinstance(value, dict):
        return []
    own = value.get("extension", [])
    inner = [each for key, each in value.items() if key != "extension"]
    return [*own, *extensions(inner)]
