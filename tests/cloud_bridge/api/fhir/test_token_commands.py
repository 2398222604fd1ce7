"""Tokens by the command: shown once, listed without it, revoked at once, and noted."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from cloud_bridge.audit.log import AuditLog
from cloud_bridge.cli import main
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import load_settings
from cloud_bridge.store.audit_tables import AuditEntry
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration

CLINIC = ("--clinic", "Demonstration clinic")


@pytest.fixture
def configuration(tmp_path: Path, migrated_sqlite: Path) -> Path:
    (tmp_path / "bridge.sqlite").write_bytes(migrated_sqlite.read_bytes())
    file = tmp_path / "bridge.toml"
    file.write_text(f'data_folder = "{tmp_path}"\n')
    database = Database(f"sqlite:///{tmp_path / 'bridge.sqlite'}")
    with database.transaction() as transaction:
        make_demonstration(transaction)
    database.close()
    return file


def ran(configuration: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["fhir", "token", *words, "--config", str(configuration)])
    return result.exit_code, result.stdout


def test_a_token_is_made_listed_used_and_revoked(configuration: Path) -> None:
    status, printed = ran(configuration, "add", *CLINIC, "--name", "dashboard", "--days", "3")
    assert status == 0
    made = json.loads(printed)
    settings = load_settings(configuration)
    database = Database(settings.database)
    client = create_app(settings, database).test_client()
    header = {"Authorization": f"Bearer {made['token']}"}
    assert client.get("/fhir/Patient", headers=header).status_code == 200
    _, listed = ran(configuration, "list", *CLINIC)
    assert json.loads(listed)["name"] == "dashboard"
    assert made["token"] not in listed
    assert ran(configuration, "revoke", made["id"])[0] == 0
    assert client.get("/fhir/Patient", headers=header).status_code == 401
    assert json.loads(ran(configuration, "list", *CLINIC)[1])["revoked_at"] is not None
    with database.transaction() as transaction:
        entries = transaction.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        actions = [each.action for each in entries]
        assert actions == ["fhir token add", "GET fhir.search", "fhir token revoke"]
        AuditLog.of(settings).verify(transaction)
    database.close()


@pytest.mark.parametrize(
    "words",
    [
        ("add", "--clinic", "Nowhere", "--name", "x"),
        ("add", *CLINIC, "--name", "x", "--scope", "user/*.read"),
        ("add", *CLINIC, "--name", "x", "--days", "0"),
        ("revoke", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_what_cannot_be_is_refused(configuration: Path, words: tuple[str, ...]) -> None:
    assert ran(configuration, *words)[0] in (1, 2)
