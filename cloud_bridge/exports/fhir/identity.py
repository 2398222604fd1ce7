"""Who and what the resources are about: the patient without a name, and the device."""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cloud_bridge.exports.fhir.codes import DEVICES, PATIENTS
from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    coding,
    concept,
    instant,
    narrative,
    reference,
    stated,
)
from cloud_bridge.store.tables import Device, Patient
from models.messages import NetworkVersion

_PSEUDONYMISED: Final = coding(
    "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "PSEUDED", "pseudonymized"
)
_TEST_DATA: Final = coding(
    "http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST", "test health data"
)
SIMULATED: Final = frozenset({"simulated", "clip"})
"""Cameras before which no person trained at that moment."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How a bridge names its patients to the world.

    ``identifier_system`` says within what a pseudonym is unique: two bridges that push into one EHR
    have two, so that no patient of the one takes the place of a patient of the other.
    """

    identifier_system: str = PATIENTS

    def patient_id(self, wire_id: str) -> str:
        """The Patient's id: made of the pseudonym, which may hold what no FHIR id may."""
        return str(uuid5(NAMESPACE_URL, f"{self.identifier_system}|{wire_id}"))

    def patient_reference(self, wire_id: str) -> Part:
        """A Reference to the Patient."""
        return reference("Patient", self.patient_id(wire_id))


def patient_resource(patient: Patient, naming: Naming) -> Resource:
    """A Patient: the pseudonym and nothing else. The name stays with the clinic."""
    return {
        "resourceType": "Patient",
        "id": naming.patient_id(patient.wire_id),
        "meta": {"security": [_PSEUDONYMISED]},
        "text": narrative(f"Patient {patient.wire_id}, known by this pseudonym alone."),
        "identifier": [
            {"use": "secondary", "system": naming.identifier_system, "value": patient.wire_id}
        ],
    }


def device_resource(device: Device) -> Resource:
    """A Device as it is now; what ran on it in a session stands in that session's Provenance.

    Whom it is lent to is not said: it may have gone from one patient to another.
    """
    resource: Resource = {
        "resourceType": "Device",
        "id": device.id,
        "text": narrative(f"PhysioPi device {device.id}."),
        "identifier": [{"system": DEVICES, "value": device.id}],
        "status": "active",
        "deviceName": [{"name": "PhysioPi", "type": "model-name"}],
    }
    if device.reported_at is not None:
        resource["meta"] = {"lastUpdated": instant(device.reported_at)}
    if device.software_version is not None:
        resource["version"] = [_version("software", device.software_version)]
    return resource


def measuring_device(
    device_id: str, software_version: str, networks: tuple[NetworkVersion, ...], camera: str
) -> Resource:
    """What measured: a contained Device with the versions of that moment and the kind of camera."""
    return {
        "resourceType": "Device",
        "id": "measured-by",
        "deviceName": [{"name": "PhysioPi", "type": "model-name"}],
        "version": [
            _version("software", software_version),
            *(_version(f"network {each.name}, sha256", each.sha256) for each in networks),
        ],
        "property": [
            {"type": concept(text="camera"), "valueCode": [concept(text=camera)]},
        ],
        "parent": reference("Device", device_id),
    }


def session_meta(lasting_from: str, camera: str) -> Part:
    """A session's or event's ``meta``: what no person did is labelled as test data."""
    meta: Part = {"lastUpdated": lasting_from}
    if camera in SIMULATED:
        meta["security"] = [_TEST_DATA]
    return meta


def _version(kind: str, value: str) -> Part:
    return {"type": concept(text=kind), "value": stated(value)}


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as we write it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
