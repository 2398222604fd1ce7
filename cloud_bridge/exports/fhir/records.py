"""One clinic's stored records as FHIR resources: what to read, by whose patient, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.exports.fhir.audit import ID_PREFIX, audit_event
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.event import StoredEvent, event_resource
from cloud_bridge.exports.fhir.identity import Naming, device_resource, is_uuid, patient_resource
from cloud_bridge.exports.fhir.observation_parts import StoredSession
from cloud_bridge.exports.fhir.prescription import (
    PrescribedVersion,
    prescription_resources,
    request_id,
    version_id,
)
from cloud_bridge.exports.fhir.session import prescribed_items, session_resources
from cloud_bridge.store.audit_tables import AuditEntry, AuditPatient
from cloud_bridge.store.clinic_view import ClinicView, NotInClinicError
from cloud_bridge.store.tables import (
    Device,
    EventRecord,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from models.event import Event
from models.messages import Prescription, Session

_UUID_LENGTH: Final = 36
_ROWS_AT_ONCE: Final = 20
_LINES_AT_ONCE: Final = 200
_DIGITS: Final = 10
_LONGEST_SESSION: Final = timedelta(days=1)
"""A session that began so long before a time is not looked for when that time is asked for."""

OF_PRESCRIPTION: Final = ("CarePlan", "Goal", "ServiceRequest")
OF_SESSION: Final = ("DetectedIssue", "DiagnosticReport", "Observation", "Procedure", "Provenance")
KINDS: Final = ("Patient", "Device", *OF_PRESCRIPTION, *OF_SESSION)
"""Everything that there is of a patient."""
READABLE: Final = (*KINDS, "AuditEvent")
"""What may be read: also who has read it."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time asked for; records that lie wholly outside need not be read."""

    earliest: datetime | None = None
    latest: datetime | None = None


class FhirRecords(ClinicView):
    """What one clinic has, as FHIR; raises :class:`NotInClinicError` for everything else."""

    def __init__(self, transaction: Transaction, clinic_id: int, naming: Naming) -> None:
        super().__init__(transaction, clinic_id)
        self.naming = naming

    def patients_in_order(self) -> Iterator[Patient]:
        """All patients of the clinic, always in the same order; no more are read than asked for."""
        last = 0
        while found := self._rows(
            self._own(Patient).where(Patient.id > last).order_by(Patient.id).limit(_ROWS_AT_ONCE)
        ):
            yield from found
            last = found[-1].id

    def patient_by_wire_id(self, wire_id: str) -> Patient:
        """The patient of a pseudonym."""
        patient = self._first(self._own(Patient).where(Patient.wire_id == wire_id))
        if patient is None:
            raise NotInClinicError("no such patient in this clinic")
        return patient

    def patient_by_fhir_id(self, identity: str) -> Patient:
        """The patient whose resource has that id: it is made of the pseudonym, one way."""
        pseudonyms = self._transaction.execute(
            select(Patient.id, Patient.wire_id).where(Patient.clinic_id == self._clinic_id)
        )
        for patient_id, wire_id in pseudonyms:
            if self.naming.patient_id(wire_id) == identity:
                return self.patient(patient_id)
        raise NotInClinicError("no such patient in this clinic")

    def of_patient(self, patient: Patient) -> "PatientRecords":
        """What there is of a patient of this clinic."""
        return PatientRecords(self, patient)

    def read(self, kind: str, identity: str) -> Resource:
        """One resource by its type and id."""
        found = next(
            (
                each
                for each in self._around(kind, identity)
                if each["resourceType"] == kind and each["id"] == identity
            ),
            None,
        )
        if found is None:
            raise NotInClinicError(f"no {kind} {identity} in this clinic")
        return found

    def _around(self, kind: str, identity: str) -> Iterator[Resource]:
        """The resources made of the record that an id names, in whichever way."""
        if kind == "Patient":
            yield patient_resource(self.patient_by_fhir_id(identity), self.naming)
        elif kind == "Device":
            device = self._first(self._own(Device).where(Device.id == identity))
            if device is not None:
                yield device_resource(device)
        elif kind == "AuditEvent":
            yield from self._audit_event(identity)
        elif is_uuid(identity[:_UUID_LENGTH]):
            yield from self._of_record(kind, UUID(identity[:_UUID_LENGTH]), identity)

    def _of_record(self, kind: str, record: UUID, identity: str) -> Iterator[Resource]:
        if kind in OF_PRESCRIPTION:
            of = PrescriptionVersion.prescription_id == record
            row = self._first(self._own(PrescriptionVersion).where(of))
            if row is not None:
                yield from self.of_patient(self.patient(row.patient_id)).prescriptions()
        elif kind == "DetectedIssue" and identity == str(record):
            event = self.event_row(record)
            yield self.of_patient(self.patient(event.patient_id)).event(event)
        elif kind in OF_SESSION:
            session = self.session(record)
            yield from self.of_patient(self.patient(session.patient_id)).session(session)

    def audit_events(self, patient: Patient) -> Iterator[Resource]:
        """The lines of the audit log about a patient, newest first, some at a time."""
        lines = self._audit_lines().where(AuditPatient.audited_patient_id == patient.id)
        before: int | None = None
        while True:
            query = lines if before is None else lines.where(AuditEntry.number < before)
            found = self._transaction.scalars(
                query.order_by(AuditEntry.number.desc()).limit(_LINES_AT_ONCE)
            ).all()
            for entry in found:
                # Of the other patients in a line this patient's reader learns nothing.
                yield audit_event(entry, [patient.wire_id], self.naming)
            if len(found) < _LINES_AT_ONCE:
                return
            before = found[-1].number

    def _audit_event(self, identity: str) -> Iterator[Resource]:
        number = identity.removeprefix(ID_PREFIX)
        if not (number.isascii() and number.isdigit() and len(number) < _DIGITS):
            return
        entry = self._transaction.scalars(
            self._audit_lines().where(AuditEntry.number == int(number))
        ).first()
        if entry is not None:
            about = select(AuditPatient.audited_patient_id).where(
                AuditPatient.entry_number == entry.number
            )
            patients = self._rows(self._own(Patient).where(Patient.id.in_(about)))
            yield audit_event(entry, [each.wire_id for each in patients], self.naming)

    def _audit_lines(self) -> Select[AuditEntry]:
        """This clinic's lines that are about a patient."""
        return (
            select(AuditEntry)
            .join(AuditPatient, AuditPatient.entry_number == AuditEntry.number)
            .where(AuditEntry.clinic_id == self._clinic_id)
        )

    def versions_of(self, patient: Patient) -> Sequence[PrescriptionVersion]:
        """All versions of a patient's prescription, newest first."""
        return self._rows(
            self._own(PrescriptionVersion)
            .where(PrescriptionVersion.patient_id == patient.id)
            .order_by(PrescriptionVersion.version.desc())
        )

    def version_row(self, row_id: int) -> PrescriptionVersion:
        """One version by its place in the store."""
        row = self._first(
            self._own(PrescriptionVersion).where(PrescriptionVersion.row_id == row_id)
        )
        if row is None:
            raise NotInClinicError(f"no prescription {row_id} in this clinic")
        return row

    def event_row(self, event_id: UUID) -> EventRecord:
        """One event."""
        row = self._first(self._own(EventRecord).where(EventRecord.id == event_id))
        if row is None:
            raise NotInClinicError(f"no event {event_id} in this clinic")
        return row

    def has_session(self, session_id: UUID) -> bool:
        """Whether a session has come; its record is not read."""
        found = select(SessionRecord.id).where(
            SessionRecord.clinic_id == self._clinic_id, SessionRecord.id == session_id
        )
        return self._transaction.scalar(found) is not None

    def devices_of(self, patient: Patient) -> Sequence[Device]:
        """The device lent to a patient, and those that the patient's records came from."""
        came_from = [
            select(table.device_id).where(table.patient_id == patient.id)
            for table in (SessionRecord, EventRecord)
        ]
        return self._rows(
            self._own(Device)
            .where(
                or_(Device.patient_id == patient.id, *(Device.id.in_(each) for each in came_from))
            )
            .order_by(Device.id)
        )

    def session_rows(self, patient: Patient, window: Window) -> Iterator[SessionRecord]:
        """A patient's sessions, newest first, some at a time."""
        query = self._own(SessionRecord).where(
            SessionRecord.patient_id == patient.id, _within(SessionRecord.started_at, window)
        )
        query = query.order_by(SessionRecord.started_at.desc(), SessionRecord.id)
        for offset in range(0, self._count(SessionRecord, patient), _ROWS_AT_ONCE):
            yield from self._rows(query.limit(_ROWS_AT_ONCE).offset(offset))

    def event_rows(self, patient: Patient, window: Window) -> Sequence[EventRecord]:
        """A patient's events, newest first."""
        return self._rows(
            self._own(EventRecord)
            .where(EventRecord.patient_id == patient.id, _within(EventRecord.occurred_at, window))
            .order_by(EventRecord.occurred_at.desc(), EventRecord.id)
        )

    def _count(self, table: type[SessionRecord], patient: Patient) -> int:
        counted = select(func.count()).select_from(table)
        return self._transaction.scalar(counted.where(table.patient_id == patient.id)) or 0


class PatientRecords:
    """What there is of one patient."""

    def __init__(self, records: FhirRecords, patient: Patient) -> None:
        self._records = records
        self._patient = patient
        self._rows = records.versions_of(patient)
        self._versions = {
            (row.prescription_id, row.version): Prescription.model_validate(row.payload)
            for row in self._rows
        }

    def everything(self, window: Window | None = None) -> Iterator[Resource]:
        """Every resource, what others refer to first; a window is for sessions and events."""
        yield from self.identity()
        yield from self.prescriptions()
        yield from self.sessions(window or Window())
        yield from self.events(window or Window())

    def identity(self) -> Iterator[Resource]:
        """The patient and the devices: what all others refer to."""
        yield patient_resource(self._patient, self._records.naming)
        yield from self.devices()

    def from_version_before(self, row: PrescriptionVersion) -> list[PrescriptionVersion]:
        """The version before one, where there is one, and the one itself."""
        return [each for each in reversed(self._rows) if 0 <= row.version - each.version <= 1]

    def devices(self) -> Iterator[Resource]:
        """The devices."""
        yield from map(device_resource, self._records.devices_of(self._patient))

    def prescriptions(self) -> Iterator[Resource]:
        """All versions, newest first."""
        for row in self._rows:
            yield from self.prescription(row)

    def prescription(self, row: PrescriptionVersion) -> list[Resource]:
        """One version."""
        message = self._versions[row.prescription_id, row.version]
        superseded_at = next(
            (each.created_at for each in reversed(self._rows) if each.version > row.version), None
        )
        return prescription_resources(
            PrescribedVersion(message, superseded_at), self._records.naming
        )

    def sessions(self, window: Window) -> Iterator[Resource]:
        """All sessions, newest first."""
        for row in self._records.session_rows(self._patient, window):
            yield from self.session(row)

    def session(self, row: SessionRecord) -> list[Resource]:
        """One session."""
        message = Session.model_validate(row.payload)
        followed = self._versions.get((message.prescription_id, message.prescription_version))
        places = (
            (None,) * len(message.items)
            if followed is None
            else prescribed_items(message, followed)
        )
        return session_resources(
            StoredSession(
                message=message,
                received_at=row.received_at,
                plan_id=None if followed is None else version_id(followed),
                request_ids=tuple(
                    None if followed is None or place is None else request_id(followed, place)
                    for place in places
                ),
                naming=self._records.naming,
            )
        )

    def events(self, window: Window) -> Iterator[Resource]:
        """All events, newest first."""
        yield from map(self.event, self._records.event_rows(self._patient, window))

    def event(self, row: EventRecord) -> Resource:
        """One event."""
        message = Event.model_validate(row.payload)
        known = message.session_id is not None and self._records.has_session(message.session_id)
        return event_resource(StoredEvent(message, row.received_at, known, self._records.naming))


def _within(moment: InstrumentedAttribute[datetime], window: Window) -> ColumnElement[bool]:
    limits: list[ColumnElement[bool]] = []
    if window.earliest is not None:
        limits.append(moment >= window.earliest - _LONGEST_SESSION)
    if window.latest is not None:
        limits.append(moment <= window.latest)
    return and_(True, *limits)
