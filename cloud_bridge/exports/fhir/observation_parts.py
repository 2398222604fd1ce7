"""What all Observations of a session have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cloud_bridge.exports.fhir.codes import BODY_SITES, EXERCISES, load_codes
from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    coding,
    concept,
    degrees,
    extension,
    instant,
    narrative,
    own_concept,
    period,
    reference,
)
from cloud_bridge.exports.fhir.identity import Naming, session_meta
from cloud_bridge.portal.exercise_notes import exercise_name
from models.exercises.definition import Measure
from models.messages import ExerciseId, Session, SetResult, Side

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
Category = Literal["survey", "exam", "therapy"]
Method = Literal["camera", "clock", "patient-reported", "computed"]


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session, when the bridge received it, and the ids of what was prescribed.

    ``plan_id`` is ``None`` where the bridge never made the version that the session followed;
    ``request_ids`` has the ServiceRequest's id of each of the session's exercises, ``None`` where
    it was not prescribed so.
    """

    message: Session
    received_at: datetime
    plan_id: str | None
    request_ids: tuple[str | None, ...]
    naming: Naming


def body_site(measure: Measure, side: Side) -> Part:
    """Where a measure is taken."""
    code, words = load_codes().body_site(measure, side)
    return concept(coding(BODY_SITES, code, words), text=words)


def observation(
    stored: StoredSession,
    suffix: str,
    *,
    category: Category,
    method: Method,
    code: Part,
    said: str,
) -> Resource:
    """The beginning of an Observation; ``suffix`` makes its id of the session's."""
    message = stored.message
    made: Resource = {
        "resourceType": "Observation",
        "id": f"{message.id}-{suffix}",
        "meta": session_meta(instant(stored.received_at), message.camera),
        "text": narrative(said),
        "partOf": [reference("Procedure", str(message.id))],
        "status": "final",
        "category": [concept(coding(_CATEGORY, category))],
        "code": code,
        "subject": stored.naming.patient_reference(message.patient_id),
        "effectivePeriod": period(message.started_at, message.ended_at),
        "issued": instant(stored.received_at),
        "method": own_concept("method", method),
    }
    if method == "patient-reported":
        made["performer"] = [stored.naming.patient_reference(message.patient_id)]
        made["effectiveDateTime"] = instant(_asked_at(message, suffix))
        del made["effectivePeriod"]
    else:
        made["device"] = reference("Device", message.device_id)
    return made


def of_exercise(
    made: Resource,
    stored: StoredSession,
    index: int,
    exercise_id: ExerciseId,
    sets: Sequence[SetResult],
) -> Resource:
    """The same, said to be of the session's exercise at ``index``, from 0, and of these sets."""
    begun = min(each.started_at for each in sets)
    made["effectivePeriod"] = period(begun, max(begun, *(each.ended_at for each in sets)))
    coded = coding(EXERCISES, exercise_id, exercise_name(exercise_id))
    made["extension"] = [
        extension("exercise", valueCodeableConcept=concept(coded, text=exercise_name(exercise_id)))
    ]
    request_id = stored.request_ids[index]
    if request_id is not None:
        made["basedOn"] = [reference("ServiceRequest", request_id)]
    return made


def component(code: str, **value: object) -> Part:
    """A component with one of our codes."""
    return {"code": own_concept("observation", code), **value}


def expected_error(error_deg: float | None) -> list[Part]:
    """The mean absolute error of an angle as an extension; nothing while it is not known."""
    if error_deg is None:
        return []
    return [extension("expected-error", valueQuantity=degrees(error_deg))]


def low_confidence(low: bool) -> list[Part]:
    """The mark of a figure that must not be relied on."""
    return [extension("low-confidence", valueBoolean=True)] if low else []


def _asked_at(message: Session, suffix: str) -> datetime:
    return message.started_at if suffix == "pain-before" else message.ended_at
