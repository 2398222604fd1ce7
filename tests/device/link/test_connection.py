"""How the link keeps its connections apart, without a broker: the client's calls come from here."""

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from device.errors import LinkError
from device.link.link import (
    LONGEST_WAIT_BEFORE_RECONNECT_S,
    Link,
    configure_security,
    wait_before_reconnect_s,
)
from device.settings import BrokerSettings, DeviceSettings
from device.store import LinkState, Store
from models.messages import Channel, topic

DEVICE = "device-1"
SUCCESS = ReasonCode(PacketTypes.CONNACK, "Success")
NOT_AUTHORISED = ReasonCode(PacketTypes.CONNACK, "Not authorized")
GONE = ReasonCode(PacketTypes.DISCONNECT, "Server shutting down")


class Rig:
    """A link whose client is called as paho calls it, and what it acknowledged and published."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = DeviceSettings(device_id=DEVICE, data_folder=folder)
        self.acknowledged: list[tuple[int, int]] = []
        self.published: list[str] = []
        monkeypatch.setattr(
            mqtt.Client, "ack", lambda _, mid, qos: self.acknowledged.append((mid, qos))
        )
        monkeypatch.setattr(
            mqtt.Client, "publish", lambda _, name, *_args, **_kw: self.published.append(name)
        )
        self.link = Link(settings, "0.1.0")
        self.client = self.link._client
        self.store = Store(settings.database_file)

    def connect(self, reason: ReasonCode = SUCCESS) -> None:
        flags = mqtt.ConnectFlags(session_present=False)
        self.client.on_connect(self.client, None, flags, reason, None)

    def lose(self) -> None:
        flags = mqtt.DisconnectFlags(is_disconnect_packet_from_server=True)
        self.client.on_disconnect(self.client, None, flags, GONE, None)

    def deliver(self, number: int, payload: bytes = b"hostile", name: bytes | None = None) -> None:
        message = mqtt.MQTTMessage(number, name or topic(DEVICE, Channel.RECEIPT).encode())
        message.payload, message.qos = payload, 1
        self.client.on_message(self.client, None, message)

    def tick(self) -> LinkState | None:
        self.link._tick()
        return self.store.link_state()


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    rig = Rig(tmp_path, monkeypatch)
    yield rig
    rig.store.close()


def test_a_message_is_acknowledged_over_the_connection_it_came_by(rig: Rig) -> None:
    rig.connect()
    rig.deliver(7)
    rig.tick()
    assert rig.acknowledged == [(7, 1)]


def test_a_number_that_a_later_connection_may_reuse_is_not_acknowledged(rig: Rig) -> None:
    rig.connect()
    rig.deliver(7)
    rig.lose()
    rig.connect()
    rig.tick()
    assert rig.acknowledged == []
    rig.deliver(7)
    rig.tick()
    assert rig.acknowledged == [(7, 1)]


def test_a_topic_that_is_no_text_does_not_stop_the_link(rig: Rig) -> None:
    rig.connect()
    rig.deliver(1, name=b"\xff\xfe")
    rig.deliver(2)
    rig.tick()
    assert rig.acknowledged == [(1, 1), (2, 1)]


def test_a_connection_lost_while_a_message_is_taken_stays_lost(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.connect()
    rig.tick()
    monkeypatch.setattr(mqtt.Client, "ack", lambda *_: rig.lose())
    rig.deliver(1)
    state = rig.tick()
    assert state is not None
    assert not state.connected
    assert state.last_contact_at is not None


def test_the_status_is_said_once_for_each_connection(rig: Rig) -> None:
    rig.connect()
    rig.tick()
    rig.tick()
    assert rig.published == [topic(DEVICE, Channel.STATUS)]
    rig.lose()
    rig.connect()
    rig.tick()
    assert rig.published == [topic(DEVICE, Channel.STATUS)] * 2


def test_why_the_broker_refused_stands_in_the_state(rig: Rig) -> None:
    rig.connect(NOT_AUTHORISED)
    rig.lose()
    state = rig.tick()
    assert state is not None
    assert (state.connected, state.last_error) == (False, "Not authorized")
    assert rig.published == []


def test_waits_before_a_reconnection_double_to_a_minute_and_differ() -> None:
    random.seed(1)
    waits = [[wait_before_reconnect_s(failures) for _ in range(200)] for failures in range(8)]
    assert [max(each) for each in waits] == [2, 4, 8, 16, 32, 60, 60, 60]
    assert [min(each) for each in waits] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert 1 <= wait_before_reconnect_s(10**6) <= LONGEST_WAIT_BEFORE_RECONNECT_S


def test_key_files_that_are_missing_are_told(tmp_path: Path) -> None:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    for broker in (
        BrokerSettings(ca_file=tmp_path / "missing.pem"),
        BrokerSettings(password_file=tmp_path / f"missing-{uuid4()}"),
    ):
        with pytest.raises(LinkError, match="enrol"):
            configure_security(client, broker, DEVICE)
