"""Accepts messages from devices into the store: validated, stored once, answered.

Everything of one message happens in one transaction; what cannot be accepted is kept as a dead
letter with the reason, and the device is told.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import RefusedMessageError
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import (
    DeadLetter,
    Device,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from models.errors import ModelsError
from models.exercises.library import ExerciseLibrary
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    Channel,
    PrescriptionAcknowledgement,
    Receipt,
    Session,
    Status,
    parse_topic,
)

_LONGEST_REASON = 500
_Outcome = Literal["stored", "duplicate"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt, and the device it goes to."""

    device_id: str
    receipt: Receipt


class Acceptance:
    """Takes one message at a time; database errors are left to the caller, who tries again."""

    def __init__(self, database: Database, library: ExerciseLibrary) -> None:
        self._database = database
        self._library = library

    def take(self, topic_name: str, payload: bytes) -> Answer | None:
        """Store a message; the answer to send, ``None`` where none is due."""
        try:
            device_id, channel = parse_topic(topic_name)
        except ModelsError as error:
            self._bury(topic_name, payload, str(error))
            return None
        try:
            with self._database.transaction() as transaction:
                return self._accept(transaction, device_id, channel, payload)
        except (ModelsError, RefusedMessageError) as error:
            reason = str(error)[:_LONGEST_REASON]
            self._bury(topic_name, payload, reason)
            log.warning("message_refused", device=device_id, channel=channel.value, reason=reason)
            receipt = Receipt(
                message_id=_message_id(payload),
                outcome="refused",
                reason=reason,
                received_at=datetime.now(UTC),
            )
            return Answer(device_id, receipt) if channel is not Channel.STATUS else None

    def _accept(
        self, transaction: Transaction, device_id: str, channel: Channel, payload: bytes
    ) -> Answer | None:
        device = transaction.get(Device, device_id)
        if device is None:
            raise RefusedMessageError(f"device {device_id} is not enrolled")
        if channel is Channel.STATUS:
            if payload:
                _take_status(device, Status.from_bytes(payload))
            return None
        if channel is Channel.SESSION:
            session = Session.from_bytes(payload)
            return _answer(device_id, session.id, self._take_session(transaction, device, session))
        if channel is Channel.PRESCRIPTION_ACKNOWLEDGEMENT:
            acknowledgement = PrescriptionAcknowledgement.from_bytes(payload)
            outcome = _take_acknowledgement(transaction, device, acknowledgement)
            return _answer(device_id, acknowledgement.message_id, outcome)
        raise RefusedMessageError(f"devices do not publish {channel.value}")

    def _take_session(self, transaction: Transaction, device: Device, session: Session) -> _Outcome:
        _require_same_device(device, session.device_id)
        patient = transaction.scalars(
            select(Patient).where(
                Patient.wire_id == session.patient_id, Patient.clinic_id == device.clinic_id
            )
        ).first()
        if patient is None:
            raise RefusedMessageError(
                f"patient {session.patient_id} is not one of the clinic that lends {device.id}"
            )
        unknown = sorted({item.exercise_id for item in session.items} - set(self._library))
        if unknown:
            raise RefusedMessageError(f"unknown exercise {', '.join(unknown)}: update the bridge")
        document = session.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        known = transaction.get(SessionRecord, session.id)
        if known is not None:
            if known.device_id != device.id or known.payload_sha256 != digest:
                raise RefusedMessageError(
                    f"session {session.id} is stored already with another content; the first stays"
                )
            return "duplicate"
        if patient.id != device.patient_id and not _was_prescribed(transaction, patient, session):
            raise RefusedMessageError(
                f"device {device.id} is not lent to patient {patient.wire_id}"
            )
        transaction.add(
            SessionRecord(
                id=session.id,
                clinic_id=device.clinic_id,
                patient_id=patient.id,
                device_id=device.id,
                payload=document,
                payload_sha256=digest,
                started_at=session.started_at,
                status=session.status,
            )
        )
        return "stored"

    def _bury(self, topic_name: str, payload: bytes, reason: str) -> None:
        with self._database.transaction() as transaction:
            letter = DeadLetter(
                topic=topic_name[:300], payload=payload[:MAXIMUM_PAYLOAD_BYTES], reason=reason
            )
            transaction.add(letter)


def _take_status(device: Device, status: Status) -> None:
    _require_same_device(device, status.device_id)
    device.online = status.online
    device.software_version = status.software_version
    device.reported_at = status.reported_at


def _take_acknowledgement(
    transaction: Transaction, device: Device, acknowledgement: PrescriptionAcknowledgement
) -> _Outcome:
    _require_same_device(device, acknowledgement.device_id)
    row = transaction.scalars(
        select(PrescriptionVersion).where(
            PrescriptionVersion.prescription_id == acknowledgement.prescription_id,
            PrescriptionVersion.version == acknowledgement.version,
            PrescriptionVersion.clinic_id == device.clinic_id,
        )
    ).first()
    if row is None:
        raise RefusedMessageError(
            f"no version {acknowledgement.version} of prescription"
            f" {acknowledgement.prescription_id} in this clinic"
        )
    if row.acknowledged_at is not None:
        return "duplicate"
    row.acknowledged_at = acknowledgement.acknowledged_at
    row.accepted = acknowledgement.accepted
    row.refusal = acknowledgement.reason or None
    return "stored"


def _was_prescribed(transaction: Transaction, patient: Patient, session: Session) -> bool:
    """A session done before the device was lent to somebody else arrives late, and still counts."""
    return (
        transaction.scalars(
            select(PrescriptionVersion.row_id).where(
                PrescriptionVersion.prescription_id == session.prescription_id,
                PrescriptionVersion.patient_id == patient.id,
            )
        ).first()
        is not None
    )


def _require_same_device(device: Device, stated: str) -> None:
    if stated != device.id:
        raise RefusedMessageError(f"the message says device {stated} but came from {device.id}")


def _answer(device_id: str, message_id: UUID, outcome: _Outcome) -> Answer:
    receipt = Receipt(message_id=message_id, outcome=outcome, received_at=datetime.now(UTC))
    return Answer(device_id, receipt)


def _message_id(payload: bytes) -> UUID | None:
    """The id in a message that is otherwise wrong, so that the device knows which one it was."""
    try:
        document = json.loads(payload)
        return UUID(str(document.get("message_id") or document.get("id")))
    except (ValueError, AttributeError, RecursionError):
        return None
