"""The whole way of movement: consent, broker, device, bridge; and its end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cloud_bridge.ingest.worker import IngestWorker
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.settings import BrokerSettings as BridgeBroker
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from cloud_bridge.store.tables import Account, MotionRecord, Patient, SessionRecord
from device.coaching.session_course import Course
from device.coaching.set_motions import SetMotions
from device.coaching.set_qualities import SetQualities
from device.link.link import Link
from device.settings import BrokerSettings, DeviceSettings
from device.store import Store
from models.exercises.library import load_library
from models.messages import ExerciseResult, Prescription, PrescriptionItem, Session, SetResult
from models.motion import Motion
from tests.device.coaching.test_set_motions import RECORDED, Analyst

pytestmark = pytest.mark.broker
ITEM = PrescriptionItem(exercise_id="squat_mini", sets=1, reps=1)


def eventually(happened: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.05)


@contextmanager
def running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


class Exerciser:
    """Does a session of one set on the device, as coaching keeps it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._analyst = Analyst()
        motions = SetMotions(DEVICE_ID, self._analyst, store.motion.consent, store.motion.keep)
        self._qualities = SetQualities(self._analyst, motions=motions)

    def exercises(self, began: datetime) -> UUID:
        prescription = Prescription(
            id=uuid4(), version=1, patient_id="demo-patient", author_id="a", issued_at=began,
            items=(ITEM,),
        )  # fmt: skip
        course = Course(prescription, load_library(), began)
        done = SetResult(
            reps_target=1, reps_counted=1, reps_full_rom=0, attempts=0, valid_frame_pct=90,
            started_at=began, ended_at=began,
        )  # fmt: skip
        course.add_set(done)
        self._qualities.hand_over(course, RECORDED)
        self._analyst.answer()
        self._qualities.attend(0.0)
        session = Session(
            id=course.id, prescription_id=prescription.id, prescription_version=1,
            patient_id="demo-patient", device_id=DEVICE_ID, software_version="1", camera="usb",
            started_at=began, ended_at=began, status="completed",
            items=(ExerciseResult(exercise_id="squat_mini", side="both", sets=(done,)),),
        )  # fmt: skip
        self._store.save_session(session)
        return course.id


class Bridge:
    """The clinic's side, as its doctor uses it."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'bridge.sqlite'}")
        self.database.upgrade()
        with self.database.transaction() as transaction:
            make_demonstration(transaction)

    @contextmanager
    def doctor(self) -> Iterator[tuple[ClinicView, Patient, Account]]:
        with self.database.transaction() as transaction:
            account = transaction.scalars(select(Account)).one()
            view = ClinicView(transaction, account.clinic_id)
            yield view, view.patients()[0], account

    def sessions(self) -> set[UUID]:
        with self.database.transaction() as transaction:
            return set(transaction.scalars(select(SessionRecord.id)))

    def motions(self) -> dict[UUID, Motion]:
        with self.database.transaction() as transaction:
            rows = transaction.scalars(select(MotionRecord)).all()
            return {row.session_id: Motion.model_validate(row.payload) for row in rows}


def stands(store: Store) -> bool:
    consent = store.motion.consent()
    return consent is not None and consent.consent_id is not None


def test_movement_is_sent_from_consent_to_withdrawal_and_no_session_ever_waits(
    mosquitto, tmp_path: Path
) -> None:
    bridge = Bridge(tmp_path)
    password = tmp_path / "password"
    password.write_text(mosquitto.bridge_password)
    broker = BridgeBroker(port=mosquitto.port, password_file=password)
    settings = BridgeSettings(data_folder=tmp_path, database_url=bridge.database.url, broker=broker)
    device = DeviceSettings(
        device_id=DEVICE_ID,
        data_folder=tmp_path / "device",
        broker=BrokerSettings(port=mosquitto.port, password_file=mosquitto.add_device(DEVICE_ID)),
    )
    store = Store(device.database_file)
    patient = Exerciser(store)

    def now() -> datetime:
        return datetime.now(UTC)

    with running(IngestWorker(settings).run):
        with running(lambda stop: Link(device, "1", receipt_within_s=1.0).run(stop)):
            before = patient.exercises(now())
            eventually(lambda: before in bridge.sessions())
            with bridge.doctor() as (view, who, account):
                view.give_motion_consent(who, account, now().date(), "I agree")
            eventually(lambda: stands(store))
            agreed = patient.exercises(now())
            eventually(lambda: agreed in bridge.motions())
            eventually(lambda: store.outbox_length() == 0)
            assert set(bridge.motions()) == {agreed}
            assert bridge.motions()[agreed].motion.frames == 40
        # Withdrawn while the device is away: what it holds then must not be taken any more.
        meanwhile = patient.exercises(now())
        with bridge.doctor() as (view, who, account):
            assert view.withdraw_motion_consent(who, account) == 1
        with running(lambda stop: Link(device, "1", receipt_within_s=1.0).run(stop)):
            eventually(lambda: not stands(store))
            after = patient.exercises(now())
            eventually(lambda: {meanwhile, after} <= bridge.sessions())
            eventually(lambda: store.outbox_length() == 0)
    assert bridge.motions() == {}
    with bridge.doctor() as (view, who, account):
        view.give_motion_consent(who, account, now().date(), "I agree again")
    # A new consent does not reach back.
    with (
        running(IngestWorker(settings).run),
        running(lambda stop: Link(device, "1", receipt_within_s=1.0).run(stop)),
    ):
        eventually(lambda: stands(store))
        early = patient.exercises(now() - timedelta(hours=1))
        later = patient.exercises(now())
        eventually(lambda: later in bridge.motions())
        eventually(lambda: early in bridge.sessions())
    assert set(bridge.motions()) == {later}
    store.close()
    bridge.database.close()
