"""What a device can and cannot do at a real broker with our configuration."""

import threading
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cloud_bridge.broker import add_broker_device
from models.errors import MessageError
from models.messages import MAXIMUM_PAYLOAD_BYTES

pytestmark = pytest.mark.broker


class Peer:
    """A client that remembers what the broker answered."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.connected, self.refused = threading.Event(), ""
        self.answers: list[str] = []
        self.granted: list[str] = []
        self.messages: list[tuple[str, bytes]] = []
        self.answered = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, user, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(user, password)
        self.client.on_connect = self._on_connect
        self.client.on_publish = self._on_publish
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = lambda _c, _u, m: self.messages.append((m.topic, m.payload))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.connected.wait(5)

    def publish(self, topic: str, payload: bytes = b"x") -> str:
        self.answered.clear()
        self.client.publish(topic, payload, 1)
        assert self.answered.wait(5)
        return self.answers[-1]

    def subscribe(self, topic: str) -> str:
        self.answered.clear()
        self.client.subscribe(topic, 1)
        assert self.answered.wait(5)
        return self.granted[-1]

    def _on_connect(self, _c, _u, _f, reason, _p) -> None:
        self.refused = str(reason) if reason.is_failure else ""
        self.connected.set()

    def _on_publish(self, _c, _u, _m, reason, _p) -> None:
        self.answers.append(str(reason))
        self.answered.set()

    def _on_subscribe(self, _c, _u, _m, reasons, _p) -> None:
        self.granted.append(str(reasons[0]))
        self.answered.set()


@pytest.fixture
def device(mosquitto) -> Iterator[Peer]:
    password = mosquitto.add_device("device-1").read_text().strip()
    peer = Peer(mosquitto.port, "device-1", password)
    yield peer
    peer.client.disconnect()
    peer.client.loop_stop()


@pytest.mark.parametrize("channel", ["session", "status", "prescription/ack"])
def test_a_device_writes_its_own_topics(device: Peer, channel: str) -> None:
    assert "Not authorized" not in device.publish(f"physiopi/v1/devices/device-1/{channel}")


@pytest.mark.parametrize(
    "topic",
    [
        "physiopi/v1/devices/device-2/session",
        "physiopi/v1/devices/device-1/prescription",
        "physiopi/v1/devices/device-1/receipt",
        "physiopi/v1/devices/device-1/other",
        "$SYS/broker/x",
        "elsewhere",
    ],
)
def test_a_device_writes_nothing_else(device: Peer, topic: str) -> None:
    assert "Not authorized" in device.publish(topic)


@pytest.mark.parametrize(
    "topic", ["physiopi/v1/devices/device-2/prescription", "physiopi/v1/devices/+/session", "#"]
)
def test_a_device_hears_nothing_of_others(mosquitto, device: Peer, topic: str) -> None:
    device.subscribe(topic)
    bridge = Peer(mosquitto.port, "physiopi-bridge", mosquitto.bridge_password)
    bridge.publish("physiopi/v1/devices/device-2/prescription", b"secret")
    device.subscribe("physiopi/v1/devices/device-1/prescription")
    bridge.publish("physiopi/v1/devices/device-1/prescription", b"mine")
    bridge.client.disconnect()
    bridge.client.loop_stop()
    for _ in range(100):
        if (("physiopi/v1/devices/device-1/prescription", b"mine")) in device.messages:
            break
        threading.Event().wait(0.02)
    assert {payload for _, payload in device.messages} == {b"mine"}


def test_a_wrong_password_is_refused(mosquitto) -> None:
    mosquitto.add_device("device-1")
    assert "uthor" in Peer(mosquitto.port, "device-1", "wrong").refused


def test_an_oversize_message_is_not_taken(mosquitto, device: Peer) -> None:
    device.client.publish(
        "physiopi/v1/devices/device-1/session", b"x" * (MAXIMUM_PAYLOAD_BYTES * 2), 1
    )
    bridge = Peer(mosquitto.port, "physiopi-bridge", mosquitto.bridge_password)
    bridge.subscribe("physiopi/v1/devices/+/session")
    threading.Event().wait(0.5)
    assert bridge.messages == []
    bridge.client.disconnect()
    bridge.client.loop_stop()


def test_secrets_are_private_and_a_hostile_id_is_refused(mosquitto) -> None:
    secret = mosquitto.add_device("device-1")
    assert secret.stat().st_mode & 0o077 == 0
    assert mosquitto.files.passwords.stat().st_mode & 0o077 == 0
    with pytest.raises(MessageError):
        add_broker_device(mosquitto.folder, "../../etc")
