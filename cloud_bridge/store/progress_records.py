"""What the patient list and the patient's page read of many sessions, in a fixed number of queries.

Of one clinic only, as everything of :class:`cloud_bridge.store.clinic_view.ClinicView`, which makes
this.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.progress.flags import Flag
from cloud_bridge.progress.session_figures import (
    FIGURES_VERSION,
    SessionFigures,
    read_figures,
    stored_figures,
)
from cloud_bridge.store.tables import (
    Account,
    ClinicianTime,
    Device,
    EventRecord,
    FlagAcknowledgement,
    Patient,
    PrescriptionVersion,
    SessionRecord,
    TimeTaken,
)
from models.event import Event
from models.messages import Prescription

LONGEST_NOTE: Final = 1000
LONGEST_ENTRY_MINUTES: Final = 240


class TimeEntryError(CloudBridgeError):
    """These minutes cannot be recorded or withdrawn; the message says why."""


@dataclass(frozen=True, slots=True)
class PatientRecords:
    """All that flags and courses need of one patient; ``sessions`` are those since the date asked.

    ``versions`` are (prescription, when made, when the device accepted it) in order, ``states``
    their rows. ``last_session_at`` may be earlier.
    """

    patient: Patient
    device: Device | None
    versions: tuple[tuple[Prescription, datetime, datetime | None], ...]
    states: tuple[PrescriptionVersion, ...]
    sessions: tuple[SessionFigures, ...]
    last_session_at: datetime | None
    events: tuple[Event, ...]
    acknowledged: Mapping[tuple[str, str], frozenset[str]]


class ProgressRecords:
    """Reads the clinic's patients' progress, and keeps what people say about it."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def of_all(self, since: datetime) -> Iterator[PatientRecords]:
        """Every patient of the clinic; as many queries for one as for five hundred.

        One after the other, for a clinic's sessions all at once are much to hold.
        """
        patients = select(Patient).where(Patient.clinic_id == self._clinic_id)
        return self._records(self._transaction.scalars(patients.order_by(Patient.id)), since, None)

    def of(self, patient: Patient, since: datetime) -> PatientRecords:
        """One patient's."""
        return next(self._records([patient], since, patient.id))

    def acknowledge(
        self, patient: Patient, flag: Flag, account: Account, note: str
    ) -> FlagAcknowledgement:
        """Note that a person has seen this flag with the evidence it has now."""
        row = FlagAcknowledgement(
            clinic_id=self._clinic_id,
            patient_id=patient.id,
            rule=flag.rule,
            subject=flag.subject,
            evidence={
                "keys": [each.key for each in flag.evidence],
                "lines": [f"{each.at.isoformat()} {each.said}" for each in flag.evidence],
            },
            note=note[:LONGEST_NOTE],
            acknowledged_by=account.id,
        )
        self._transaction.add(row)
        return row

    def acknowledgements(self, patient: Patient) -> Sequence[FlagAcknowledgement]:
        """Who has acknowledged what of a patient, newest first."""
        return self._transaction.scalars(
            select(FlagAcknowledgement)
            .where(
                FlagAcknowledgement.clinic_id == self._clinic_id,
                FlagAcknowledgement.patient_id == patient.id,
            )
            .order_by(FlagAcknowledgement.acknowledged_at.desc())
        ).all()

    def clinician_times(self, patient: Patient, since: date) -> Sequence[ClinicianTime]:
        """Confirmed minutes, also those withdrawn, newest first."""
        return self._transaction.scalars(
            select(ClinicianTime)
            .where(
                ClinicianTime.clinic_id == self._clinic_id,
                ClinicianTime.patient_id == patient.id,
                ClinicianTime.worked_on >= since,
            )
            .order_by(ClinicianTime.worked_on.desc(), ClinicianTime.recorded_at.desc())
        ).all()

    def record_time(
        self,
        patient: Patient,
        account: Account,
        worked_on: date,
        minutes: int,
        taken: TimeTaken,
        note: str,
        today: date,
    ) -> ClinicianTime:
        """Keep minutes that ``account`` has confirmed; raises :class:`TimeEntryError`."""
        if not 1 <= minutes <= LONGEST_ENTRY_MINUTES:
            raise TimeEntryError(f"Give 1 to {LONGEST_ENTRY_MINUTES} whole minutes.")
        if worked_on > today:
            raise TimeEntryError("This day has not come yet.")
        row = ClinicianTime(
            clinic_id=self._clinic_id,
            patient_id=patient.id,
            account_id=account.id,
            worked_on=worked_on,
            minutes=minutes,
            taken=taken,
            note=note,
        )
        self._transaction.add(row)
        return row

    def withdraw_time(self, patient: Patient, entry_id: UUID, account: Account) -> None:
        """Let an entry count no longer; only who confirmed it may. It stays to be seen.

        Raises :class:`TimeEntryError`.
        """
        entry = self._transaction.scalars(
            select(ClinicianTime).where(
                ClinicianTime.clinic_id == self._clinic_id,
                ClinicianTime.patient_id == patient.id,
                ClinicianTime.id == entry_id,
            )
        ).first()
        if entry is None or entry.account_id != account.id:
            raise TimeEntryError("Only who has confirmed these minutes can withdraw them.")
        if entry.withdrawn_at is None:
            entry.withdrawn_at, entry.withdrawn_by = datetime.now(UTC), account.id

    def _records(
        self, patients: Iterable[Patient], since: datetime, only: int | None
    ) -> Iterator[PatientRecords]:
        self._renew_figures(since, only)
        known = list(patients)
        devices = self._grouped(select(Device), Device, only)
        versions = self._grouped(
            select(PrescriptionVersion).order_by(PrescriptionVersion.version),
            PrescriptionVersion,
            only,
        )
        recent = or_(EventRecord.occurred_at >= since, EventRecord.event_kind == "fall_suspected")
        events = self._grouped(
            select(EventRecord).where(recent).order_by(EventRecord.occurred_at), EventRecord, only
        )
        last = self._last_session_at(only)
        acknowledged = self._grouped(select(FlagAcknowledgement), FlagAcknowledgement, only)
        figures = groupby(self._figures(since, only), key=lambda each: each[0])
        patient_id, sessions = next(figures, (None, iter(())))
        for patient in known:
            own: tuple[SessionFigures, ...] = ()
            if patient_id == patient.id:
                own = tuple(each for _, each in sessions)
                patient_id, sessions = next(figures, (None, iter(())))
            yield PatientRecords(
                patient=patient,
                device=next(iter(devices.get(patient.id, ())), None),
                versions=tuple(map(_version, versions.get(patient.id, ()))),
                states=tuple(versions.get(patient.id, ())),
                sessions=own,
                last_session_at=last.get(patient.id),
                events=tuple(
                    Event.model_validate(each.payload) for each in events.get(patient.id, ())
                ),
                acknowledged=_acknowledged(acknowledged.get(patient.id, ())),
            )

    def _grouped(
        self, query: Select[Any], table: type[Any], only: int | None
    ) -> dict[int, list[Any]]:
        query = query.where(table.clinic_id == self._clinic_id)
        if only is not None:
            query = query.where(table.patient_id == only)
        found = defaultdict(list)
        for row in self._transaction.scalars(query):
            if row.patient_id is not None:
                found[row.patient_id].append(row)
        return found

    def _last_session_at(self, only: int | None) -> dict[int, datetime]:
        query = (
            select(SessionRecord.patient_id, func.max(SessionRecord.started_at))
            .where(SessionRecord.clinic_id == self._clinic_id)
            .group_by(SessionRecord.patient_id)
        )
        if only is not None:
            query = query.where(SessionRecord.patient_id == only)
        return {row[0]: row[1] for row in self._transaction.execute(query)}

    def _figures(self, since: datetime, only: int | None) -> Iterator[tuple[int, SessionFigures]]:
        """Each session's figures with its patient, by patient and time."""
        query = (
            select(
                SessionRecord.id,
                SessionRecord.patient_id,
                SessionRecord.started_at,
                SessionRecord.status,
                SessionRecord.figures,
            )
            .where(SessionRecord.clinic_id == self._clinic_id, SessionRecord.started_at >= since)
            .order_by(SessionRecord.patient_id, SessionRecord.started_at)
        )
        if only is not None:
            query = query.where(SessionRecord.patient_id == only)
        for row in self._transaction.execute(query, execution_options={"yield_per": 200}):
            yield row.patient_id, read_figures(row.id, row.started_at, row.status, row.figures)

    def _renew_figures(self, since: datetime, only: int | None) -> None:
        """Make the figures anew of sessions that another release has stored."""
        figures_version = SessionRecord.figures["v"].as_integer()
        of_others = or_(SessionRecord.figures.is_(None), figures_version != FIGURES_VERSION)
        query = select(SessionRecord.id, SessionRecord.payload).where(
            SessionRecord.clinic_id == self._clinic_id, SessionRecord.started_at >= since, of_others
        )
        if only is not None:
            query = query.where(SessionRecord.patient_id == only)
        made = {
            row.id: stored_figures(row.payload)
            for row in self._transaction.execute(query, execution_options={"yield_per": 200})
        }
        # Not through the ORM: nobody has changed anything of a patient's here.
        connection = self._transaction.connection()
        for session_id, figures in made.items():
            connection.execute(
                update(SessionRecord.__table__)  # type: ignore[arg-type]
                .where(SessionRecord.id == session_id)
                .values(figures=figures)
            )


def _version(
    row: PrescriptionVersion,
) -> tuple[Prescription, datetime, datetime | None]:
    accepted_at = row.acknowledged_at if row.accepted else None
    return Prescription.model_validate(row.payload), row.created_at, accepted_at


def _acknowledged(
    rows: Iterable[FlagAcknowledgement],
) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for row in rows:
        key = (row.rule, row.subject)
        found[key] = found.get(key, frozenset()) | frozenset(row.evidence["keys"])
    return found
