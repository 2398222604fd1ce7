"""The device's memory: prescriptions, sessions, the outbox and the link's state, in SQLite.

Power may be pulled at any time: everything that belongs together is written in one transaction.
Several processes open the same file; one :class:`Store` serves one thread.
Every method raises :class:`StoreError` when the database cannot be read or written.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4, uuid5

import structlog
from pydantic import ValidationError
from sqlite_utils.db import NotFoundError

from device.database import Database, Schema
from device.errors import StoreError
from device.history import History
from device.motion_outbox import MOTION_COLUMNS, MotionOutbox
from device.screen_memory import ScreenMemory
from models.errors import ModelsError
from models.event import Event
from models.exercises.library import ExerciseLibrary
from models.messages import (
    Channel,
    Payload,
    Prescription,
    PrescriptionAcknowledgement,
    Receipt,
    Session,
)

SCHEMA_VERSION = 2
"""2 has movement that waits for its session; what 1 wrote is read as it is."""
_LARGEST_INTEGER = 2**63 - 1
"""What an integer of SQLite holds."""
_MOST_NAMED = 5
_LINK_STATE, _DRAFT, _EVENT_DRAFT = "link", "session_draft", "event_draft"
_REMINDERS = "reminders_given"

_Drafted = TypeVar("_Drafted", Session, Event)
DeliveryState = Literal["pending", "delivered", "refused"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message that the bridge has not yet confirmed; ``last_attempt_at`` in Unix seconds."""

    message_id: str
    channel: Channel
    attempts: int
    last_attempt_at: float | None


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether the broker is reached; times in Unix seconds."""

    connected: bool
    since: float
    last_contact_at: float | None = None
    last_error: str = ""


class Store:
    """Opens, and where needed makes, the database; raises :class:`StoreError`.

    A damaged database is put aside, see :class:`~device.database.Database`. ``motion`` is the
    movement that waits to be sent, ``history`` what was done and prescribed, ``screen`` what the
    screen remembers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path, _SCHEMA)
        self.motion = MotionOutbox(self._database)
        self.history = History(self._database)
        self.screen = ScreenMemory(self._database)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def save_prescription(
        self, prescription: Prescription, device_id: str, library: ExerciseLibrary
    ) -> bool:
        """Keep a prescription and queue its acknowledgement; false when it is refused.

        Refused is an exercise this device does not know, and a version older than the one it has.
        """
        with self._database.transaction():
            reason = self._reason_to_refuse(prescription, library)
            if not reason:
                self._database.table("prescription").insert(
                    {
                        "id": str(prescription.id),
                        "version": prescription.version,
                        "issued_at": prescription.issued_at.timestamp(),
                        "payload": prescription.to_bytes(),
                        "received_at": _now(),
                    },
                    pk=("id", "version"),
                    ignore=True,
                )
            self._answer(prescription, device_id, reason)
        return not reason

    def current_prescription(self) -> Prescription | None:
        """The newest prescription, if it is active.

        None where the newest cannot be read (a later release wrote it, before a step back): an
        older one may have been revoked since, and a device that stops helps nobody.
        """
        row = self._database.row(
            "SELECT payload FROM prescription ORDER BY issued_at DESC, version DESC LIMIT 1"
        )
        if row is None:
            return None
        try:
            prescription = Prescription.from_bytes(row[0])
        except ModelsError as error:
            log.error("prescription_not_readable", error=str(error))
            return None
        return prescription if prescription.status == "active" else None

    def save_session(self, session: Session) -> None:
        """Keep a finished session and queue it for the bridge; the draft of it goes. Idempotent.

        Raises :class:`~models.errors.MessageError`, and keeps the draft, when it is too large.
        """
        payload = session.to_bytes()
        with self._database.transaction():
            self._database.table("session").insert(
                {"id": str(session.id), "payload": payload, "saved_at": _now()},
                pk="id",
                ignore=True,
            )
            self._queue(str(session.id), session)
            self._database.table("state").delete_where("key = ?", [_DRAFT])

    def save_draft(self, session: Session) -> None:
        """Keep a session under way, so that a power cut loses no finished set."""
        self._set_state(_DRAFT, session.model_dump(mode="json"))

    def draft(self) -> Session | None:
        """The session under way, as last kept; ``None`` without one that this release can read."""
        row = self._database.row("SELECT value FROM state WHERE key = ?", _DRAFT)
        with suppress(ValidationError):
            return None if row is None else Session.model_validate_json(row[0])
        return None

    def send_draft(self) -> Session | None:
        """Queue the session that a power cut interrupted, if there is one.

        A draft that this release cannot read or send is kept aside, so that the device starts.
        """
        return self._send_draft(_DRAFT, Session, self.save_session)

    def save_event(self, event: Event) -> None:
        """Queue an event for the bridge; the draft of it goes. Idempotent."""
        with self._database.transaction():
            self._queue(str(event.id), event)
            self._database.table("state").delete_where("key = ?", [_EVENT_DRAFT])

    def save_event_draft(self, event: Event) -> None:
        """Keep an event whose question is on the screen, so that a power cut does not lose it."""
        self._set_state(_EVENT_DRAFT, event.model_dump(mode="json"))

    def send_event_draft(self) -> Event | None:
        """Queue the event at whose question the power went, if there is one; as with a session."""
        return self._send_draft(_EVENT_DRAFT, Event, self.save_event)

    def pending(self) -> list[OutboxEntry]:
        """What the bridge has not confirmed, in the order in which it was queued; movement last."""
        # By row and not by time: a Raspberry Pi has no clock of its own, and time may run back.
        with self._database.using():
            rows = self._database.connection.execute(
                "SELECT message_id, channel, attempts, last_attempt_at FROM outbox"
                " WHERE state = 'pending' ORDER BY channel = ?, rowid",
                [Channel.MOTION.value],
            ).fetchall()
        return [OutboxEntry(row[0], Channel(row[1]), *row[2:]) for row in rows]

    def payload(self, message_id: str) -> bytes:
        """The payload of a queued message."""
        row = self._database.row("SELECT payload FROM outbox WHERE message_id = ?", message_id)
        if row is None:
            raise StoreError(f"{self.path}: message {message_id} was never queued")
        payload: bytes = row[0]
        return payload

    def outbox_length(self) -> int:
        """How many messages the bridge has not confirmed."""
        row = self._database.row("SELECT count(*) FROM outbox WHERE state = 'pending'")
        return 0 if row is None else int(row[0])

    def record_attempt(self, message_id: str, at_s: float) -> None:
        """The message was handed to the broker once more, at ``at_s`` (Unix seconds)."""
        with self._database.transaction():
            self._database.connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, last_attempt_at = ?"
                " WHERE message_id = ?",
                [at_s, message_id],
            )

    def settle(self, receipt: Receipt) -> bool:
        """The bridge's answer to a message; false when it is about none of ours."""
        state = "refused" if receipt.outcome == "refused" else "delivered"
        with self._database.transaction():
            changed = self._database.connection.execute(
                "UPDATE outbox SET state = ?, outcome = ?, reason = ?, settled_at = ?"
                " WHERE message_id = ? AND state = 'pending'",
                [state, receipt.outcome, receipt.reason, _now(), str(receipt.message_id)],
            ).rowcount
            if changed:
                self.motion.message_settled(receipt.message_id)
                self.motion.session_settled(receipt.message_id, delivered=state == "delivered")
        return changed > 0

    def delivery(self, session_id: UUID | str) -> DeliveryState | None:
        """Whether a session is with the bridge; ``None`` for an unknown one."""
        row = self._database.row("SELECT state FROM outbox WHERE message_id = ?", str(session_id))
        state: DeliveryState | None = None if row is None else row[0]
        return state

    def link_state(self) -> LinkState | None:
        """What the link last said; ``None`` before it ever ran."""
        document = self._get_state(_LINK_STATE)
        return None if document is None else LinkState(**document)

    def set_link_state(self, state: LinkState) -> None:
        """Say how the link is."""
        self._set_state(_LINK_STATE, asdict(state))

    def reminders_given(self) -> dict[str, Any] | None:
        """What was reminded of last; ``None`` before it ever was."""
        return self._get_state(_REMINDERS)

    def set_reminders_given(self, document: dict[str, Any]) -> None:
        """Keep what was reminded of, so that a restart does not remind again."""
        self._set_state(_REMINDERS, document)

    def data_version(self) -> int:
        """Changes whenever another connection has changed the database."""
        row = self._database.row("PRAGMA data_version")
        return 0 if row is None else int(row[0])

    def _send_draft(
        self, key: str, kind: type[_Drafted], save: Callable[[_Drafted], None]
    ) -> _Drafted | None:
        row = self._database.row("SELECT value FROM state WHERE key = ?", key)
        if row is None:
            return None
        try:
            message = kind.model_validate_json(row[0])
            save(message)
        except (ValidationError, ModelsError) as error:
            log.error("draft_kept_aside", path=str(self.path), error=type(error).__name__)
            with self._database.transaction():
                self._database.connection.execute(
                    "UPDATE state SET key = ? WHERE key = ?",
                    [f"unreadable_{key}/{uuid4()}", key],
                )
            return None
        return message

    def _answer(self, prescription: Prescription, device_id: str, reason: str) -> None:
        # The broker delivers the retained prescription at every connection: one answer, one id.
        message_id = uuid5(prescription.id, f"{device_id}/{prescription.version}/{reason}")
        acknowledgement = PrescriptionAcknowledgement(
            message_id=message_id,
            device_id=device_id,
            prescription_id=prescription.id,
            version=prescription.version,
            accepted=not reason,
            reason=reason,
            acknowledged_at=datetime.now(UTC),
        )
        self._queue(str(message_id), acknowledgement)
        # A bridge restored from an older copy asks again by sending the prescription again.
        self._database.connection.execute(
            "UPDATE outbox SET state = 'pending', attempts = 0, last_attempt_at = NULL"
            " WHERE message_id = ? AND state != 'pending'",
            [str(message_id)],
        )

    def _reason_to_refuse(self, prescription: Prescription, library: ExerciseLibrary) -> str:
        unknown = sorted(
            {i.exercise_id for i in prescription.items if i.exercise_id not in library}
        )
        if unknown:
            names = ", ".join(unknown[:_MOST_NAMED])
            return f"this device does not know the exercise {names}: update it"
        if prescription.version > _LARGEST_INTEGER:
            return "the version's number is too large"
        newest: int | None = self._database.connection.execute(
            "SELECT max(version) FROM prescription WHERE id = ?", [str(prescription.id)]
        ).fetchone()[0]
        if newest is not None and prescription.version < newest:
            return f"version {prescription.version} is older than version {newest}, which is here"
        return ""

    def _queue(self, message_id: str, message: Payload) -> None:
        self._database.table("outbox").insert(
            {
                "message_id": message_id,
                "channel": message.kind.value,
                "payload": message.to_bytes(),
                "created_at": _now(),
                "attempts": 0,
                "state": "pending",
            },
            pk="message_id",
            ignore=True,
        )

    def _set_state(self, key: str, document: dict[str, Any]) -> None:
        row = {"key": key, "value": json.dumps(document)}
        with self._database.transaction():
            self._database.table("state").insert(row, pk="key", replace=True)

    def _get_state(self, key: str) -> dict[str, Any] | None:
        with self._database.using(), suppress(NotFoundError):
            document: dict[str, Any] = json.loads(
                str(self._database.table("state").get(key)["value"])
            )
            return document
        return None


_COLUMNS: dict[str, dict[str, Any]] = {
    "prescription": {
        "id": str, "version": int, "issued_at": float, "payload": bytes, "received_at": float,
    },
    "session": {"id": str, "payload": bytes, "saved_at": float},
    "motion": MOTION_COLUMNS,
    "outbox": {
        "message_id": str, "channel": str, "payload": bytes, "created_at": float, "attempts": int,
        "last_attempt_at": float, "state": str, "outcome": str, "reason": str, "settled_at": float,
    },
    "state": {"key": str, "value": str},
}  # fmt: skip
_KEYS: dict[str, str | tuple[str, str]] = {
    "prescription": ("id", "version"),
    "session": "id",
    "motion": "message_id",
    "outbox": "message_id",
    "state": "key",
}
_SCHEMA = Schema(SCHEMA_VERSION, _COLUMNS, _KEYS)


def _now() -> float:
    return datetime.now(UTC).timestamp()
