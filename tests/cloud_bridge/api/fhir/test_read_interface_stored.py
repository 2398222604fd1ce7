"""The FHIR read interface on both databases: whole, in pages, and within one clinic."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from cloud_bridge.api.fhir.search import SEARCHABLE
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.audit_tables import AuditEntry, AuditPatient
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID
from cloud_bridge.store.tables import Clinic
from models.exercises.library import load_library
from models.messages import Channel, topic
from tests.cloud_bridge.api.fhir.stored_clinic import (
    FIRST,
    LATER,
    PATIENT,
    SECOND,
    Get,
    a_session,
    fill,
    found,
    getter,
    ids,
    link,
    references,
    token_for,
)
from tests.cloud_bridge.exports.fhir.official_r4 import OfficialR4


@pytest.fixture
def client(database: Database, tmp_path: Path) -> FlaskClient:
    return create_app(BridgeSettings(data_folder=tmp_path), database).test_client()


@pytest.fixture
def get(client: FlaskClient, database: Database) -> Get:
    return getter(client, token_for(database, fill(database)))


def test_everything_of_a_patient_is_valid_whole_and_can_be_read_one_by_one(get: Get) -> None:
    answer = get(f"Patient/{PATIENT}/$everything?_count=200")
    everything = found(answer)
    assert OfficialR4().faults(answer.json) == []
    addresses = {f"{each['resourceType']}/{each['id']}" for each in everything}
    assert {each.partition("/")[0] for each in addresses} == set(SEARCHABLE) - {
        "AuditEvent",
        "Goal",
    }
    assert references(everything) <= addresses
    for each in everything:
        assert get(f"{each['resourceType']}/{each['id']}").json == each
    procedure = next(each for each in everything if each["id"] == str(SECOND))
    assert procedure["basedOn"][0]["reference"].endswith("-v2")


def test_pages_give_everything_once(get: Get) -> None:
    whole = ids(get(f"Observation?patient={PATIENT}"))
    answer = get(f"Observation?patient={PATIENT}&_count=3")
    pages = [ids(answer)]
    assert link(answer, "previous") is None
    while (following := link(answer, "next")) is not None:
        answer = get(following)
        pages.append(ids(answer))
    assert [each for page in pages for each in page] == whole
    assert {len(page) for page in pages[:-1]} == {3}
    previous = link(answer, "previous")
    assert previous is not None
    assert ids(get(previous)) == pages[-2]
    assert link(get(f"Observation?patient={PATIENT}&_count={len(whole)}"), "next") is None
    assert ids(get(f"Observation?patient={PATIENT}&_count=0")) == []


def test_another_clinics_token_finds_nothing_anywhere(
    client: FlaskClient, database: Database, get: Get
) -> None:
    with database.transaction() as transaction:
        other = Clinic(name="Another clinic")
        transaction.add(other)
        transaction.flush()
        other_id = other.id
    stranger = getter(client, token_for(database, other_id))
    everything = found(get(f"Patient/{PATIENT}/$everything?_count=200"))
    everything += found(get(f"AuditEvent?patient={PATIENT}"))
    assert len({each["resourceType"] for each in everything}) == len(SEARCHABLE) - 1
    for each in everything:
        kind, identity = each["resourceType"], each["id"]
        assert stranger(f"{kind}/{identity}").status_code == 404
        assert ids(stranger(f"{kind}?_id={identity}")) == []
    for kind in SEARCHABLE:
        if kind != "Patient":
            assert ids(stranger(f"{kind}?patient={PATIENT}")) == []
    assert ids(stranger("Patient")) == ids(stranger("Patient?identifier=demo-patient")) == []
    assert stranger(f"Patient/{PATIENT}/$everything").status_code == 404
    with database.transaction() as transaction:
        shown = transaction.scalars(
            select(AuditPatient.audited_patient_id)
            .join(AuditEntry, AuditEntry.number == AuditPatient.entry_number)
            .where(AuditEntry.clinic_id == other_id)
        )
        assert shown.all() == []


def test_who_has_read_is_noted_and_can_be_read(get: Get, database: Database) -> None:
    get(f"Observation/{FIRST}-pain-after")
    (event, *_) = found(get(f"AuditEvent?patient={PATIENT}&_count=1"))
    assert event["action"] == "R"
    assert event["agent"][0]["who"]["identifier"]["value"].startswith("fhir-token:")
    assert event["entity"][0]["what"] == {"reference": f"Patient/{PATIENT}"}
    with database.transaction() as transaction:
        entry = transaction.scalars(
            select(AuditEntry).where(AuditEntry.action == "GET fhir.read")
        ).one()
        assert f"identity={FIRST}-pain-after" in entry.object_id


def test_a_whole_years_sessions_are_found_without_a_gap(get: Get, database: Database) -> None:
    acceptance = Acceptance(database, load_library())
    for day in range(45):
        each = a_session(UUID(int=1000 + day), LATER + timedelta(days=day + 1), items=())
        acceptance.take(topic(DEVICE_ID, Channel.SESSION), each.to_bytes())
    whole = ids(get(f"Procedure?patient={PATIENT}&_count=200"))
    assert len(whole) == len(set(whole)) == 47
    assert whole[0] == str(UUID(int=1044))
    assert len(ids(get(f"Procedure?patient={PATIENT}&date=ge2026-03&_count=200"))) == 28
