"""The audit log itself: lines chained by a keyed hash, appended within a transaction, verified.

Each line's ``mac`` is HMAC-SHA256 over the line and the ``mac`` before it (after Schneier and
Kelsey, "Secure Audit Logs to Support Computer Forensics", 1999), with a key that lies outside the
database: who owns only the database can neither change nor remove a line unseen. The newest line's
number and ``mac`` are also kept in a file, the anchor, so that a log cut off at its end is found.
"""

import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.audit.doing import Doing
from cloud_bridge.errors import AuditLogError
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.audit_tables import AuditEntry, AuditHead, AuditKind, AuditPatient

KEY_NAME = "audit-key"
_ANCHOR_NAME = "audit-anchor.json"
_BEFORE_THE_FIRST = "0" * 64
_HEAD = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The log's newest line; number 0 while there is none."""

    number: int
    mac: str


class AuditLog:
    """Appends to and verifies the log of one database; the anchor may be left out (``None``)."""

    def __init__(self, key: bytes, anchor: Path | None = None) -> None:
        self._key = key
        self._anchor = anchor

    @classmethod
    def of(cls, settings: BridgeSettings) -> "AuditLog":
        """With the key and the anchor of this bridge; raises :class:`ConfigurationError`."""
        folder = settings.key_folder or settings.data_folder
        return cls(settings.key(KEY_NAME), folder / _ANCHOR_NAME)

    def append(
        self,
        transaction: Transaction,
        doing: Doing,
        kind: AuditKind,
        outcome: str,
        patients: Iterable[int] = (),
        what: str = "",
    ) -> Head:
        """One more line, in the transaction of that which it tells of.

        ``what`` stands behind the object's id. Locks the log until the transaction ends, so it
        belongs at the transaction's end.
        """
        before = _locked_head(transaction)
        concerned = sorted(set(patients))
        row: dict[str, Any] = {
            "number": before.number + 1,
            "at": datetime.now(UTC),
            "clinic_id": doing.clinic_id,
            "account_id": doing.account_id,
            "principal": doing.principal[:100],
            "kind": kind,
            "action": doing.action[:120],
            "object_id": " ".join(filter(None, (doing.object_id, what)))[:400],
            "address": doing.address[:64],
            "outcome": outcome[:60],
        }
        mac = self._mac(row, concerned, before.mac)
        transaction.execute(insert(AuditEntry).values(**row, mac=mac))
        if concerned:
            transaction.execute(
                insert(AuditPatient),
                [{"entry_number": row["number"], "audited_patient_id": each} for each in concerned],
            )
        transaction.execute(
            update(AuditHead).where(AuditHead.id == _HEAD).values(number=row["number"], mac=mac)
        )
        return Head(row["number"], mac)

    def _mac(self, row: dict[str, Any], patients: Sequence[int], before: str) -> str:
        line = {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")}
        content = json.dumps([line, list(patients), before], sort_keys=True).encode()
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()

    def keep_anchor(self, head: Head) -> None:
        """Note the newest line outside the database, once its transaction is committed."""
        if self._anchor is None or head.number <= self._anchored().number:
            return
        descriptor, name = tempfile.mkstemp(dir=self._anchor.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"number": head.number, "mac": head.mac}, file)
        Path(name).replace(self._anchor)

    def _anchored(self) -> Head:
        if self._anchor is None:
            return Head(0, _BEFORE_THE_FIRST)
        try:
            kept = json.loads(self._anchor.read_text(encoding="utf-8"))
            return Head(int(kept["number"]), str(kept["mac"]))
        except FileNotFoundError:
            return Head(0, _BEFORE_THE_FIRST)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AuditLogError(f"{self._anchor}: cannot be read: {error}") from error

    def verify(self, transaction: Transaction) -> Head:
        """The newest line, after every line was found whole and in its place.

        Raises :class:`AuditLogError` that names the first line that is not.
        """
        anchor = self._anchored()
        found = Head(0, _BEFORE_THE_FIRST)
        patients = _patients_by_entry(transaction)
        rows = transaction.scalars(
            select(AuditEntry)
            .order_by(AuditEntry.number)
            .execution_options(yield_per=1000, populate_existing=True)
        )
        for entry in rows:
            if entry.number != found.number + 1:
                raise AuditLogError(
                    f"the audit log has line {entry.number} after line {found.number}: the lines"
                    " between them were removed"
                )
            row = {
                column.key: getattr(entry, column.key)
                for column in AuditEntry.__table__.columns
                if column.key != "mac"
            }
            mac = self._mac(row, sorted(patients.pop(entry.number, ())), found.mac)
            if not hmac.compare_digest(mac, entry.mac):
                raise AuditLogError(
                    f"line {entry.number} of the audit log is not as it was written: it, its"
                    " patients or the line before it were changed, or the key is another one"
                )
            found = Head(entry.number, mac)
            if found.number == anchor.number and found.mac != anchor.mac:
                raise AuditLogError(f"line {found.number} of the audit log was written anew")
        if patients:
            raise AuditLogError(
                f"the audit log names patients for line {min(patients)}, which is not there"
            )
        if found.number < anchor.number:
            raise AuditLogError(
                f"the audit log ends at line {found.number}, but line {anchor.number} was written:"
                " the last lines were removed, or the database was restored from an older copy"
            )
        head = transaction.get(AuditHead, _HEAD)
        if head is not None and (head.number, head.mac) != (found.number, found.mac):
            raise AuditLogError(
                f"the audit log ends at line {found.number}, but its head names {head.number}"
            )
        return found


def _patients_by_entry(transaction: Transaction) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = transaction.execute(select(AuditPatient.entry_number, AuditPatient.audited_patient_id))
    for number, patient in rows:
        found.setdefault(number, []).append(patient)
    return found


def _locked_head(transaction: Transaction) -> Head:
    # An update that changes nothing takes the lock in both databases; SQLite has no FOR UPDATE.
    lock = (
        update(AuditHead)
        .where(AuditHead.id == _HEAD)
        .values(number=AuditHead.number)
        .returning(AuditHead.number, AuditHead.mac)
    )
    row = transaction.execute(lock).one_or_none()
    if row is None:
        # The log's first line; somebody else may write it at the same moment.
        with suppress(IntegrityError), transaction.begin_nested():
            first = insert(AuditHead).values(id=_HEAD, number=0, mac=_BEFORE_THE_FIRST)
            transaction.execute(first)
        row = transaction.execute(lock).one()
    return Head(row.number, row.mac)
