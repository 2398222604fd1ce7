"""Bytes made to break the bridge: each is refused with a reason, and nothing stops or is lost."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import (
    Account,
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
    PrescriptionAcknowledgement,
    PrescriptionItem,
    Session,
    Status,
    topic,
)

DEVICE = "demo-device"
SESSION = {
    "schema_version": "1.0", "id": str(uuid4()), "prescription_id": str(uuid4()),
    "prescription_version": 1, "patient_id": "demo-patient", "device_id": DEVICE,
    "software_version": "1", "camera": "usb", "started_at": "2026-01-02T10:00:00Z",
    "ended_at": "2026-01-02T10:05:00Z", "status": "completed", "items": [],
}  # fmt: skip
STATUS = {
    "schema_version": "1.0", "device_id": DEVICE, "online": True, "software_version": "1",
    "reported_at": "2026-01-02T10:00:00Z",
}  # fmt: skip


@pytest.fixture
def acceptance(database: Database) -> Acceptance:
    with database.transaction() as transaction:
        make_demonstration(transaction, PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5))
    return Acceptance(database, load_library())


def letters(database: Database) -> list[DeadLetter]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(DeadLetter).order_by(DeadLetter.received_at)))


def count(database: Database, table: type[SessionRecord]) -> int:
    with database.transaction() as transaction:
        return transaction.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": "0001-01-01T00:00:00+14:00"},
        {"ended_at": "9999-12-31T23:59:59-12:00"},
        {"id": "../../etc/passwd"},
        {"prescription_version": 10**4000},
        {"prescription_version": 2**31},
        {"items": [{"exercise_id": "squat_mini", "side": "both", "sets": [{}]}]},
        {"items": [{"exercise_id": "__import__", "side": "both"}]},
        {"patient_id": "a' OR '1'='1"},
        {"camera": "\0"},
        {"schema_version": "1\0.0"},
        {"schema_version": ["1.0"]},
    ],
)
def test_a_hostile_session_is_refused(
    acceptance: Acceptance, database: Database, changes: dict[str, object]
) -> None:
    payload = json.dumps(SESSION | changes).encode()
    answer = acceptance.take(topic(DEVICE, Channel.SESSION), payload)
    assert answer is not None
    assert answer.receipt.outcome == "refused"
    assert answer.receipt.reason
    answer.receipt.to_bytes()
    (letter,) = letters(database)
    assert letter.payload == payload
    assert count(database, SessionRecord) == 0


@pytest.mark.parametrize("nested", [b"[" * 200_000, b'{"a":' * 40_000, b"\xff\xfe", b"", b"\0"])
def test_bytes_that_are_no_session_are_refused(
    acceptance: Acceptance, database: Database, nested: bytes
) -> None:
    answer = acceptance.take(topic(DEVICE, Channel.SESSION), nested)
    assert answer is not None
    assert (answer.receipt.outcome, answer.receipt.message_id) == ("refused", None)
    assert [letter.payload for letter in letters(database)] == [nested]


def test_what_a_database_cannot_keep_holds_nothing_up(
    acceptance: Acceptance, database: Database
) -> None:
    """A NUL in a text: SQLite keeps it, PostgreSQL cannot, and later messages go on."""
    name = topic(DEVICE, Channel.STATUS)
    assert acceptance.take(name, json.dumps(STATUS | {"software_version": "a\0b"}).encode()) is None
    assert acceptance.take(name, json.dumps(STATUS | {"software_version": "2"}).encode()) is None
    with database.transaction() as transaction:
        assert transaction.get_one(Device, DEVICE).software_version == "2"
    kept = database.engine.dialect.name == "sqlite"
    assert [letter.reason for letter in letters(database)] == (
        [] if kept else ["status message has a value that the database cannot keep"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "physiopi/v1/devices/UPPER/session",
        "physiopi/v1/devices/../session",
        "physiopi/v1/devices/a/b/session",
        "physiopi/v1/devices/ü\ud800/session",
        "x" * 5000,
    ],
)
def test_a_topic_that_is_not_ours_is_kept_and_not_answered(
    acceptance: Acceptance, database: Database, name: str
) -> None:
    assert acceptance.take(name, json.dumps(SESSION).encode()) is None
    (letter,) = letters(database)
    assert len(letter.topic) <= 300
    assert count(database, SessionRecord) == 0


@pytest.mark.parametrize("channel", [Channel.PRESCRIPTION, Channel.RECEIPT])
def test_a_device_does_not_speak_for_the_bridge(
    acceptance: Acceptance, database: Database, channel: Channel
) -> None:
    answer = acceptance.take(topic(DEVICE, channel), b"{}")
    assert answer is not None
    assert "devices do not publish" in answer.receipt.reason


def another_device(database: Database, same_clinic: bool) -> str:
    with database.transaction() as transaction:
        clinic = transaction.scalars(select(Clinic)).one()
        if not same_clinic:
            clinic = Clinic(name="Another clinic")
            transaction.add(clinic)
            transaction.flush()
        patient = Patient(clinic_id=clinic.id, wire_id="patient-2", display_name="Second")
        transaction.add(patient)
        transaction.flush()
        transaction.add(Device(id="device-2", clinic_id=clinic.id, patient_id=patient.id))
    return "device-2"


@pytest.mark.parametrize("same_clinic", [True, False])
def test_a_device_cannot_send_sessions_of_a_patient_it_is_not_lent_to(
    acceptance: Acceptance, database: Database, same_clinic: bool
) -> None:
    other = another_device(database, same_clinic)
    session = Session.model_validate(SESSION | {"device_id": other})
    answer = acceptance.take(topic(other, Channel.SESSION), session.to_bytes())
    assert answer is not None
    assert (answer.receipt.outcome, "patient demo-patient" in answer.receipt.reason) == (
        "refused",
        True,
    )
    assert count(database, SessionRecord) == 0


def test_a_session_made_before_the_device_was_lent_to_another_patient_still_counts(
    acceptance: Acceptance, database: Database
) -> None:
    with database.transaction() as transaction:
        row = transaction.scalars(select(PrescriptionVersion)).one()
        second = Patient(clinic_id=row.clinic_id, wire_id="patient-2", display_name="Second")
        transaction.add(second)
        transaction.flush()
        transaction.get_one(Device, DEVICE).patient_id = second.id
    session = Session.model_validate(SESSION | {"prescription_id": row.prescription_id})
    answer = acceptance.take(topic(DEVICE, Channel.SESSION), session.to_bytes())
    assert answer is not None
    assert answer.receipt.outcome == "stored"
    with database.transaction() as transaction:
        record = transaction.scalars(select(SessionRecord)).one()
        assert record.patient_id == row.patient_id != second.id


@pytest.mark.parametrize("same_clinic", [True, False])
def test_a_device_cannot_acknowledge_anothers_prescription(
    acceptance: Acceptance, database: Database, same_clinic: bool
) -> None:
    other = another_device(database, same_clinic)
    with database.transaction() as transaction:
        row = transaction.scalars(select(PrescriptionVersion)).one()
    acknowledgement = PrescriptionAcknowledgement(
        message_id=uuid4(), device_id=other, prescription_id=row.prescription_id, version=1,
        acknowledged_at=datetime.now(UTC),
    )  # fmt: skip
    name = topic(other, Channel.PRESCRIPTION_ACKNOWLEDGEMENT)
    answer = acceptance.take(name, acknowledgement.to_bytes())
    assert answer is not None
    assert answer.receipt.outcome == "refused"
    with database.transaction() as transaction:
        assert transaction.scalars(select(PrescriptionVersion)).one().acknowledged_at is None


def test_an_acknowledgement_of_a_version_beyond_all_integers_is_refused(
    acceptance: Acceptance, database: Database
) -> None:
    document = {
        "schema_version": "1.0", "message_id": str(uuid4()), "device_id": DEVICE,
        "prescription_id": str(uuid4()), "version": 2**70,
        "acknowledged_at": "2026-01-02T10:00:00Z",
    }  # fmt: skip
    name = topic(DEVICE, Channel.PRESCRIPTION_ACKNOWLEDGEMENT)
    answer = acceptance.take(name, json.dumps(document).encode())
    assert answer is not None
    assert (answer.receipt.outcome, str(answer.receipt.message_id)) == (
        "refused",
        document["message_id"],
    )


def test_a_refusal_by_the_device_is_kept_with_its_reason(
    acceptance: Acceptance, database: Database
) -> None:
    with database.transaction() as transaction:
        row = transaction.scalars(select(PrescriptionVersion)).one()
    acknowledgement = PrescriptionAcknowledgement(
        message_id=uuid4(), device_id=DEVICE, prescription_id=row.prescription_id, version=1,
        accepted=False, reason="no such exercise here", acknowledged_at=datetime.now(UTC),
    )  # fmt: skip
    name = topic(DEVICE, Channel.PRESCRIPTION_ACKNOWLEDGEMENT)
    acceptance.take(name, acknowledgement.to_bytes())
    with database.transaction() as transaction:
        row = transaction.scalars(select(PrescriptionVersion)).one()
    assert (row.accepted, row.refusal) == (False, "no such exercise here")


def test_an_empty_status_clears_nothing_and_is_no_error(
    acceptance: Acceptance, database: Database
) -> None:
    assert acceptance.take(topic(DEVICE, Channel.STATUS), b"") is None
    status = Status.model_validate(STATUS | {"device_id": "other"})
    assert acceptance.take(topic(DEVICE, Channel.STATUS), status.to_bytes()) is None
    assert "came from" in letters(database)[0].reason


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=st.sampled_from(sorted(SESSION)), value=values)
def test_any_value_in_any_field_is_answered(
    acceptance: Acceptance, key: str, value: object
) -> None:
    payload = json.dumps(SESSION | {key: value}).encode()
    answer = acceptance.take(topic(DEVICE, Channel.SESSION), payload)
    assert answer is not None
    assert answer.receipt.outcome in ("stored", "duplicate", "refused")
    answer.receipt.to_bytes()


def test_the_demonstration_is_made_once(database: Database) -> None:
    with database.transaction() as transaction:
        first = make_demonstration(transaction)
    with database.transaction() as transaction:
        second = make_demonstration(transaction)
        assert len(transaction.scalars(select(Account)).all()) == 1
    assert (first.patient_id, first.device_id) == (second.patient_id, second.device_id)
    assert first.sign_in_token != second.sign_in_token
