"""Events: taken once by their id, kept in their clinic, and told to the doctor as measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import select

from cloud_bridge.broker import write_broker_configuration
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.app import create_app
from cloud_bridge.portal.session_words import _BY_PATIENT, _BY_QUESTION
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import DeadLetter, EventRecord
from models.event import Event
from models.exercises.library import load_library
from models.messages import Channel, PrescriptionItem, Receipt, Session, StopReason, topic
from tests.cloud_bridge.portal_clients import signed_in_to_demonstration

DEVICE = "demo-device"


def make_event(**changes: object) -> Event:
    fields: dict[str, object] = {
        "id": uuid4(), "device_id": DEVICE, "patient_id": "demo-patient",
        "prescription_id": uuid4(), "session_id": uuid4(), "exercise_id": "squat_mini",
        "event_kind": "fall_suspected", "occurred_at": "2026-01-02T10:03:04Z",
        "answer": "no_answer", "answered_after_s": 15.0, "camera": "usb", "software_version": "1",
        "evidence": {"drop_torso": 1.42, "drop_s": 0.6, "trunk_deg": 84, "low_s": 2.0},
    }  # fmt: skip
    return Event.model_validate(fields | changes)


@pytest.fixture
def acceptance(database: Database) -> Acceptance:
    with database.transaction() as transaction:
        make_demonstration(transaction, PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5))
    return Acceptance(database, load_library())


def take(acceptance: Acceptance, event: Event) -> Receipt:
    answer = acceptance.take(topic(DEVICE, Channel.EVENT), event.to_bytes())
    assert answer is not None
    return answer.receipt


def test_an_event_is_stored_once_and_answered(acceptance: Acceptance, database: Database) -> None:
    event = make_event()
    first, second = take(acceptance, event), take(acceptance, event)
    assert (first.outcome, first.message_id) == ("stored", event.id)
    assert second.outcome == "duplicate"
    with database.transaction() as transaction:
        (record,) = transaction.scalars(select(EventRecord))
    assert Event.model_validate(record.payload) == event
    assert record.occurred_at == event.occurred_at


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"patient_id": "somebody"}, "patient somebody"),
        ({"device_id": "other-device"}, "came from"),
        ({"exercise_id": "handstand"}, "handstand"),
    ],
)
def test_an_event_that_is_none_of_the_clinics_is_refused_and_kept(
    acceptance: Acceptance, database: Database, changes: dict[str, object], said: str
) -> None:
    receipt = take(acceptance, make_event(**changes))
    assert receipt.outcome == "refused"
    assert said in receipt.reason
    with database.transaction() as transaction:
        assert transaction.scalars(select(DeadLetter)).one().reason == receipt.reason
        assert transaction.scalars(select(EventRecord)).first() is None


def test_another_content_under_the_same_id_keeps_the_first(
    acceptance: Acceptance, database: Database
) -> None:
    event = make_event()
    take(acceptance, event)
    other = event.model_copy(update={"answer": "all_right"})
    assert take(acceptance, other).outcome == "refused"
    with database.transaction() as transaction:
        assert transaction.scalars(select(EventRecord)).one().payload["answer"] == "no_answer"


def test_a_device_may_publish_events_and_the_bridge_may_read_them(tmp_path: Path) -> None:
    files = write_broker_configuration(tmp_path, 1883)
    access = (files.folder / "access").read_text()
    assert "topic read physiopi/v1/devices/+/event" in access
    assert "pattern write physiopi/v1/devices/%u/event" in access


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'bridge.sqlite'}")
    database.upgrade()
    yield database
    database.close()


def test_the_doctor_reads_time_kind_answer_and_what_was_measured(
    sqlite: Database, tmp_path: Path
) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    assert "Events" not in client.get("/patients/1").text
    acceptance = Acceptance(sqlite, load_library())
    take(acceptance, make_event())
    take(
        acceptance,
        make_event(
            event_kind="long_stillness", answer="all_right", answered_after_s=4.0,
            evidence={"still_s": 46.2}, camera="simulated",
        ),
    )  # fmt: skip
    take(
        acceptance,
        make_event(event_kind="stopped_for_pain", answer=None, answered_after_s=None,
                   evidence={"pain": 0}),
    )  # fmt: skip
    page = client.get("/patients/1").text
    for said in (
        "2026-01-02 10:03:04", "Fall suspected", "no answer in time",
        "hips came down 1.4 torso lengths, within 0.6 s, trunk 84° from upright, low for 2 s",
        "Long stillness", "“I am all right”, after 4 s", "no movement for 46 s",
        '<span class="tag">simulated</span>', "Stopped for pain", "pain 0 of 10",
        "Not a medical alarm",
    ):  # fmt: skip
        assert said in page, said


def test_a_question_the_device_was_switched_off_at_is_not_called_unanswered(
    sqlite: Database, tmp_path: Path
) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    take(
        Acceptance(sqlite, load_library()),
        make_event(answer=None, answered_after_s=None),
    )
    page = client.get("/patients/1").text
    assert "not known: the device was switched off" in page
    assert "no answer in time" not in page


def test_another_clinic_reads_no_events(sqlite: Database, tmp_path: Path) -> None:
    own = signed_in_to_demonstration(sqlite, tmp_path)
    take(Acceptance(sqlite, load_library()), make_event())
    (document,) = own.get("/api/v1/patients/1/events").get_json()["events"]
    assert document["event"]["event_kind"] == "fall_suspected"
    other = signed_in_to_demonstration(sqlite, tmp_path, clinic="Another clinic")
    assert other.get("/api/v1/patients/1/events").status_code == 404


def test_nobody_reads_events_without_signing_in(sqlite: Database, tmp_path: Path) -> None:
    client = create_app(BridgeSettings(data_folder=tmp_path), sqlite).test_client()
    assert client.get("/api/v1/patients/1/events").status_code == 302


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no_answer", "did not answer"),
        ("needs_help", "asked for help"),
        ("chest_pain", "Stopped by the patient: chest pain"),
        (None, "no reason given"),
    ],
)
def test_the_doctor_reads_why_a_session_was_stopped(
    sqlite: Database, tmp_path: Path, reason: str | None, said: str
) -> None:
    client = signed_in_to_demonstration(sqlite, tmp_path)
    at = "2026-01-02T10:00:00Z"
    session = Session.model_validate({
        "id": uuid4(), "prescription_id": uuid4(), "prescription_version": 1,
        "patient_id": "demo-patient", "device_id": DEVICE, "software_version": "1",
        "camera": "usb", "started_at": at, "ended_at": at, "status": "stopped",
        "stop_reason": reason,
        "items": [{"exercise_id": "squat_mini", "side": "both", "sets": [{
            "reps_target": 5, "reps_counted": 2, "reps_full_rom": 0, "attempts": 0,
            "framing_complaints": ["turn_sideways", "from_the_future"], "valid_frame_pct": 90,
            "started_at": at, "ended_at": at,
        }]}],
    })  # fmt: skip
    answer = Acceptance(sqlite, load_library()).take(
        topic(DEVICE, Channel.SESSION), session.to_bytes()
    )
    assert answer is not None
    page = client.get(f"/sessions/{session.id}").text
    assert said in page
    assert "Begun although: not side-on to the camera, from_the_future" in page


def test_every_reason_to_stop_has_words() -> None:
    assert set(get_args(StopReason)) == {*_BY_PATIENT, *_BY_QUESTION}
