"""The patient list and the patient's page as a doctor uses them."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cloud_bridge.errors import ConfigurationError
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import (
    ClinicianTime,
    Device,
    FlagAcknowledgement,
    Patient,
    PrescriptionVersion,
)
from models.event import Event
from models.exercises.library import load_library
from models.messages import Channel, topic
from tests.cloud_bridge.portal_clients import add_person, csrf, signed_in
from tests.cloud_bridge.progress.histories import a_set, message, peaks, version

DOCTOR = "doctor@clinic.invalid"


def ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days, minutes=5)


class Ward:
    """A clinic with patients whose sessions come in as from their devices."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._acceptance = Acceptance(database, load_library())
        self.doctor = add_person(database, "Clinic", DOCTOR)

    def patient(self, name: str, since: int = 60) -> int:
        plan = version(7).model_copy(update={"id": uuid4(), "patient_id": name})
        with self.database.transaction() as transaction:
            clinic_id = self.doctor.clinic_id
            patient = Patient(clinic_id=clinic_id, wire_id=name, display_name=name)
            transaction.add(patient)
            transaction.flush()
            transaction.add(Device(id=name, clinic_id=clinic_id, patient_id=patient.id))
            transaction.add(
                PrescriptionVersion(
                    clinic_id=clinic_id, patient_id=patient.id, author_id=self.doctor.id,
                    prescription_id=plan.id, version=1, payload=plan.model_dump(mode="json"),
                    created_at=ago(since), published_at=ago(since), acknowledged_at=ago(since),
                    accepted=True,
                )
            )  # fmt: skip
        return patient.id

    def trains(self, name: str, days: int, *sets: dict[str, Any], **fields: Any) -> None:
        one = message(ago(days), *sets, patient_id=name, device_id=name, **fields)
        self._take(name, Channel.SESSION, one.to_bytes())

    def falls(self, name: str, days: int) -> None:
        fall = Event.model_validate({
            "id": uuid4(), "device_id": name, "patient_id": name, "prescription_id": uuid4(),
            "event_kind": "fall_suspected", "occurred_at": ago(days), "answer": "no_answer",
            "camera": "usb", "software_version": "1",
        })  # fmt: skip
        self._take(name, Channel.EVENT, fall.to_bytes())

    def _take(self, name: str, channel: Channel, payload: bytes) -> None:
        answer = self._acceptance.take(topic(name, channel), payload)
        assert answer is not None
        assert answer.receipt.outcome == "stored", answer.receipt.reason


@pytest.fixture
def ward(tmp_path: Path, migrated_sqlite: Path) -> Ward:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    return Ward(Database(f"sqlite:///{file}"))


@pytest.fixture
def app(ward: Ward, tmp_path: Path) -> Flask:
    return create_app(BridgeSettings(data_folder=tmp_path), ward.database)


@pytest.fixture
def client(app: Flask, ward: Ward) -> FlaskClient:
    return signed_in(app, ward.database, DOCTOR)


def names(page: str) -> list[str]:
    return re.findall(r'href="/patients/\d+">([^<]+)</a>', page)


def three(ward: Ward) -> dict[str, int]:
    ids = {name: ward.patient(name) for name in ("anna", "berta", "carl")}
    for days in range(1, 10):
        ward.trains("anna", days, pain_after=0)
        ward.trains("carl", days, pain_after=4)
    ward.trains("berta", 20)
    ward.falls("carl", 3)
    return ids


def test_who_needs_a_look_stands_first_and_no_flag_is_said_in_words(
    client: FlaskClient, ward: Ward
) -> None:
    three(ward)
    page = client.get("/").text
    assert names(page) == ["carl", "berta", "anna"]
    for said in ("Fall suspected", "Silent", "none", "2 of 3 with a flag"):
        assert said in page


ORDERS = {
    "sort=name": ["anna", "berta", "carl"],
    "sort=name&order=descending": ["carl", "berta", "anna"],
    "sort=last": ["berta", "anna", "carl"],
    "sort=pain": ["berta", "anna", "carl"],  # not answered, 0, 4
    "sort=nonsense": ["carl", "berta", "anna"],
    "q=AN": ["anna"],
    "flag=fall_suspected": ["carl"],
    "flag=any&sort=name": ["berta", "carl"],
    "flag=none": ["anna"],
    "flag=pain_rise": [],
}


def test_the_list_is_sorted_and_filtered_by_its_address(client: FlaskClient, ward: Ward) -> None:
    three(ward)
    assert {query: names(client.get(f"/?{query}").text) for query in ORDERS} == ORDERS


def acknowledge(client: FlaskClient, patient_id: int, **changes: str) -> str:
    page = client.get(f"/patients/{patient_id}").text
    fields = dict(re.findall(r'name="(rule|subject|keys)" value="([^"]*)"', page))
    data = fields | {"csrf_token": csrf(page), "note": "called"} | changes
    address = f"/patients/{patient_id}/flags/acknowledge"
    return client.post(address, data=data, follow_redirects=True).text


def test_an_acknowledged_flag_comes_back_only_with_new_evidence(
    client: FlaskClient, ward: Ward
) -> None:
    who = ward.patient("anna")
    for days in range(1, 9):
        ward.trains("anna", days)
    ward.falls("anna", 4)
    page = acknowledge(client, who)
    for said in ("Acknowledged. It comes back only with new evidence.", "✔ acknowledged", "called"):
        assert said in page
    assert "1 of 1 with a flag" not in client.get("/").text
    ward.falls("anna", 1)
    assert "1 of 1 with a flag" in client.get("/").text
    assert "(seen)" in client.get(f"/patients/{who}").text


def test_what_came_after_the_page_was_read_is_not_acknowledged_unseen(
    client: FlaskClient, ward: Ward
) -> None:
    who = ward.patient("anna")
    ward.falls("anna", 4)
    page = client.get(f"/patients/{who}").text
    (keys,) = re.findall(r'value="(event:[^"]*)"', page)
    ward.falls("anna", 1)
    acknowledge(client, who, rule="fall_suspected", keys=keys)
    with ward.database.transaction() as transaction:
        row = transaction.scalars(select(FlagAcknowledgement)).one()
        assert row.evidence["keys"] == [keys]
    assert "Fall suspected" in client.get("/?flag=fall_suspected").text


def test_a_flag_that_does_not_hold_cannot_be_acknowledged(client: FlaskClient, ward: Ward) -> None:
    who = ward.patient("anna")
    ward.falls("anna", 4)
    assert "has gone or changed" in acknowledge(client, who, rule="stop", keys="session:1")
    with ward.database.transaction() as transaction:
        assert transaction.scalars(select(FlagAcknowledgement)).all() == []


def record(client: FlaskClient, who: int, **fields: str) -> str:
    page = client.get(f"/patients/{who}").text
    data = {"minutes": "12", "worked_on": f"{datetime.now(UTC):%Y-%m-%d}", "taken": "entered"}
    return client.post(
        f"/patients/{who}/clinician-time", data=data | {"csrf_token": csrf(page)} | fields,
        follow_redirects=True,
    ).text  # fmt: skip


def test_minutes_count_only_when_somebody_confirms_them(client: FlaskClient, ward: Ward) -> None:
    who = ward.patient("anna")
    for _ in range(2):
        client.get(f"/patients/{who}")  # looking is not counted
    with ward.database.transaction() as transaction:
        assert transaction.scalars(select(ClinicianTime)).all() == []
    page = record(client, who)
    for said in ("Recorded: 12 minutes.", "<strong>12</strong> minutes", "98979", "never billed"):
        assert said in page
    entry = re.findall(r"clinician-time/([0-9a-f-]{36})/withdraw", page)[0]
    page = client.post(
        f"/patients/{who}/clinician-time/{entry}/withdraw", data={"csrf_token": csrf(page)},
        follow_redirects=True,
    ).text  # fmt: skip
    assert "<strong>0</strong> minutes" in page
    assert "withdrawn" in page


WRONG = [
    ({"minutes": "0"}, "between 1 and 240"),
    ({"minutes": "-5"}, "between 1 and 240"),
    ({"minutes": "ten"}, "No minutes were recorded"),
    ({"worked_on": "2999-01-01"}, "has not come yet"),
    ({"worked_on": "yesterday"}, "No minutes were recorded"),
]


def test_wrong_minutes_are_told_and_not_kept(client: FlaskClient, ward: Ward) -> None:
    who = ward.patient("anna")
    for fields, said in WRONG:
        assert said in record(client, who, **fields), fields
    with ward.database.transaction() as transaction:
        assert transaction.scalars(select(ClinicianTime)).all() == []


def test_a_pain_of_zero_is_shown_and_a_skipped_answer_is_not_zero(
    client: FlaskClient, ward: Ward
) -> None:
    who = ward.patient("anna")
    ward.trains("anna", 1, pain_before=None, pain_after=0)
    page = client.get(f"/patients/{who}").text
    assert "0 of 10" in page
    rows = re.search(r"Answers as a table.*?</table>", page, re.S)
    assert rows is not None
    assert re.findall(r"<td>([^<]*)</td>", rows[0])[1:4] == ["not answered", "0", "not answered"]


def test_nothing_measured_leaves_no_chart_and_no_empty_box(client: FlaskClient, ward: Ward) -> None:
    who = ward.patient("anna")
    page = client.get(f"/patients/{who}").text
    for absent in ("Pain and effort", "Range and quality, by exercise", "Stops and events", "nan"):
        assert absent not in page
    ward.trains("anna", 1, a_set(rom_peak_deg=peaks(None, None)))
    page = client.get(f"/patients/{who}").text
    assert "No angle was measured in these weeks." in page
    assert "angle of 10 of 10 repetitions" in page


def test_points_of_low_confidence_and_of_simulation_look_different(
    client: FlaskClient, ward: Ward
) -> None:
    who = ward.patient("anna")
    ward.trains("anna", 3, a_set(rom_peak_deg=peaks(50)))
    ward.trains("anna", 2, a_set(rom_peak_deg=peaks(55, low=True)))
    ward.trains("anna", 1, a_set(rom_peak_deg=peaks(52)), camera="simulated")
    page = client.get(f"/patients/{who}").text
    chart = re.search(r'labelledby="range-1-title.*?</svg>', page, re.S)
    assert chart is not None
    marks = re.findall('<path class="mark ([a-z-]+)"', chart[0])
    assert marks == ["circle", "circle-unsure", "diamond"]
    assert "1 of 3 sessions of these weeks are simulated" in page
    assert "50° ± 4°" in page


def test_days_end_at_the_clinics_midnight(ward: Ward, tmp_path: Path) -> None:
    who = ward.patient("anna")
    ward.trains("anna", 1)
    started = ago(1)
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        own = BridgeSettings(data_folder=tmp_path, clinics={"Clinic": {"time_zone": zone}})
        page = signed_in(create_app(own, ward.database), ward.database, DOCTOR)
        text = page.get(f"/patients/{who}").text
        table = re.search(r"Each day as a table.*?</table>", text, re.S)
        assert table is not None
        day = re.findall(r"<td>(\d{4}-\d\d-\d\d)</td>", table[0])
        assert [date.fromisoformat(each) for each in day] == [
            started.astimezone(ZoneInfo(zone)).date()
        ]


def test_a_wrong_file_of_rules_is_told_when_the_portal_starts(ward: Ward, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[silence]\non = true\nurgent = false\ndays = 0\n")
    own = BridgeSettings(data_folder=tmp_path, clinics={"Clinic": {"flag_rules": rules}})
    with pytest.raises(ConfigurationError, match=r"silence\.days"):
        create_app(own, ward.database)
