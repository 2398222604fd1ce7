"""Reads the audit log of one clinic, filtered, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.store.audit_tables import AuditEntry, AuditKind, AuditPatient
from cloud_bridge.store.tables import Account


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked for; ``None`` is anything. From ``since``, before ``until``."""

    account_id: int | None = None
    patient_id: int | None = None
    kind: AuditKind | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line: ``who`` is a name, or the principal where it is no person of the clinic."""

    entry: AuditEntry
    who: str
    patients: tuple[int, ...]


class ClinicAudit:
    """One clinic's lines; no query of it reaches another clinic's."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def lines(
        self, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> Sequence[AuditLine]:
        """The newest first; ``before`` is the number of a line to go on from."""
        query = self._matching(wanted).order_by(AuditEntry.number.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditEntry.number < before)
        entries = self._transaction.scalars(query).all()
        patients: dict[int, list[int]] = {each.number: [] for each in entries}
        rows = self._transaction.execute(
            select(AuditPatient.entry_number, AuditPatient.audited_patient_id)
            .where(AuditPatient.entry_number.in_(list(patients)))
            .order_by(AuditPatient.audited_patient_id)
        )
        for number, patient in rows:
            patients[number].append(patient)
        people = self._transaction.scalars(
            select(Account).where(Account.clinic_id == self._clinic_id)
        )
        names = {each.id: each.name for each in people}
        return [
            AuditLine(
                entry=each,
                who=names.get(each.account_id or 0, each.principal),
                patients=tuple(patients[each.number]),
            )
            for each in entries
        ]

    def _matching(self, wanted: AuditFilter) -> Select[AuditEntry]:
        query = select(AuditEntry).where(AuditEntry.clinic_id == self._clinic_id)
        if wanted.account_id is not None:
            query = query.where(AuditEntry.account_id == wanted.account_id)
        if wanted.kind is not None:
            query = query.where(AuditEntry.kind == wanted.kind)
        if wanted.since is not None:
            query = query.where(AuditEntry.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(AuditEntry.at < wanted.until)
        if wanted.patient_id is not None:
            named = select(AuditPatient.entry_number).where(
                AuditPatient.audited_patient_id == wanted.patient_id
            )
            query = query.where(AuditEntry.number.in_(named))
        return query
