"""Notes every patient whose data a request reads or changes, whatever code does it.

It listens to SQLAlchemy instead of being called: a page that forgets the log cannot be written.
"""

from collections.abc import Set as AbstractSet
from typing import Any, Final, cast

import structlog
from sqlalchemy import ClauseElement, Table, event
from sqlalchemy import inspect as inspect_object
from sqlalchemy.orm import Mapper, ORMExecuteState, QueryContext
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.sql import visitors

from cloud_bridge.audit.doing import Doing, doing_now
from cloud_bridge.audit.log import AuditLog, Head
from cloud_bridge.errors import AuditLogError
from cloud_bridge.store.audit_tables import AuditKind
from cloud_bridge.store.base import Base
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Device, Patient

_READ: Final = "patients_read"
_CHANGED: Final = "patients_changed"
_TABLES: Final = "tables_changed"
_TOUCHED: Final = "patient_data_touched"
_HEAD: Final = "audit_head"

log = structlog.get_logger()


def record_audit(database: Database, audit_log: AuditLog) -> None:
    """From now on this database's transactions write the log; asking twice changes nothing."""
    if database.audited:
        return
    database.audited = True
    recorder = _Recorder(audit_log)
    event.listen(database.sessions, "do_orm_execute", recorder.statement)
    event.listen(database.sessions, "before_flush", recorder.flush)
    event.listen(database.sessions, "before_commit", recorder.commit)
    event.listen(database.sessions, "after_commit", recorder.committed)


@event.listens_for(Base, "load", propagate=True)
def _loaded(row: object, context: QueryContext) -> None:
    if doing_now() is not None and (patient := patient_of(row)) is not None:
        context.session.info.setdefault(_READ, set()).add(patient)


def patient_of(row: object) -> int | None:
    """The patient whose data a row is; a device lent to one is not the patient's data."""
    if isinstance(row, Patient):
        return row.id
    if isinstance(row, Device):
        return None
    found: int | None = getattr(row, "patient_id", None)
    return found


def patient_tables() -> frozenset[str]:
    """The names of the tables with patients' data."""
    return frozenset(
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table)
        and mapper.class_ is not Device
        and (mapper.class_ is Patient or "patient_id" in mapper.columns)
    )


class _Recorder:
    def __init__(self, audit_log: AuditLog) -> None:
        self._log = audit_log
        self._tables = patient_tables()

    def statement(self, state: ORMExecuteState) -> None:
        """Queries of columns and bulk changes, which load no rows."""
        if doing_now() is None:
            return
        tables = {
            each.name
            for each in visitors.iterate(cast(ClauseElement, state.statement))
            if isinstance(each, Table) and each.name in self._tables
        }
        target = getattr(state.statement, "table", None)
        if isinstance(target, Table) and target.name in self._tables:
            tables.add(target.name)
            state.session.info.setdefault(_TABLES, set()).add(target.name)
        if tables:
            state.session.info[_TOUCHED] = True

    def flush(self, transaction: Transaction, _context: object, _instances: object) -> None:
        if doing_now() is None:
            return
        changed = [*transaction.new, *transaction.deleted]
        changed += [each for each in transaction.dirty if transaction.is_modified(each)]
        for row in changed:
            self._note_change(transaction, row)

    def _note_change(self, transaction: Transaction, row: object) -> None:
        patients: list[int | None] = [patient_of(row)]
        if isinstance(row, Device):
            # Lending a device is a change for who gets it and who gives it back.
            history = inspect_object(row).attrs.patient_id.history
            patients = [*history.added, *history.deleted] if history.has_changes() else []
            if not patients:
                return
        mapper: Mapper[Any] = inspect_object(row).mapper
        table = mapper.local_table
        if not isinstance(table, Table) or (
            table.name not in self._tables and not isinstance(row, Device)
        ):
            return
        transaction.info.setdefault(_TABLES, set()).add(table.name)
        known = transaction.info.setdefault(_CHANGED, set())
        known.update(each for each in patients if each is not None)
        if isinstance(row, Patient) and row in transaction.new:
            # Its number is given by the database, in this flush.
            event.listen(transaction, "after_flush", _new_patient(row), once=True)

    def commit(self, transaction: Transaction) -> None:
        """Before the commit, in its transaction: no change without its line, no reading either."""
        doing = doing_now()
        if doing is None:
            return
        transaction.flush()
        info = transaction.info
        read, changed = info.pop(_READ, set()), info.pop(_CHANGED, set())
        tables, touched = info.pop(_TABLES, set()), info.pop(_TOUCHED, False)
        if tables:
            # A bulk change loads no row: the request's own patient, or who was read, is meant.
            patients = changed or doing.patients or read
            self._append(transaction, doing, "change", patients, " ".join(sorted(tables)))
        if not doing.notes_reading:
            return
        unnoted = {each for each in read | doing.patients if each not in doing.noted}
        if (read or touched) and (unnoted or doing.silent):
            self._append(transaction, doing, "read", unnoted, "")

    def _append(
        self,
        transaction: Transaction,
        doing: Doing,
        kind: AuditKind,
        patients: AbstractSet[int],
        what: str,
    ) -> None:
        transaction.info[_HEAD] = self._log.append(
            transaction, doing, kind, "done" if kind == "change" else "shown", patients, what
        )
        # Who changes something has read it, and one line says so.
        doing.noted.update(patients)
        doing.silent = False

    def committed(self, transaction: Transaction) -> None:
        head: Head | None = transaction.info.pop(_HEAD, None)
        if head is None:
            return
        try:
            self._log.keep_anchor(head)
        except (OSError, AuditLogError) as error:
            # The line is committed; the next one keeps the anchor again, or verify tells.
            log.error("audit_anchor_not_kept", error=str(error))


def _new_patient(row: Patient) -> Any:  # noqa: ANN401
    def note(transaction: Transaction, _context: object) -> None:
        transaction.info.setdefault(_CHANGED, set()).add(row.id)

    return note
