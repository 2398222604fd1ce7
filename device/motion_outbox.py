"""Movement that waits to be sent, and the consent under which it may be: a part of the store.

Movement waits until the bridge has its session, so that it never stands in a session's way. When
the consent changes, everything that was kept under the one before is gone in the same transaction.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlite_utils.db import NotFoundError

from device.database import Database
from models.messages import Channel
from models.motion import Motion, MotionConsent

MOTION_COLUMNS: Final[dict[str, Any]] = {
    "message_id": str, "session_id": str, "payload": bytes, "kept_at": float,
}  # fmt: skip
MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
"""Of movement on the device: a month of sessions without a network, and little of a small card."""
WITHDRAWN: Final = "the consent to send movement does not stand any more"
NO_ROOM: Final = "too much movement was waiting: the oldest went"
NO_SESSION: Final = "the clinic refused the session"
_CONSENT: Final = "motion_consent"

log = structlog.get_logger()


class MotionOutbox:
    """The device's consent and movement, in the store's database and on its thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def consent(self) -> MotionConsent | None:
        """The clinic's last word; ``None`` where there never was one: nothing may be sent then."""
        with self._database.using(), suppress(NotFoundError):
            value = str(self._database.table("state").get(_CONSENT)["value"])
            try:
                return MotionConsent.model_validate_json(value)
            except ValidationError as error:
                log.error("motion_consent_not_read", error=type(error).__name__)
        return None

    def consent_stands(self) -> bool:
        """Whether movement is sent: what the patient's screen says beside the camera's sign."""
        consent = self.consent()
        return consent is not None and consent.consent_id is not None

    def take_consent(self, consent: MotionConsent) -> bool:
        """Keep the clinic's word; false for a consent older than what is known.

        That none stands is always believed. Where another consent stands than before, or none, what
        waits is dropped.
        """
        with self._database.transaction():
            known = self.consent()
            if known is not None and consent.consent_id and consent.decided_at < known.decided_at:
                return False
            row = {"key": _CONSENT, "value": consent.model_dump_json()}
            self._database.table("state").insert(row, pk="key", replace=True)
            if known is None or known.consent_id != consent.consent_id:
                self._drop_all(WITHDRAWN)
        return True

    def keep(self, motion: Motion) -> bool:
        """Keep a set's movement until its session is with the bridge; idempotent.

        False, and nothing is kept, where its consent does not stand any more or its session was
        refused. Raises :class:`~models.errors.MessageError` when it is too large.
        """
        payload = motion.to_bytes()
        with self._database.transaction():
            consent = self.consent()
            if consent is None or consent.consent_id != motion.consent_id:
                return False
            row = {
                "message_id": str(motion.id),
                "session_id": str(motion.session_id),
                "payload": payload,
                "kept_at": _now(),
            }
            self._database.table("motion").insert(row, pk="message_id", ignore=True)
            session = self._database.connection.execute(
                "SELECT state FROM outbox WHERE message_id = ?", [str(motion.session_id)]
            ).fetchone()
            if session is not None and session[0] != "pending":
                self.session_settled(motion.session_id, delivered=session[0] == "delivered")
            self._make_room()
            return session is None or session[0] != "refused"

    def session_settled(self, session_id: UUID | None, *, delivered: bool) -> None:
        """Within a transaction: queue a session's movement, or drop it with its session."""
        connection = self._database.connection
        if delivered:
            connection.execute(
                "INSERT OR IGNORE INTO outbox"
                " (message_id, channel, payload, created_at, attempts, state)"
                " SELECT message_id, ?, payload, kept_at, 0, 'pending' FROM motion"
                " WHERE session_id = ? ORDER BY rowid",
                [Channel.MOTION.value, str(session_id)],
            )
        gone = connection.execute(
            "DELETE FROM motion WHERE session_id = ?", [str(session_id)]
        ).rowcount
        if gone and not delivered:
            log.warning("motion_dropped", reason=NO_SESSION, messages=gone)

    def message_settled(self, message_id: UUID | None) -> None:
        """Within a transaction: movement that the bridge has, or refused, is not kept here."""
        self._database.connection.execute(
            "UPDATE outbox SET payload = x'' WHERE message_id = ? AND channel = ?",
            [str(message_id), Channel.MOTION.value],
        )

    def _drop_all(self, reason: str) -> None:
        connection = self._database.connection
        gone = connection.execute("DELETE FROM motion").rowcount
        gone += connection.execute(
            "UPDATE outbox SET state = 'refused', reason = ?, payload = x'', settled_at = ?"
            " WHERE channel = ? AND state = 'pending'",
            [reason, _now(), Channel.MOTION.value],
        ).rowcount
        if gone:
            log.info("motion_dropped", reason=reason, messages=gone)

    def _make_room(self) -> None:
        connection = self._database.connection
        sizes = connection.execute(
            "SELECT rowid, length(payload) FROM motion ORDER BY rowid DESC"
        ).fetchall()
        room = MOST_WAITING_BYTES - _queued_bytes(connection)
        for rowid, size in sizes:
            room -= size
            if room < 0:
                gone = connection.execute("DELETE FROM motion WHERE rowid <= ?", [rowid]).rowcount
                log.warning("motion_dropped", reason=NO_ROOM, messages=gone)
                return


def _queued_bytes(connection: Any) -> int:  # noqa: ANN401
    row = connection.execute(
        "SELECT coalesce(sum(length(payload)), 0) FROM outbox WHERE channel = ?",
        [Channel.MOTION.value],
    ).fetchone()
    return int(row[0])


def _now() -> float:
    return datetime.now(UTC).timestamp()
