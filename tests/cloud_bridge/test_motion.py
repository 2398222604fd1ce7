"""Movement at the bridge: taken only by consent, seen by its own clinic alone, erased at a word."""

import base64
import json
import threading
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, select

from cloud_bridge.broker import write_broker_configuration
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.ingest.motion_acceptance import take_motion
from cloud_bridge.portal.app import create_app
from cloud_bridge.portal.replay import depth_error_text, set_replays
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView, ConsentConflictError, NotAllowedError
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import (
    Account,
    Base,
    Clinic,
    DeadLetter,
    Device,
    MotionConsentRecord,
    MotionRecord,
    Patient,
)
from models.exercises.library import load_library
from models.messages import Channel, Receipt, Session, topic
from models.motion import Motion, motion_id
from tests.cloud_bridge.portal_clients import signed_in_to_demonstration
from tests.models.test_motion import set_motion

DEVICE = "demo-device"
# After every consent that a test gives: what is sent was done while it stood.
# After the consent, however long it takes the tests before these to come to an end.
BEGAN = datetime.now(UTC) + timedelta(hours=6)
SESSION_ID = uuid4()


def make_session(**changes: object) -> Session:
    at = BEGAN.isoformat()
    fields = {
        "id": SESSION_ID, "prescription_id": uuid4(), "prescription_version": 1,
        "patient_id": "demo-patient", "device_id": DEVICE, "software_version": "1",
        "camera": "usb", "started_at": at, "ended_at": at, "status": "completed",
        "items": [{"exercise_id": "squat_mini", "side": "both", "sets": [{
            "reps_target": 5, "reps_counted": 2, "reps_full_rom": 0, "attempts": 0,
            "valid_frame_pct": 90, "started_at": at, "ended_at": at,
        }]}],
    }  # fmt: skip
    return Session.model_validate(fields | changes)


def make_motion(consent_id: UUID, began: datetime = BEGAN, **changes: object) -> Motion:
    session_id = changes.get("session_id", SESSION_ID)
    fields = {
        "id": motion_id(session_id, began), "session_id": session_id, "set_started_at": began,
        "device_id": DEVICE, "patient_id": "demo-patient", "prescription_id": uuid4(),
        "consent_id": consent_id, "exercise_id": "squat_mini", "motion": set_motion(),
    }  # fmt: skip
    return Motion.model_validate(fields | changes)


@pytest.fixture
def acceptance(database: Database) -> Acceptance:
    with database.transaction() as transaction:
        make_demonstration(transaction)
    return Acceptance(database, load_library())


@pytest.fixture
def consent_id(database: Database, acceptance: Acceptance) -> UUID:
    return give(database)


def clinic_of_demo(transaction: object) -> tuple[ClinicView, Patient, Account]:
    doctor = transaction.scalars(select(Account).where(Account.name.contains("Demo"))).one()
    view = ClinicView(transaction, doctor.clinic_id)
    return view, view.patients()[0], doctor


def give(database: Database) -> UUID:
    with database.transaction() as transaction:
        view, patient, doctor = clinic_of_demo(transaction)
        return view.give_motion_consent(patient, doctor, BEGAN.date(), "I agree").id


def withdraw(database: Database) -> int:
    with database.transaction() as transaction:
        view, patient, doctor = clinic_of_demo(transaction)
        return view.withdraw_motion_consent(patient, doctor)


def take(acceptance: Acceptance, message: Motion | Session, device: str = DEVICE) -> Receipt:
    answer = acceptance.take(topic(device, message.kind), message.to_bytes())
    assert answer is not None
    return answer.receipt


def stored(database: Database) -> list[UUID]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(MotionRecord.id)))


@pytest.mark.parametrize("session_first", [True, False])
def test_movement_comes_before_its_session_or_after_it_and_is_kept_once(
    acceptance: Acceptance, database: Database, consent_id: UUID, session_first: bool
) -> None:
    motion, session = make_motion(consent_id), make_session()
    messages = [session, motion] if session_first else [motion, session]
    assert [take(acceptance, each).outcome for each in messages] == ["stored", "stored"]
    assert take(acceptance, motion).outcome == "duplicate"
    with database.transaction() as transaction:
        view, _, _ = clinic_of_demo(transaction)
        record = view.session(SESSION_ID)
        (found,) = view.motions(record)
        assert Motion.model_validate(found.payload) == motion
        assert set_replays(session, [found])[0][0].set_number == 1


def test_another_content_under_the_same_id_keeps_the_first(
    acceptance: Acceptance, database: Database, consent_id: UUID
) -> None:
    first = make_motion(consent_id)
    take(acceptance, first)
    other = make_motion(consent_id, motion=set_motion(trimmed=None))
    assert "stored already" in take(acceptance, other).reason
    assert stored(database) == [first.id]


def refused(acceptance: Acceptance, database: Database, motion: Motion) -> str:
    """Why; and that nothing of it is kept."""
    before = stored(database)
    receipt = take(acceptance, motion)
    assert (receipt.outcome, receipt.message_id) == ("refused", motion.id)
    assert stored(database) == before
    with database.transaction() as transaction:
        letters = list(transaction.scalars(select(DeadLetter)))
        assert [letter.payload for letter in letters] == [b""] * len(letters)
        assert receipt.reason in {letter.reason for letter in letters}
    return receipt.reason


def test_without_a_consent_that_stands_nothing_is_taken(
    acceptance: Acceptance, database: Database
) -> None:
    assert "no such consent" in refused(acceptance, database, make_motion(uuid4()))
    first = give(database)
    assert "before the consent" in refused(
        acceptance, database, make_motion(first, BEGAN - timedelta(hours=7))
    )
    withdraw(database)
    assert "withdrawn" in refused(acceptance, database, make_motion(first))
    later = give(database)
    assert "withdrawn" in refused(acceptance, database, make_motion(first))
    assert take(acceptance, make_motion(later)).outcome == "stored"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"patient_id": "somebody"}, "patient somebody"),
        ({"device_id": "other-device"}, "came from"),
        ({"exercise_id": "handstand"}, "handstand"),
    ],
)
def test_movement_that_is_none_of_the_clinics_is_refused(
    acceptance: Acceptance,
    database: Database,
    consent_id: UUID,
    changes: dict[str, object],
    said: str,
) -> None:
    assert said in refused(acceptance, database, make_motion(consent_id, **changes))


def test_movement_of_a_set_that_its_session_does_not_have_is_refused(
    acceptance: Acceptance, database: Database, consent_id: UUID
) -> None:
    take(acceptance, make_session())
    later = make_motion(consent_id, BEGAN + timedelta(seconds=1))
    assert "no such set" in refused(acceptance, database, later)
    assert "no such set" in refused(
        acceptance, database, make_motion(consent_id, exercise_id="squat_deep")
    )


def lend_another(database: Database, clinic: str | None) -> None:
    """Another device with another patient, of the same clinic or another."""
    with database.transaction() as transaction:
        clinic_id = transaction.scalars(select(Clinic)).one().id
        if clinic is not None:
            other = Clinic(name=clinic)
            transaction.add(other)
            transaction.flush()
            clinic_id = other.id
        patient = Patient(clinic_id=clinic_id, wire_id="other-patient", display_name="Z. Other")
        transaction.add(patient)
        transaction.flush()
        transaction.add(Device(id="other-device", clinic_id=clinic_id, patient_id=patient.id))


@pytest.mark.parametrize("clinic", [None, "Another clinic"])
def test_another_device_cannot_hang_movement_on_a_session_that_is_not_its_own(
    acceptance: Acceptance, database: Database, consent_id: UUID, clinic: str | None
) -> None:
    lend_another(database, clinic)
    with database.transaction() as transaction:
        other = transaction.scalars(select(Patient).where(Patient.wire_id == "other-patient")).one()
        doctor = Account(clinic_id=other.clinic_id, email="a@b.c", name="Other", role="doctor")
        transaction.add(doctor)
        transaction.flush()
        view = ClinicView(transaction, other.clinic_id)
        own = view.give_motion_consent(other, doctor, BEGAN.date(), "I agree").id
    take(acceptance, make_session())
    foreign = make_motion(own, device_id="other-device", patient_id="other-patient")
    assert "not of this device and patient" in take(acceptance, foreign, "other-device").reason
    # Nor with the right patient: the device is not lent to that one.
    stolen = make_motion(consent_id, device_id="other-device")
    assert take(acceptance, stolen, "other-device").outcome == "refused"
    assert stored(database) == []


@pytest.mark.parametrize("other", ["device_id", "patient_id", "clinic_id"])
def test_movement_planted_before_a_foreign_session_is_never_shown_with_it(
    acceptance: Acceptance, database: Database, consent_id: UUID, other: str
) -> None:
    lend_another(database, "Another clinic")
    take(acceptance, make_session())
    with database.transaction() as transaction:
        device = transaction.get_one(Device, "other-device")
        foreign = {"device_id": device.id, "patient_id": device.patient_id,
                   "clinic_id": device.clinic_id}  # fmt: skip
        view, patient, _ = clinic_of_demo(transaction)
        motion = make_motion(consent_id)
        fields = {
            "id": motion.id, "session_id": SESSION_ID, "device_id": DEVICE,
            "patient_id": patient.id, "clinic_id": patient.clinic_id, "consent_id": consent_id,
            "set_started_at": BEGAN, "payload": motion.model_dump(mode="json"),
            "payload_sha256": "0" * 64,
        }  # fmt: skip
        transaction.add(MotionRecord(**fields | {other: foreign[other]}))
        transaction.flush()
        assert view.motions(view.session(SESSION_ID)) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[" * 100_000,
        make_motion(uuid4()).to_bytes().replace(b'"frames":40', b'"frames":41'),
        make_motion(uuid4()).to_bytes().replace(
            set_motion().track.encode(),
            base64.b64encode(zlib.compress(b"\0" * 80_000_000)),
        ),
        make_motion(uuid4()).to_bytes().replace(b'"ends_s":1.0', b'"ends_s":NaN'),
        b"x" * 300_000,
    ],
)  # fmt: skip
def test_hostile_movement_is_refused_and_not_kept(
    acceptance: Acceptance, database: Database, payload: bytes
) -> None:
    answer = acceptance.take(topic(DEVICE, Channel.MOTION), payload)
    assert answer is not None
    assert answer.receipt.outcome == "refused"
    with database.transaction() as transaction:
        assert transaction.scalars(select(DeadLetter)).one().payload == b""


def test_a_withdrawal_erases_all_of_this_patients_movement_and_says_how_much(
    acceptance: Acceptance, database: Database, consent_id: UUID
) -> None:
    for second in range(3):
        take(acceptance, make_motion(consent_id, BEGAN + timedelta(seconds=second)))
    assert withdraw(database) == 3
    assert stored(database) == []
    with database.transaction() as transaction:
        row = transaction.get_one(MotionConsentRecord, consent_id)
        assert (row.erased_sets, row.stands, row.statement) == (3, False, "I agree")
    with pytest.raises(ConsentConflictError):
        withdraw(database)


def test_a_withdrawal_while_movement_is_being_stored_leaves_none(
    acceptance: Acceptance, database: Database, consent_id: UUID
) -> None:
    erased: list[int] = []
    withdrawal = threading.Thread(target=lambda: erased.append(withdraw(database)))
    with database.transaction() as transaction:
        device = transaction.get_one(Device, DEVICE)
        patient = transaction.get_one(Patient, device.patient_id)
        assert take_motion(transaction, device, patient, make_motion(consent_id)) == "stored"
        withdrawal.start()
        withdrawal.join(0.3)
        # It cannot look for movement before what is being stored can be seen.
        assert withdrawal.is_alive()
    withdrawal.join(30)
    assert erased == [1]
    assert stored(database) == []


def test_movement_that_comes_while_the_consent_is_being_withdrawn_is_refused(
    acceptance: Acceptance, database: Database, consent_id: UUID
) -> None:
    receipts: list[Receipt] = []
    motion = make_motion(consent_id)
    arrival = threading.Thread(target=lambda: receipts.append(take(acceptance, motion)))
    with database.transaction() as transaction:
        view, patient, doctor = clinic_of_demo(transaction)
        assert view.withdraw_motion_consent(patient, doctor) == 0
        arrival.start()
        arrival.join(0.3)
        assert arrival.is_alive()
    arrival.join(30)
    assert "withdrawn" in receipts[0].reason
    assert stored(database) == []


def test_who_does_not_prescribe_records_no_consent_and_two_do_not_stand(
    database: Database, consent_id: UUID
) -> None:
    with database.transaction() as transaction:
        view, patient, doctor = clinic_of_demo(transaction)
        with pytest.raises(ConsentConflictError):
            view.give_motion_consent(patient, doctor, BEGAN.date(), "again")
        doctor.role = "administrator"
        with pytest.raises(NotAllowedError):
            view.give_motion_consent(patient, doctor, BEGAN.date(), "again")


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    found = inspect(database.engine)
    for name in ("motion_consent", "motion_record"):
        made = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        meant = {column.name: column.nullable for column in Base.metadata.tables[name].columns}
        assert made == meant


def test_a_device_may_publish_movement_and_read_the_consent_alone(tmp_path: Path) -> None:
    access = (write_broker_configuration(tmp_path, 1883).folder / "access").read_text()
    assert "pattern write physiopi/v1/devices/%u/motion\n" in access
    assert "pattern read physiopi/v1/devices/%u/motion-consent\n" in access
    assert "pattern write physiopi/v1/devices/%u/motion-consent" not in access


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path) -> Database:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    return Database(f"sqlite:///{file}")


AGREED = {"agreed": "y", "agreed_on": "2026-01-02"}
CONSENT_PAGE = "/patients/1/motion-consent"


def consents(database: Database) -> list[MotionConsentRecord]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(MotionConsentRecord)))


def test_the_doctor_records_what_was_agreed_when_and_withdraws_it(
    sqlite: Database, tmp_path: Path
) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    page = client.get("/patients/1").text
    assert "Not sent: no consent stands" in page
    assert "never pictures, video or sound" in page
    client.post(CONSENT_PAGE, data=AGREED)
    (row,) = consents(sqlite)
    assert (row.agreed_on.isoformat(), row.stands, row.published_standing) == (
        "2026-01-02", True, None,
    )  # fmt: skip
    assert "never pictures" in row.statement
    page = client.get("/patients/1").text
    assert "the patient agreed on 2026-01-02" in page
    assert "Not yet told to the device" in page
    acceptance = Acceptance(sqlite, load_library())
    take(acceptance, make_motion(row.id))
    assert "erase the movement of 1 set<" in client.get("/patients/1").text
    answer = client.post(f"{CONSENT_PAGE}/withdraw", follow_redirects=True).text
    assert "The movement of 1 set was erased" in answer
    assert "Not sent: no consent stands" in answer
    assert "withdrawn 20" in answer
    assert stored(sqlite) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"agreed_on": "2026-01-02"}, "only after the patient has agreed"),
        ({"agreed": "y"}, "Give the day"),
        ({"agreed": "y", "agreed_on": "2999-01-02"}, "has not come yet"),
        ({"agreed": "y", "agreed_on": "yesterday"}, "Nothing was recorded"),
    ],
)
def test_half_a_consent_is_none(
    sqlite: Database, tmp_path: Path, form: dict[str, str], said: str
) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    assert said in client.post(CONSENT_PAGE, data=form, follow_redirects=True).text
    assert consents(sqlite) == []


def test_another_clinics_doctor_finds_neither_movement_nor_consent(
    sqlite: Database, tmp_path: Path
) -> None:
    own = signed_in_to_demonstration(sqlite, tmp_path)
    own.post(CONSENT_PAGE, data=AGREED)
    acceptance = Acceptance(sqlite, load_library())
    motion = make_motion(consents(sqlite)[0].id)
    for message in (motion, make_session()):
        take(acceptance, message)
    address = f"/api/v1/sessions/{SESSION_ID}/motion/{motion.id}"
    document = own.get(address).get_json()["motion"]
    assert Motion.model_validate_json(json.dumps(document)) == motion
    assert f'data-address="{address}"' in own.get(f"/sessions/{SESSION_ID}").text
    other = signed_in_to_demonstration(sqlite, tmp_path, clinic="Another clinic")
    assert other.get(address).status_code == 404
    for path in (CONSENT_PAGE, f"{CONSENT_PAGE}/withdraw"):
        assert other.post(path, data=AGREED).status_code == 404
    assert consents(sqlite)[0].stands
    nobody = create_app(BridgeSettings(data_folder=tmp_path), sqlite).test_client()
    assert nobody.get(address).status_code == 302
    # Not even its own doctor reaches it through another session.
    take(acceptance, make_session(id=uuid4()))
    assert own.get(f"/api/v1/sessions/{uuid4()}/motion/{motion.id}").status_code == 404


def test_the_forms_are_refused_without_their_token(sqlite: Database, tmp_path: Path) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    client.application.config["WTF_CSRF_ENABLED"] = True
    assert client.post(CONSENT_PAGE, data=AGREED).status_code == 400
    assert client.post(f"{CONSENT_PAGE}/withdraw").status_code == 400
    assert consents(sqlite) == []


def test_a_session_without_movement_shows_none(sqlite: Database, tmp_path: Path) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    take(Acceptance(sqlite, load_library()), make_session())
    page = client.get(f"/sessions/{SESSION_ID}").text
    assert "data-replay" not in page
    assert "replay.js" not in page


def test_the_depths_error_is_the_cards_or_said_to_be_unknown(tmp_path: Path) -> None:
    assert "± 0.08 m" in depth_error_text()
    assert "not known" in depth_error_text(tmp_path / "none.json")
