"""An event of a device as DetectedIssue: a suspicion, or the patient's own words when stopping."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    concept,
    instant,
    narrative,
    own_concept,
    reference,
)
from cloud_bridge.exports.fhir.identity import Naming, measuring_device, session_meta
from cloud_bridge.portal.event_summary import event_line
from models.event import Event

_SUSPECTED: Final = frozenset({"fall_suspected", "long_stillness"})


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event, and when the bridge received it.

    ``session_known`` says whether the bridge has the session: an event comes before its end.
    """

    message: Event
    received_at: datetime
    session_known: bool
    naming: Naming


def event_resource(stored: StoredEvent) -> Resource:
    """A DetectedIssue; preliminary as long as it is a device's suspicion.

    It has no severity: the device measures none.
    """
    message = stored.message
    line = event_line(message)
    device = measuring_device(
        message.device_id, message.software_version, message.networks, message.camera
    )
    made: Resource = {
        "resourceType": "DetectedIssue",
        "id": str(message.id),
        "meta": session_meta(instant(stored.received_at), message.camera),
        "text": narrative(
            f"{line.kind}. Answer: {line.answer}. Figures: {line.evidence}.",
            "Not a medical alarm.",
        ),
        "contained": [device],
        "status": "preliminary" if message.event_kind in _SUSPECTED else "final",
        "code": own_concept("issue", message.event_kind),
        "patient": stored.naming.patient_reference(message.patient_id),
        "identifiedDateTime": instant(message.occurred_at),
        "author": {"reference": f"#{device['id']}"},
        "evidence": [_evidence(line.evidence)],
        "detail": f"Answer: {line.answer}.",
    }
    if message.session_id is not None and stored.session_known:
        made["implicated"] = [reference("Procedure", str(message.session_id))]
    return made


def _evidence(words: str) -> Part:
    return {"code": [concept(text=words)]}
