"""All queries of the portal, each within one clinic: the one place where tenants are kept apart."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.prescribing.records import Prescribing
from cloud_bridge.prescribing.states import PrescriptionTerms
from cloud_bridge.store.progress_records import ProgressRecords
from cloud_bridge.store.tables import (
    Account,
    Clinic,
    Device,
    EventRecord,
    MotionConsentRecord,
    MotionRecord,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from models.messages import Prescription, PrescriptionItem

_Row = TypeVar(
    "_Row",
    Patient,
    Device,
    PrescriptionVersion,
    SessionRecord,
    EventRecord,
    MotionConsentRecord,
    MotionRecord,
    Account,
)


class NotInClinicError(CloudBridgeError):
    """No such thing in this clinic, whether or not another one has it."""


class NotAllowedError(CloudBridgeError):
    """This account's role may not do that."""


class PrescriptionConflictError(CloudBridgeError):
    """Somebody else has prescribed meanwhile."""


class ConsentConflictError(CloudBridgeError):
    """Somebody else has recorded or withdrawn the consent meanwhile."""


class ClinicView:
    """What one clinic's people may see and do, within one transaction."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def _own(self, table: type[_Row]) -> Select[_Row]:
        """Every query begins here."""
        return select(table).where(table.clinic_id == self._clinic_id)

    @property
    def progress(self) -> ProgressRecords:
        """The same clinic's sessions over weeks, flags and clinicians' minutes."""
        return ProgressRecords(self._transaction, self._clinic_id)

    @property
    def prescribing(self) -> Prescribing:
        """The same clinic's drafts, templates and deliveries."""
        return Prescribing(self._transaction, self._clinic_id)

    def clinic_name(self) -> str:
        """The clinic's own name."""
        return self._transaction.get_one(Clinic, self._clinic_id).name

    def account_names(self) -> dict[int, str]:
        """The clinic's people, by account."""
        return {each.id: each.name for each in self._rows(self._own(Account))}

    def patients(self) -> Sequence[Patient]:
        """The clinic's patients by name."""
        return self._rows(self._own(Patient).order_by(Patient.display_name))

    def patient(self, patient_id: int) -> Patient:
        """One patient; raises :class:`NotInClinicError`."""
        patient = self._first(self._own(Patient).where(Patient.id == patient_id))
        if patient is None:
            raise NotInClinicError(f"no patient {patient_id} in this clinic")
        return patient

    def device_of(self, patient: Patient) -> Device | None:
        """The device lent to a patient."""
        return self._first(self._own(Device).where(Device.patient_id == patient.id))

    def sessions(
        self, patient: Patient, since: datetime | None = None, limit: int = 200
    ) -> Sequence[SessionRecord]:
        """A patient's sessions, newest first."""
        query = self._own(SessionRecord).where(SessionRecord.patient_id == patient.id)
        if since is not None:
            query = query.where(SessionRecord.started_at >= since)
        return self._rows(query.order_by(SessionRecord.started_at.desc()).limit(limit))

    def session(self, session_id: UUID) -> SessionRecord:
        """One session; raises :class:`NotInClinicError`."""
        record = self._first(self._own(SessionRecord).where(SessionRecord.id == session_id))
        if record is None:
            raise NotInClinicError(f"no session {session_id} in this clinic")
        return record

    def events(self, patient: Patient, limit: int = 100) -> Sequence[EventRecord]:
        """A patient's events, newest first."""
        return self._rows(
            self._own(EventRecord)
            .where(EventRecord.patient_id == patient.id)
            .order_by(EventRecord.occurred_at.desc())
            .limit(limit)
        )

    def current_prescription(self, patient: Patient) -> PrescriptionVersion | None:
        """The newest version prescribed."""
        return next(iter(self.prescription_versions(patient, limit=1)), None)

    def prescription_versions(
        self, patient: Patient, limit: int = 50
    ) -> Sequence[PrescriptionVersion]:
        """A patient's versions, newest first."""
        return self._rows(
            self._own(PrescriptionVersion)
            .where(PrescriptionVersion.patient_id == patient.id)
            .order_by(PrescriptionVersion.version.desc())
            .limit(limit)
        )

    def prescription_version(
        self, patient: Patient, prescription_id: UUID, version: int
    ) -> PrescriptionVersion | None:
        """The version that a session says it followed; ``None`` when the bridge never made it."""
        return self._first(
            self._own(PrescriptionVersion).where(
                PrescriptionVersion.patient_id == patient.id,
                PrescriptionVersion.prescription_id == prescription_id,
                PrescriptionVersion.version == version,
            )
        )

    def author_name(self, prescription: PrescriptionVersion) -> str:
        """Who prescribed it."""
        return self.account_name(prescription.author_id)

    def account_name(self, account_id: int | None) -> str:
        """A person of this clinic."""
        account = self._first(self._own(Account).where(Account.id == account_id))
        return account.name if account is not None else "unknown"

    def motion_consents(self, patient: Patient) -> Sequence[MotionConsentRecord]:
        """A patient's consents to send movement, newest first; only the newest can stand."""
        return self._rows(
            self._own(MotionConsentRecord)
            .where(MotionConsentRecord.patient_id == patient.id)
            .order_by(MotionConsentRecord.number.desc())
        )

    def give_motion_consent(
        self, patient: Patient, account: Account, agreed_on: date, statement: str
    ) -> MotionConsentRecord:
        """Note that the patient has agreed to ``statement``; the device is told from the store.

        Raises :class:`NotAllowedError` for a role that does not prescribe, and
        :class:`ConsentConflictError` where a consent stands already.
        """
        if not account.is_clinician or account.clinic_id != self._clinic_id:
            raise NotAllowedError(f"the role {account.role} records no consent: ask a doctor to")
        known = self.motion_consents(patient)
        if known and known[0].stands:
            raise ConsentConflictError("A consent stands already.")
        row = MotionConsentRecord(
            clinic_id=self._clinic_id,
            patient_id=patient.id,
            number=known[0].number + 1 if known else 1,
            statement=statement,
            agreed_on=agreed_on,
            given_by=account.id,
        )
        try:
            with self._transaction.begin_nested():
                self._transaction.add(row)
        except IntegrityError as error:
            raise ConsentConflictError("A consent was recorded meanwhile.") from error
        return row

    def withdraw_motion_consent(self, patient: Patient, account: Account) -> int:
        """Withdraw what stands and erase all of the patient's movement; how many sets that was.

        Anybody of the clinic may. Raises :class:`ConsentConflictError` where none stands.
        """
        newest = next(iter(self.motion_consents(patient)), None)
        if newest is None or not newest.stands:
            raise ConsentConflictError("No consent stands.")
        # Before anything is erased: from here on no worker stores movement under it.
        newest.withdrawn_at, newest.withdrawn_by = datetime.now(UTC), account.id
        self._transaction.flush()
        erased = self._transaction.scalars(
            delete(MotionRecord)
            .where(MotionRecord.clinic_id == self._clinic_id, MotionRecord.patient_id == patient.id)
            .returning(MotionRecord.id)
        ).all()
        newest.erased_sets = len(erased)
        return newest.erased_sets

    def stored_motions(self, patient: Patient) -> int:
        """Of how many sets movement is stored."""
        ids = self._own(MotionRecord).where(MotionRecord.patient_id == patient.id).subquery()
        return self._transaction.scalar(select(func.count()).select_from(ids)) or 0

    def motions(self, session: SessionRecord) -> Sequence[MotionRecord]:
        """The movement that came with a session from its own device, without the payloads."""
        return self._rows(
            self._own(MotionRecord)
            .where(
                MotionRecord.session_id == session.id,
                MotionRecord.patient_id == session.patient_id,
                MotionRecord.device_id == session.device_id,
            )
            .order_by(MotionRecord.set_started_at)
        )

    def motion(self, session: SessionRecord, motion_id: UUID) -> MotionRecord:
        """The movement of one set; raises :class:`NotInClinicError`."""
        record = next((each for each in self.motions(session) if each.id == motion_id), None)
        if record is None:
            raise NotInClinicError(f"no movement {motion_id} in session {session.id}")
        return record

    def prescribe(
        self,
        patient: Patient,
        author: Account,
        items: tuple[PrescriptionItem, ...],
        based_on_version: int,
        terms: PrescriptionTerms | None = None,
    ) -> PrescriptionVersion:
        """A new version, active unless ``terms`` say otherwise; earlier ones stay as they are.

        Raises :class:`NotAllowedError` for a role that does not prescribe, and
        :class:`PrescriptionConflictError` when ``based_on_version`` is no longer the newest.
        """
        if not author.is_clinician or author.clinic_id != self._clinic_id:
            raise NotAllowedError(f"the role {author.role} does not prescribe: ask a doctor to")
        current = self.current_prescription(patient)
        newest = 0 if current is None else current.version
        if based_on_version != newest:
            raise _conflict(newest)
        terms = PrescriptionTerms() if terms is None else terms
        prescription = Prescription(
            id=uuid4() if current is None else current.prescription_id,
            version=newest + 1,
            patient_id=patient.wire_id,
            author_id=f"account-{author.id}",
            issued_at=datetime.now(UTC),
            status=terms.status,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            precautions=terms.precautions,
            goals=terms.goals,
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
        try:
            with self._transaction.begin_nested():
                self._transaction.add(row)
        except IntegrityError as error:
            raise _conflict(newest + 1) from error
        return row

    def _rows(self, query: Select[_Row]) -> Sequence[_Row]:
        return self._transaction.scalars(query).all()

    def _first(self, query: Select[_Row]) -> _Row | None:
        return self._transaction.scalars(query.limit(1)).first()


def _conflict(newest: int) -> PrescriptionConflictError:
    return PrescriptionConflictError(
        f"Version {newest} was prescribed while you were writing. Look at it; what you typed is"
        " still here, and you can send it if it still holds."
    )
