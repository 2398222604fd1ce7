"""The device's memory: nothing lost, nothing doubled."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from device.errors import StoreError
from device.store import LinkState, OutboxEntry, Store
from models.errors import MessageError
from models.event import Event
from models.exercises.library import load_library
from models.messages import (
    Channel,
    Prescription,
    PrescriptionAcknowledgement,
    PrescriptionItem,
    Receipt,
    Session,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PRESCRIPTION_ID = uuid4()


def make_session(session_id: UUID | None = None) -> Session:
    return Session(
        id=session_id or uuid4(),
        prescription_id=PRESCRIPTION_ID,
        prescription_version=1,
        patient_id="p-1",
        device_id="device-1",
        software_version="0.1.0",
        camera="usb",
        started_at=NOW,
        ended_at=NOW,
        status="completed",
    )


def make_prescription(version: int = 1, **changes: object) -> Prescription:
    fields: dict[str, object] = {
        "id": PRESCRIPTION_ID,
        "version": version,
        "patient_id": "p-1",
        "author_id": "a-1",
        "issued_at": NOW + timedelta(hours=version),
        "items": (PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5),),
    }
    return Prescription.model_validate(fields | changes)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "device.sqlite")


def payload_of(store: Store, entry: OutboxEntry) -> bytes:
    return store.payload(entry.message_id)


def save(store: Store, prescription: Prescription) -> bool:
    return store.save_prescription(prescription, "device-1", load_library())


def test_a_session_waits_in_the_outbox_until_the_bridge_has_it(store: Store) -> None:
    session = make_session()
    store.save_session(session)
    (entry,) = store.pending()
    assert (entry.channel, payload_of(store, entry)) == (Channel.SESSION, session.to_bytes())
    store.record_attempt(entry.message_id, 12.5)
    (entry,) = store.pending()
    assert (entry.attempts, entry.last_attempt_at) == (1, 12.5)
    assert store.delivery(session.id) == "pending"
    receipt = Receipt(message_id=session.id, outcome="stored", received_at=NOW)
    assert store.settle(receipt)
    assert (store.delivery(session.id), store.outbox_length()) == ("delivered", 0)
    assert not store.settle(receipt)


def test_saving_a_session_twice_sends_it_once(store: Store) -> None:
    session = make_session()
    store.save_session(session)
    store.save_session(session)
    assert store.outbox_length() == 1


def test_a_refused_session_is_kept_with_its_state(store: Store) -> None:
    session = make_session()
    store.save_session(session)
    store.settle(
        Receipt(message_id=session.id, outcome="refused", reason="unknown", received_at=NOW)
    )
    assert (store.delivery(session.id), store.outbox_length()) == ("refused", 0)


def test_a_prescription_is_kept_and_acknowledged_together(store: Store) -> None:
    prescription = make_prescription()
    assert save(store, prescription)
    assert store.current_prescription() == prescription
    (entry,) = store.pending()
    acknowledgement = PrescriptionAcknowledgement.from_bytes(payload_of(store, entry))
    assert (acknowledgement.version, acknowledgement.accepted) == (1, True)


def test_the_newest_version_is_in_force_and_an_older_one_is_refused(store: Store) -> None:
    save(store, make_prescription(2))
    assert not save(store, make_prescription(1))
    current = store.current_prescription()
    assert current is not None
    assert current.version == 2
    refused = PrescriptionAcknowledgement.from_bytes(payload_of(store, store.pending()[-1]))
    assert (refused.accepted, "older" in refused.reason) == (False, True)


def test_an_unknown_exercise_is_refused_and_the_old_prescription_stays(store: Store) -> None:
    save(store, make_prescription(1))
    item = PrescriptionItem(exercise_id="handstand", sets=1, reps=1)
    assert not save(store, make_prescription(2, items=(item,)))
    current = store.current_prescription()
    assert current is not None
    assert current.version == 1


@pytest.mark.parametrize("status", ["on_hold", "revoked", "completed"])
def test_a_prescription_that_is_not_active_is_not_in_force(store: Store, status: str) -> None:
    save(store, make_prescription(1))
    save(store, make_prescription(2, status=status))
    assert store.current_prescription() is None


def test_an_interrupted_session_is_sent_once_after_the_restart(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    first = Store(path)
    first.save_draft(make_session())
    first.close()
    second = Store(path)
    assert second.send_draft() is not None
    assert second.send_draft() is None
    assert second.outbox_length() == 1


def test_the_link_state_is_seen_by_another_process(store: Store) -> None:
    other = Store(store.path)
    before = other.data_version()
    store.set_link_state(LinkState(True, 1.0, 2.0))
    assert other.data_version() != before
    assert other.link_state() == LinkState(True, 1.0, 2.0)


def test_processes_that_start_at_once_all_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from device.store import Store;"
        " Store(Path(sys.argv[1]))"
    )
    path = tmp_path / "device.sqlite"
    started = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(4)]
    assert [each.wait(60) for each in started] == [0, 0, 0, 0]


def test_files_are_private(store: Store) -> None:
    assert store.path.stat().st_mode & 0o077 == 0
    assert store.path.parent.stat().st_mode & 0o077 == 0


def test_the_retained_prescription_that_comes_again_is_answered_again_with_the_same_id(
    store: Store,
) -> None:
    prescription = make_prescription()
    save(store, prescription)
    (first,) = store.pending()
    payload = payload_of(store, first)
    assert save(store, prescription)
    assert store.pending() == [first]
    receipt = {"message_id": first.message_id, "outcome": "stored", "received_at": NOW}
    store.record_attempt(first.message_id, 1.0)
    store.settle(Receipt.model_validate(receipt))
    assert save(store, prescription)
    (again,) = store.pending()
    assert (again, payload_of(store, again)) == (first, payload)


def test_answers_that_differ_have_ids_that_differ(store: Store) -> None:
    item = PrescriptionItem(exercise_id="handstand", sets=1, reps=1)
    save(store, make_prescription(2, items=(item,)))
    save(store, make_prescription(2))
    save(store, make_prescription(3))
    save(store, make_prescription(3, id=uuid4()))
    assert len({entry.message_id for entry in store.pending()}) == 4


def test_a_version_beyond_what_sqlite_holds_is_refused(store: Store) -> None:
    largest = make_prescription().model_copy(update={"version": 2**63 - 1})
    assert not save(store, largest.model_copy(update={"version": 2**63}))
    assert store.current_prescription() is None
    assert save(store, largest)


def test_a_prescription_and_its_answer_are_kept_together_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the plug was pulled")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_queue", fails)
        with pytest.raises(RuntimeError):
            save(store, make_prescription())
        with pytest.raises(RuntimeError):
            store.save_session(make_session())
    assert store.current_prescription() is None
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (0,)


def kept_aside(store: Store) -> list[str]:
    with sqlite3.connect(store.path) as connection:
        return [
            row[0]
            for row in connection.execute("SELECT value FROM state WHERE key LIKE 'unreadable%'")
        ]


@pytest.mark.parametrize("draft", ['{"of": "another release"}', "{", "", "[]", "null"])
def test_drafts_that_cannot_be_read_are_all_kept_aside(store: Store, draft: str) -> None:
    for number in (1, 2):
        with sqlite3.connect(store.path) as connection:
            connection.execute("INSERT INTO state VALUES ('session_draft', ?)", [draft])
        connection.close()
        assert store.send_draft() is None
        assert kept_aside(store) == [draft] * number
    store.save_draft(make_session())
    assert store.send_draft() is not None


def test_a_draft_too_large_to_be_sent_is_kept_aside_and_the_device_starts(store: Store) -> None:
    now = NOW.isoformat()
    one_set = {
        "reps_target": 1000, "reps_counted": 1000, "reps_full_rom": 0, "attempts": 0,
        "tempo_s": [1.23456789] * 1000, "valid_frame_pct": 90, "started_at": now, "ended_at": now,
    }  # fmt: skip
    item = {"exercise_id": "squat_mini", "side": "both", "sets": [one_set] * 40}
    session = Session.model_validate(make_session().model_dump() | {"items": [item]})
    store.save_draft(session)
    with pytest.raises(MessageError):
        store.save_session(session)
    assert store.send_draft() is None
    (draft,) = kept_aside(store)
    assert Session.model_validate_json(draft) == session
    assert store.send_draft() is None


def test_a_message_that_was_never_queued_has_no_payload(store: Store) -> None:
    with pytest.raises(StoreError, match="never queued"):
        store.payload(str(uuid4()))


def test_a_closed_store_says_so_in_our_own_words(store: Store) -> None:
    store.close()
    for use in (store.pending, store.outbox_length, store.link_state, store.send_draft):
        with pytest.raises(StoreError, match="cannot be used"):
            use()
    with pytest.raises(StoreError):
        store.save_session(make_session())


WRITER = """
import sys
sys.path[:0] = [sys.argv[2]]
from pathlib import Path
from test_store import make_session
from device.store import Store
store = Store(Path(sys.argv[1]))
while True:
    store.save_session(make_session())
    print("saved", flush=True)
"""


def test_a_kill_in_the_middle_leaves_every_session_with_its_outbox_entry(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert said[-1].strip() == b"saved"
    Store(path)
    with sqlite3.connect(path) as connection:
        sessions = {row[0] for row in connection.execute("SELECT id FROM session")}
        queued = {row[0] for row in connection.execute("SELECT message_id FROM outbox")}
    assert len(sessions) >= 20
    assert sessions == queued


def make_event(**changes: object) -> Event:
    fields: dict[str, object] = {
        "id": uuid4(), "device_id": "device-1", "patient_id": "p-1",
        "prescription_id": PRESCRIPTION_ID, "event_kind": "fall_suspected", "occurred_at": NOW,
        "camera": "usb", "software_version": "0.1.0",
    }  # fmt: skip
    return Event.model_validate(fields | changes)


def test_an_event_waits_in_the_outbox_until_the_bridge_has_it(store: Store) -> None:
    event = make_event(answer="needs_help")
    store.save_event(event)
    store.save_event(event)
    (entry,) = store.pending()
    assert (entry.channel, payload_of(store, entry)) == (Channel.EVENT, event.to_bytes())
    store.settle(Receipt(message_id=event.id, outcome="stored", received_at=NOW))
    assert store.pending() == []


def test_an_event_whose_question_a_power_cut_interrupts_is_sent_without_an_answer(
    store: Store,
) -> None:
    event = make_event()
    store.save_event_draft(event)
    assert store.pending() == []
    store.close()
    again = Store(store.path)
    assert again.send_event_draft() == event
    assert [entry.message_id for entry in again.pending()] == [str(event.id)]
    assert again.send_event_draft() is None


def test_an_answered_event_leaves_no_draft(store: Store) -> None:
    event = make_event()
    store.save_event_draft(event)
    store.save_event(event.model_copy(update={"answer": "all_right", "answered_after_s": 3.0}))
    assert store.send_event_draft() is None
    (entry,) = store.pending()
    assert Event.from_bytes(payload_of(store, entry)).answer == "all_right"


def test_a_prescription_of_a_later_release_stops_nothing_and_no_older_one_takes_its_place(
    store: Store, tmp_path: Path
) -> None:
    library = load_library()
    assert store.save_prescription(make_prescription(1), "device-1", library)
    assert store.save_prescription(make_prescription(2), "device-1", library)
    with sqlite3.connect(tmp_path / "data" / "device.sqlite") as connection:
        newest = make_prescription(2).model_copy(update={"schema_version": "9.0"}).to_bytes()
        connection.execute("UPDATE prescription SET payload = ? WHERE version = 2", [newest])
        assert connection.total_changes == 1
    assert store.current_prescription() is None
