"""All queries of the portal, each within one clinic: the one place where tenants are kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.store.tables import (
    Account,
    Device,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from models.messages import Prescription, PrescriptionItem


class NotInClinicError(CloudBridgeError):
    """No such thing in this clinic, whether or not another one has it."""


class PrescriptionConflictError(CloudBridgeError):
    """Somebody else has prescribed meanwhile."""


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One line of the patient list."""

    patient: Patient
    device: Device | None
    last_session: SessionRecord | None
    prescription: PrescriptionVersion | None


class ClinicView:
    """What one clinic's people may see and do, within one transaction."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def patients(self) -> list[PatientLine]:
        """The clinic's patients by name."""
        query = (
            select(Patient)
            .where(Patient.clinic_id == self._clinic_id)
            .order_by(Patient.display_name)
        )
        return [
            PatientLine(
                patient=patient,
                device=self.device_of(patient),
                last_session=next(iter(self.sessions(patient, limit=1)), None),
                prescription=self.current_prescription(patient),
            )
            for patient in self._transaction.scalars(query)
        ]

    def patient(self, patient_id: int) -> Patient:
        """One patient; raises :class:`NotInClinicError`."""
        patient = self._transaction.get(Patient, patient_id)
        if patient is None or patient.clinic_id != self._clinic_id:
            raise NotInClinicError(f"no patient {patient_id} in this clinic")
        return patient

    def device_of(self, patient: Patient) -> Device | None:
        """The device lent to a patient."""
        return self._transaction.scalars(
            select(Device).where(
                Device.patient_id == patient.id, Device.clinic_id == self._clinic_id
            )
        ).first()

    def sessions(self, patient: Patient, limit: int = 200) -> Sequence[SessionRecord]:
        """A patient's sessions, newest first."""
        return self._transaction.scalars(
            select(SessionRecord)
            .where(
                SessionRecord.patient_id == patient.id,
                SessionRecord.clinic_id == self._clinic_id,
            )
            .order_by(SessionRecord.started_at.desc())
            .limit(limit)
        ).all()

    def session(self, session_id: UUID) -> SessionRecord:
        """One session; raises :class:`NotInClinicError`."""
        record = self._transaction.get(SessionRecord, session_id)
        if record is None or record.clinic_id != self._clinic_id:
            raise NotInClinicError(f"no session {session_id} in this clinic")
        return record

    def current_prescription(self, patient: Patient) -> PrescriptionVersion | None:
        """The newest version prescribed."""
        return self._transaction.scalars(
            select(PrescriptionVersion)
            .where(
                PrescriptionVersion.patient_id == patient.id,
                PrescriptionVersion.clinic_id == self._clinic_id,
            )
            .order_by(PrescriptionVersion.version.desc())
            .limit(1)
        ).first()

    def author_name(self, prescription: PrescriptionVersion) -> str:
        """Who prescribed it."""
        author = self._transaction.get(Account, prescription.author_id)
        return author.name if author is not None else "unknown"

    def prescribe(
        self,
        patient: Patient,
        author: Account,
        items: tuple[PrescriptionItem, ...],
        based_on_version: int,
    ) -> PrescriptionVersion:
        """A new version; earlier ones stay as they are.

        Raises :class:`PrescriptionConflictError` when ``based_on_version`` is no longer newest.
        """
        current = self.current_prescription(patient)
        newest = 0 if current is None else current.version
        if based_on_version != newest:
            raise PrescriptionConflictError(
                f"version {newest} was prescribed while you were writing: look at it, then send"
                " yours again if it still holds"
            )
        prescription = Prescription(
            id=uuid4() if current is None else current.prescription_id,
            version=newest + 1,
            patient_id=patient.wire_id,
            author_id=f"account-{author.id}",
            issued_at=datetime.now(UTC),
            items=items,
        )
        row = PrescriptionVersion(
            clinic_id=self._clinic_id,
            patient_id=patient.id,
            author_id=author.id,
            prescription_id=prescription.id,
            version=prescription.version,
            payload=prescription.model_dump(mode="json"),
        )
        self._transaction.add(row)
        self._transaction.flush()
        return row
