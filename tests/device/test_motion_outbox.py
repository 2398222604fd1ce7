"""Movement on the device: by consent alone, after its session, and gone when that is withdrawn."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from device import motion_outbox
from device.link.outbox_sender import OutboxSender
from device.link.receiver import Receiver
from device.store import Store
from models.exercises.library import load_library
from models.messages import Channel, Receipt, Session, topic
from models.motion import Motion, MotionConsent, motion_id
from tests.device.test_store import make_session
from tests.models.test_motion import set_motion

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CONSENT = uuid4()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "device.sqlite")


def consent(consent_id: UUID | None = CONSENT, minutes: float = 0) -> MotionConsent:
    at = NOW + timedelta(minutes=minutes)
    return MotionConsent(patient_id="p-1", consent_id=consent_id, decided_at=at)


def movement(session: Session, second: int = 0, consent_id: UUID = CONSENT) -> Motion:
    began = NOW + timedelta(seconds=second)
    return Motion(
        id=motion_id(session.id, began), session_id=session.id, set_started_at=began,
        device_id="device-1", patient_id="p-1", prescription_id=session.prescription_id,
        consent_id=consent_id, exercise_id="squat_mini", motion=set_motion(),
    )  # fmt: skip


def answer(store: Store, message_id: UUID, outcome: str = "stored") -> None:
    receipt = Receipt.model_validate(
        {"message_id": message_id, "outcome": outcome, "reason": "why", "received_at": NOW}
    )
    assert store.settle(receipt)


def channels(store: Store) -> list[Channel]:
    return [entry.channel for entry in store.pending()]


def test_without_a_consent_nothing_is_kept(store: Store) -> None:
    assert store.motion.consent() is None
    assert not store.motion.consent_stands()
    assert not store.motion.keep(movement(make_session()))
    store.motion.take_consent(consent(None))
    assert not store.motion.consent_stands()
    assert not store.motion.keep(movement(make_session()))


def test_movement_waits_for_its_sessions_receipt_and_goes_after_everything_else(
    store: Store,
) -> None:
    session, other = make_session(), make_session()
    store.motion.take_consent(consent())
    assert store.motion.consent_stands()
    assert store.motion.keep(movement(session))
    store.save_session(session)
    assert channels(store) == [Channel.SESSION]
    answer(store, session.id)
    store.save_session(other)
    assert channels(store) == [Channel.SESSION, Channel.MOTION]
    sent = store.pending()[1].message_id
    assert Motion.from_bytes(store.payload(sent)) == movement(session)
    answer(store, UUID(sent), "duplicate")
    assert channels(store) == [Channel.SESSION]
    assert store.payload(sent) == b""


def test_movement_that_comes_after_its_session_was_delivered_is_sent_too_and_once(
    store: Store,
) -> None:
    session = make_session()
    store.motion.take_consent(consent())
    store.save_session(session)
    answer(store, session.id)
    assert store.motion.keep(movement(session))
    assert store.motion.keep(movement(session))
    assert channels(store) == [Channel.MOTION]


def test_movement_of_a_session_that_was_refused_is_dropped(store: Store) -> None:
    session = make_session()
    store.motion.take_consent(consent())
    store.motion.keep(movement(session))
    store.save_session(session)
    answer(store, session.id, "refused")
    assert channels(store) == []
    assert not store.motion.keep(movement(session, 5))
    assert channels(store) == []


def test_a_withdrawal_drops_what_waits_and_what_is_queued_and_leaves_the_sessions(
    store: Store,
) -> None:
    done, waiting = make_session(), make_session()
    store.motion.take_consent(consent())
    for session in (done, waiting):
        store.motion.keep(movement(session))
        store.save_session(session)
    answer(store, done.id)
    assert channels(store) == [Channel.SESSION, Channel.MOTION]
    sent = store.pending()[1].message_id
    store.motion.take_consent(consent(None, 5))
    assert channels(store) == [Channel.SESSION]
    assert store.payload(sent) == b""
    answer(store, waiting.id)
    assert channels(store) == []


def test_movement_under_an_earlier_consent_is_not_sent_under_a_later_one(store: Store) -> None:
    session, later = make_session(), uuid4()
    store.motion.take_consent(consent())
    store.motion.keep(movement(session))
    store.motion.take_consent(consent(later, 9))
    store.save_session(session)
    answer(store, session.id)
    assert channels(store) == []
    assert not store.motion.keep(movement(session, 5))
    assert store.motion.keep(movement(session, 5, later))


def test_an_old_consent_that_comes_again_does_not_undo_a_withdrawal(store: Store) -> None:
    store.motion.take_consent(consent(None, 5))
    assert not store.motion.take_consent(consent())
    assert store.motion.consent() == consent(None, 5)
    assert store.motion.take_consent(consent(uuid4(), 6))


def test_the_same_consent_again_drops_nothing(store: Store) -> None:
    session = make_session()
    store.motion.take_consent(consent())
    store.motion.keep(movement(session))
    store.motion.take_consent(consent())
    store.save_session(session)
    answer(store, session.id)
    assert channels(store) == [Channel.MOTION]


def test_too_much_that_waits_loses_the_oldest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session()
    store.motion.take_consent(consent())
    size = len(movement(session).to_bytes())
    monkeypatch.setattr(motion_outbox, "MOST_WAITING_BYTES", int(2.5 * size))
    for second in range(4):
        assert store.motion.keep(movement(session, second))
    store.save_session(session)
    answer(store, session.id)
    kept = [Motion.from_bytes(store.payload(each.message_id)) for each in store.pending()]
    assert [each.set_started_at.second for each in kept] == [2, 3]


def test_one_movement_is_on_its_way_at_a_time_and_a_session_overtakes_it(store: Store) -> None:
    session = make_session()
    store.motion.take_consent(consent())
    for second in range(3):
        store.motion.keep(movement(session, second))
    store.save_session(session)
    answer(store, session.id)
    sent: list[Channel] = []
    sender = OutboxSender(store, lambda channel, _payload: sent.append(channel))
    sender.send_due(1000.0)
    store.save_session(make_session())
    sender.send_due(1001.0)
    assert sent == [Channel.MOTION, Channel.SESSION]
    sender.send_due(1012.0)
    assert sent[2:] == [Channel.SESSION, Channel.MOTION]


def test_a_store_of_the_release_before_opens_and_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    store = Store(path)
    session = make_session()
    store.save_session(session)
    database = store._database  # what that release wrote had no such table
    with database.transaction():
        database.connection.execute("DROP TABLE motion")
        database.connection.execute("PRAGMA user_version = 1")
    store.close()
    again = Store(path)
    again.motion.take_consent(consent())
    assert again.motion.keep(movement(session))
    assert channels(again) == [Channel.SESSION]


@pytest.mark.parametrize(
    ("payload", "refused"),
    [
        (consent().to_bytes(), 0),
        (b"", 0),
        (b"{}", 1),
        (consent().to_bytes().replace(b'"p-1"', b'"../p"'), 1),
        (consent().to_bytes().replace(str(CONSENT).encode(), b"yes"), 1),
    ],
)
def test_only_a_valid_consent_of_the_clinic_counts(
    store: Store, payload: bytes, refused: int
) -> None:
    receiver = Receiver(store, "device-1", load_library())
    receiver.take(topic("device-1", Channel.MOTION_CONSENT), payload)
    assert receiver.refused == refused
    assert (store.motion.consent() is not None) == (refused == 0 and payload != b"")
