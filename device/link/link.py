"""The device's MQTT 5 link: prescriptions in, outbox out, in a process of its own.

A message leaves the outbox only on the bridge's receipt, not on the broker's acknowledgement; one
without a receipt is sent again. What arrives is acknowledged to the broker only after it stands in
the store, and is hostile until validated.
"""

import queue
import ssl
import time
from dataclasses import dataclass
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
from device.settings import BrokerSettings, DeviceSettings
from device.store import LinkState, OutboxEntry, Store
from models.errors import ModelsError
from models.exercises.library import load_library
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    Channel,
    Prescription,
    Receipt,
    Status,
    parse_topic,
    topic,
)

KEEP_ALIVE_S = 30
SESSION_EXPIRY_S = 7 * 24 * 3600
TICK_S = 0.2
MOST_IN_FLIGHT = 10
RECEIPT_WITHIN_S = 10.0
LONGEST_WAIT_FOR_RECEIPT_S = 300.0
_PACKET_OVERHEAD_BYTES = 4096

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Arrived:
    message: mqtt.MQTTMessage


class Link:
    """Runs until told to stop; all work on the store is done in the thread of :meth:`run`."""

    def __init__(self, settings: DeviceSettings, software_version: str) -> None:
        self._settings = settings
        self._software_version = software_version
        self._device_id = settings.device_id
        self._store = Store(settings.database_file)
        self._library = load_library()
        self._arrived: queue.SimpleQueue[_Arrived] = queue.SimpleQueue()
        self._state = LinkState(connected=False, since=time.time())
        self._reported: tuple[int | None, int] | None = None
        self._reported_state: LinkState | None = None
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
        try:
            self._take(self._arrived.get(timeout=TICK_S).message)
            while not self._arrived.empty():
                self._take(self._arrived.get().message)
        except queue.Empty:
            pass
        if self._state != self._reported_state:
            self._reported_state = self._state
            self._store.set_link_state(self._state)
        if self._state.connected:
            self._send_pending()
            self._report_status()

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        client.reconnect_delay_set(min_delay=1, max_delay=60)
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
            self._state = LinkState(False, time.time(), self._state.last_contact_at, str(reason))
            log.warning("link_refused", reason=str(reason))
            return
        for channel in (Channel.PRESCRIPTION, Channel.RECEIPT):
            client.subscribe(topic(self._device_id, channel), qos=1)
        self._reported = None
        self._state = LinkState(True, time.time(), time.time())
        log.info("link_connected")

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: object) -> None:
        if self._state.connected or not self._state.last_error:
            log.warning("broker_not_reached", host=self._settings.broker.host)
        self._state = LinkState(
            False, self._state.since, self._state.last_contact_at, "the broker is not reached"
        )

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
        self._state = LinkState(False, time.time(), self._state.last_contact_at, str(reason))
        log.warning("link_lost", reason=str(reason))

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        self._arrived.put(_Arrived(message))

    def _take(self, message: mqtt.MQTTMessage) -> None:
        try:
            device_id, channel = parse_topic(message.topic)
            if device_id == self._device_id and channel is Channel.PRESCRIPTION:
                self._take_prescription(bytes(message.payload))
            elif device_id == self._device_id and channel is Channel.RECEIPT:
                receipt = Receipt.from_bytes(bytes(message.payload))
                if self._store.settle(receipt):
                    log.info("message_settled", outcome=receipt.outcome, reason=receipt.reason)
        except ModelsError as error:
            log.warning("message_refused", topic=message.topic, reason=str(error))
        self._client.ack(message.mid, message.qos)

    def _take_prescription(self, payload: bytes) -> None:
        if not payload:
            return
        prescription = Prescription.from_bytes(payload)
        kept = self._store.save_prescription(prescription, self._device_id, self._library)
        log.info("prescription_received", version=prescription.version, kept=kept)

    def _send_pending(self) -> None:
        now_s = time.time()
        for entry in self._store.pending(MOST_IN_FLIGHT):
            if _is_due(entry, now_s):
                self._store.record_attempt(entry.message_id)
                self._client.publish(topic(self._device_id, entry.channel), entry.payload, qos=1)

    def _report_status(self) -> None:
        prescription = self._store.current_prescription()
        version = None if prescription is None else prescription.version
        now = (version, self._store.outbox_length())
        if now != self._reported:
            self._reported = now
            self._client.publish(
                topic(self._device_id, Channel.STATUS),
                self._status(online=True, version=version, outbox_length=now[1]),
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
            LinkState(False, time.time(), self._state.last_contact_at, "the link was stopped")
        )
        self._store.close()


def configure_security(client: mqtt.Client, broker: BrokerSettings, user_name: str) -> None:
    """TLS with a verified broker and our certificate, or a password on the loopback address.

    Raises :class:`LinkError` when a file cannot be read.
    """
    try:
        if broker.ca_file is not None:
            client.tls_set(
                ca_certs=str(broker.ca_file),
                certfile=None if broker.certificate_file is None else str(broker.certificate_file),
                keyfile=None if broker.key_file is None else str(broker.key_file),
                cert_reqs=ssl.CERT_REQUIRED,
                tls_version=ssl.PROTOCOL_TLS_CLIENT,
            )
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


def _is_due(entry: OutboxEntry, now_s: float) -> bool:
    if entry.last_attempt_at is None:
        return True
    wait_s = min(RECEIPT_WITHIN_S * 2 ** (entry.attempts - 1), LONGEST_WAIT_FOR_RECEIPT_S)
    return now_s - entry.last_attempt_at >= wait_s or now_s < entry.last_attempt_at
