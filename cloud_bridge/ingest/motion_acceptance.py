"""Takes a set's movement into the store, and only while the patient's consent stands.

Movement may come before its session or after it. What is refused is kept nowhere: a dead letter of
it holds the reason alone.
"""

import hashlib
import json
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import RefusedMessageError
from cloud_bridge.store.tables import (
    Device,
    MotionConsentRecord,
    MotionRecord,
    Patient,
    SessionRecord,
)
from models.messages import Session
from models.motion import Motion


def take_motion(
    transaction: Transaction, device: Device, patient: Patient, motion: Motion
) -> Literal["stored", "duplicate"]:
    """Store the movement of one set of a patient of the device's clinic.

    Raises :class:`RefusedMessageError` for a session of somebody else, a set that its session does
    not have, and movement without a consent that stood when the set began and stands now.
    """
    document = motion.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    known = transaction.get(MotionRecord, motion.id)
    if known is not None:
        if known.device_id != device.id or known.payload_sha256 != digest:
            raise RefusedMessageError(
                f"motion {motion.id} is stored already with another content; the first stays"
            )
        return "duplicate"
    _check_session(transaction.get(SessionRecord, motion.session_id), device, patient, motion)
    consent = transaction.scalars(
        select(MotionConsentRecord).where(
            MotionConsentRecord.id == motion.consent_id,
            MotionConsentRecord.patient_id == patient.id,
        )
    ).first()
    if consent is None:
        raise RefusedMessageError(f"patient {patient.wire_id} has given no such consent")
    transaction.add(
        MotionRecord(
            id=motion.id,
            clinic_id=device.clinic_id,
            patient_id=patient.id,
            device_id=device.id,
            session_id=motion.session_id,
            consent_id=consent.id,
            set_started_at=motion.set_started_at,
            payload=document,
            payload_sha256=digest,
        )
    )
    # Written first and looked at then: from here on no withdrawal can come between, in SQLite for
    # we hold its one writer's lock, in PostgreSQL for we hold the row.
    transaction.flush()
    transaction.refresh(consent, with_for_update={"read": True})
    if consent.withdrawn_at is not None:
        raise RefusedMessageError(f"patient {patient.wire_id} has withdrawn the consent")
    if motion.set_started_at < consent.given_at:
        raise RefusedMessageError("the set was done before the consent was given")
    return "stored"


def _check_session(
    record: SessionRecord | None, device: Device, patient: Patient, motion: Motion
) -> None:
    if record is None:
        return  # it comes later; until then the movement is shown nowhere
    if record.device_id != device.id or record.patient_id != patient.id:
        raise RefusedMessageError(f"session {motion.session_id} is not of this device and patient")
    session = Session.model_validate(record.payload)
    sets = {
        (item.exercise_id, each.started_at) for item in session.items for each in item.sets
    }  # fmt: skip
    if (motion.exercise_id, motion.set_started_at) not in sets:
        raise RefusedMessageError(f"session {motion.session_id} has no such set")
