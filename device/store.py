"""The device's memory: prescriptions, sessions, the outbox and the link's state, in SQLite.

Power may be pulled at any time: WAL with full synchronisation, and everything that belongs together
in one transaction. Several processes open the same file; one :class:`Store` serves one thread.
"""

import fcntl
import json
import os
import sqlite3
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import sqlite_utils
import structlog
from sqlite_utils.db import NotFoundError, Table

from device.errors import StoreError
from models.errors import ModelsError
from models.exercises.library import ExerciseLibrary
from models.messages import (
    Channel,
    Payload,
    Prescription,
    PrescriptionAcknowledgement,
    Receipt,
    Session,
)

SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 10.0
_LINK_STATE, _DRAFT = "link", "session_draft"

DeliveryState = Literal["pending", "delivered", "refused"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message that the bridge has not yet confirmed; ``last_attempt_at`` in Unix seconds."""

    message_id: str
    channel: Channel
    payload: bytes
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
    """Opens, and where needed makes, the database; raises :class:`StoreError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.close(descriptor)
            self._connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)
            self._database = sqlite_utils.Database(self._connection)
            # SQLite does not wait for others while it changes to WAL, and several of our processes
            # start at once.
            with path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path}: the device's database cannot be used: {error}; nothing in it was changed:"
                " keep the file for the clinic and move it away to start afresh"
            ) from error

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def save_prescription(
        self, prescription: Prescription, device_id: str, library: ExerciseLibrary
    ) -> bool:
        """Keep a prescription and queue its acknowledgement; false when it is refused.

        Refused is an exercise this device does not know, and a version older than the one it has.
        """
        reason = self._reason_to_refuse(prescription, library)
        acknowledgement = PrescriptionAcknowledgement(
            message_id=uuid4(),
            device_id=device_id,
            prescription_id=prescription.id,
            version=prescription.version,
            accepted=not reason,
            reason=reason,
            acknowledged_at=datetime.now(UTC),
        )
        with self._database.atomic():
            if not reason:
                self._table("prescription").insert(
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
            self._queue(str(acknowledgement.message_id), acknowledgement)
        return not reason

    def current_prescription(self) -> Prescription | None:
        """The newest prescription, if it is active."""
        row = self._connection.execute(
            "SELECT payload FROM prescription ORDER BY issued_at DESC, version DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        try:
            prescription = Prescription.from_bytes(row[0])
        except ModelsError as error:
            raise StoreError(
                f"{self.path}: a stored prescription cannot be read: {error}"
            ) from error
        return prescription if prescription.status == "active" else None

    def save_session(self, session: Session) -> None:
        """Keep a finished session and queue it for the bridge; the draft of it goes. Idempotent."""
        payload = session.to_bytes()
        with self._database.atomic():
            self._table("session").insert(
                {"id": str(session.id), "payload": payload, "saved_at": _now()},
                pk="id",
                ignore=True,
            )
            self._queue(str(session.id), session)
            self._table("state").delete_where("key = ?", [_DRAFT])

    def save_draft(self, session: Session) -> None:
        """Keep a session under way, so that a power cut loses no finished set."""
        self._set_state(_DRAFT, session.model_dump(mode="json"))

    def send_draft(self) -> Session | None:
        """Queue the session that a power cut interrupted, if there is one."""
        document = self._get_state(_DRAFT)
        if document is None:
            return None
        session = Session.model_validate(document)
        self.save_session(session)
        return session

    def pending(self, limit: int = 100) -> list[OutboxEntry]:
        """What the bridge has not confirmed, oldest first."""
        rows = self._connection.execute(
            "SELECT message_id, channel, payload, attempts, last_attempt_at FROM outbox"
            " WHERE state = 'pending' ORDER BY created_at LIMIT ?",
            [limit],
        )
        return [OutboxEntry(row[0], Channel(row[1]), *row[2:]) for row in rows]

    def outbox_length(self) -> int:
        """How many messages the bridge has not confirmed."""
        count: int = self._connection.execute(
            "SELECT count(*) FROM outbox WHERE state = 'pending'"
        ).fetchone()[0]
        return count

    def record_attempt(self, message_id: str) -> None:
        """The message was handed to the broker once more."""
        with self._database.atomic():
            self._connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, last_attempt_at = ?"
                " WHERE message_id = ?",
                [_now(), message_id],
            )

    def settle(self, receipt: Receipt) -> bool:
        """The bridge's answer to a message; false when it is about none of ours."""
        state = "refused" if receipt.outcome == "refused" else "delivered"
        with self._database.atomic():
            changed = self._connection.execute(
                "UPDATE outbox SET state = ?, outcome = ?, reason = ?, settled_at = ?"
                " WHERE message_id = ? AND state = 'pending'",
                [state, receipt.outcome, receipt.reason, _now(), str(receipt.message_id)],
            ).rowcount
        return changed > 0

    def delivery(self, session_id: UUID | str) -> DeliveryState | None:
        """Whether a session is with the bridge; ``None`` for an unknown one."""
        row = self._connection.execute(
            "SELECT state FROM outbox WHERE message_id = ?", [str(session_id)]
        ).fetchone()
        state: DeliveryState | None = None if row is None else row[0]
        return state

    def link_state(self) -> LinkState | None:
        """What the link last said; ``None`` before it ever ran."""
        document = self._get_state(_LINK_STATE)
        return None if document is None else LinkState(**document)

    def set_link_state(self, state: LinkState) -> None:
        """Say how the link is."""
        self._set_state(_LINK_STATE, asdict(state))

    def data_version(self) -> int:
        """Changes whenever another connection has changed the database."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _reason_to_refuse(self, prescription: Prescription, library: ExerciseLibrary) -> str:
        unknown = sorted(
            {i.exercise_id for i in prescription.items if i.exercise_id not in library}
        )
        if unknown:
            return f"this device does not know the exercise {', '.join(unknown)}: update it"
        newest: int | None = self._connection.execute(
            "SELECT max(version) FROM prescription WHERE id = ?", [str(prescription.id)]
        ).fetchone()[0]
        if newest is not None and prescription.version < newest:
            return f"version {prescription.version} is older than version {newest}, which is here"
        return ""

    def _queue(self, message_id: str, message: Payload) -> None:
        self._table("outbox").insert(
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
        with self._database.atomic():
            self._table("state").insert(
                {"key": key, "value": json.dumps(document)}, pk="key", replace=True
            )

    def _get_state(self, key: str) -> dict[str, Any] | None:
        with suppress(NotFoundError):
            document: dict[str, Any] = json.loads(str(self._table("state").get(key)["value"]))
            return document
        return None

    def _table(self, name: str) -> Table:
        return self._database.table(name)

    def _prepare(self) -> None:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path}: was written by a newer release (schema {version}, this one reads"
                f" {SCHEMA_VERSION}): update this device"
            )
        if version == SCHEMA_VERSION:
            return
        with self._database.atomic():
            for name, columns in _TABLES.items():
                self._table(name).create(columns, pk=_KEYS[name], if_not_exists=True)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


_TABLES: dict[str, dict[str, Any]] = {
    "prescription": {
        "id": str, "version": int, "issued_at": float, "payload": bytes, "received_at": float,
    },
    "session": {"id": str, "payload": bytes, "saved_at": float},
    "outbox": {
        "message_id": str, "channel": str, "payload": bytes, "created_at": float, "attempts": int,
        "last_attempt_at": float, "state": str, "outcome": str, "reason": str, "settled_at": float,
    },
    "state": {"key": str, "value": str},
}  # fmt: skip
_KEYS: dict[str, str | tuple[str, str]] = {
    "prescription": ("id", "version"),
    "session": "id",
    "outbox": "message_id",
    "state": "key",
}


def _now() -> float:
    return datetime.now(UTC).timestamp()
