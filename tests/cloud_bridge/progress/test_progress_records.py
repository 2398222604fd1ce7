"""Progress in the database, on both kinds: few queries, one clinic, and nothing said is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event as listening
from sqlalchemy import text
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.progress.flags import Evidence, Flag
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.progress_records import TimeEntryError
from cloud_bridge.store.tables import (
    Account,
    Clinic,
    Device,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from tests.cloud_bridge.progress.histories import TODAY, a_set, message, noon, peaks, version

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
FLAG = Flag("stop", "", True, (Evidence("session:1", noon(TODAY), "stopped: pain"),))


def a_clinic(transaction: Transaction, name: str, patients: int) -> ClinicView:
    clinic = Clinic(name=name)
    transaction.add(clinic)
    transaction.flush()
    doctor = Account(clinic_id=clinic.id, email=f"{name}@x.y", name="Doctor", role="doctor")
    transaction.add(doctor)
    transaction.flush()
    for number in range(patients):
        who = f"{name}-{number}"
        patient = Patient(clinic_id=clinic.id, wire_id=who, display_name=who)
        transaction.add(patient)
        transaction.flush()
        transaction.add(Device(id=who, clinic_id=clinic.id, patient_id=patient.id))
        transaction.flush()
        plan = version(number=1).model_copy(update={"id": uuid4()})
        transaction.add(
            PrescriptionVersion(
                clinic_id=clinic.id, patient_id=patient.id, author_id=doctor.id,
                prescription_id=plan.id, version=1, payload=plan.model_dump(mode="json"),
            )
        )  # fmt: skip
        for back in range(3):
            at = noon(TODAY - timedelta(days=back))
            one = message(at, a_set(rom_peak_deg=peaks(50)), pain_after=0)
            transaction.add(
                SessionRecord(
                    id=one.id, clinic_id=clinic.id, patient_id=patient.id, device_id=who,
                    payload=one.model_dump(mode="json"), payload_sha256="0" * 64, started_at=at,
                    status=one.status,
                )
            )  # fmt: skip
    transaction.flush()
    return ClinicView(transaction, clinic.id)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    listening.listen(database.engine, "before_cursor_execute", note)
    yield statements
    listening.remove(database.engine, "before_cursor_execute", note)


def test_the_list_asks_as_often_for_twelve_patients_as_for_one(database: Database) -> None:
    asked = {}
    for patients in (1, 12):
        with database.transaction() as transaction:
            view = a_clinic(transaction, f"clinic-{patients}", patients)
            with counted(database) as statements:
                found = list(view.progress.of_all(SINCE))
            asked[patients] = len(statements)
            assert [len(each.sessions) for each in found] == [3] * patients
            assert all(each.sessions[0].pain_after == 0 for each in found)
    assert asked[1] == asked[12] <= 8


def test_figures_of_another_release_are_made_anew_and_kept(database: Database) -> None:
    with database.transaction() as transaction:
        a_clinic(transaction, "old", 2)
        transaction.execute(text("UPDATE session_record SET figures = NULL"))
    with database.transaction() as transaction:
        clinic_id = transaction.query(Clinic).one().id
        before = list(ClinicView(transaction, clinic_id).progress.of_all(SINCE))
        assert before[0].sessions[0].exercises[0].range is not None
    with database.transaction() as transaction:
        left = transaction.execute(
            text("SELECT count(*) FROM session_record WHERE figures IS NULL")
        )
        assert left.scalar() == 0
        view = ClinicView(transaction, clinic_id)
        after = list(view.progress.of_all(SINCE))
        assert [each.sessions for each in after] == [each.sessions for each in before]


def test_a_patients_records_are_those_of_one_clinic_alone(database: Database) -> None:
    with database.transaction() as transaction:
        mine, other = a_clinic(transaction, "mine", 2), a_clinic(transaction, "other", 1)
        stranger = next(other.progress.of_all(SINCE)).patient
        doctor = transaction.query(Account).filter_by(email="other@x.y").one()
        entry = other.progress.record_time(stranger, doctor, TODAY, 9, "entered", "", TODAY)
        other.progress.acknowledge(stranger, FLAG, doctor, "")
        transaction.flush()
        assert {each.patient.display_name for each in mine.progress.of_all(SINCE)} == {
            "mine-0", "mine-1",
        }  # fmt: skip
        seen = mine.progress.of(stranger, SINCE)
        assert (seen.sessions, seen.states, seen.events, seen.acknowledged) == ((), (), (), {})
        assert mine.progress.clinician_times(stranger, date.min) == []
        assert mine.progress.acknowledgements(stranger) == []
        with pytest.raises(TimeEntryError):
            mine.progress.withdraw_time(stranger, entry.id, doctor)


def test_an_acknowledgement_has_who_when_what_and_a_note(database: Database) -> None:
    with database.transaction() as transaction:
        view = a_clinic(transaction, "clinic", 1)
        doctor = transaction.query(Account).one()
        patient = next(view.progress.of_all(SINCE)).patient
        view.progress.acknowledge(patient, FLAG, doctor, "called the patient")
        transaction.flush()
        known = view.progress.of(patient, SINCE).acknowledged
        assert not FLAG.is_new(known)
        (row,) = view.progress.acknowledgements(patient)
        assert (row.acknowledged_by, row.note) == (doctor.id, "called the patient")
        assert row.evidence["lines"][0].endswith("stopped: pain")
        later = Evidence("session:2", noon(TODAY), "stopped: dizzy")
        assert Flag("stop", "", True, (*FLAG.evidence, later)).is_new(known)


def test_minutes_are_checked_kept_and_withdrawn_only_by_who_confirmed_them(
    database: Database,
) -> None:
    with database.transaction() as transaction:
        view = a_clinic(transaction, "clinic", 1)
        doctor = transaction.query(Account).one()
        other = Account(clinic_id=doctor.clinic_id, email="b@x.y", name="B", role="doctor")
        transaction.add(other)
        transaction.flush()
        patient = next(view.progress.of_all(SINCE)).patient
        for minutes, day in ((0, TODAY), (241, TODAY), (5, TODAY + timedelta(days=1))):
            with pytest.raises(TimeEntryError):
                view.progress.record_time(patient, doctor, day, minutes, "entered", "", TODAY)
        entry = view.progress.record_time(patient, doctor, TODAY, 12, "timed", "call", TODAY)
        transaction.flush()
        with pytest.raises(TimeEntryError):
            view.progress.withdraw_time(patient, entry.id, other)
        view.progress.withdraw_time(patient, entry.id, doctor)
        transaction.flush()
        (kept,) = view.progress.clinician_times(patient, date.min)
        assert (kept.minutes, kept.withdrawn_by) == (12, doctor.id)
