"""The commands that begin a clinic and look whether its audit log is whole."""

import json
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from cloud_bridge.cli import main
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import load_settings
from cloud_bridge.store.database import Database
from tests.cloud_bridge.portal_clients import post

PASSWORD = "purple otter lantern 9"
FIRST = ("first-administrator", "--clinic", "Clinic", "--email", "Ada@Clinic.invalid")


@pytest.fixture
def configuration(tmp_path: Path, migrated_sqlite: Path) -> Path:
    (tmp_path / "bridge.sqlite").write_bytes(migrated_sqlite.read_bytes())
    file = tmp_path / "bridge.toml"
    file.write_text(
        f'data_folder = {json.dumps(str(tmp_path))}\n[portal]\naddress = "http://localhost"\n'
    )
    return file


def run(configuration: Path, *command: str) -> Result:
    return CliRunner().invoke(main, [*command, "--config", str(configuration)])


def test_the_first_administrator_gets_in_by_the_printed_link_alone(configuration: Path) -> None:
    printed = json.loads(run(configuration, *FIRST, "--json").stdout)
    assert printed["link"].startswith("http://localhost/sign-in/set-password/")
    settings = load_settings(configuration)
    database = Database(settings.database)
    client = create_app(settings, database).test_client()
    where = urlsplit(printed["link"]).path
    assert post(client, where, password=PASSWORD, again=PASSWORD).location == "/sign-in"
    signed = post(client, "/sign-in", email="ada@clinic.invalid", password=PASSWORD)
    assert signed.location == "/clinic/people"
    database.close()


def test_the_same_person_gets_a_new_link_and_nobody_else_one(configuration: Path) -> None:
    links = [json.loads(run(configuration, *FIRST, "--json").stdout)["link"] for _ in range(2)]
    assert links[0] != links[1]
    other = run(configuration, *FIRST[:-1], "other@clinic.invalid")
    assert other.exit_code == 1
    assert "has an administrator already" in other.stderr


def test_a_clinic_is_added_once(configuration: Path) -> None:
    assert run(configuration, "clinic", "add", "North").exit_code == 0
    again = run(configuration, "clinic", "add", "North")
    assert again.exit_code == 1
    assert "there is a clinic named North already" in again.stderr


def test_verify_says_whether_the_log_is_whole(configuration: Path) -> None:
    run(configuration, *FIRST)
    run(configuration, "clinic", "add", "North")
    whole = run(configuration, "audit", "verify", "--json")
    assert json.loads(whole.stdout)["lines"] == 2
    connection = sqlite3.connect(configuration.with_name("bridge.sqlite"))
    connection.execute("DROP TRIGGER audit_entry_no_update")
    connection.execute("UPDATE audit_entry SET outcome = 'nothing' WHERE number = 1")
    connection.commit()
    connection.close()
    broken = run(configuration, "audit", "verify")
    assert broken.exit_code == 8
    assert "line 1 of the audit log is not as it was written" in broken.stderr
