"""An event's whole way: the device's store, its link, a real broker, ingest, the doctor's view."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from cloud_bridge.ingest.worker import IngestWorker
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.settings import BrokerSettings as BridgeBroker
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from cloud_bridge.store.tables import Device
from device.link.link import Link
from device.settings import BrokerSettings, DeviceSettings
from device.store import Store
from models.event import Event

pytestmark = pytest.mark.broker


@contextmanager
def running(worker: IngestWorker) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)


def test_an_event_of_the_device_is_read_by_its_clinic_and_leaves_the_outbox(
    mosquitto, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bridge.sqlite'}")
    database.upgrade()
    with database.transaction() as transaction:
        patient_id = make_demonstration(transaction).patient_id
    password = tmp_path / "password"
    password.write_text(mosquitto.bridge_password)
    broker = BridgeBroker(port=mosquitto.port, password_file=password)
    bridge = BridgeSettings(data_folder=tmp_path, database_url=database.url, broker=broker)
    device = DeviceSettings(
        device_id=DEVICE_ID,
        data_folder=tmp_path / "device",
        broker=BrokerSettings(port=mosquitto.port, password_file=mosquitto.add_device(DEVICE_ID)),
    )
    event = Event.model_validate({
        "id": uuid4(), "device_id": DEVICE_ID, "patient_id": "demo-patient",
        "prescription_id": uuid4(), "event_kind": "fall_suspected", "answer": "no_answer",
        "occurred_at": "2026-01-02T10:03:04Z", "camera": "usb", "software_version": "1",
    })  # fmt: skip
    store = Store(device.database_file)
    store.save_event(event)
    with running(IngestWorker(bridge)), linked(device):
        deadline_s = time.monotonic() + 30
        while store.delivery(event.id) != "delivered":
            assert time.monotonic() < deadline_s, "no receipt came"
            time.sleep(0.05)
    assert store.outbox_length() == 0
    with database.transaction() as transaction:
        clinic = ClinicView(transaction, transaction.get_one(Device, DEVICE_ID).clinic_id)
        (record,) = clinic.events(clinic.patient(patient_id))
    assert Event.model_validate(record.payload) == event


@contextmanager
def linked(settings: DeviceSettings) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: Link(settings, "1").run(stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
