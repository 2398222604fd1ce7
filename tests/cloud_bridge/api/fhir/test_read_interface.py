"""The FHIR read interface: what it answers, and to whom."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from cloud_bridge.api.fhir.search import SEARCHABLE
from cloud_bridge.api.fhir.tokens import ScopeError, Scopes, find_token, revoke_token
from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID
from cloud_bridge.store.fhir_tables import FhirToken
from tests.cloud_bridge.api.fhir.stored_clinic import (
    EVENT,
    FIRST,
    PATIENT,
    SECOND,
    Get,
    fill,
    found,
    getter,
    ids,
    link,
    token_for,
)
from tests.cloud_bridge.exports.fhir.official_r4 import OfficialR4


@pytest.fixture(scope="module")
def official() -> OfficialR4:
    return OfficialR4()


@pytest.fixture(scope="module")
def clinic(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> Iterator[tuple[Database, int]]:
    """One clinic for all tests here: they read it."""
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("fhir") / "bridge.sqlite")
    database = Database(f"sqlite:///{file}")
    yield database, fill(database)
    database.close()


@pytest.fixture(scope="module")
def client(clinic: tuple[Database, int], tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    settings = BridgeSettings(data_folder=tmp_path_factory.mktemp("keys"))
    return create_app(settings, clinic[0]).test_client(use_cookies=False)


@pytest.fixture(scope="module")
def get(client: FlaskClient, clinic: tuple[Database, int]) -> Get:
    return getter(client, token_for(*clinic))


@pytest.mark.parametrize("kind", SEARCHABLE)
def test_every_type_is_found_by_its_patient_and_by_its_id(
    get: Get, official: OfficialR4, kind: str
) -> None:
    by = f"_id={PATIENT}" if kind == "Patient" else f"patient={PATIENT}"
    answer = get(f"{kind}?{by}")
    assert official.faults(answer.json) == []
    assert {each["resourceType"] for each in found(answer)} == (set() if kind == "Goal" else {kind})
    for each in ids(answer)[:2]:
        assert ids(get(f"{kind}?_id={each},none")) == [each]
    if kind != "Patient":
        assert ids(get(f"{kind}?patient=Patient/{PATIENT}&_id=none")) == []


@pytest.mark.parametrize(
    ("asked", "some"),
    [
        (PATIENT, False), ("demo-patient", True), ("|demo-patient", False),
        (f"{Naming().identifier_system}|demo-patient", True), ("urn:other|demo-patient", False),
    ],
)  # fmt: skip
def test_a_patient_is_found_by_the_pseudonym(get: Get, asked: str, some: bool) -> None:
    assert ids(get(f"Patient?identifier={asked}")) == ([PATIENT] if some else [])
    assert bool(ids(get(f"Procedure?patient.identifier={asked}"))) == some
    assert ids(get(f"Procedure?patient.identifier={asked}&patient=none")) == []


@pytest.mark.parametrize(
    ("date", "sessions"),
    [
        ("2026-01-02", {FIRST}), ("eq2026-01", {FIRST}), ("2026", {FIRST, SECOND}),
        ("ge2026-01-02", {FIRST, SECOND}), ("gt2026-01-02", {SECOND}),
        ("le2026-01-02", {FIRST}), ("lt2026-01-02", set()), ("lt2026-02-11", {FIRST}),
        ("gt2026-01-02T10:32:00Z", {FIRST, SECOND}), ("sa2026-01-02T10:31:00Z", {SECOND}),
        ("eb2026-02-11T10:33:00Z", {FIRST}), ("ne2026-01-02", {SECOND}),
        ("ge2026-01-02T12:00:00%2B02:00", {FIRST, SECOND}), ("2026-12", set()),
        ("ge2026-01-02&date=lt2026-01-03", {FIRST}),
    ],
)  # fmt: skip
def test_dates_have_a_precision_and_prefixes(get: Get, date: str, sessions: set[UUID]) -> None:
    answer = get(f"Procedure?patient={PATIENT}&date={date}")
    assert set(ids(answer)) == {str(each) for each in sessions}


@pytest.mark.parametrize("date", ["yesterday", "ap2026", "2026-13", "2026-1-1", "ge", "9999"])
def test_a_date_that_is_none_is_told(get: Get, date: str) -> None:
    answer = get(f"Observation?patient={PATIENT}&date={date}")
    if date == "9999":
        assert answer.status_code in (200, 400)
        return
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (400, "invalid")


def test_observations_are_found_by_code_newest_first(get: Get) -> None:
    pain = get(f"Observation?patient={PATIENT}&code=http://loinc.org|72514-3&date=ge2026-01-01")
    assert ids(pain) == [
        f"{SECOND}-pain-before", f"{SECOND}-pain-after", f"{FIRST}-pain-before",
        f"{FIRST}-pain-after",
    ]  # fmt: skip
    assert len(ids(get(f"Observation?patient={PATIENT}&code=pain-after"))) == 2
    assert ids(get(f"Observation?patient={PATIENT}&code=http://snomed.info/sct|72514-3")) == []


def test_issues_are_stops_and_events(get: Get) -> None:
    issues = found(get(f"DetectedIssue?patient={PATIENT}"))
    assert [each["id"] for each in issues] == [f"{SECOND}-stop", str(EVENT)]
    assert issues[1]["implicated"] == [{"reference": f"Procedure/{FIRST}"}]


def test_everything_of_a_time_leaves_the_rest_out(get: Get) -> None:
    kept = found(get(f"Patient/{PATIENT}/$everything?start=2026-02-01&_count=200"))
    procedures = [each["id"] for each in kept if each["resourceType"] == "Procedure"]
    assert procedures == [str(SECOND)]
    assert any(each["resourceType"] == "CarePlan" for each in kept)
    early = found(get(f"Patient/{PATIENT}/$everything?end=2026-01-31&_type=Procedure,Device"))
    assert [each["id"] for each in early] == [DEVICE_ID, str(FIRST)]


def test_an_answer_says_which_version_it_is_and_when_nothing_is_new(get: Get) -> None:
    address = f"Observation/{FIRST}-pain-after"
    answer = get(address)
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["ETag"] == f'W/"{answer.json["meta"]["versionId"]}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert get(address, If_None_Match=answer.headers["ETag"]).status_code == 304
    assert get(address, If_None_Match='W/"other"').status_code == 200
    changed = answer.headers["Last-Modified"]
    assert get(address, If_Modified_Since=changed).status_code == 304
    before = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert get(address, If_Modified_Since=before).status_code == 200
    assert get(address, If_Modified_Since="nonsense").status_code == 200
    # Of a patient's pseudonym nobody knows since when it is.
    assert "Last-Modified" not in get(f"Patient/{PATIENT}").headers


@pytest.mark.parametrize(
    ("address", "headers", "status", "code"),
    [
        ("Nonsense", {}, 404, "not-supported"),
        ("Patient/none", {}, 404, "not-found"),
        ("Observation/none", {}, 404, "not-found"),
        (f"Observation/{FIRST}-nothing", {}, 404, "not-found"),
        (f"Observation/{UUID(int=99)}-pain-after", {}, 404, "not-found"),
        (f"CarePlan/{UUID(int=99)}-v1", {}, 404, "not-found"),
        ("AuditEvent/audit-999999", {}, 404, "not-found"),
        ("AuditEvent/audit-99999999999999999999", {}, 404, "not-found"),
        ("Patient/none/$everything", {}, 404, "not-found"),
        ("StructureDefinition/none", {}, 404, "not-found"),
        ("a/b/c/d", {}, 404, "not-found"),
        ("", {}, 404, "not-found"),
        ("Observation", {}, 400, "required"),
        (f"Observation?patient={PATIENT}&status=final", {}, 400, "not-supported"),
        (f"Observation?patient={PATIENT}&_count=many", {}, 400, "invalid"),
        (f"Observation?patient={PATIENT}&_offset=-1", {}, 400, "invalid"),
        (f"Patient/{PATIENT}/$everything?_since=2026", {}, 400, "not-supported"),
        (f"Patient/{PATIENT}/$everything?start=soon", {}, 400, "invalid"),
        ("metadata?_format=xml", {}, 406, "not-supported"),
        ("metadata", {"Accept": "application/fhir+xml"}, 406, "not-supported"),
        ("metadata", {"Accept": "application/fhir+json; fhirVersion=5.0"}, 406, "not-supported"),
    ],
)
def test_every_error_is_an_operation_outcome(
    get: Get, official: OfficialR4, address: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = get(address, **headers)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (status, code), answer.text
    assert official.faults(answer.json) == []


@pytest.mark.parametrize(
    "accept",
    ["application/fhir+json", "application/json", "*/*", "application/fhir+json;fhirVersion=4.0",
     "application/fhir+xml;q=0.5, application/fhir+json"],
)  # fmt: skip
def test_json_is_given_to_whoever_takes_it(get: Get, accept: str) -> None:
    assert get("metadata", Accept=accept).status_code == 200
    assert get("metadata?_format=application/fhir%2Bjson").status_code == 200


def test_a_lenient_program_is_told_what_was_understood(get: Get) -> None:
    answer = get(f"Procedure?patient={PATIENT}&status=final", Prefer="handling=lenient")
    assert len(ids(answer)) == 2
    assert "status" not in str(link(answer, "self"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(get: Get, method: str) -> None:
    for address in ("Patient", f"Patient/{PATIENT}", ""):
        answer = get(address, method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.json["resourceType"] == "OperationOutcome"


def test_the_capability_statement_is_for_everybody_and_says_what_there_is(
    client: FlaskClient, official: OfficialR4
) -> None:
    statement = client.get("/fhir/metadata").json
    assert official.faults(statement) == []
    assert statement["fhirVersion"] == "4.0.1"
    resources = {each["type"]: each for each in statement["rest"][0]["resource"]}
    assert set(SEARCHABLE) <= set(resources)
    definition = client.get("/fhir/StructureDefinition/exercise-dose")
    assert official.faults(definition.json) == []


def test_nobody_gets_in_without_a_token_that_stands(
    client: FlaskClient, clinic: tuple[Database, int]
) -> None:
    database = clinic[0]
    token = token_for(*clinic)
    assert getter(client, token)("Patient").status_code == 200
    assert getter(client, f"{token}x")("Patient").status_code == 401
    with database.transaction() as transaction:
        row = find_token(transaction, token, datetime.now(UTC))
        assert row is not None
        assert token not in (row.token_sha256, row.name)
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    answer = getter(client, token)("Patient")
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (401, "login")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    with database.transaction() as transaction:
        row = transaction.get_one(FhirToken, row.id)
        row.expires_at = datetime.now(UTC) + timedelta(days=1)
        assert revoke_token(transaction, row.id, datetime.now(UTC))
    assert getter(client, token)("Patient").status_code == 401
    for header in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        assert client.get("/fhir/Patient", headers=header).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "address", "status"),
    [
        ("system/Observation.read", f"Observation?patient={PATIENT}", 200),
        ("system/Observation.s", f"Observation?patient={PATIENT}", 200),
        ("system/Observation.r", f"Observation?patient={PATIENT}", 403),
        ("system/Observation.r", f"Observation/{FIRST}-pain-after", 200),
        ("system/Observation.read", f"Procedure/{FIRST}", 403),
        ("system/Observation.read", f"Patient/{PATIENT}/$everything", 403),
        ("system/*.rs", f"Patient/{PATIENT}/$everything", 200),
        ("system/*.r", "Patient", 403),
    ],
)
def test_a_token_reaches_as_far_as_its_scopes(
    client: FlaskClient, clinic: tuple[Database, int], scopes: str, address: str, status: int
) -> None:
    assert getter(client, token_for(*clinic, scopes))(address).status_code == status


def test_everything_is_what_the_scopes_allow(
    client: FlaskClient, clinic: tuple[Database, int]
) -> None:
    token = token_for(*clinic, "system/Patient.r system/Procedure.r")
    everything = found(getter(client, token)(f"Patient/{PATIENT}/$everything"))
    assert {each["resourceType"] for each in everything} == {"Patient", "Procedure"}


@pytest.mark.parametrize(
    "scopes",
    ["", "user/*.read", "system/*.write", "system/Nonsense.read", "system/*.read;", "system/*.cud"],
)
def test_other_scopes_are_refused(scopes: str) -> None:
    with pytest.raises(ScopeError):
        Scopes.parse(scopes)


def test_a_cookie_lets_nobody_in(client: FlaskClient) -> None:
    browser = client.application.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "1"
    assert browser.get("/fhir/Patient").status_code == 401
