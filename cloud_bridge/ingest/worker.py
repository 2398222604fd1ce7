"""An ingest worker: takes devices' messages from the broker, and publishes prescriptions.

It acknowledges to the broker only after the database has committed; several workers share one
subscription. A broker may drop what arrives between its own restart and the worker's return (as
Mosquitto 2.0 does with shared subscriptions); a device sends again until it has a receipt, so that
only delays. Prescriptions stand in the store first and are published from there, so that a broker
that is away delays them and loses none. So it is with the consent to send movement.
"""

import contextlib
import queue
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from sqlalchemy import and_, exists, false, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from cloud_bridge.audit.log import AuditLog
from cloud_bridge.audit.recorder import record_audit
from cloud_bridge.errors import BrokerError
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.settings import BridgeSettings, BrokerSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.prescription_delivery import delivery_to
from cloud_bridge.store.tables import (
    Device,
    MotionConsentRecord,
    Patient,
    PrescriptionDelivery,
    PrescriptionVersion,
)
from models.exercises.library import load_library
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    TOPIC_ROOT,
    Channel,
    Payload,
    Prescription,
    topic,
)
from models.motion import MotionConsent

KEEP_ALIVE_S = 30
TICK_S = 0.25
_SESSION_EXPIRY_S = 14 * 24 * 3600
_PACKET_OVERHEAD_BYTES = 4096
_DATABASE_AGAIN_AFTER_S = 1.0
_PUBLISHED_WITHIN_S = 5.0
_PRESCRIPTIONS_EVERY_S = 0.5
_MOST_PUBLISHED_AT_ONCE = 20
_MOST_UNACKNOWLEDGED = 50
_SHARED = (
    Channel.SESSION,
    Channel.EVENT,
    Channel.MOTION,
    Channel.PRESCRIPTION_ACKNOWLEDGEMENT,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message, and the number of the connection it came over."""

    message: mqtt.MQTTMessage
    connection: int


class IngestWorker:
    """Runs until told to stop; all work on the database is done in the thread of :meth:`run`."""

    def __init__(self, settings: BridgeSettings, name: str = "1") -> None:
        self._settings = settings
        self._database = Database(settings.database)
        record_audit(self._database, AuditLog.of(settings))
        self._database.upgrade()
        self._acceptance = Acceptance(self._database, load_library())
        self._arrived: queue.SimpleQueue[_Arrived] = queue.SimpleQueue()
        self._connection = 0
        self._denied: set[int] = set()
        self._look_for_prescriptions_at_s = 0.0
        self._client = self._make_client(name)

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set."""
        broker = self._settings.broker
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
        properties.ReceiveMaximum = _MOST_UNACKNOWLEDGED
        properties.MaximumPacketSize = MAXIMUM_PAYLOAD_BYTES + _PACKET_OVERHEAD_BYTES
        self._client.connect_async(
            broker.host,
            broker.port,
            keepalive=KEEP_ALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()
        try:
            while not stop.is_set():
                self._tick(stop)
        finally:
            self._client.disconnect()
            self._client.loop_stop()
            self._database.close()

    def _tick(self, stop: Event) -> None:
        with contextlib.suppress(queue.Empty):
            self._take(self._arrived.get(timeout=TICK_S), stop)
        if self._client.is_connected() and time.monotonic() >= self._look_for_prescriptions_at_s:
            self._look_for_prescriptions_at_s = time.monotonic() + _PRESCRIPTIONS_EVERY_S
            try:
                self._publish_prescriptions()
                self._publish_consents()
            except SQLAlchemyError as error:
                log.error("database_not_reached", error=type(error).__name__)
                stop.wait(_DATABASE_AGAIN_AFTER_S)

    def _take(self, arrived: _Arrived, stop: Event) -> None:
        message = arrived.message
        while not stop.is_set():
            try:
                answer = self._acceptance.take(message.topic, bytes(message.payload))
            except SQLAlchemyError as error:
                # Not acknowledged: the broker keeps the message until the database is back.
                log.error("database_not_reached", error=type(error).__name__)
                stop.wait(_DATABASE_AGAIN_AFTER_S)
                continue
            if answer is not None:
                self._client.publish(
                    topic(answer.device_id, Channel.RECEIPT), answer.receipt.to_bytes(), qos=1
                )
                log.info(
                    "message_taken",
                    device=answer.device_id,
                    outcome=answer.receipt.outcome,
                )
            # After a new connection the broker sends again what was not acknowledged, and may use
            # this message's number for another one.
            if arrived.connection == self._connection:
                self._client.ack(message.mid, message.qos)
            return

    def _publish_prescriptions(self) -> None:
        """Publish each device's newest version; one that was overtaken is never sent.

        The device's row is locked meanwhile, so that of several workers none can put an older
        version over a newer one.
        """
        newer = aliased(PrescriptionVersion)
        overtaken = exists().where(
            newer.patient_id == PrescriptionVersion.patient_id,
            newer.version > PrescriptionVersion.version,
        )
        later = aliased(PrescriptionDelivery)
        # What was published to a device last is what it gets when it connects.
        told = exists().where(
            PrescriptionDelivery.version_row_id == PrescriptionVersion.row_id,
            PrescriptionDelivery.device_id == Device.id,
            or_(
                PrescriptionDelivery.published_at.is_not(None),
                PrescriptionDelivery.acknowledged_at.is_not(None),
            ),
            ~exists().where(
                later.device_id == PrescriptionDelivery.device_id,
                later.published_at > PrescriptionDelivery.published_at,
            ),
        )
        with self._database.transaction() as transaction:
            waiting = transaction.execute(
                select(Device, PrescriptionVersion)
                .join(PrescriptionVersion, PrescriptionVersion.patient_id == Device.patient_id)
                .where(~told, ~overtaken)
                .order_by(PrescriptionVersion.row_id)
                .limit(_MOST_PUBLISHED_AT_ONCE)
                .with_for_update(of=Device, skip_locked=True)
            ).all()
            for device, row in waiting:
                if self._publish(device.id, Prescription.model_validate(row.payload)):
                    _note_delivery(transaction, device, row)
                    log.info("prescription_published", device=device.id, version=row.version)

    def _publish_consents(self) -> None:
        """Tell each device whether its patient's newest consent to send movement stands."""
        newer = aliased(MotionConsentRecord)
        overtaken = exists().where(
            newer.patient_id == MotionConsentRecord.patient_id,
            newer.number > MotionConsentRecord.number,
        )
        stands = MotionConsentRecord.withdrawn_at.is_(None)
        told = and_(
            MotionConsentRecord.published_standing.is_not(None),
            MotionConsentRecord.published_standing == stands,
            MotionConsentRecord.published_to == Device.id,
        )
        with self._database.transaction() as transaction:
            waiting = transaction.execute(
                select(Device, MotionConsentRecord)
                .join(MotionConsentRecord, MotionConsentRecord.patient_id == Device.patient_id)
                .where(~overtaken, ~func.coalesce(told, false()))
                .limit(_MOST_PUBLISHED_AT_ONCE)
                .with_for_update(of=Device, skip_locked=True)
            ).all()
            for device, row in waiting:
                patient = transaction.get_one(Patient, row.patient_id)
                consent = MotionConsent(
                    patient_id=patient.wire_id,
                    consent_id=row.id if row.stands else None,
                    decided_at=row.withdrawn_at or row.given_at,
                )
                if self._publish(device.id, consent):
                    # What was said, not what is: withdrawn meanwhile, it is published again.
                    row.published_standing = consent.consent_id is not None
                    row.published_to, row.published_at = device.id, datetime.now(UTC)
                    log.info("motion_consent_published", device=device.id, stands=row.stands)

    def _publish(self, device_id: str, message: Payload) -> bool:
        """Publish a retained message; whether the broker has it."""
        sent = self._client.publish(
            topic(device_id, message.kind), message.to_bytes(), qos=1, retain=True
        )
        try:
            sent.wait_for_publish(_PUBLISHED_WITHIN_S)
        except (RuntimeError, ValueError) as error:
            log.warning(
                "message_not_published",
                device=device_id,
                channel=message.kind.value,
                error=str(error),
            )
        # The broker acknowledges also what its access list forbids, and says so in the reason.
        return sent.is_published() and sent.mid not in self._denied

    def _make_client(self, name: str) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self._settings.broker.user}-ingest-{name}",
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        configure_security(client, self._settings.broker)
        client.on_connect = self._on_connect
        client.on_disconnect = _on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = _on_subscribe
        return client

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        self._arrived.put(_Arrived(message, self._connection))

    def _on_publish(
        self,
        _client: mqtt.Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._denied.discard(mid)
        if reason.is_failure:
            self._denied.add(mid)
            log.error("broker_took_no_message_of_the_bridge", reason=str(reason))

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("broker_refused_the_bridge", reason=str(reason))
            return
        self._connection += 1
        for channel in _SHARED:
            client.subscribe(f"$share/bridge/{TOPIC_ROOT}/+/{channel.value}", qos=1)
        # Not shared: a shared subscription is not given what is retained, and so would not learn
        # which devices are connected. Every worker writes every status, in the order it came.
        client.subscribe(f"{TOPIC_ROOT}/+/{Channel.STATUS.value}", qos=1)
        log.info("broker_connected")


def _note_delivery(transaction: Transaction, device: Device, row: PrescriptionVersion) -> None:
    known = delivery_to(transaction, device, row)
    known.published_at = datetime.now(UTC)
    if row.published_at is None:
        row.published_at = known.published_at


def configure_security(client: mqtt.Client, broker: BrokerSettings) -> None:
    """TLS with a verified broker, or a password; raises :class:`BrokerError`."""
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
            password = broker.password_file.read_text(encoding="utf-8").strip()
            client.username_pw_set(broker.user, password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise BrokerError(
            f"the bridge's key files cannot be used: {error}: run physiopi-bridge broker-config"
        ) from error


def _on_subscribe(
    _client: mqtt.Client,
    _userdata: object,
    _mid: int,
    reasons: list[ReasonCode],
    _properties: Properties | None,
) -> None:
    for reason in reasons:
        if reason.is_failure:
            log.error("broker_refused_a_subscription", reason=str(reason))


def _on_disconnect(
    _client: mqtt.Client,
    _userdata: object,
    _flags: mqtt.DisconnectFlags,
    reason: ReasonCode,
    _properties: Properties | None,
) -> None:
    log.warning("broker_lost", reason=str(reason))
