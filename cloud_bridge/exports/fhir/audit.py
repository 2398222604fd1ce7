"""A line of the audit log that is about a patient, as AuditEvent."""

from typing import Final

from cloud_bridge.exports.fhir.codes import PRINCIPALS
from cloud_bridge.exports.fhir.elements import Part, Resource, coding, instant, narrative
from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.store.audit_tables import AuditEntry, AuditKind

ID_PREFIX: Final = "audit-"
_PATIENT_RECORD: Final = coding(
    "http://dicom.nema.org/resources/ontology/DCM", "110110", "Patient Record"
)
_ACTIONS: Final[dict[AuditKind, str]] = {"read": "R", "change": "U"}
_SUCCESS, _MINOR_FAILURE = "0", "4"
_IP_ADDRESS: Final = "2"


def audit_event(entry: AuditEntry, wire_ids: list[str], naming: Naming) -> Resource:
    """An AuditEvent of one line and the patients it is about, by their pseudonyms.

    Who did it is named as in the log, by an account's or token's number: names stay in the clinic.
    """
    agent: Part = {
        "who": {"identifier": {"system": PRINCIPALS, "value": entry.principal}},
        "requestor": True,
    }
    if entry.address:
        agent["network"] = {"address": entry.address, "type": _IP_ADDRESS}
    made: Resource = {
        "resourceType": "AuditEvent",
        "id": f"{ID_PREFIX}{entry.number}",
        "meta": {"lastUpdated": instant(entry.at)},
        "text": narrative(
            f"{entry.principal}: {entry.action} {entry.object_id}".strip() + f"; {entry.outcome}."
        ),
        "type": _PATIENT_RECORD,
        "recorded": instant(entry.at),
        "outcome": _MINOR_FAILURE if entry.kind == "refused" else _SUCCESS,
        "outcomeDesc": entry.outcome,
        "agent": [agent],
        "source": {"observer": {"display": "PhysioPi cloud bridge"}},
        "entity": [
            {"what": naming.patient_reference(each), "description": entry.action}
            for each in wire_ids
        ],
    }
    action = _ACTIONS.get(entry.kind)
    if action is not None:
        made["action"] = action
    return made
