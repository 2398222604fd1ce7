"""The ingest worker at a real broker: nothing is lost when broker, database or worker go away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from cloud_bridge.ingest.worker import IngestWorker
from cloud_bridge.settings import BridgeSettings, BrokerSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import (
    Account,
    Device,
    MotionConsentRecord,
    Patient,
    PrescriptionDelivery,
    PrescriptionVersion,
    SessionRecord,
)
from models.messages import Channel, Prescription, PrescriptionItem, Receipt, Session, Status, topic
from models.motion import MotionConsent

pytestmark = pytest.mark.broker
DEVICE = "demo-device"


def wait_until(true: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


class DeviceAtBroker:
    """What a device sends and hears; written with the MQTT client, not with our device."""

    def __init__(self, port: int, password: str) -> None:
        self.receipts: list[Receipt] = []
        self.prescriptions: list[Prescription] = []
        self.consents: list[MotionConsent] = []
        self._ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, DEVICE, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(DEVICE, password)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port, clean_start=False)
        self.client.loop_start()
        assert self._ready.wait(10)

    def send(self, session: Session) -> None:
        self.client.publish(topic(DEVICE, Channel.SESSION), session.to_bytes(), qos=1)

    def deliver(self, session: Session) -> str:
        """As the contract asks: sent again until there is a receipt."""
        deadline_s = time.monotonic() + 30
        while (outcome := self.outcome(session.id)) is None:
            assert time.monotonic() < deadline_s
            self.send(session)
            time.sleep(0.5)
        return outcome

    def report(self, online: bool) -> None:
        now = datetime.now(UTC)
        status = Status(device_id=DEVICE, online=online, software_version="1", reported_at=now)
        self.client.publish(topic(DEVICE, Channel.STATUS), status.to_bytes(), qos=1, retain=True)

    def outcome(self, session_id: UUID) -> str | None:
        return next((each.outcome for each in self.receipts if each.message_id == session_id), None)

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(
            [
                (topic(DEVICE, each), 1)
                for each in (Channel.RECEIPT, Channel.PRESCRIPTION, Channel.MOTION_CONSENT)
            ]
        )

    def _on_message(self, _c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("receipt"):
            self.receipts.append(Receipt.from_bytes(message.payload))
        elif message.topic.endswith("motion-consent"):
            self.consents.append(MotionConsent.from_bytes(message.payload))
        else:
            self.prescriptions.append(Prescription.from_bytes(message.payload))


def make_session() -> Session:
    return Session.model_validate({
        "id": uuid4(), "prescription_id": uuid4(), "prescription_version": 1,
        "patient_id": "demo-patient", "device_id": DEVICE, "software_version": "1",
        "camera": "usb", "started_at": "2026-01-02T10:00:00Z",
        "ended_at": "2026-01-02T10:05:00Z", "status": "completed",
    })  # fmt: skip


@pytest.fixture
def demo(database: Database) -> int:
    """The demonstration's patient."""
    with database.transaction() as transaction:
        return make_demonstration(transaction).patient_id


@pytest.fixture
def bridge(mosquitto, database_url: str, demo: int, tmp_path: Path) -> BridgeSettings:
    password = tmp_path / "password"
    password.write_text(mosquitto.bridge_password)
    broker = BrokerSettings(port=mosquitto.port, password_file=password)
    return BridgeSettings(data_folder=tmp_path, database_url=database_url, broker=broker)


@contextmanager
def working(settings: BridgeSettings, name: str = "1") -> Iterator[None]:
    stop = threading.Event()
    worker = IngestWorker(settings, name)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def device(mosquitto) -> Iterator[DeviceAtBroker]:
    password = mosquitto.add_device(DEVICE).read_text().strip()
    each = DeviceAtBroker(mosquitto.port, password)
    yield each
    each.client.disconnect()
    each.client.loop_stop()


def prescribe(database: Database, patient_id: int, version: int) -> None:
    with database.transaction() as transaction:
        doctor = transaction.scalars(select(Account)).one()
        view = ClinicView(transaction, doctor.clinic_id)
        item = PrescriptionItem(exercise_id="squat_mini", sets=version, reps=5)
        view.prescribe(view.patient(patient_id), doctor, (item,), version - 1)


def published(database: Database) -> list[bool]:
    with database.transaction() as transaction:
        rows = transaction.scalars(
            select(PrescriptionVersion).order_by(PrescriptionVersion.version)
        )
        return [row.published_at is not None for row in rows]


def stored(database: Database) -> set[UUID]:
    with database.transaction() as transaction:
        return set(transaction.scalars(select(SessionRecord.id)))


def test_sessions_are_stored_and_answered_also_those_sent_while_no_worker_ran(
    bridge: BridgeSettings, device: DeviceAtBroker, database: Database
) -> None:
    first, second = make_session(), make_session()
    with working(bridge):
        assert device.deliver(first) == "stored"
    device.send(second)
    device.send(first)
    with working(bridge):
        wait_until(lambda: device.outcome(second.id) == "stored")
        wait_until(lambda: "duplicate" in [each.outcome for each in device.receipts])
    assert stored(database) == {first.id, second.id}


def test_two_workers_store_each_session_once(
    bridge: BridgeSettings, device: DeviceAtBroker, database: Database
) -> None:
    probe, *sessions = [make_session() for _ in range(21)]
    with working(bridge, "1"), working(bridge, "2"):
        device.deliver(probe)
        device.receipts.clear()
        for each in (*sessions, *sessions):
            device.send(each)
        wait_until(lambda: len(device.receipts) == 40)
    outcomes = [each.outcome for each in device.receipts]
    assert (outcomes.count("stored"), outcomes.count("duplicate")) == (20, 20)
    assert stored(database) == {probe.id, *(each.id for each in sessions)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broker_that_restarts_loses_nothing(
    mosquitto, bridge: BridgeSettings, device: DeviceAtBroker, database: Database, demo: int
) -> None:
    session = make_session()
    with working(bridge):
        device.deliver(make_session())
        mosquitto.stop()
        prescribe(database, demo, 1)
        mosquitto.start()
        device.deliver(session)
        wait_until(lambda: [each.version for each in device.prescriptions] == [1])
        wait_until(lambda: published(database) == [True])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_away_delays_a_session_and_loses_none(
    postgresql, bridge: BridgeSettings, device: DeviceAtBroker, database: Database
) -> None:
    session = make_session()
    with working(bridge):
        device.deliver(make_session())
        postgresql.stop()
        try:
            device.send(session)
            time.sleep(1.5)
            assert device.outcome(session.id) is None
        finally:
            postgresql.start()
        wait_until(lambda: device.outcome(session.id) == "stored")
    assert session.id in stored(database)


def test_the_newest_prescription_is_published_and_stays_for_a_device_that_is_away(
    mosquitto, bridge: BridgeSettings, database: Database, demo: int
) -> None:
    prescribe(database, demo, 1)
    prescribe(database, demo, 2)
    with working(bridge):
        wait_until(lambda: published(database) == [False, True])
    device = DeviceAtBroker(mosquitto.port, mosquitto.add_device(DEVICE).read_text().strip())
    wait_until(lambda: device.prescriptions)
    device.client.disconnect()
    device.client.loop_stop()
    assert [(each.version, each.items[0].sets) for each in device.prescriptions] == [(2, 2)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_device_that_takes_anothers_place_gets_the_prescription_and_so_does_who_comes_back(
    bridge: BridgeSettings, device: DeviceAtBroker, database: Database, demo: int
) -> None:
    def lend(device_id: str) -> None:
        with database.transaction() as transaction:
            for each in transaction.scalars(select(Device)):
                each.patient_id = None
            transaction.flush()
            lent = transaction.get(Device, device_id) or Device(id=device_id, clinic_id=clinic)
            transaction.add(lent)
            lent.patient_id = demo

    def sent() -> list[str]:
        with database.transaction() as transaction:
            rows = transaction.scalars(
                select(PrescriptionDelivery).order_by(PrescriptionDelivery.published_at)
            )
            return [row.device_id for row in rows]

    with database.transaction() as transaction:
        clinic = transaction.get_one(Device, DEVICE).clinic_id
    prescribe(database, demo, 1)
    with working(bridge):
        wait_until(lambda: sent() == [DEVICE])
        lend("successor")
        wait_until(lambda: sent() == [DEVICE, "successor"])
        with database.transaction() as transaction:
            other = Patient(clinic_id=clinic, wire_id="other", display_name="Other")
            transaction.add(other)
            transaction.flush()
            transaction.get_one(Device, DEVICE).patient_id = other.id
            other_id = other.id
        prescribe(database, other_id, 1)
        wait_until(lambda: sent() == [DEVICE, "successor", DEVICE])
        lend(DEVICE)
        wait_until(lambda: len(device.prescriptions) == 3)
        wait_until(lambda: sent() == ["successor", DEVICE, DEVICE])
    assert [each.patient_id for each in device.prescriptions] == [
        device.prescriptions[0].patient_id, "other", device.prescriptions[0].patient_id,
    ]  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bridge_that_comes_later_learns_which_devices_are_connected(
    bridge: BridgeSettings, device: DeviceAtBroker, database: Database
) -> None:
    def online() -> bool:
        with database.transaction() as transaction:
            return transaction.get_one(Device, DEVICE).online

    device.report(online=True)
    with working(bridge):
        wait_until(online)
        device.report(online=False)
        wait_until(lambda: not online())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_prescription_that_the_broker_forbids_is_not_called_sent(
    mosquitto, bridge: BridgeSettings, database: Database, demo: int, capfd
) -> None:
    mosquitto.stop()
    access = mosquitto.folder / "access"
    rules = access.read_text()
    access.write_text(rules.replace("topic write physiopi/v1/devices/+/prescription", ""))
    mosquitto.start()
    prescribe(database, demo, 1)
    said = []
    with working(bridge):
        wait_until(lambda: said.append(capfd.readouterr()) or "Not authorized" in str(said))
    assert published(database) == [False]


def test_the_device_is_told_of_a_consent_and_of_its_end_and_so_is_its_successor(
    bridge: BridgeSettings, device: DeviceAtBroker, database: Database, demo: int
) -> None:
    def told() -> tuple[str | None, bool | None]:
        with database.transaction() as transaction:
            row = transaction.scalars(select(MotionConsentRecord)).one()
            return row.published_to, row.published_standing

    def doctor_does(act: Callable[[ClinicView, Patient, Account], object]) -> None:
        with database.transaction() as transaction:
            doctor = transaction.scalars(select(Account)).one()
            view = ClinicView(transaction, doctor.clinic_id)
            act(view, view.patient(demo), doctor)

    with working(bridge):
        doctor_does(
            lambda view, who, by: view.give_motion_consent(who, by, datetime.now(UTC).date(), "yes")
        )
        wait_until(lambda: told() == (DEVICE, True))
        wait_until(lambda: device.consents and device.consents[-1].consent_id is not None)
        doctor_does(lambda view, who, by: view.withdraw_motion_consent(who, by))
        wait_until(lambda: told() == (DEVICE, False))
        wait_until(lambda: device.consents[-1].consent_id is None)
        assert len(device.consents) == 2
        assert device.consents[0].decided_at < device.consents[1].decided_at
        with database.transaction() as transaction:
            lent = transaction.get_one(Device, DEVICE)
            clinic_id, lent.patient_id = lent.clinic_id, None
            transaction.add(Device(id="successor", clinic_id=clinic_id, patient_id=demo))
        wait_until(lambda: told() == ("successor", False))
