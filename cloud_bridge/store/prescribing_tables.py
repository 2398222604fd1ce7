"""Tables of prescribing: drafts, templates, and where each version went."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloud_bridge.store.base import Base, now


class PrescriptionDraft(Base):
    """What one person has typed for one patient and not signed; gone when it is signed.

    ``based_on_version`` is the version that it began from, 0 for none.
    """

    __tablename__ = "prescription_draft"
    __table_args__ = (UniqueConstraint("patient_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    based_on_version: Mapped[int]
    document: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column(default=now)

    # Two windows that keep at the same moment: the second is told, nothing is overwritten.
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012


class PrescriptionTemplate(Base):
    """Exercises with their doses that a clinic uses again; of no patient."""

    __tablename__ = "prescription_template"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    document: Mapped[dict[str, Any]]
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)


class PrescriptionDelivery(Base):
    """One version on its way to one device; the version itself keeps what came first."""

    __tablename__ = "prescription_delivery"
    __table_args__ = (UniqueConstraint("version_row_id", "device_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    version_row_id: Mapped[int] = mapped_column(ForeignKey("prescription_version.row_id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    published_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]
    refusal: Mapped[str | None] = mapped_column(String(500))
