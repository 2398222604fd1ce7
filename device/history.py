"""What was done and what was prescribed, as far back as this device knows.

Nothing of it is ever deleted. What this release cannot read is left out, with a line in the log.
Every method raises :class:`~device.errors.StoreError` when the database cannot be read.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar
from uuid import UUID

import structlog

from device.database import Database
from models.errors import ModelsError
from models.messages import Prescription, Session

_Kept = TypeVar("_Kept", Session, Prescription)

log = structlog.get_logger()


class History:
    """Reads the finished sessions and the prescriptions of one device."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prescriptions(self) -> list[Prescription]:
        """Every prescription that was ever received, in the order in which they were issued."""
        with self._database.using():
            rows = self._database.connection.execute(
                "SELECT payload FROM prescription ORDER BY issued_at, version"
            ).fetchall()
        return list(_readable(Prescription, (row[0] for row in rows)))

    def sessions(self, known: Collection[UUID] = ()) -> Iterator[Session]:
        """Every finished session but the ``known`` ones, as they were kept; read one by one."""
        with self._database.using():
            rows = self._database.connection.execute(
                "SELECT id FROM session ORDER BY rowid"
            ).fetchall()
        for name in (row[0] for row in rows if UUID(row[0]) not in known):
            row = self._database.row("SELECT payload FROM session WHERE id = ?", name)
            yield from _readable(Session, [] if row is None else [row[0]])

    def latest_sessions(self, count: int) -> list[Session]:
        """The sessions kept last, at most so many, the oldest first."""
        with self._database.using():
            rows = self._database.connection.execute(
                "SELECT payload FROM session ORDER BY rowid DESC LIMIT ?", [count]
            ).fetchall()
        return list(_readable(Session, (row[0] for row in reversed(rows))))


def _readable(kind: type[_Kept], payloads: Iterable[bytes]) -> Iterator[_Kept]:
    for payload in payloads:
        try:
            yield kind.from_bytes(payload)
        except ModelsError as error:
            log.error("kept_message_unreadable", kind=kind.kind.value, error=type(error).__name__)
