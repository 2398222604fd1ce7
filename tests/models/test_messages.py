"""The contract: what is valid, what is refused, and what older readers tolerate."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.errors import MessageError, UnsupportedSchemaVersionError
from models.event import Event
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    Channel,
    ExerciseResult,
    Prescription,
    PrescriptionItem,
    Receipt,
    Session,
    SetResult,
    parse_topic,
    topic,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def prescription(**changes: object) -> Prescription:
    fields: dict[str, object] = {
        "id": uuid4(),
        "version": 1,
        "patient_id": "p-1",
        "author_id": "a-1",
        "issued_at": NOW,
        "items": (PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5),),
    }
    return Prescription.model_validate(fields | changes)


def session(**changes: object) -> Session:
    fields: dict[str, object] = {
        "id": uuid4(),
        "prescription_id": uuid4(),
        "prescription_version": 1,
        "patient_id": "p-1",
        "device_id": "device-1",
        "software_version": "0.1.0",
        "camera": "usb",
        "started_at": NOW,
        "ended_at": NOW + timedelta(minutes=5),
        "status": "completed",
    }
    return Session.model_validate(fields | changes)


def test_a_message_survives_the_wire() -> None:
    sent = prescription()
    assert Prescription.from_bytes(sent.to_bytes()) == sent


def test_unknown_fields_are_ignored() -> None:
    document = json.loads(session().to_bytes()) | {"from_the_future": {"a": 1}}
    assert Session.from_bytes(json.dumps(document).encode()).patient_id == "p-1"


def test_another_major_version_is_refused_by_name() -> None:
    document = json.loads(session().to_bytes()) | {"schema_version": "2.0"}
    with pytest.raises(UnsupportedSchemaVersionError, match=r"2\.0"):
        Session.from_bytes(json.dumps(document).encode())


def test_a_newer_minor_version_is_read() -> None:
    document = json.loads(session().to_bytes()) | {"schema_version": "1.9"}
    assert Session.from_bytes(json.dumps(document).encode()).schema_version == "1.9"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[1, 2]",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"schema_version": "1.0"}',
    ],
)
def test_bad_payloads_are_message_errors(payload: bytes) -> None:
    with pytest.raises(MessageError):
        Session.from_bytes(payload)


def test_a_payload_over_the_limit_is_refused_both_ways() -> None:
    with pytest.raises(MessageError, match="262144"):
        Session.from_bytes(b" " * (MAXIMUM_PAYLOAD_BYTES + 1))


@pytest.mark.parametrize("field", ["started_at", "ended_at"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    document = json.loads(session().to_bytes()) | {field: "2026-01-02T03:04:05"}
    with pytest.raises(MessageError, match=field):
        Session.from_bytes(json.dumps(document).encode())


def test_times_become_utc() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5)))
    assert session(started_at=there).started_at.tzinfo is UTC


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(value: str) -> None:
    text = session(
        items=(
            ExerciseResult(
                exercise_id="squat_mini",
                side="both",
                sets=(
                    SetResult(
                        reps_target=1, reps_counted=0, reps_full_rom=0, attempts=0,
                        valid_frame_pct=77.5, started_at=NOW, ended_at=NOW,
                    ),
                ),
            ),
        )
    ).to_bytes().decode().replace("77.5", value)  # fmt: skip
    with pytest.raises(MessageError):
        Session.from_bytes(text.encode())


def test_more_full_range_than_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="reps_full_rom"):
        SetResult(
            reps_target=5, reps_counted=2, reps_full_rom=3, attempts=0, valid_frame_pct=100,
            started_at=NOW, ended_at=NOW,
        )  # fmt: skip


def test_a_skipped_answer_is_not_zero() -> None:
    assert Session.from_bytes(session().to_bytes()).pain_after is None
    assert Session.from_bytes(session(pain_after=0).to_bytes()).pain_after == 0


def test_a_receipt_may_be_about_an_unreadable_message() -> None:
    receipt = Receipt(message_id=None, outcome="refused", reason="no JSON", received_at=NOW)
    assert Receipt.from_bytes(receipt.to_bytes()).message_id is None


@pytest.mark.parametrize("device_id", ["+", "#", "a/b", "", "A", "x" * 65, "-a", "$SYS"])
def test_a_device_id_cannot_reach_other_topics(device_id: str) -> None:
    with pytest.raises(MessageError):
        topic(device_id, Channel.SESSION)


@given(st.text())
def test_no_foreign_topic_is_taken_for_ours(name: str) -> None:
    try:
        device_id, channel = parse_topic(name)
    except MessageError:
        return
    assert topic(device_id, channel) == name


@pytest.mark.parametrize("channel", list(Channel))
def test_topics_are_read_as_they_are_written(channel: Channel) -> None:
    assert parse_topic(topic("device-1", channel)) == ("device-1", channel)


def event(**changes: object) -> Event:
    fields: dict[str, object] = {
        "id": uuid4(), "device_id": "device-1", "patient_id": "p-1", "prescription_id": uuid4(),
        "event_kind": "fall_suspected", "occurred_at": NOW, "camera": "usb",
        "software_version": "0.1.0",
        "evidence": {"drop_torso": 1.2, "drop_s": 0.5, "trunk_deg": 80, "low_s": 2.0},
    }  # fmt: skip
    return Event.model_validate(fields | changes)


def test_an_event_survives_the_wire() -> None:
    sent = event(answer="all_right", answered_after_s=4.2)
    assert Event.from_bytes(sent.to_bytes()) == sent


def test_pain_of_zero_is_kept_and_no_pain_is_none() -> None:
    said = Event.from_bytes(event(evidence={"pain": 0}).to_bytes()).evidence
    assert (said.pain, said.still_s) == (0, None)
    assert Event.from_bytes(event().to_bytes()).evidence.pain is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_kind": "alarm"}, "event_kind"),
        ({"answer": "perhaps"}, "answer"),
        ({"answered_after_s": -1}, "answered_after_s"),
        ({"evidence": {"trunk_deg": 400}}, "trunk_deg"),
        ({"evidence": {"pain": 11}}, "pain"),
        ({"patient_id": "Mrs Smith"}, "patient_id"),
    ],
)
def test_an_event_that_breaks_the_contract_is_refused_by_name(
    changes: dict[str, object], field: str
) -> None:
    document = json.loads(event().to_bytes()) | changes
    with pytest.raises(MessageError, match=field):
        Event.from_bytes(json.dumps(document).encode())


def test_a_set_of_an_older_device_was_counted_by_camera() -> None:
    result = SetResult.model_validate_json(
        json.dumps({
            "reps_target": 5, "reps_counted": 2, "reps_full_rom": 1, "attempts": 0,
            "valid_frame_pct": 90, "started_at": NOW.isoformat(), "ended_at": NOW.isoformat(),
        })
    )  # fmt: skip
    assert (result.guided_by, result.framing_complaints) == ("camera", ())


@pytest.mark.parametrize(
    "days",
    [
        {"weekdays": ("fri", "mon"), "days_per_week": 2},
        {"weekdays": ("mon", "mon"), "days_per_week": 2},
        {"weekdays": ("mon",), "days_per_week": 2},
        {"weekdays": ("mon",)},
        {"weekdays": ("someday",), "days_per_week": 1},
        {"times": ("8:30",)},
        {"times": ("24:00",)},
        {"times": ("08:30Z",)},
    ],
)
def test_days_and_times_that_a_device_could_not_follow_are_refused(days: dict[str, Any]) -> None:
    dose = {"exercise_id": "squat_mini", "sets": 1, "reps": 5}
    with pytest.raises(ValidationError):
        PrescriptionItem(**(dose | days))
    given = {"weekdays": ("mon", "fri"), "days_per_week": 2, "times": ("08:30",)}
    assert PrescriptionItem(**(dose | given)).weekdays == ("mon", "fri")
