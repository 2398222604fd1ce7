"""A session as Procedure, Observations, DiagnosticReport, Provenance; a stop as DetectedIssue."""

from collections.abc import Iterator
from typing import Final

from cloud_bridge.exports.fhir.elements import (
    Resource,
    coding,
    concept,
    instant,
    narrative,
    narrative_lines,
    notes,
    own_concept,
    period,
    reference,
)
from cloud_bridge.exports.fhir.exercise_observations import exercise_observations
from cloud_bridge.exports.fhir.identity import measuring_device, session_meta
from cloud_bridge.exports.fhir.observation_parts import StoredSession
from cloud_bridge.exports.fhir.prescription import therapy
from cloud_bridge.exports.fhir.quality_observations import (
    quality_observations,
    reported_observations,
)
from cloud_bridge.portal.session_words import complaint_text, stop_warning
from models.messages import Prescription, Session

_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_NOT_A_DIAGNOSIS: Final = "Not a diagnosis."
_SAYS: Final = {
    "simulated": "Simulated patient: no person did this.",
    "clip": "Recorded video: not a live session.",
}
_INTERRUPTED: Final = "Interrupted: the device was switched off before the end."


def session_resources(stored: StoredSession) -> list[Resource]:
    """All resources of a session; the Procedure first, as the others refer to it."""
    observations = list(_observations(stored))
    made = [
        _procedure(stored),
        *observations,
        _report(stored, observations),
        *_stop(stored),
    ]
    return [*made, _provenance(stored, made)]


def prescribed_items(session: Session, prescription: Prescription) -> tuple[int | None, ...]:
    """For each of a session's exercises the place of the item it was prescribed as, from 0."""
    places = {
        (item.exercise_id, item.side): place
        for place, item in reversed(list(enumerate(prescription.items)))
    }
    return tuple(places.get((result.exercise_id, result.side)) for result in session.items)


def _observations(stored: StoredSession) -> Iterator[Resource]:
    yield from reported_observations(stored)
    for index in range(len(stored.message.items)):
        yield from exercise_observations(stored, index)
        yield from quality_observations(stored, index)


def _procedure(stored: StoredSession) -> Resource:
    message = stored.message
    made = _base(stored, "Procedure", str(message.id)) | {
        "text": narrative(*_headline(stored)),
        "status": "completed" if message.status == "completed" else "stopped",
        "category": therapy(),
        "code": therapy(),
        "subject": stored.naming.patient_reference(message.patient_id),
        "performedPeriod": period(message.started_at, message.ended_at),
        "usedReference": [reference("Device", message.device_id)],
        "report": [reference("DiagnosticReport", str(message.id))],
    }
    if (why := _stopped_because(message)) is not None:
        made["statusReason"] = concept(text=why)
    if stored.plan_id is not None:
        made["basedOn"] = [
            reference("CarePlan", stored.plan_id),
            *(reference("ServiceRequest", each) for each in dict.fromkeys(stored.request_ids)
              if each is not None),
        ]  # fmt: skip
    return made | notes(*_headline(stored)[1:], *_framing(message))


def _report(stored: StoredSession, observations: list[Resource]) -> Resource:
    """The report without a form to present: there is no PDF yet."""
    message = stored.message
    made = _base(stored, "DiagnosticReport", str(message.id)) | {
        "text": narrative(
            *_headline(stored),
            *(line for each in observations for line in narrative_lines(each)),
            *_framing(message),
            _NOT_A_DIAGNOSIS,
        ),
        "status": "partial" if message.status == "interrupted" else "final",
        "code": own_concept("observation", "session-report"),
        "subject": stored.naming.patient_reference(message.patient_id),
        "effectivePeriod": period(message.started_at, message.ended_at),
        "issued": instant(stored.received_at),
        "result": [reference("Observation", each["id"]) for each in observations],
    }
    if stored.plan_id is not None:
        made["basedOn"] = [reference("CarePlan", stored.plan_id)]
    return made


def _stop(stored: StoredSession) -> Iterator[Resource]:
    message = stored.message
    if message.status != "stopped":
        return
    code = f"stopped_{message.stop_reason or 'unknown'}"
    yield _base(stored, "DetectedIssue", f"{message.id}-stop") | {
        "text": narrative(stop_warning(message) or ""),
        "status": "final",
        "code": own_concept("issue", code),
        "patient": stored.naming.patient_reference(message.patient_id),
        "identifiedDateTime": instant(message.ended_at),
        "author": reference("Device", message.device_id),
        "implicated": [reference("Procedure", str(message.id))],
    }


def _provenance(stored: StoredSession, figures: list[Resource]) -> Resource:
    """Which device with which software and networks made the session's figures."""
    message = stored.message
    device = measuring_device(
        message.device_id, message.software_version, message.networks, message.camera
    )
    return _base(stored, "Provenance", str(message.id)) | {
        "text": narrative(
            f"Made by device {message.device_id}, software {message.software_version}, networks:"
            f" {', '.join(each.name for each in message.networks) or 'not stated'}; camera:"
            f" {message.camera}."
        ),
        "contained": [device],
        "target": [reference(each["resourceType"], each["id"]) for each in figures],
        "occurredPeriod": period(message.started_at, message.ended_at),
        "recorded": instant(stored.received_at),
        "agent": [
            {
                "type": concept(coding(_PARTICIPANT, "assembler")),
                "who": {"reference": f"#{device['id']}"},
                "onBehalfOf": stored.naming.patient_reference(message.patient_id),
            }
        ],
    }


def _base(stored: StoredSession, kind: str, identity: str) -> Resource:
    return {
        "resourceType": kind,
        "id": identity,
        "meta": session_meta(instant(stored.received_at), stored.message.camera),
    }


def _headline(stored: StoredSession) -> tuple[str, ...]:
    """What a session was, and then everything that it must not be taken for."""
    message = stored.message
    said = [f"Exercise session at home, {message.started_at:%Y-%m-%d %H:%M} UTC."]
    if message.camera in _SAYS:
        said.append(_SAYS[message.camera])
    if (why := _stopped_because(message)) is not None:
        said.append(why)
    return tuple(said)


def _stopped_because(message: Session) -> str | None:
    return _INTERRUPTED if message.status == "interrupted" else stop_warning(message)


def _framing(message: Session) -> tuple[str, ...]:
    complaints = dict.fromkeys(
        complaint_text(complaint)
        for result in message.items
        for each in result.sets
        for complaint in each.framing_complaints
    )
    if not complaints:
        return ()
    return (f"The patient was asked to change and did not: {', '.join(complaints)}.",)
