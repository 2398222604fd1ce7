"""The device's MQTT 5 link: prescriptions in, outbox out, in a process of its own.

A message leaves the outbox only on the bridge's receipt, not on the broker's acknowledgement; one
without a receipt is sent again. What arrives is acknowledged to the broker only after it stands in
the store, and is hostile until validated.
"""

import queue
import random
import ssl
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device.errors import LinkError
from device.link.outbox_sender import MOST_IN_FLIGHT, RECEIPT_WITHIN_S, OutboxSender
from device.link.receiver import Receiver
from device.settings import BrokerSettings, DeviceSettings
from device.store import LinkState, Store
from models.exercises.library import load_library
from models.messages import MAXIMUM_PAYLOAD_BYTES, Channel, Status, topic

KEEP_ALIVE_S = 30
SESSION_EXPIRY_S = 7 * 24 * 3600
TICK_S = 0.2
LOOK_AT_LEAST_EVERY_S = 1.0
LONGEST_WAIT_BEFORE_RECONNECT_S = 60
_PACKET_OVERHEAD_BYTES = 4096

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message, and the number of the connection it came over."""

    message: mqtt.MQTTMessage
    connection: int


class Link:
    """Runs until told to stop; all work on the store is done in the thread of :meth:`run`."""

    def __init__(
        self,
        settings: DeviceSettings,
        software_version: str,
        *,
        receipt_within_s: float = RECEIPT_WITHIN_S,
    ) -> None:
        self._settings = settings
        self._software_version = software_version
        self._device_id = settings.device_id
        self._store = Store(settings.database_file)
        self._receiver = Receiver(self._store, self._device_id, load_library())
        self._sender = OutboxSender(self._store, self._publish, receipt_within_s=receipt_within_s)
        self._arrived: queue.SimpleQueue[_Arrived] = queue.SimpleQueue()
        self._state = LinkState(connected=False, since=time.time())
        self._last_contact_at: float | None = None
        self._reported: tuple[int, int | None, int] | None = None
        self._reported_state: LinkState | None = None
        self._connection = 0
        self._failures = 0
        self._seen: tuple[int, int] | None = None
        self._look_again_at_s = 0.0
        self._client = self._make_client()

    def run(self, stop: Event) -> None:
        """Connect, and stay connected, until ``stop`` is set."""
        broker = self._settings.broker
        self._client.connect_async(
            broker.host,
            broker.port,
            keepalive=KEEP_ALIVE_S,
            clean_start=False,
            properties=_connect_properties(),
        )
        self._client.loop_start()
        try:
            while not stop.is_set():
                self._tick()
        finally:
            self._leave()

    def _tick(self) -> None:
        took = self._take_arrived()
        # The client's own thread writes _state and _connection; this one only reads them.
        state = replace(self._state, last_contact_at=self._last_contact_at)
        if state != self._reported_state:
            self._reported_state = state
            self._store.set_link_state(state)
        # Coaching runs on the same four cores: the outbox is looked through when something changed.
        seen = (self._store.data_version(), self._connection)
        if not took and seen == self._seen and time.monotonic() < self._look_again_at_s:
            return
        self._seen = seen
        self._look_again_at_s = time.monotonic() + LOOK_AT_LEAST_EVERY_S
        if state.connected:
            self._sender.send_due(time.time())
            self._report_status()

    def _take_arrived(self) -> bool:
        took = False
        timeout_s = TICK_S
        while True:
            try:
                arrived = self._arrived.get(timeout=timeout_s)
            except queue.Empty:
                return took
            self._take(arrived)
            took, timeout_s = True, 0.0

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        configure_security(client, self._settings.broker, self._device_id)
        client.will_set(
            topic(self._device_id, Channel.STATUS), self._status(online=False), qos=1, retain=True
        )
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._wait_longer()
            self._state = LinkState(False, time.time(), last_error=str(reason))
            log.warning("link_refused", reason=str(reason))
            return
        for channel in (Channel.PRESCRIPTION, Channel.MOTION_CONSENT, Channel.RECEIPT):
            client.subscribe(topic(self._device_id, channel), qos=1)
        self._connection += 1
        self._failures = 0
        self._last_contact_at = time.time()
        self._state = LinkState(True, time.time())
        log.info("link_connected")

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: object) -> None:
        self._wait_longer()
        if self._state.connected or not self._state.last_error:
            log.warning("broker_not_reached", host=self._settings.broker.host)
        self._state = LinkState(False, self._state.since, last_error="the broker is not reached")

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._state.connected:
            # Refused, and told why; the end of that connection says less.
            return
        self._wait_longer()
        self._state = LinkState(False, time.time(), last_error=str(reason))
        log.warning("link_lost", reason=str(reason))

    def _wait_longer(self) -> None:
        delay_s = wait_before_reconnect_s(self._failures)
        self._failures += 1
        self._client.reconnect_delay_set(min_delay=delay_s, max_delay=delay_s)

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        self._arrived.put(_Arrived(message, self._connection))

    def _take(self, arrived: _Arrived) -> None:
        message = arrived.message
        try:
            name = message.topic
        except UnicodeDecodeError:
            name = ""
        self._receiver.take(name, bytes(message.payload))
        # After a new connection the broker sends again what was not acknowledged, and may use this
        # message's number for another one.
        if arrived.connection == self._connection:
            self._client.ack(message.mid, message.qos)
            self._last_contact_at = time.time()

    def _publish(self, channel: Channel, payload: bytes) -> None:
        self._client.publish(topic(self._device_id, channel), payload, qos=1)

    def _report_status(self) -> None:
        prescription = self._store.current_prescription()
        version = None if prescription is None else prescription.version
        outbox_length = self._store.outbox_length()
        # At a new connection the broker has told our last will: we say again that we are here.
        now = (self._connection, version, outbox_length)
        if now != self._reported:
            self._reported = now
            self._client.publish(
                topic(self._device_id, Channel.STATUS),
                self._status(online=True, version=version, outbox_length=outbox_length),
                qos=1,
                retain=True,
            )

    def _status(
        self, *, online: bool, version: int | None = None, outbox_length: int | None = None
    ) -> bytes:
        return Status(
            device_id=self._device_id,
            online=online,
            software_version=self._software_version,
            prescription_version=version,
            outbox_length=outbox_length,
            reported_at=datetime.now(UTC),
        ).to_bytes()

    def _leave(self) -> None:
        if self._state.connected:
            farewell = self._client.publish(
                topic(self._device_id, Channel.STATUS),
                self._status(online=False),
                qos=1,
                retain=True,
            )
            try:
                farewell.wait_for_publish(2.0)
            except (RuntimeError, ValueError) as error:
                log.warning("farewell_not_sent", error=str(error))
        self._client.disconnect()
        self._client.loop_stop()
        self._store.set_link_state(
            LinkState(False, time.time(), self._last_contact_at, "the link was stopped")
        )
        self._store.close()


def wait_before_reconnect_s(failures: int) -> int:
    """Whole seconds to wait after so many failures in a row: doubling to a minute, by chance.

    Chance spreads the devices that lose the same broker at the same moment.
    """
    ceiling_s = min(2 ** min(failures + 1, 16), LONGEST_WAIT_BEFORE_RECONNECT_S)
    return random.randint(max(1, ceiling_s // 2), ceiling_s)  # noqa: S311  no secret


def configure_security(client: mqtt.Client, broker: BrokerSettings, user_name: str) -> None:
    """TLS 1.2 or later with a verified broker and our certificate, or a password on this machine.

    Raises :class:`LinkError` when a file cannot be read.
    """
    try:
        if broker.ca_file is not None:
            context = ssl.create_default_context(cafile=broker.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if broker.certificate_file is not None:
                context.load_cert_chain(broker.certificate_file, broker.key_file)
            client.tls_set_context(context)
        if broker.password_file is not None:
            client.username_pw_set(user_name, _read_password(broker.password_file))
    except (OSError, ssl.SSLError, ValueError) as error:
        raise LinkError(
            f"the link's key files cannot be used: {error}: enrol the device"
        ) from error


def _read_password(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.MaximumPacketSize = MAXIMUM_PAYLOAD_BYTES + _PACKET_OVERHEAD_BYTES
    return properties
