"""Every route of the portal, tried by everybody who must not: none may be left out of the table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cloud_bridge.api.fhir.tokens import make_token
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.access import access_of
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.audit_tables import AuditEntry, AuditPatient
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import Base, MotionConsentRecord, MotionRecord
from models.exercises.library import load_library
from models.messages import Channel, Session, topic
from tests.cloud_bridge.portal_clients import add_person, signed_in

NOW = datetime(2026, 1, 2, 10, 30, tzinfo=UTC)
SESSION, MOTION = UUID(int=7), UUID(int=9)
DOCTOR, ADMINISTRATOR, STRANGER = (
    "doctor@demo.invalid",
    "admin@demo.invalid",
    "doctor@other.invalid",
)


@dataclass(frozen=True)
class Route:
    """For whom a route is, and what its address names: all of it belongs to the demo clinic.

    ``form`` is what a POST needs to get as far as the patient. ``of_a_patient`` is whether the
    route is about patients' data: then it must leave a line in the log.
    """

    who: str
    named: dict[str, Any] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    of_a_patient: bool = False


def clinician(form: dict[str, str] | None = None, **named: Any) -> Route:
    return Route("clinician", named, form or {}, of_a_patient=True)


def of_a_person(account_id: int = 1) -> Route:
    return Route("administrator", {"account_id": account_id})


# One line for each endpoint. A route that shows or changes patients' data is `clinician(...)`.
TABLE = {
    "static": Route("anybody", {"filename": "portal.css"}),
    "sign_in": Route("anybody"),
    "one_time_sign_in": Route("anybody", {"token": "x"}),
    "set_password_by_link": Route("anybody", {"token": "x"}),
    "sign_out": Route("second_factor"),
    "second_factor_code": Route("second_factor"),
    "second_factor": Route("second_factor"),
    "account": Route("signed_in"),
    "change_password": Route("signed_in"),
    "remove_second_factor": Route("signed_in"),
    "new_recovery_codes": Route("signed_in"),
    "end_session": Route("signed_in", {"session_id": UUID(int=1)}),
    "end_other_sessions": Route("signed_in"),
    "people": Route("administrator"),
    "second_factor_rule": Route("administrator"),
    "password_link": of_a_person(),
    "unlock": of_a_person(),
    "remove_factor_of": of_a_person(),
    "disable": of_a_person(),
    "enable": of_a_person(),
    "audit": Route("administrator"),
    "audit_file": Route("administrator"),
    "patients": clinician(),
    "patient": clinician(patient_id=1),
    "session": clinician(session_id=SESSION),
    "sessions_document": clinician(patient_id=1),
    "events_document": clinician(patient_id=1),
    "session_document": clinician(session_id=SESSION),
    "give_motion_consent": clinician(patient_id=1),
    "withdraw_motion_consent": clinician(patient_id=1),
    "motion_document": clinician(session_id=SESSION, motion_id=MOTION),
    "prescription": clinician(patient_id=1),
    "prescription_preview": clinician(patient_id=1),
    "prescription_copy": clinician(patient_id=1),
    "prescription_versions": clinician(patient_id=1),
    "prescription_to_state": clinician(patient_id=1),
    "acknowledge_flag": clinician({"rule": "silence", "keys": "x"}, patient_id=1),
    "record_clinician_time": clinician(patient_id=1),
    "withdraw_clinician_time": clinician(patient_id=1, entry_id=UUID(int=5)),
    "fhir.metadata": Route("anybody"),
    "fhir.definition": Route("anybody", {"kind": "CodeSystem", "identity": "x"}),
    "fhir.read": Route("token", {"kind": "Patient", "identity": "demo-patient"}),
    "fhir.search": Route("token", {"kind": "Patient"}),
    "fhir.patient_everything": Route("token", {"identity": "demo-patient"}),
    "fhir.nothing": Route("token", {"rest": "x"}),
}
# Those that tell nothing of anybody: another clinic's people see their own, empty, one.
OF_ONES_OWN_CLINIC = ("patients", "people", "second_factor_rule", "audit", "audit_file")


@pytest.fixture
def database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    with database.transaction() as transaction:
        made = make_demonstration(transaction)
    assert made.patient_id == 1
    add_person(database, "Demonstration clinic", ADMINISTRATOR, role="administrator")
    add_person(database, "Other clinic", STRANGER, administers=True)
    session = Session(
        id=SESSION, prescription_id=UUID(int=8), prescription_version=1, patient_id="demo-patient",
        device_id="demo-device", software_version="0.1.0", camera="simulated", started_at=NOW,
        ended_at=NOW + timedelta(minutes=3), status="completed", items=(),
    )  # fmt: skip
    acceptance = Acceptance(database, load_library())
    answer = acceptance.take(topic("demo-device", Channel.SESSION), session.to_bytes())
    assert answer is not None
    assert answer.receipt.outcome == "stored"
    consent = UUID(int=3)
    with database.transaction() as transaction:
        transaction.add(
            MotionConsentRecord(
                id=consent, clinic_id=1, patient_id=1, number=1, statement="", given_by=1,
                agreed_on=NOW.date(),
            )
        )  # fmt: skip
        transaction.flush()
        transaction.add(
            MotionRecord(
                id=MOTION, clinic_id=1, patient_id=1, device_id="demo-device", session_id=SESSION,
                consent_id=consent, set_started_at=NOW, payload={}, payload_sha256="",
            )
        )  # fmt: skip
    yield database
    database.close()


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    app = create_app(BridgeSettings(data_folder=tmp_path), database)
    # Who gets in must not hang on a form's token, nor on how often it is tried.
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def routes(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    )


def address_of(app: Flask, endpoint: str, method: str) -> str:
    with app.test_request_context():
        return app.url_for(endpoint, _method=method, **TABLE[endpoint].named)


def tried(app: Flask, client: FlaskClient, endpoint: str, method: str) -> TestResponse:
    form = TABLE[endpoint].form if method == "POST" else None
    return client.open(address_of(app, endpoint, method), method=method, data=form)


def contents(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables but those that note who came."""
    noting = ("audit_", "sign_in_", "one_time_")
    with database.engine.connect() as connection:
        return {
            table.name: connection.execute(select(table)).all()
            for table in Base.metadata.sorted_tables
            if not table.name.startswith(noting)
        }


def test_no_route_is_missing_from_the_table(app: Flask) -> None:
    assert {endpoint for endpoint, _ in routes(app)} == set(TABLE)


def test_each_route_is_for_whom_the_table_says(app: Flask) -> None:
    assert {each: access_of(app, each) for each in TABLE} == {
        name: route.who for name, route in TABLE.items()
    }


def test_who_is_not_signed_in_gets_no_further_than_the_sign_in(
    app: Flask, database: Database
) -> None:
    before = contents(database)
    for endpoint, method in routes(app):
        if TABLE[endpoint].who not in ("anybody", "token"):
            answer = tried(app, app.test_client(), endpoint, method)
            assert (answer.status_code, answer.location) == (302, "/sign-in"), endpoint
        if TABLE[endpoint].who == "token":
            refusals = (401, 404, 405) if endpoint == "fhir.nothing" else (401,)
            answer = tried(app, app.test_client(), endpoint, method)
            assert answer.status_code in refusals, endpoint
    assert contents(database) == before


def test_another_clinics_people_find_nothing(app: Flask, database: Database) -> None:
    # Something that the demo clinic's audit log has and the stranger's must not show.
    signed_in(app, database, DOCTOR).get("/patients/1")
    client = signed_in(app, database, STRANGER)
    before = contents(database)
    for endpoint, method in routes(app):
        if TABLE[endpoint].who not in ("clinician", "administrator"):
            continue
        answer = tried(app, client, endpoint, method)
        if endpoint in OF_ONES_OWN_CLINIC:
            assert answer.status_code in (200, 302), endpoint
            for theirs in ("Simulated patient", "demo-device", "demo.invalid", "account:1"):
                assert theirs not in answer.text, endpoint
        else:
            assert answer.status_code == 404, endpoint
    assert contents(database) == before


@pytest.mark.parametrize(
    ("email", "closed"), [(ADMINISTRATOR, "clinician"), (DOCTOR, "administrator")]
)
def test_a_role_opens_its_own_pages_alone(
    app: Flask, database: Database, email: str, closed: str
) -> None:
    client = signed_in(app, database, email)
    before = contents(database)
    for endpoint, method in routes(app):
        if TABLE[endpoint].who == closed:
            assert tried(app, client, endpoint, method).status_code == 403, endpoint
    assert contents(database) == before


def test_what_shows_or_changes_a_patients_data_is_noted_with_the_patient(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    client = signed_in(app, database, DOCTOR)
    for endpoint, method in routes(app):
        if not TABLE[endpoint].of_a_patient:
            continue
        with database.transaction() as transaction:
            newest = transaction.query(AuditEntry).count()
        answer = tried(app, client, endpoint, method)
        assert answer.status_code in (200, 302), endpoint
        with database.transaction() as transaction:
            noted = transaction.scalars(
                select(AuditEntry)
                .join(AuditPatient, AuditPatient.entry_number == AuditEntry.number)
                .where(AuditEntry.number > newest, AuditPatient.audited_patient_id == 1)
            ).all()
        assert noted, f"{method} {endpoint} left no line in the audit log"
        assert {each.action for each in noted} == {f"{method} {endpoint}"}
        assert {each.account_id for each in noted} == {1}
    with database.transaction() as transaction:
        AuditLog.of(BridgeSettings(data_folder=tmp_path)).verify(transaction)


def test_refusals_are_noted(app: Flask, database: Database) -> None:
    signed_in(app, database, STRANGER).get("/patients/1")
    signed_in(app, database, ADMINISTRATOR).get(f"/sessions/{SESSION}")
    with database.transaction() as transaction:
        refused = transaction.scalars(select(AuditEntry).where(AuditEntry.kind == "refused")).all()
    assert [(each.action, each.outcome) for each in refused] == [
        ("GET patient", "404"), ("GET session", "403"),
    ]  # fmt: skip


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("email", [DOCTOR, ADMINISTRATOR])
def test_pages_carry_no_inline_script_or_style_and_are_not_kept(
    app: Flask, database: Database, email: str
) -> None:
    client = signed_in(app, database, email)
    for endpoint, method in routes(app):
        if method != "GET" or endpoint == "static":
            continue
        answer = tried(app, client, endpoint, method)
        assert answer.headers["Cache-Control"] == "no-store"
        if answer.mimetype == "text/html":
            assert INLINE.search(answer.text) is None, endpoint


def test_what_cannot_be_noted_is_not_shown(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(app, database, DOCTOR)
    assert "Simulated patient" in client.get("/patients/1").text

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(AuditLog, "append", full)
    answer = client.get("/patients/1")
    assert answer.status_code == 500
    assert "Simulated patient" not in answer.text
    before = contents(database)
    assert client.post("/patients/1/motion-consent/withdraw").status_code == 500
    assert contents(database) == before


def test_what_a_token_reads_is_noted_under_the_token(app: Flask, database: Database) -> None:
    with database.transaction() as transaction:
        token, row = make_token(transaction, 1, "EHR", "system/*.read", timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/fhir/Patient", headers=headers).status_code == 200
    assert app.test_client().get("/fhir/Patient/nobody", headers=headers).status_code == 404
    with database.transaction() as transaction:
        entries = transaction.scalars(
            select(AuditEntry)
            .where(AuditEntry.principal == f"fhir-token:{row.id}")
            .order_by(AuditEntry.number)
        ).all()
        assert [(each.action, each.kind, each.clinic_id) for each in entries] == [
            ("GET fhir.search", "read", 1), ("GET fhir.read", "refused", 1),
        ]  # fmt: skip
        patients = transaction.scalars(
            select(AuditPatient.audited_patient_id).where(
                AuditPatient.entry_number == entries[0].number
            )
        ).all()
        assert patients == [1]
