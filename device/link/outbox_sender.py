"""Hands the outbox to the broker, in order, and again while the bridge's receipt does not come."""

from collections.abc import Callable

from device.store import OutboxEntry, Store
from models.messages import Channel

MOST_IN_FLIGHT = 10
MOST_MOTION_IN_FLIGHT = 1
"""Movement is large, and everything else goes first."""
RECEIPT_WITHIN_S = 10.0
LONGEST_WAIT_FOR_RECEIPT_S = 300.0

Publish = Callable[[Channel, bytes], object]


class OutboxSender:
    """Sends what is due; when each message was last sent stands in the store.

    At most ``most_in_flight`` messages await their first answer at a time, of movement one. One
    that the bridge never answers counts for ``receipt_within_s`` only, so that it cannot keep later
    ones waiting.
    """

    def __init__(
        self,
        store: Store,
        publish: Publish,
        *,
        most_in_flight: int = MOST_IN_FLIGHT,
        receipt_within_s: float = RECEIPT_WITHIN_S,
    ) -> None:
        self._store = store
        self._publish = publish
        self._most_in_flight = most_in_flight
        self._receipt_within_s = receipt_within_s

    def send_due(self, now_s: float) -> int:
        """Publish what is due at ``now_s`` (Unix seconds); how many that were."""
        entries = self._store.pending()
        due = [entry for entry in entries if now_s >= self._due_at_s(entry, now_s)]
        in_flight = [entry for entry in entries if self._is_in_flight(entry, now_s)]
        room_for_motion = MOST_MOTION_IN_FLIGHT - len(_motion(in_flight))
        allowed = [each for each in due if each not in _motion(due)[max(0, room_for_motion) :]]
        sent = allowed[: max(0, self._most_in_flight - len(in_flight))]
        for entry in sent:
            # Recorded first: a message that stops us must not be the first one again for ever.
            self._store.record_attempt(entry.message_id, now_s)
            self._publish(entry.channel, self._store.payload(entry.message_id))
        return len(sent)

    def _due_at_s(self, entry: OutboxEntry, now_s: float) -> float:
        if entry.last_attempt_at is None or entry.last_attempt_at > now_s:
            # Never sent, or the clock was set back since.
            return now_s
        doublings = min(entry.attempts - 1, 16)
        wait_s = min(self._receipt_within_s * 2.0**doublings, LONGEST_WAIT_FOR_RECEIPT_S)
        return entry.last_attempt_at + wait_s

    def _is_in_flight(self, entry: OutboxEntry, now_s: float) -> bool:
        sent_s = entry.last_attempt_at
        return sent_s is not None and sent_s <= now_s < sent_s + self._receipt_within_s


def _motion(entries: list[OutboxEntry]) -> list[OutboxEntry]:
    return [entry for entry in entries if entry.channel is Channel.MOTION]
