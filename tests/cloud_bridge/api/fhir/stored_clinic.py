"""A clinic with records, and programs that read them by FHIR."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cloud_bridge.api.fhir.tokens import make_token
from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from cloud_bridge.store.tables import Account, Patient
from models.event import Event
from models.exercises.library import load_library
from models.messages import Channel, PrescriptionItem, Session, topic
from tests.cloud_bridge.exports.fhir import samples

ITEM = PrescriptionItem(exercise_id="squat_mini", sets=2, reps=8)
PATIENT = Naming().patient_id("demo-patient")
FIRST, SECOND, EVENT = UUID(int=7), UUID(int=17), UUID(int=9)
LATER = samples.BEGAN + timedelta(days=40)
Get = Callable[..., TestResponse]


def a_session(session_id: UUID, began: datetime, **changes: object) -> Session:
    own = {
        "id": session_id, "patient_id": "demo-patient", "device_id": DEVICE_ID,
        "started_at": began, "ended_at": began + timedelta(minutes=3), "pain_after": 3,
    }  # fmt: skip
    return samples.session_of("squat_mini", "both", **own | changes)


EVENT_MESSAGE = Event(
    id=EVENT, device_id=DEVICE_ID, patient_id="demo-patient", prescription_id=UUID(int=8),
    session_id=FIRST, event_kind="fall_suspected", occurred_at=samples.BEGAN, camera="usb",
    software_version="1",
)  # fmt: skip


def fill(database: Database) -> int:
    """A clinic with two versions of a prescription, two sessions and an event; its id."""
    with database.transaction() as transaction:
        made = make_demonstration(transaction, ITEM)
        patient = transaction.get_one(Patient, made.patient_id)
        view = ClinicView(transaction, patient.clinic_id)
        view.prescribe(patient, transaction.scalars(select(Account)).one(), (ITEM,), 1)
        current = view.current_prescription(patient)
        assert current is not None
        own = {"prescription_id": current.prescription_id, "prescription_version": 2}
        clinic_id = patient.clinic_id
    acceptance = Acceptance(database, load_library())
    for channel, message in (
        (Channel.SESSION, a_session(FIRST, samples.BEGAN)),
        (Channel.SESSION, a_session(SECOND, LATER, status="stopped", stop_reason="tired", **own)),
        (Channel.EVENT, EVENT_MESSAGE),
    ):
        answer = acceptance.take(topic(DEVICE_ID, channel), message.to_bytes())
        assert answer is not None
        assert answer.receipt.outcome == "stored"
    return clinic_id


def token_for(database: Database, clinic_id: int, scopes: str = "system/*.read") -> str:
    with database.transaction() as transaction:
        return make_token(transaction, clinic_id, "test", scopes, timedelta(days=1))[0]


def getter(client: FlaskClient, token: str) -> Get:
    def get(address: str, method: str = "GET", **headers: str) -> TestResponse:
        own = {"Authorization": f"Bearer {token}"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(f"/fhir/{address}", method=method, headers=own | given)

    return get


def found(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [each["resource"] for each in answer.json.get("entry", [])]


def ids(answer: TestResponse) -> list[str]:
    return [each["id"] for each in found(answer)]


def link(answer: TestResponse, relation: str) -> str | None:
    for each in answer.json["link"]:
        if each["relation"] == relation:
            parts = urlsplit(each["url"])
            return f"{parts.path.removeprefix('/fhir/')}?{parts.query}"
    return None


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for each in value for found in references(each)}
    if not isinstance(value, dict):
        return set()
    own = value.get("reference")
    inner = {found for each in value.values() for found in references(each)}
    return inner | ({own} if isinstance(own, str) and not own.startswith("#") else set())
