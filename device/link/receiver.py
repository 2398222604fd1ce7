"""Takes what the broker delivers: hostile until validated, stored before it is acknowledged."""

import structlog

from device.errors import StoreError
from device.store import Store
from models.errors import MessageError, ModelsError
from models.exercises.library import ExerciseLibrary
from models.messages import Channel, Prescription, Receipt, parse_topic
from models.motion import MotionConsent

_LONGEST_REASON = 500

log = structlog.get_logger()


class Receiver:
    """Writes prescriptions, receipts and the consent to send movement to the store.

    ``refused`` counts what it could not take.
    """

    def __init__(self, store: Store, device_id: str, library: ExerciseLibrary) -> None:
        self._store = store
        self._device_id = device_id
        self._library = library
        self.refused = 0

    def take(self, topic_name: str, payload: bytes) -> None:
        """Store one message, or log why not; whatever its content, it raises nothing for it.

        Raises :class:`~device.errors.StoreError` while the database cannot be used; the message
        must not be acknowledged then.
        """
        try:
            device_id, channel = parse_topic(topic_name)
            if device_id != self._device_id:
                raise MessageError(f"a message for device {device_id} is not ours")
            if channel is Channel.PRESCRIPTION:
                self._take_prescription(payload)
            elif channel is Channel.RECEIPT:
                self._take_receipt(Receipt.from_bytes(payload))
            elif channel is Channel.MOTION_CONSENT:
                self._take_consent(payload)
            else:
                raise MessageError(f"the bridge does not publish {channel.value}")
        except ModelsError as error:
            self._refuse(str(error))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001
            # Whatever a hostile payload breaks, it must not stop the link: the broker would deliver
            # it again at the next start. Nothing is lost: a prescription is retained, and without
            # its receipt a message is sent again.
            self._refuse(f"{type(error).__name__}: {error}")

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        log.warning("message_refused", reason=reason[:_LONGEST_REASON], refused=self.refused)

    def _take_prescription(self, payload: bytes) -> None:
        if not payload:
            return  # how a retained prescription is cleared
        prescription = Prescription.from_bytes(payload)
        kept = self._store.save_prescription(prescription, self._device_id, self._library)
        log.info("prescription_received", version=prescription.version, kept=kept)

    def _take_receipt(self, receipt: Receipt) -> None:
        settled = self._store.settle(receipt)
        log.info(
            "receipt_received", outcome=receipt.outcome, reason=receipt.reason, settled=settled
        )

    def _take_consent(self, payload: bytes) -> None:
        if not payload:
            return  # how a retained message is cleared; what was withdrawn was said before
        consent = MotionConsent.from_bytes(payload)
        kept = self._store.motion.take_consent(consent)
        log.info("motion_consent_received", stands=consent.consent_id is not None, kept=kept)
