"""The bridge's tables. Everything of a patient belongs to one clinic."""

from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from cloud_bridge.progress.session_figures import stored_figures
from cloud_bridge.store.audit_tables import AuditEntry, AuditHead, AuditPatient
from cloud_bridge.store.base import Base, now
from cloud_bridge.store.fhir_tables import FhirDelivery, FhirToken
from cloud_bridge.store.prescribing_tables import (
    PrescriptionDelivery,
    PrescriptionDraft,
    PrescriptionTemplate,
)
from cloud_bridge.store.sign_in_tables import (
    RecoveryCode,
    SecondFactor,
    SignInAttempts,
    SignInSession,
)

# Whoever asks for the tables gets all of them, also where Alembic compares.
__all__ = [
    "CLINICAL_ROLES",
    "Account",
    "AuditEntry",
    "AuditHead",
    "AuditPatient",
    "Base",
    "Clinic",
    "ClinicianTime",
    "DeadLetter",
    "Device",
    "EventRecord",
    "FhirDelivery",
    "FhirToken",
    "FlagAcknowledgement",
    "LinkPurpose",
    "MotionConsentRecord",
    "MotionRecord",
    "OneTimeSignIn",
    "Patient",
    "PrescriptionDelivery",
    "PrescriptionDraft",
    "PrescriptionTemplate",
    "PrescriptionVersion",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "SessionRecord",
    "SignInAttempts",
    "SignInSession",
]

Role = Literal["doctor", "physiotherapist", "administrator"]
TimeTaken = Literal["entered", "timed"]
CLINICAL_ROLES: Final[tuple[Role, ...]] = ("doctor", "physiotherapist")
LinkPurpose = Literal["sign_in", "set_password"]


class Clinic(Base):
    """A tenant: its people see its own patients only.

    With ``second_factor_required`` who sets no second factor up gets no further than that page.
    """

    __tablename__ = "clinic"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    second_factor_required: Mapped[bool] = mapped_column(default=False)


class Account(Base):
    """A person who signs in; without a password hash only one-time sign-ins let them in.

    ``administers`` makes a clinician an administrator as well; the role administrator is one
    without it, and reads no patient's data. Nobody is deleted, for what they did keeps their name:
    who left is ``disabled_at``.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    administers: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]

    @property
    def is_administrator(self) -> bool:
        """Whether this person manages the clinic's people, devices and audit log."""
        return self.administers or self.role == "administrator"

    @property
    def is_clinician(self) -> bool:
        """Whether this person may read patients' data."""
        return self.role in CLINICAL_ROLES


class OneTimeSignIn(Base):
    """A link that lets one person in once, or set a password once; only its hash is kept."""

    __tablename__ = "one_time_sign_in"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    purpose: Mapped[LinkPurpose] = mapped_column(String(20), default="sign_in")


class Patient(Base):
    """A patient; ``wire_id`` is the pseudonym that devices know, ``display_name`` stays here."""

    __tablename__ = "patient"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    wire_id: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))


class Device(Base):
    """A device, and the patient it is lent to."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    online: Mapped[bool] = mapped_column(default=False)
    software_version: Mapped[str | None] = mapped_column(String(50))
    reported_at: Mapped[datetime | None]


class PrescriptionVersion(Base):
    """One version of a patient's prescription; its payload is never changed."""

    __tablename__ = "prescription_version"
    __table_args__ = (
        UniqueConstraint("prescription_id", "version"),
        # Two doctors who prescribe at the same moment cannot both make version n.
        UniqueConstraint("patient_id", "version", name="uq_prescription_version_patient_version"),
    )

    row_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    prescription_id: Mapped[UUID]
    version: Mapped[int]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]
    refusal: Mapped[str | None] = mapped_column(String(500))


def _figures(context: Any) -> dict[str, Any]:  # noqa: ANN401
    return stored_figures(context.get_current_parameters()["payload"])


class SessionRecord(Base):
    """A session as the device sent it; ``id`` is the device's, so a duplicate changes nothing.

    ``figures`` is what lists and courses read of ``payload``, so that they need not read all of it.
    """

    __tablename__ = "session_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    payload: Mapped[dict[str, Any]]
    payload_sha256: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(default=now)
    figures: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), default=_figures
    )


class EventRecord(Base):
    """An event as the device sent it; ``id`` is the device's, so a duplicate changes nothing."""

    __tablename__ = "event_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    payload: Mapped[dict[str, Any]]
    payload_sha256: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    event_kind: Mapped[str] = mapped_column(String(40))
    received_at: Mapped[datetime] = mapped_column(default=now)


class MotionConsentRecord(Base):
    """A patient's consent that movement is sent; it stays, with its dates, when it is withdrawn.

    ``statement`` is what the patient agreed to on ``agreed_on``, in words; ``number`` counts the
    patient's consents from 1. ``published_standing`` is what the device ``published_to`` was told
    last: whether the consent stands.
    """

    __tablename__ = "motion_consent"
    __table_args__ = (UniqueConstraint("patient_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    number: Mapped[int]
    statement: Mapped[str] = mapped_column(Text)
    agreed_on: Mapped[date]
    given_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    erased_sets: Mapped[int | None]
    published_standing: Mapped[bool | None]
    published_to: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None]

    @property
    def stands(self) -> bool:
        """Whether movement may be sent and kept."""
        return self.withdrawn_at is None


class MotionRecord(Base):
    """One set's movement; ``id`` follows from session and set, so a duplicate changes nothing.

    It may come before its session, which therefore is no foreign key.
    """

    __tablename__ = "motion_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    session_id: Mapped[UUID] = mapped_column(index=True)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("motion_consent.id"))
    set_started_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    payload_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)


class FlagAcknowledgement(Base):
    """A person has seen a flag; it comes back only with evidence that is not among ``evidence``.

    ``evidence`` has the ``keys`` that the flag rested on and its ``lines`` as worded then.
    """

    __tablename__ = "flag_acknowledgement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    rule: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100))
    evidence: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text)
    acknowledged_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    acknowledged_at: Mapped[datetime] = mapped_column(default=now)


class ClinicianTime(Base):
    """Minutes that a clinician has confirmed to have spent on a patient; withdrawn, never erased.

    ``worked_on`` is the day in the clinic's time zone; ``taken`` how the minutes were taken.
    """

    __tablename__ = "clinician_time"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    worked_on: Mapped[date]
    minutes: Mapped[int]
    taken: Mapped[TimeTaken] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]


class DeadLetter(Base):
    """A message that could not be accepted, with the reason; nothing is thrown away but movement.

    Movement that was refused may be movement without consent: its payload is not kept.
    """

    __tablename__ = "dead_letter"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    topic: Mapped[str] = mapped_column(String(300))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(default=now)
