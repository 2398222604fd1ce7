"""The tables of the audit log."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from cloud_bridge.store.base import Base

AuditKind = Literal["read", "change", "sign_in", "refused"]


class AuditEntry(Base):
    """One line of the audit log: who did what with which patients' data, and what came of it.

    Append-only: triggers refuse UPDATE and DELETE. ``mac`` is the HMAC-SHA256 of this line and of
    the one before, with a key that is not in the database. Nothing is a foreign key, for the log
    outlives what it names; the patients stand in :class:`AuditPatient`. ``clinic_id`` is ``None``
    where nobody was signed in. ``address`` is truncated to /24 or /48.
    """

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    clinic_id: Mapped[int | None] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(index=True)
    principal: Mapped[str] = mapped_column(String(100))
    kind: Mapped[AuditKind] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(120))
    object_id: Mapped[str] = mapped_column(String(400))
    address: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(60))
    mac: Mapped[str] = mapped_column(String(64))


class AuditPatient(Base):
    """A patient whose data an audit entry is about; append-only as well."""

    __tablename__ = "audit_patient"

    entry_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    audited_patient_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, index=True
    )


class AuditHead(Base):
    """The one row that whoever appends to the audit log locks first, with the log's last line."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
