"""Pushing to an EHR: a real HTTP server that checks the signed JWT, and may fail in every way."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from joserfc.jwk import KeySet
from pydantic import ValidationError
from sqlalchemy import select, update

from cloud_bridge.cli import main
from cloud_bridge.errors import ConfigurationError
from cloud_bridge.exports.fhir.client_key import (
    make_client_key,
    public_key_set,
    read_client_key,
)
from cloud_bridge.exports.fhir.ehr import Ehr, EhrUnavailableError
from cloud_bridge.exports.fhir.push import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    Round,
    Route,
    push,
    send_again,
    wait_s,
)
from cloud_bridge.exports.fhir.settings import FhirPushSettings
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from cloud_bridge.store.fhir_tables import FhirDelivery
from cloud_bridge.store.tables import Account, Clinic, Patient
from models.event import Event
from models.exercises.library import load_library
from models.messages import Channel, PrescriptionItem, topic
from tests.cloud_bridge.exports.fhir import samples
from tests.cloud_bridge.exports.fhir.ehr_server import Handler, Received, certificate

CLINIC = "Demonstration clinic"
ITEM = PrescriptionItem(exercise_id="squat_mini", sets=2, reps=8)


def settings_of(tmp_path: Path, base: str, **changes: object) -> FhirPushSettings:
    values = {
        "clinic": CLINIC, "base_url": base, "client_id": "physiopi", "key_id": "key-1",
        "key_file": tmp_path / "key.pem",
    }  # fmt: skip
    return FhirPushSettings.model_validate(values | changes)


@pytest.fixture(params=["ES384", "RS384"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def received(tmp_path: Path, algorithm: str) -> Iterator[Received]:
    """A running EHR that knows the bridge's public key."""
    path = tmp_path / "key.pem"
    make_client_key(path, algorithm)
    public = public_key_set(read_client_key(path, algorithm), "key-1", algorithm)
    assert "d" not in public["keys"][0]
    held = Received(KeySet.import_key_set(public), algorithm)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"received": held}))
    held.base = f"http://127.0.0.1:{server.server_port}/fhir"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture
def ehr(received: Received, tmp_path: Path, algorithm: str) -> Iterator[Ehr]:
    each = Ehr(settings_of(tmp_path, received.base, algorithm=algorithm))
    yield each
    each.close()


EVENT = Event(
    id=samples.UUID(int=9), device_id=DEVICE_ID, patient_id="demo-patient",
    prescription_id=samples.UUID(int=8), session_id=samples.UUID(int=7),
    event_kind="fall_suspected", occurred_at=samples.BEGAN, camera="usb", software_version="1",
)  # fmt: skip


def filled(database: Database, *messages: Any) -> Route:
    """A clinic with a prescription, and what its device has sent."""
    with database.transaction() as transaction:
        make_demonstration(transaction, ITEM)
        clinic_id = transaction.scalars(select(Clinic.id).where(Clinic.name == CLINIC)).one()
    for each in messages:
        take(database, each)
    return Route(clinic_id, "http://ehr/fhir", samples.NAMING, "https://b/fhir")


def take(database: Database, message: Any) -> None:
    channel = Channel.EVENT if isinstance(message, Event) else Channel.SESSION
    answer = Acceptance(database, load_library()).take(
        topic(DEVICE_ID, channel), message.to_bytes()
    )
    assert answer is not None
    assert answer.receipt.outcome == "stored"


def a_session(**changes: object) -> Any:
    own = {"patient_id": "demo-patient", "device_id": DEVICE_ID}
    return samples.session_of("squat_mini", "both", **own | changes)


def addresses(bundle: dict[str, Any]) -> list[str]:
    return [each["request"]["url"] for each in bundle["entry"]]


def rows(database: Database) -> dict[str, FhirDelivery]:
    with database.transaction() as transaction:
        return {each.record_kind: each for each in transaction.scalars(select(FhirDelivery))}


def make_due(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.execute(
            update(FhirDelivery).values(next_attempt_at=datetime.now(UTC) - timedelta(seconds=1))
        )


@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_everything_arrives_once_in_an_order_that_can_be_referred_to(
    database: Database, received: Received, ehr: Ehr
) -> None:
    route = filled(database, EVENT, a_session())
    assert push(database, route, ehr) == Round(delivered=3)
    kinds = [
        {address.partition("/")[0] for address in addresses(each)} for each in received.bundles
    ]
    assert "CarePlan" in kinds[0]
    assert "Procedure" in kinds[1]
    known: set[str] = set()
    for bundle in received.bundles:
        assert all(each["request"]["method"] == "PUT" for each in bundle["entry"])
        known |= set(addresses(bundle))
        assert references(bundle) <= known
    assert push(database, route, ehr) == Round()
    assert len(received.bundles) == 3
    assert len(received.assertions) == 1


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for each in value for found in references(each)}
    if not isinstance(value, dict):
        return set()
    own = value.get("reference")
    inner = {found for each in value.values() for found in references(each)}
    return inner | ({own} if isinstance(own, str) and not own.startswith("#") else set())


def test_a_jwt_of_each_algorithm_lets_in(received: Received, ehr: Ehr) -> None:
    ehr.send({"resourceType": "Bundle", "type": "transaction", "entry": []})
    assert len(received.bundles) == len(received.assertions) == 1


class Falling:
    """An EHR that takes nothing at first."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.bundles: list[dict[str, Any]] = []

    def send(self, bundle: dict[str, Any]) -> None:
        if self.error is not None:
            raise self.error
        self.bundles.append(bundle)


def test_what_an_ehr_does_not_take_waits_and_arrives_later(database: Database) -> None:
    route = filled(database, a_session())
    ehr = Falling(EhrUnavailableError("down", retry_after_s=1000.0))
    began = datetime.now(UTC)
    done = push(database, route, ehr)
    assert (done.delivered, done.waiting, done.error) == (0, 2, "down")
    first = rows(database)["prescription"]
    assert (first.attempts, first.last_error) == (1, "down")
    assert first.next_attempt_at >= began + timedelta(seconds=1000)
    ehr.error = None
    make_due(database)
    assert push(database, route, ehr) == Round(delivered=2)
    assert rows(database)["prescription"].state == "delivered"


def test_what_is_not_due_is_left_alone(database: Database) -> None:
    route = filled(database)
    ehr = Falling(EhrUnavailableError("down"))
    push(database, route, ehr)
    ehr.error = None
    assert push(database, route, ehr) == Round(waiting=1)
    assert ehr.bundles == []


@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_a_refusal_stays_with_its_reason_until_it_is_sent_again(
    database: Database, received: Received, ehr: Ehr
) -> None:
    route = filled(database, a_session())
    issue = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no such code"}]}
    received.answers = [(422, {}, issue)]
    assert push(database, route, ehr) == Round(delivered=1, refused=1)
    refused = rows(database)["prescription"]
    assert (refused.state, refused.last_error) == ("refused", "status 422: no such code")
    make_due(database)
    assert push(database, route, ehr) == Round()
    with database.transaction() as transaction:
        assert send_again(transaction, route) == 1
    assert push(database, route, ehr) == Round(delivered=1)


def test_a_new_version_revokes_the_one_before(database: Database) -> None:
    route = filled(database)
    ehr = Falling(EhrUnavailableError(""))
    ehr.error = None
    push(database, route, ehr)
    with database.transaction() as transaction:
        view = ClinicView(transaction, route.clinic_id)
        patient = transaction.scalars(select(Patient)).one()
        author = transaction.scalars(select(Account)).one()
        view.prescribe(patient, author, (ITEM,), 1)
    push(database, route, ehr)
    plans = {
        each["resource"]["id"][-2:]: each["resource"]["status"]
        for each in ehr.bundles[1]["entry"]
        if each["resource"]["resourceType"] == "CarePlan"
    }
    assert plans == {"v1": "revoked", "v2": "active"}


def test_an_event_is_told_again_with_the_session_that_it_belongs_to(database: Database) -> None:
    route = filled(database, EVENT)
    ehr = Falling(EhrUnavailableError(""))
    ehr.error = None
    push(database, route, ehr)
    take(database, a_session())
    push(database, route, ehr)
    issue = ehr.bundles[-1]["entry"][-1]["resource"]
    assert issue["resourceType"] == "DetectedIssue"
    assert issue["implicated"] == [{"reference": f"Procedure/{samples.UUID(int=7)}"}]


def test_another_clinics_records_are_never_sent(database: Database) -> None:
    route = filled(database, a_session())
    with database.transaction() as transaction:
        other = Clinic(name="Another clinic")
        transaction.add(other)
        transaction.flush()
        other_id = other.id
    elsewhere = Route(other_id, route.target, route.naming, route.base_url)
    ehr = Falling(EhrUnavailableError(""))
    ehr.error = None
    assert push(database, elsewhere, ehr) == Round()
    assert ehr.bundles == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, {"Retry-After": "7"}, {}), "status 503"),
        ((302, {"Location": "http://127.0.0.1:1/"}, {}), "status 302"),
        ((200, {}, {"resourceType": "Patient"}), "without a Bundle"),
        ((200, {}, []), "without a Bundle"),
        ((429, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, {}), "status 429"),
        ((500, {"Retry-After": "soon"}, {"issue": "x"}), "status 500"),
    ],
)
@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_an_ehr_in_trouble_is_tried_again(
    received: Received, ehr: Ehr, answer: tuple[int, dict[str, str], Any], said: str
) -> None:
    received.answers = [answer]
    with pytest.raises(EhrUnavailableError, match=said) as caught:
        ehr.send({"resourceType": "Bundle", "type": "transaction", "entry": []})
    assert (caught.value.retry_after_s > 0) == (answer[0] in (503, 429))
    assert received.bundles == []


@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_a_token_that_no_longer_lets_in_is_asked_for_anew(received: Received, ehr: Ehr) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": []}
    ehr.send(bundle)
    received.token = "another"
    with pytest.raises(EhrUnavailableError, match="401"):
        ehr.send(bundle)
    ehr.send(bundle)
    assert len(received.assertions) == 2


@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_the_token_is_asked_for_under_tls_alone(received: Received, ehr: Ehr) -> None:
    received.token_endpoint = "http://ehr.example.org/token"
    with pytest.raises(EhrUnavailableError, match="not https"):
        ehr.send({"resourceType": "Bundle"})


def test_only_an_ehr_with_a_certificate_that_is_trusted_gets_anything(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    make_client_key(path, "ES384")
    public = public_key_set(read_client_key(path, "ES384"), "key-1", "ES384")
    held = Received(KeySet.import_key_set(public), "ES384")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"received": held}))
    trusted = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    held.base = f"https://127.0.0.1:{server.server_port}/fhir"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": []}
    with pytest.raises(EhrUnavailableError, match=r"(?i)certificate"):
        Ehr(settings_of(tmp_path, held.base)).send(bundle)
    assert held.assertions == []
    Ehr(settings_of(tmp_path, held.base, ca_file=trusted)).send(bundle)
    assert held.bundles == [bundle]
    server.shutdown()
    server.server_close()


def test_an_ehr_that_is_not_there(tmp_path: Path) -> None:
    make_client_key(tmp_path / "key.pem", "ES384")
    ehr = Ehr(settings_of(tmp_path, "http://127.0.0.1:9/fhir"))
    with pytest.raises(EhrUnavailableError, match=r"127\.0\.0\.1"):
        ehr.send({"resourceType": "Bundle"})


@pytest.mark.parametrize("address", ["http://ehr.example.org/fhir", "ftp://127.0.0.1/fhir"])
def test_patients_data_goes_nowhere_without_tls(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        settings_of(tmp_path, address)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    make_client_key(path, "ES384")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigurationError, match="RS384"):
        read_client_key(path, "RS384")
    with pytest.raises(ConfigurationError, match="cannot be made"):
        make_client_key(path, "ES384")
    path.write_text("no key")
    with pytest.raises(ConfigurationError, match=r"key\.pem"):
        read_client_key(path, "ES384")


def test_waits_grow_to_a_limit() -> None:
    waits = [wait_s(attempts) for attempts in (1, 2, 3, 1000)]
    assert waits == sorted(waits)
    assert 0.8 * FIRST_WAIT_S <= waits[0] <= 1.2 * FIRST_WAIT_S
    assert 0.8 * LONGEST_WAIT_S <= waits[-1] <= 1.2 * LONGEST_WAIT_S


@pytest.mark.parametrize("algorithm", ["ES384"], indirect=True)
def test_the_command_pushes_and_says_by_its_status_whether_all_arrived(
    received: Received, tmp_path: Path, migrated_sqlite: Path
) -> None:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    filled(database, a_session())
    configuration = tmp_path / "bridge.toml"
    configuration.write_text(
        f'data_folder = "{tmp_path}"\n[[fhir.push]]\nclinic = "{CLINIC}"\n'
        f'base_url = "{received.base}"\nclient_id = "physiopi"\nkey_id = "key-1"\n'
        f'key_file = "{tmp_path / "key.pem"}"\n'
    )
    received.answers = [(503, {}, {})]
    command = ["fhir", "push", "--config", str(configuration)]
    assert CliRunner().invoke(main, command).exit_code == 1
    make_due(database)
    assert CliRunner().invoke(main, command).exit_code == 0
    assert len(received.bundles) == 2
    again = CliRunner().invoke(main, [*command, "--all"])
    assert (again.exit_code, len(received.bundles)) == (0, 4)
    assert received.bundles[:2] == received.bundles[2:]
    database.close()
