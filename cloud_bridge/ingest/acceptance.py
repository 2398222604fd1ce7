"""Accepts messages from devices into the store: validated, stored once, answered.

Everything of one message happens in one transaction; what cannot be accepted is kept as a dead
letter with the reason, and the device is told.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.audit.doing import Doing, during
from cloud_bridge.errors import RefusedMessageError
from cloud_bridge.ingest.motion_acceptance import take_motion
from cloud_bridge.store.database import Database
from cloud_bridge.store.prescription_delivery import delivery_to
from cloud_bridge.store.tables import (
    DeadLetter,
    Device,
    EventRecord,
    Patient,
    PrescriptionDelivery,
    PrescriptionVersion,
    SessionRecord,
)
from models.errors import ModelsError
from models.event import Event
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
from models.motion import Motion

_LONGEST_REASON = 500
_LARGEST_VERSION = 2**31 - 1
"""What an integer column of every database holds."""
_Outcome = Literal["stored", "duplicate"]
_Message = Session | Event | Motion | Status | PrescriptionAcknowledgement
_KINDS: dict[Channel, type[_Message]] = {
    Channel.SESSION: Session,
    Channel.EVENT: Event,
    Channel.MOTION: Motion,
    Channel.STATUS: Status,
    Channel.PRESCRIPTION_ACKNOWLEDGEMENT: PrescriptionAcknowledgement,
}

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
        """Store a message; the answer to send, ``None`` where none is due.

        Raises :class:`sqlalchemy.exc.SQLAlchemyError` while the database cannot be used; nothing of
        the message is stored then.
        """
        try:
            device_id, channel = parse_topic(topic_name)
        except ModelsError as error:
            self._bury(topic_name, payload, str(error))
            return None
        try:
            return self._accept(device_id, channel, payload)
        except (ModelsError, RefusedMessageError) as error:
            reason = _printable(str(error))
        except (DataError, IntegrityError):
            # Tried again it would fail again, and keep every later message waiting.
            reason = f"{channel.value} message has a value that the database cannot keep"
        return self._refuse(topic_name, device_id, channel, payload, reason)

    def _accept(self, device_id: str, channel: Channel, payload: bytes) -> Answer | None:
        if channel is Channel.STATUS and not payload:
            return None  # how a retained status is cleared
        message = _read(channel, payload)
        try:
            return self._store(device_id, message)
        except IntegrityError:
            # Another worker has just stored the same session: seen on the second look.
            return self._store(device_id, message)

    def _store(self, device_id: str, message: _Message) -> Answer | None:
        # What a device changes of its patient's data stands in the audit log under its name.
        doing = Doing(
            f"receive {message.kind.value}", "", f"device:{device_id}", notes_reading=False
        )
        with during(doing), self._database.transaction() as transaction:
            device = transaction.get(Device, device_id)
            if device is None:
                raise RefusedMessageError(f"device {device_id} is not enrolled")
            doing.clinic_id = device.clinic_id
            if message.device_id != device_id:
                raise RefusedMessageError(
                    f"the message says device {message.device_id} but came from {device_id}"
                )
            if isinstance(message, Status):
                _take_status(device, message)
                return None
            if isinstance(message, Session | Event | Motion):
                outcome = self._take_record(transaction, device, message)
                return _answer(device_id, message.id, outcome)
            outcome = _take_acknowledgement(transaction, device, message)
            return _answer(device_id, message.message_id, outcome)

    def _refuse(
        self, topic_name: str, device_id: str, channel: Channel, payload: bytes, reason: str
    ) -> Answer | None:
        # Movement may be here without consent: of that nothing is kept but that it came.
        self._bury(topic_name, b"" if channel is Channel.MOTION else payload, reason)
        log.warning("message_refused", device=device_id, channel=channel.value, reason=reason)
        if channel is Channel.STATUS:
            return None
        receipt = Receipt(
            message_id=_message_id(payload),
            outcome="refused",
            reason=reason,
            received_at=datetime.now(UTC),
        )
        return Answer(device_id, receipt)

    def _take_record(
        self, transaction: Transaction, device: Device, message: Session | Event | Motion
    ) -> _Outcome:
        name = message.kind.value
        patient = transaction.scalars(
            select(Patient).where(
                Patient.wire_id == message.patient_id, Patient.clinic_id == device.clinic_id
            )
        ).first()
        if patient is None:
            raise RefusedMessageError(
                f"patient {message.patient_id} is not one of the clinic that lends {device.id}"
            )
        unknown = sorted(_exercise_ids(message) - set(self._library))
        if unknown:
            raise RefusedMessageError(f"unknown exercise {', '.join(unknown)}: update the bridge")
        if isinstance(message, Motion):
            _check_lent(transaction, device, patient, message)
            return take_motion(transaction, device, patient, message)
        document = message.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        known = _known(transaction, message)
        if known is not None:
            if known.device_id != device.id or known.payload_sha256 != digest:
                raise RefusedMessageError(
                    f"{name} {message.id} is stored already with another content; the first stays"
                )
            return "duplicate"
        _check_lent(transaction, device, patient, message)
        transaction.add(_record(device, patient, message, document, digest))
        return "stored"

    def _bury(self, topic_name: str, payload: bytes, reason: str) -> None:
        with self._database.transaction() as transaction:
            letter = DeadLetter(
                topic=_printable(topic_name)[:300],
                payload=payload[:MAXIMUM_PAYLOAD_BYTES],
                reason=_printable(reason),
            )
            transaction.add(letter)


def _read(channel: Channel, payload: bytes) -> _Message:
    kind = _KINDS.get(channel)
    if kind is None:
        raise RefusedMessageError(f"devices do not publish {channel.value}")
    try:
        message = kind.from_bytes(payload)
    except ModelsError:
        raise
    except Exception as error:  # a hostile payload must not stop the worker, whatever it breaks
        log.exception("message_not_read", channel=channel.value)
        raise RefusedMessageError(
            f"{channel.value} message cannot be read: {type(error).__name__}"
        ) from error
    if (_prescription_version(message) or 1) > _LARGEST_VERSION:
        raise RefusedMessageError(f"{channel.value} message has a prescription version too large")
    return message


def _prescription_version(message: _Message) -> int | None:
    if isinstance(message, PrescriptionAcknowledgement):
        return message.version
    return None if isinstance(message, Event | Motion) else message.prescription_version


def _take_status(device: Device, status: Status) -> None:
    device.online = status.online
    device.software_version = status.software_version
    device.reported_at = status.reported_at


def _take_acknowledgement(
    transaction: Transaction, device: Device, acknowledgement: PrescriptionAcknowledgement
) -> _Outcome:
    row = transaction.scalars(
        select(PrescriptionVersion).where(
            PrescriptionVersion.prescription_id == acknowledgement.prescription_id,
            PrescriptionVersion.version == acknowledgement.version,
            PrescriptionVersion.patient_id == device.patient_id,
        )
    ).first()
    if row is None:
        raise RefusedMessageError(
            f"no version {acknowledgement.version} of prescription"
            f" {acknowledgement.prescription_id} is for the patient of {device.id}"
        )
    delivery = delivery_to(transaction, device, row)
    if delivery.acknowledged_at is not None:
        return "duplicate"
    answered: list[PrescriptionDelivery | PrescriptionVersion] = [delivery]
    if row.acknowledged_at is None:
        # The version keeps what the first device said: from then on it was in force.
        answered.append(row)
    for each in answered:
        each.acknowledged_at = acknowledgement.acknowledged_at
        each.accepted = acknowledgement.accepted
        each.refusal = acknowledgement.reason or None
    return "stored"


def _exercise_ids(message: Session | Event | Motion) -> set[str]:
    if isinstance(message, Session):
        return {item.exercise_id for item in message.items}
    return set() if message.exercise_id is None else {message.exercise_id}


def _known(
    transaction: Transaction, message: Session | Event
) -> SessionRecord | EventRecord | None:
    if isinstance(message, Session):
        return transaction.get(SessionRecord, message.id)
    return transaction.get(EventRecord, message.id)


def _record(
    device: Device,
    patient: Patient,
    message: Session | Event,
    document: dict[str, Any],
    digest: str,
) -> SessionRecord | EventRecord:
    if isinstance(message, Session):
        return SessionRecord(
            id=message.id,
            clinic_id=device.clinic_id,
            patient_id=patient.id,
            device_id=device.id,
            payload=document,
            payload_sha256=digest,
            started_at=message.started_at,
            status=message.status,
        )
    return EventRecord(
        id=message.id,
        clinic_id=device.clinic_id,
        patient_id=patient.id,
        device_id=device.id,
        payload=document,
        payload_sha256=digest,
        occurred_at=message.occurred_at,
        event_kind=message.event_kind,
    )


def _check_lent(
    transaction: Transaction, device: Device, patient: Patient, message: Session | Event | Motion
) -> None:
    if patient.id != device.patient_id and not _was_prescribed(transaction, patient, message):
        raise RefusedMessageError(f"device {device.id} is not lent to patient {patient.wire_id}")


def _was_prescribed(
    transaction: Transaction, patient: Patient, message: Session | Event | Motion
) -> bool:
    """What was done before the device was lent to somebody else arrives late, and still counts."""
    return (
        transaction.scalars(
            select(PrescriptionVersion.row_id).where(
                PrescriptionVersion.prescription_id == message.prescription_id,
                PrescriptionVersion.patient_id == patient.id,
            )
        ).first()
        is not None
    )


def _answer(device_id: str, message_id: UUID, outcome: _Outcome) -> Answer:
    receipt = Receipt(message_id=message_id, outcome=outcome, received_at=datetime.now(UTC))
    return Answer(device_id, receipt)


def _printable(text: str) -> str:
    """Text that every database and every log can keep, at most as long as a receipt's reason."""
    safe = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return safe[:_LONGEST_REASON]


def _message_id(payload: bytes) -> UUID | None:
    """The id in a message that is otherwise wrong, so that the device knows which one it was."""
    try:
        document = json.loads(payload)
        return UUID(str(document.get("message_id") or document.get("id")))
    except (ValueError, AttributeError, RecursionError):
        return None
