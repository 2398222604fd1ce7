"""The order and the times at which the outbox is handed to the broker, by a clock of the test's."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from device.link.outbox_sender import (
    LONGEST_WAIT_FOR_RECEIPT_S,
    MOST_IN_FLIGHT,
    RECEIPT_WITHIN_S,
    OutboxSender,
)
from device.store import Store
from models.messages import Channel, Receipt, Session

NOW = datetime(2026, 1, 2, tzinfo=UTC)
START_S = 1_700_000_000.0


class Sent:
    """Stands where the broker is; remembers the ids of the sessions it was given."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []

    def __call__(self, channel: Channel, payload: bytes) -> None:
        assert channel is Channel.SESSION
        self.ids.append(Session.from_bytes(payload).id)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "device.sqlite")


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def sender(store: Store, sent: Sent) -> OutboxSender:
    return OutboxSender(store, sent)


def queue(store: Store, count: int = 1) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    for session_id in ids:
        store.save_session(
            Session(
                id=session_id, prescription_id=uuid4(), prescription_version=1, patient_id="p-1",
                device_id="device-1", software_version="0.1.0", camera="usb", started_at=NOW,
                ended_at=NOW, status="completed",
            )
        )  # fmt: skip
    return ids


def answer(store: Store, message_id: UUID) -> None:
    assert store.settle(Receipt(message_id=message_id, outcome="stored", received_at=NOW))


def times_sent_s(sender: OutboxSender, until_s: int) -> list[int]:
    return [second for second in range(until_s) if sender.send_due(START_S + second)]


def test_messages_go_in_the_order_in_which_they_were_queued_though_the_clock_is_set_back(
    store: Store, sent: Sent, sender: OutboxSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(10**9, 0, -3600))
    monkeypatch.setattr("device.store._now", lambda: float(next(clock)))
    ids = queue(store, 5)
    sender.send_due(START_S)
    assert sent.ids == ids


def test_a_message_without_receipt_is_sent_again_after_ever_longer_waits(
    store: Store, sender: OutboxSender
) -> None:
    queue(store)
    first = int(RECEIPT_WITHIN_S)
    assert times_sent_s(sender, 20 * first) == [0, first, 3 * first, 7 * first, 15 * first]


def test_the_wait_has_a_ceiling_however_often_a_message_was_sent(
    store: Store, sender: OutboxSender
) -> None:
    queue(store)
    sender.send_due(START_S)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE outbox SET attempts = 5000")
    connection.close()
    assert not sender.send_due(START_S + LONGEST_WAIT_FOR_RECEIPT_S - 1)
    assert sender.send_due(START_S + LONGEST_WAIT_FOR_RECEIPT_S) == 1


def test_each_message_has_its_own_wait(store: Store, sent: Sent, sender: OutboxSender) -> None:
    (old,) = queue(store)
    sender.send_due(START_S)
    sender.send_due(START_S + RECEIPT_WITHIN_S)
    (new,) = queue(store)
    sender.send_due(START_S + RECEIPT_WITHIN_S + 1)
    sender.send_due(START_S + 2 * RECEIPT_WITHIN_S + 1)
    assert sent.ids == [old, old, new, new]


def test_a_clock_set_back_does_not_make_a_message_wait_for_the_old_time(
    store: Store, sender: OutboxSender
) -> None:
    queue(store)
    sender.send_due(START_S)
    a_year_ago_s = START_S - 365 * 86_400
    assert sender.send_due(a_year_ago_s) == 1
    assert sender.send_due(a_year_ago_s + 1) == 0


def test_no_more_are_in_flight_than_allowed_and_a_receipt_makes_room(
    store: Store, sent: Sent, sender: OutboxSender
) -> None:
    ids = queue(store, MOST_IN_FLIGHT + 3)
    assert sender.send_due(START_S) == MOST_IN_FLIGHT
    assert sender.send_due(START_S + 1) == 0
    answer(store, ids[4])
    assert sender.send_due(START_S + 2) == 1
    assert sent.ids == ids[: MOST_IN_FLIGHT + 1]


def test_messages_never_answered_do_not_keep_later_ones_waiting(
    store: Store, sent: Sent, sender: OutboxSender
) -> None:
    never = queue(store, 2 * MOST_IN_FLIGHT)
    for second in range(0, 900, 5):
        sender.send_due(START_S + second)
    later = queue(store, 3)
    for second in range(900, 900 + int(2 * RECEIPT_WITHIN_S)):
        sender.send_due(START_S + second)
    assert set(later) <= set(sent.ids)
    assert set(never) <= set(sent.ids)
    assert store.outbox_length() == len(never) + len(later)


def test_a_restart_sends_again_what_has_no_receipt_and_nothing_else(
    store: Store, sent: Sent, sender: OutboxSender
) -> None:
    answered, open_one = queue(store, 2)
    sender.send_due(START_S)
    answer(store, answered)
    store.close()
    after = OutboxSender(Store(store.path), sent)
    after.send_due(START_S + RECEIPT_WITHIN_S)
    assert sent.ids == [answered, open_one, open_one]


def test_a_message_that_stops_the_process_lets_the_others_pass_at_the_next_start(
    store: Store, sent: Sent
) -> None:
    poison, good = queue(store, 2)

    def stops(channel: Channel, payload: bytes) -> None:
        if Session.from_bytes(payload).id == poison:
            raise RuntimeError("stopped")
        sent(channel, payload)

    with pytest.raises(RuntimeError):
        OutboxSender(store, stops).send_due(START_S)
    OutboxSender(store, stops).send_due(START_S + 1)
    assert sent.ids == [good]
    assert store.delivery(poison) == "pending"
