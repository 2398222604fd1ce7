"""The device's SQLite file: opened by several processes, safe against a pulled plug, never deleted.

WAL with full synchronisation. A damaged file is put aside; one of a newer release is left alone.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlite_utils
from sqlite_utils.db import Table

from device.errors import StoreError

_BUSY_TIMEOUT_S = 10.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY_CODE = 0xFF
"""The bits of an extended result code of SQLite that say what kind of error it is."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one version, as sqlite-utils takes them."""

    version: int
    columns: Mapping[str, dict[str, Any]]
    keys: Mapping[str, str | tuple[str, str]]


class _DamagedError(StoreError):
    """What is in the file is no sound database."""


class Database:
    """One connection, for one thread.

    Opening it makes the tables where they are missing. A damaged file that nobody else has open is
    put aside under another name, so that the next start begins afresh. Everything here raises
    :class:`StoreError` when the database cannot be read or written.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self._schema = schema
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._in_use = path.with_suffix(".in-use").open("w")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self._file_number = os.fstat(descriptor).st_ino
            os.close(descriptor)
            self.connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path}: the device's database cannot be opened: {error}: make its folder writable"
            ) from error
        self._tables = sqlite_utils.Database(self.connection)
        try:
            self._open()
        except _DamagedError as error:
            # Moved before it is closed: closing merges and deletes the write-ahead log.
            with self._in_use, closing(self.connection):
                raise StoreError(f"{self._put_aside()} ({error})") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
        self._in_use.close()

    def table(self, name: str) -> Table:
        """One table, for use within :meth:`using` or :meth:`transaction`."""
        return self._tables.table(name)

    def row(self, query: str, *parameters: str) -> tuple[Any, ...] | None:
        """The first row that a query gives."""
        with self.using():
            row: tuple[Any, ...] | None = self.connection.execute(query, parameters).fetchone()
        return row

    @contextmanager
    def using(self) -> Iterator[None]:
        """Turns the errors of SQLite into ours."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            code = getattr(error, "sqlite_errorcode", 0)
            if code & _PRIMARY_CODE in _DAMAGE:
                raise _DamagedError(
                    f"{self.path}: the device's database is damaged: {error}: stop all of the"
                    " device's processes and start them again"
                ) from error
            raise StoreError(
                f"{self.path}: the device's database cannot be used: {error}; nothing was changed:"
                " see that the card is not full and not worn out"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        # sqlite-utils reads before it writes. A transaction that begins by reading cannot wait for
        # another process that writes meanwhile; SQLite refuses it at once.
        with self.using():
            self.connection.execute("BEGIN IMMEDIATE")
            with self.connection:
                yield

    def _open(self) -> None:
        # SQLite does not wait for others while it changes to WAL, and several of our processes
        # start at once.
        with self.using(), self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
            # The first pages may be sound and later ones not: that must show now, where the file
            # can still be put aside, and not at the end of a session.
            found = self.row("PRAGMA quick_check(1)")
            if found != ("ok",):
                raise _DamagedError("SQLite's check found it unsound")
            self._prepare()

    def _prepare(self) -> None:
        row = self.row("PRAGMA user_version")
        version = 0 if row is None else int(row[0])
        if version > self._schema.version:
            raise StoreError(
                f"{self.path}: was written by a newer release (schema {version}, this one reads"
                f" {self._schema.version}): update this device"
            )
        if version == self._schema.version:
            return
        with self.transaction():
            for name, columns in self._schema.columns.items():
                self.table(name).create(columns, pk=self._schema.keys[name], if_not_exists=True)
            self.connection.execute(f"PRAGMA user_version = {self._schema.version}")

    def _put_aside(self) -> str:
        """What became of a damaged database, in words."""
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return (
                f"{self.path}: the device's database is damaged and another process has it open:"
                " stop all of the device's processes and start them again"
            )
        if not self._is_still_there():
            return (
                f"{self.path}: the device's database was damaged and another process has put it"
                " aside: start again"
            )
        aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        for ending in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{ending}").rename(f"{aside}{ending}")
        return (
            f"{self.path}: the device's database is damaged; it is kept as {aside.name}: start"
            " again to begin with an empty one, and keep that file for the clinic"
        )

    def _is_still_there(self) -> bool:
        # Between our two locks another process may have put it aside, and a third one begun afresh.
        try:
            return self.path.stat().st_ino == self._file_number
        except FileNotFoundError:
            return False
