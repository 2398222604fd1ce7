"""Whatever the broker delivers, the link goes on and the store stays sound."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from device.errors import StoreError
from device.link.receiver import Receiver
from device.store import Store
from models.exercises.library import load_library
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    Channel,
    Prescription,
    PrescriptionItem,
    Receipt,
    topic,
)

DEVICE = "device-1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
PRESCRIPTION, RECEIPT = topic(DEVICE, Channel.PRESCRIPTION), topic(DEVICE, Channel.RECEIPT)
GOOD = Prescription(
    id=uuid4(), version=1, patient_id="p-1", author_id="a-1", issued_at=NOW,
    items=(PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5),),
)  # fmt: skip


def changed(**fields: object) -> bytes:
    return json.dumps(GOOD.model_dump(mode="json") | fields).encode()


def with_item(**fields: object) -> bytes:
    return changed(items=[GOOD.items[0].model_dump(mode="json") | fields])


HOSTILE = {
    "no JSON": b"no json",
    "no object": b"[1, 2]",
    "nothing in it": b"{}",
    "no UTF-8": b"\xff\xfe" * 100,
    "a NUL": b"\x00",
    "deep": b"[" * 100_000,
    "deep and closed": b'{"schema_version":' + b"[" * 900 + b"]" * 900 + b"}",
    "deeper than our parser": b'{"schema_version": "1.1", "a":' + b"[" * 9000 + b"]" * 9000 + b"}",
    "too large": b" " * (MAXIMUM_PAYLOAD_BYTES + 1),
    "another major version": changed(schema_version="9.0"),
    "a version that is half a character": b'{"schema_version": "\\ud800.0"}',
    "a number of 5000 digits": b'{"schema_version": ' + b"9" * 5000 + b"}",
    "a version beyond SQLite": changed(version=2**63),
    "a version of 4000 digits": changed(version=10**4000),
    "a version below one": changed(version=0),
    "half a character": changed(precautions="\ud800"),
    "the end of time": changed(issued_at="9999-12-31T23:59:59-23:00"),
    "the beginning of time": changed(issued_at="0001-01-01T00:00:00+23:00"),
    "no zone": changed(issued_at="2026-01-01T00:00:00"),
    "not a number": with_item(hold_s=float("nan")),
    "infinite": with_item(rest_s=float("inf")),
    "negative": with_item(reps=-5),
    "an id with SQL": changed(id="'; DROP TABLE outbox; --"),
    "an unknown exercise": with_item(exercise_id="handstand"),
    "a path for an exercise": with_item(exercise_id="../../etc/passwd"),
    "no items": changed(items=[]),
    "many items": changed(items=[GOOD.items[0].model_dump(mode="json")] * 5000),
    "a list for an object": changed(items=[[]]),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "device.sqlite")


@pytest.fixture
def receiver(store: Store) -> Receiver:
    return Receiver(store, DEVICE, load_library())


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_prescription_changes_nothing_and_the_next_good_one_is_taken(
    store: Store, receiver: Receiver, payload: bytes
) -> None:
    receiver.take(PRESCRIPTION, payload)
    assert store.current_prescription() is None
    receiver.take(PRESCRIPTION, GOOD.to_bytes())
    assert store.current_prescription() == GOOD


@pytest.mark.parametrize("payload", [*HOSTILE.values(), b""], ids=[*HOSTILE.keys(), "empty"])
def test_a_hostile_receipt_settles_nothing(
    store: Store, receiver: Receiver, payload: bytes
) -> None:
    receiver.take(PRESCRIPTION, GOOD.to_bytes())
    receiver.take(RECEIPT, payload)
    assert (store.outbox_length(), receiver.refused) == (1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "", "#", "physiopi/v1/devices//prescription", "physiopi/v1/devices/device-1/command",
        "physiopi/v1/devices/device-2/prescription", "physiopi/v1/devices/device-1/session",
        "physiopi/v2/devices/device-1/prescription", "physiopi/v1/devices/../prescription",
        "\x00", "a" * 65_535,
    ],
)  # fmt: skip
def test_a_message_on_a_topic_that_is_not_ours_is_refused(
    store: Store, receiver: Receiver, name: str
) -> None:
    receiver.take(name, GOOD.to_bytes())
    assert receiver.refused == 1
    assert store.current_prescription() is None


def test_a_cleared_prescription_is_no_error(store: Store, receiver: Receiver) -> None:
    receiver.take(PRESCRIPTION, GOOD.to_bytes())
    receiver.take(PRESCRIPTION, b"")
    assert receiver.refused == 0
    assert store.current_prescription() == GOOD


def test_a_receipt_settles_its_message_once(store: Store, receiver: Receiver) -> None:
    receiver.take(PRESCRIPTION, GOOD.to_bytes())
    (entry,) = store.pending()
    receipt = Receipt.model_validate(
        {"message_id": entry.message_id, "outcome": "stored", "received_at": NOW}
    )
    for _ in range(2):
        receiver.take(RECEIPT, receipt.to_bytes())
        assert store.outbox_length() == 0
    assert receiver.refused == 0


def test_a_receipt_for_a_message_of_nobody_settles_nothing(
    store: Store, receiver: Receiver
) -> None:
    receiver.take(PRESCRIPTION, GOOD.to_bytes())
    for message_id in (None, uuid4()):
        receipt = Receipt(message_id=message_id, outcome="refused", received_at=NOW)
        receiver.take(RECEIPT, receipt.to_bytes())
    assert store.outbox_length() == 1


def test_a_store_that_cannot_be_written_is_no_fault_of_the_message(
    store: Store, receiver: Receiver
) -> None:
    store.close()
    with pytest.raises(StoreError):
        receiver.take(PRESCRIPTION, GOOD.to_bytes())
    assert receiver.refused == 0
