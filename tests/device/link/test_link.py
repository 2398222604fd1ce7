"""The link against a real Mosquitto, with a small bridge at the other end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from device.link.link import Link
from device.settings import BrokerSettings, DeviceSettings
from device.store import Store
from models.exercises.library import load_library
from models.messages import (
    Channel,
    Prescription,
    PrescriptionAcknowledgement,
    PrescriptionItem,
    Receipt,
    Session,
    Status,
    topic,
)

pytestmark = pytest.mark.broker
DEVICE = "device-1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def eventually(happened: Callable[[], object], within_s: float = 15.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.05)


def make_session() -> Session:
    return Session(
        id=uuid4(), prescription_id=uuid4(), prescription_version=1, patient_id="p-1",
        device_id=DEVICE, software_version="0.1.0", camera="usb", started_at=NOW, ended_at=NOW,
        status="completed",
    )  # fmt: skip


def make_prescription(version: int = 1) -> Prescription:
    return Prescription(
        id=uuid4(), version=version, patient_id="p-1", author_id="a-1", issued_at=NOW,
        items=(PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5),),
    )  # fmt: skip


class SmallBridge:
    """Receives, and answers with receipts while it is told to."""

    def __init__(self, port: int, password: str) -> None:
        self.received: list[tuple[Channel, bytes]] = []
        self.answers = True
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, "bridge", protocol=mqtt.MQTTv5)
        self.client.username_pw_set("physiopi-bridge", password)
        self.client.on_message = self._on_message
        self.client.on_connect = lambda client, *_: client.subscribe("physiopi/v1/devices/+/#", 1)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def of(self, channel: Channel) -> list[bytes]:
        return [payload for each, payload in self.received if each is channel]

    def prescribe(self, payload: bytes) -> None:
        self.client.publish(topic(DEVICE, Channel.PRESCRIPTION), payload, 1, retain=True)

    def _on_message(self, client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        channel = Channel(message.topic.split("/", 4)[4])
        payload = bytes(message.payload)
        self.received.append((channel, payload))
        if not self.answers or channel not in (
            Channel.SESSION,
            Channel.PRESCRIPTION_ACKNOWLEDGEMENT,
        ):
            return
        if channel is Channel.SESSION:
            message_id = Session.from_bytes(payload).id
        else:
            message_id = PrescriptionAcknowledgement.from_bytes(payload).message_id
        receipt = Receipt(message_id=message_id, outcome="stored", received_at=NOW)
        client.publish(topic(DEVICE, Channel.RECEIPT), receipt.to_bytes(), 1)


@pytest.fixture
def settings(mosquitto, tmp_path: Path) -> DeviceSettings:
    return DeviceSettings(
        device_id=DEVICE,
        data_folder=tmp_path / "device",
        broker=BrokerSettings(port=mosquitto.port, password_file=mosquitto.add_device(DEVICE)),
    )


@pytest.fixture
def bridge(mosquitto) -> Iterator[SmallBridge]:
    small = SmallBridge(mosquitto.port, mosquitto.bridge_password)
    yield small
    small.client.disconnect()
    small.client.loop_stop()


@contextmanager
def link_runs(settings: DeviceSettings, receipt_within_s: float = 10.0) -> Iterator[Store]:
    """A running link; gives a store of the test's own thread."""
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: Link(settings, "0.1.0", receipt_within_s=receipt_within_s).run(stop),
        daemon=True,
    )
    thread.start()
    store = Store(settings.database_file)
    yield store
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    store.close()


@pytest.fixture
def running(settings: DeviceSettings) -> Iterator[Store]:
    with link_runs(settings) as store:
        yield store


def is_connected(store: Store) -> bool:
    state = store.link_state()
    return state is not None and state.connected


def test_a_session_is_delivered_and_leaves_the_outbox(bridge, running: Store) -> None:
    session = make_session()
    running.save_session(session)
    eventually(lambda: running.delivery(session.id) == "delivered")
    assert Session.from_bytes(bridge.of(Channel.SESSION)[0]) == session


def test_without_a_receipt_it_is_sent_again_with_the_same_id(
    bridge, settings: DeviceSettings
) -> None:
    bridge.answers = False
    session = make_session()
    with link_runs(settings, receipt_within_s=0.5) as running:
        running.save_session(session)
        eventually(lambda: len(bridge.of(Channel.SESSION)) >= 2)
        assert running.delivery(session.id) == "pending"
        bridge.answers = True
        eventually(lambda: running.delivery(session.id) == "delivered")
    assert {Session.from_bytes(each).id for each in bridge.of(Channel.SESSION)} == {session.id}


def test_many_sessions_arrive_in_the_order_in_which_they_were_done(
    bridge, settings: DeviceSettings
) -> None:
    sessions = [make_session() for _ in range(25)]
    waiting = Store(settings.database_file)
    for session in sessions:
        waiting.save_session(session)
    waiting.close()
    with link_runs(settings) as running:
        eventually(lambda: running.outbox_length() == 0)
    arrived = [Session.from_bytes(each).id for each in bridge.of(Channel.SESSION)]
    assert arrived == [session.id for session in sessions]


def test_a_link_started_anew_sends_again_what_was_not_answered(
    bridge, settings: DeviceSettings
) -> None:
    bridge.answers = False
    session = make_session()
    with link_runs(settings, receipt_within_s=0.5) as running:
        running.save_session(session)
        eventually(lambda: bridge.of(Channel.SESSION))
    bridge.answers = True
    with link_runs(settings, receipt_within_s=0.5) as running:
        eventually(lambda: running.delivery(session.id) == "delivered")


def test_the_same_retained_prescription_has_the_same_answer_after_a_restart(
    bridge, settings: DeviceSettings
) -> None:
    bridge.prescribe(make_prescription().to_bytes())
    for connections in (1, 2):
        with link_runs(settings) as running:
            eventually(
                lambda: len(bridge.of(Channel.PRESCRIPTION_ACKNOWLEDGEMENT)) >= connections  # noqa: B023
            )
            eventually(lambda: running.outbox_length() == 0)
    answers = {
        PrescriptionAcknowledgement.from_bytes(each).message_id
        for each in bridge.of(Channel.PRESCRIPTION_ACKNOWLEDGEMENT)
    }
    assert len(answers) == 1


def test_a_prescription_is_stored_and_acknowledged(bridge, running: Store) -> None:
    prescription = make_prescription()
    bridge.prescribe(prescription.to_bytes())
    eventually(lambda: running.current_prescription() == prescription)
    eventually(lambda: bridge.of(Channel.PRESCRIPTION_ACKNOWLEDGEMENT))
    payload = bridge.of(Channel.PRESCRIPTION_ACKNOWLEDGEMENT)[0]
    assert PrescriptionAcknowledgement.from_bytes(payload).version == 1


@pytest.mark.parametrize(
    "payload", [b"no json", b"{}", b"", b"\xff" * 100, b'{"schema_version": "9.0"}', b"[" * 5000]
)
def test_a_hostile_prescription_is_survived(bridge, running: Store, payload: bytes) -> None:
    bridge.prescribe(payload)
    prescription = make_prescription()
    bridge.prescribe(prescription.to_bytes())
    eventually(lambda: running.current_prescription() == prescription)


def test_a_hostile_receipt_is_survived(bridge, running: Store) -> None:
    for payload in (b"no json", b"[" * 50_000, b"\xff" * 100, b"{}"):
        bridge.client.publish(topic(DEVICE, Channel.RECEIPT), payload, 1)
    session = make_session()
    running.save_session(session)
    eventually(lambda: running.delivery(session.id) == "delivered")


def test_while_the_broker_is_down_sessions_wait_and_nothing_is_lost(
    mosquitto, bridge, running: Store
) -> None:
    eventually(lambda: is_connected(running))
    mosquitto.stop()
    eventually(lambda: not is_connected(running))
    sessions = [make_session() for _ in range(3)]
    for session in sessions:
        running.save_session(session)
    time.sleep(1.0)
    assert running.outbox_length() == 3
    mosquitto.start()
    eventually(lambda: running.outbox_length() == 0, within_s=30)
    assert {Session.from_bytes(each).id for each in bridge.of(Channel.SESSION)} == {
        session.id for session in sessions
    }


def test_a_prescription_sent_while_the_device_was_off_arrives_later(
    mosquitto, bridge, settings: DeviceSettings
) -> None:
    prescription = make_prescription()
    bridge.prescribe(prescription.to_bytes())
    stop = threading.Event()
    thread = threading.Thread(target=lambda: Link(settings, "0.1.0").run(stop), daemon=True)
    thread.start()
    store = Store(settings.database_file)
    eventually(lambda: store.current_prescription() == prescription)
    stop.set()
    thread.join(10)
    eventually(
        lambda: (
            bridge.of(Channel.STATUS)
            and not Status.from_bytes(bridge.of(Channel.STATUS)[-1]).online
        )
    )


def test_after_the_broker_was_away_the_status_says_online_again(
    mosquitto, bridge, running: Store
) -> None:
    def told() -> list[bool]:
        return [Status.from_bytes(each).online for each in bridge.of(Channel.STATUS)]

    eventually(lambda: told()[-1:] == [True])
    mosquitto.stop()
    eventually(lambda: not is_connected(running))
    bridge.received.clear()
    mosquitto.start()
    eventually(lambda: told()[-1:] == [True], within_s=30)


def test_the_status_tells_version_and_outbox(bridge, running: Store) -> None:
    bridge.prescribe(make_prescription(4).to_bytes())
    eventually(
        lambda: any(
            Status.from_bytes(each).prescription_version == 4 for each in bridge.of(Channel.STATUS)
        )
    )


def test_a_wrong_password_is_told_in_the_link_state(
    mosquitto, settings: DeviceSettings, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")
    broker = settings.broker.model_copy(update={"password_file": wrong})
    stop = threading.Event()
    wrong_settings = settings.model_copy(update={"broker": broker})
    thread = threading.Thread(target=lambda: Link(wrong_settings, "0.1.0").run(stop), daemon=True)
    thread.start()
    store = Store(settings.database_file)

    def refused() -> bool:
        state = store.link_state()
        return state is not None and "uthor" in state.last_error

    eventually(refused)
    assert load_library()
    stop.set()
    thread.join(10)
