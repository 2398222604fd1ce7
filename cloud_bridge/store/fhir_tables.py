"""Tables of the FHIR interface: who may read it, and what still has to reach an EHR."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloud_bridge.store.base import Base, now

RecordKind = Literal["prescription", "session", "event"]
DeliveryState = Literal["waiting", "delivered", "refused"]


class FhirToken(Base):
    """A program's access to one clinic; only the token's hash is kept.

    ``scopes`` are SMART system scopes, separated by spaces.
    """

    __tablename__ = "fhir_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[str] = mapped_column(String(1000))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class FhirDelivery(Base):
    """One stored record on its way to one EHR (``target``, the address of its FHIR server).

    ``refused`` is what the EHR says is wrong with it: it is not tried again by itself, and stays.
    """

    __tablename__ = "fhir_delivery"
    __table_args__ = (UniqueConstraint("target", "record_kind", "record_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    target: Mapped[str] = mapped_column(String(500))
    record_kind: Mapped[RecordKind] = mapped_column(String(20))
    record_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeliveryState] = mapped_column(String(20), default="waiting", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
