"""What is noted without being asked: who reads or changes a patient's rows, by whatever code."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.audit.doing import Doing, during
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.audit.recorder import patient_tables, record_audit
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from cloud_bridge.store.tables import (
    Account,
    AuditEntry,
    AuditPatient,
    Device,
    Patient,
    PrescriptionVersion,
)
from models.exercises.library import load_library
from models.messages import Channel, PrescriptionItem, Session, Status, topic


@pytest.fixture
def patient_id(database: Database, tmp_path: Path) -> int:
    with database.transaction() as transaction:
        item = PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5)
        made = make_demonstration(transaction, item)
    record_audit(database, AuditLog(b"k" * 32, tmp_path / "anchor.json"))
    return made.patient_id


def noted(
    database: Database, act: Callable[[Transaction], object], **fields: object
) -> list[tuple[str, tuple[int, ...], str]]:
    """What the log says of it: the kind, the patients, and what was changed."""
    doing = Doing("GET page", "", "account:1", 1, 1, **fields)  # type: ignore[arg-type]
    with during(doing), database.transaction() as transaction:
        act(transaction)
    with database.transaction() as transaction:
        entries = transaction.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        return [
            (each.kind, tuple(transaction.scalars(
                select(AuditPatient.audited_patient_id)
                .where(AuditPatient.entry_number == each.number)
                .order_by(AuditPatient.audited_patient_id)
            )), each.object_id)
            for each in entries
        ]  # fmt: skip


def test_reading_a_row_is_noted_with_its_patient(database: Database, patient_id: int) -> None:
    assert noted(database, lambda t: t.scalars(select(PrescriptionVersion)).all()) == [
        ("read", (patient_id,), "")
    ]


def test_reading_several_patients_is_one_line(database: Database, patient_id: int) -> None:
    with database.transaction() as transaction:
        clinic = transaction.get_one(Patient, patient_id).clinic_id
        other = Patient(clinic_id=clinic, wire_id="w", display_name="Other")
        transaction.add(other)
    assert noted(database, lambda t: t.scalars(select(Patient)).all()) == [
        ("read", (patient_id, other.id), "")
    ]


def test_columns_alone_are_noted_with_the_patient_that_the_request_names(
    database: Database, patient_id: int
) -> None:
    def count(transaction: Transaction) -> None:
        transaction.scalar(select(func.count()).select_from(PrescriptionVersion))

    assert noted(database, count, patients=frozenset([patient_id])) == [("read", (patient_id,), "")]


def test_columns_alone_are_noted_even_where_no_patient_is_named(
    database: Database, patient_id: int
) -> None:
    assert noted(database, lambda t: t.execute(select(Patient.display_name)).all()) == [
        ("read", (), "")
    ]


def test_a_change_is_noted_in_its_own_transaction(database: Database, patient_id: int) -> None:
    def rename(transaction: Transaction) -> None:
        transaction.get_one(Patient, patient_id).display_name = "Another name"

    def fail(transaction: Transaction) -> None:
        rename(transaction)
        transaction.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        noted(database, fail)
    assert noted(database, rename) == [("change", (patient_id,), "patient")]


@pytest.mark.parametrize("bulk", [
    lambda: update(PrescriptionVersion).values(refusal="x"),
    lambda: delete(PrescriptionVersion),
])  # fmt: skip
def test_a_bulk_change_is_noted(
    database: Database, patient_id: int, bulk: Callable[[], object]
) -> None:
    assert noted(
        database,
        lambda t: t.execute(bulk()),
        patients=frozenset([patient_id]),  # type: ignore[call-overload]
    ) == [("change", (patient_id,), "prescription_version")]


def test_a_new_patient_is_noted_by_number(database: Database, patient_id: int) -> None:
    with database.transaction() as transaction:
        clinic = transaction.get_one(Patient, patient_id).clinic_id
    new = Patient(clinic_id=clinic, wire_id="new", display_name="New")
    found = noted(database, lambda t: t.add(new))
    assert found == [("change", (new.id,), "patient")]


def test_lending_a_device_is_a_change_and_its_status_is_none(
    database: Database, patient_id: int
) -> None:
    def status(transaction: Transaction) -> None:
        transaction.scalars(select(Device)).one().online = True

    def give_back(transaction: Transaction) -> None:
        transaction.scalars(select(Device)).one().patient_id = None

    assert noted(database, status) == []
    assert noted(database, give_back) == [("change", (patient_id,), "device")]


def test_who_reads_no_patients_data_leaves_no_line(database: Database, patient_id: int) -> None:
    assert noted(database, lambda t: t.scalars(select(Account)).all()) == []


def test_what_nobody_asked_to_be_noted_is_not(database: Database, patient_id: int) -> None:
    with database.transaction() as transaction:
        transaction.scalars(select(Patient)).all()
        assert transaction.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_a_page_of_several_transactions_is_noted_once_for_each_patient(
    database: Database, patient_id: int
) -> None:
    doing = Doing("GET page", "", "account:1", 1, 1)
    with during(doing):
        for _ in range(3):
            with database.transaction() as transaction:
                transaction.get_one(Patient, patient_id)
    assert len(noted(database, lambda _: None)) == 1


def test_every_table_with_patients_data_is_watched() -> None:
    tables = {"patient", "session_record", "event_record", "motion_record", "motion_consent"}
    assert tables | {"prescription_version"} <= patient_tables()
    assert "device" not in patient_tables()
    assert "account" not in patient_tables()


def test_what_a_device_brings_is_noted_under_its_name_and_its_status_is_not(
    database: Database, patient_id: int
) -> None:
    acceptance = Acceptance(database, load_library())
    now = datetime(2026, 1, 2, 10, tzinfo=UTC)
    session = Session(
        id=UUID(int=7), prescription_id=UUID(int=8), prescription_version=1,
        patient_id="demo-patient", device_id=DEVICE_ID, software_version="0.1.0", camera="usb",
        started_at=now, ended_at=now, status="completed", items=(),
    )  # fmt: skip
    status = Status(device_id=DEVICE_ID, software_version="0.1.0", online=True, reported_at=now)
    acceptance.take(topic(DEVICE_ID, Channel.STATUS), status.to_bytes())
    for _ in range(2):
        acceptance.take(topic(DEVICE_ID, Channel.SESSION), session.to_bytes())
    with database.transaction() as transaction:
        entry = transaction.scalars(select(AuditEntry)).one()
        assert (entry.principal, entry.action) == (f"device:{DEVICE_ID}", "receive session")
        clinic = transaction.get_one(Patient, patient_id).clinic_id
        assert (entry.clinic_id, entry.kind) == (clinic, "change")
