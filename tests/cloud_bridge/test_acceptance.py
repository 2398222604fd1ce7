"""What the bridge takes from devices, once, and what it refuses with a reason."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.clinic_view import ClinicView, NotInClinicError, PrescriptionConflictError
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import (
    Account,
    Base,
    Clinic,
    DeadLetter,
    Device,
    Patient,
    PrescriptionVersion,
    SessionRecord,
)
from models.exercises.library import load_library
from models.messages import (
    Channel,
    ExerciseResult,
    PrescriptionAcknowledgement,
    PrescriptionItem,
    Receipt,
    Session,
    Status,
    topic,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DEVICE = "demo-device"


def make_session(**changes: object) -> Session:
    fields: dict[str, object] = {
        "id": uuid4(), "prescription_id": uuid4(), "prescription_version": 1,
        "patient_id": "demo-patient", "device_id": DEVICE, "software_version": "0.1.0",
        "camera": "usb", "started_at": NOW, "ended_at": NOW + timedelta(minutes=1),
        "status": "completed",
        "items": (ExerciseResult(exercise_id="squat_mini", side="both"),),
    }  # fmt: skip
    return Session.model_validate(fields | changes)


@pytest.fixture
def acceptance(database: Database) -> Acceptance:
    with database.transaction() as transaction:
        make_demonstration(transaction, PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5))
    return Acceptance(database, load_library())


def take(acceptance: Acceptance, payload: bytes, channel: Channel = Channel.SESSION) -> Receipt:
    answer = acceptance.take(topic(DEVICE, channel), payload)
    assert answer is not None
    return answer.receipt


def stored(database: Database, table: type[Base]) -> list[Base]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(table)))


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_session_is_stored_once(acceptance: Acceptance, database: Database) -> None:
    session = make_session()
    assert take(acceptance, session.to_bytes()).outcome == "stored"
    assert take(acceptance, session.to_bytes()).outcome == "duplicate"
    (record,) = stored(database, SessionRecord)
    assert Session.model_validate(record.payload) == session


def test_the_same_id_with_another_content_keeps_the_first(
    acceptance: Acceptance, database: Database
) -> None:
    session = make_session()
    take(acceptance, session.to_bytes())
    other = session.model_copy(update={"status": "stopped"})
    assert take(acceptance, other.to_bytes()).outcome == "refused"
    (record,) = stored(database, SessionRecord)
    assert record.status == "completed"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"no json", "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"schema_version": "7.0"}', "schema version"),
        (make_session(patient_id="somebody").to_bytes(), "patient"),
        (make_session(device_id="other-device").to_bytes(), "came from"),
        (
            make_session(items=(ExerciseResult(exercise_id="handstand", side="both"),)).to_bytes(),
            "handstand",
        ),
    ],
)
def test_what_cannot_be_accepted_is_kept_with_the_reason(
    acceptance: Acceptance, database: Database, payload: bytes, said: str
) -> None:
    receipt = take(acceptance, payload)
    assert (receipt.outcome, said in receipt.reason) == ("refused", True), receipt
    (letter,) = stored(database, DeadLetter)
    assert (letter.payload, said in letter.reason) == (payload, True)
    assert stored(database, SessionRecord) == []
    if payload.startswith(b"{") and b'"id"' in payload:
        assert str(receipt.message_id) == json.loads(payload)["id"]


def test_a_device_that_is_not_enrolled_is_refused(acceptance: Acceptance) -> None:
    answer = acceptance.take(topic("stranger", Channel.SESSION), make_session().to_bytes())
    assert answer is not None
    assert "not enrolled" in answer.receipt.reason


def test_a_status_and_an_acknowledgement_are_kept(
    acceptance: Acceptance, database: Database
) -> None:
    status = Status(device_id=DEVICE, online=True, software_version="9", reported_at=NOW)
    assert acceptance.take(topic(DEVICE, Channel.STATUS), status.to_bytes()) is None
    (row,) = stored(database, PrescriptionVersion)
    acknowledgement = PrescriptionAcknowledgement(
        message_id=uuid4(), device_id=DEVICE, prescription_id=row.prescription_id, version=1,
        acknowledged_at=NOW,
    )  # fmt: skip
    channel = Channel.PRESCRIPTION_ACKNOWLEDGEMENT
    assert take(acceptance, acknowledgement.to_bytes(), channel).outcome == "stored"
    assert take(acceptance, acknowledgement.to_bytes(), channel).outcome == "duplicate"
    (device,) = stored(database, Device)
    (row,) = stored(database, PrescriptionVersion)
    assert (device.online, row.acknowledged_at, row.accepted) == (True, NOW, True)


def test_versions_are_never_overwritten_and_conflicts_are_told(
    acceptance: Acceptance, database: Database
) -> None:
    item = PrescriptionItem(exercise_id="arm_lift", sets=2, reps=8)
    with database.transaction() as transaction:
        doctor = transaction.scalars(select(Account)).one()
        view = ClinicView(transaction, doctor.clinic_id)
        patient = view.patients()[0]
        assert view.prescribe(patient, doctor, (item,), 1).version == 2
        with pytest.raises(PrescriptionConflictError):
            view.prescribe(patient, doctor, (item,), 1)
    rows = stored(database, PrescriptionVersion)
    assert {row.version: row.payload["items"][0]["exercise_id"] for row in rows} == {
        1: "squat_mini",
        2: "arm_lift",
    }


def test_another_clinic_sees_nothing(acceptance: Acceptance, database: Database) -> None:
    session = make_session()
    take(acceptance, session.to_bytes())
    with database.transaction() as transaction:
        other = Clinic(name="Another clinic")
        transaction.add(other)
        transaction.flush()
        view = ClinicView(transaction, other.id)
        patient = transaction.scalars(select(Patient)).one()
        assert view.patients() == []
        assert view.sessions(patient) == []
        assert view.current_prescription(patient) is None
        for query in (lambda: view.patient(patient.id), lambda: view.session(session.id)):
            with pytest.raises(NotInClinicError):
                query()
