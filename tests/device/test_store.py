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
from device.store import LinkState, Store
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


def save(store: Store, prescription: Prescription) -> bool:
    return store.save_prescription(prescription, "device-1", load_library())


def test_a_session_waits_in_the_outbox_until_the_bridge_has_it(store: Store) -> None:
    session = make_session()
    store.save_session(session)
    (entry,) = store.pending()
    assert (entry.channel, Session.from_bytes(entry.payload)) == (Channel.SESSION, session)
    store.record_attempt(entry.message_id)
    assert store.pending()[0].attempts == 1
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
    acknowledgement = PrescriptionAcknowledgement.from_bytes(entry.payload)
    assert (acknowledgement.version, acknowledgement.accepted) == (1, True)


def test_the_newest_version_is_in_force_and_an_older_one_is_refused(store: Store) -> None:
    save(store, make_prescription(2))
    assert not save(store, make_prescription(1))
    current = store.current_prescription()
    assert current is not None
    assert current.version == 2
    refused = PrescriptionAcknowledgement.from_bytes(store.pending()[-1].payload)
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


def test_a_damaged_database_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match=r"device\.sqlite"):
        Store(path)
    assert path.read_bytes().startswith(b"this is no database")


def test_a_database_of_a_newer_release_is_not_touched(store: Store) -> None:
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        Store(store.path)


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
