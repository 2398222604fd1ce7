"""Simulated patients: the same for one seed, marked, and never among real ones unasked."""

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from cloud_bridge.cli import main
from cloud_bridge.demo_data.courses import load_simulated_patients
from cloud_bridge.demo_data.fill import DemoDataError, fill_clinic
from cloud_bridge.demo_data.simulated_patient import Period, SimulatedPatient, simulated_patient
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Clinic, Patient, SessionRecord

PERIOD = Period(date(2026, 1, 5), date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
SHORT = Period(date(2026, 3, 23), date(2026, 3, 29), ZoneInfo("UTC"))


def one(course: str, seed: str = "1") -> SimulatedPatient:
    known = load_simulated_patients()
    found = next(each for each in known.course if each.name == course)
    return simulated_patient(seed, found, known.programme[1], PERIOD, "account-1")


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path) -> Database:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    return Database(f"sqlite:///{file}")


def test_one_seed_makes_the_same_patient_and_another_seed_another_one() -> None:
    assert one("improving") == one("improving")
    assert one("improving").sessions[0] != one("improving", "2").sessions[0]


@pytest.mark.parametrize("course", [each.name for each in load_simulated_patients().course])
def test_every_course_is_marked_as_simulated_in_every_message(course: str) -> None:
    made = one(course)
    assert made.sessions
    assert {each.camera for each in (*made.sessions, *made.events)} == {"simulated"}
    assert made.patient_id.startswith("simulated-")
    assert {network.name for each in made.sessions for network in each.networks} == {
        "demo-data-nothing-was-seen"
    }


def test_the_courses_differ_as_their_names_say() -> None:
    def mean_peak(sessions: tuple, first: bool) -> float:
        part = sessions[:10] if first else sessions[-10:]
        peaks = [
            peak.value_deg
            for each in part
            for peak in each.items[0].sets[0].rom_peak_deg
            if peak is not None
        ]
        return sum(peaks) / len(peaks)

    better, worse = one("improving").sessions, one("worsening").sessions
    assert mean_peak(better, first=False) > mean_peak(better, first=True) + 20
    assert mean_peak(worse, first=False) < mean_peak(worse, first=True) - 20
    assert one("dropping_out").sessions[-1].started_at.date() < date(2026, 3, 8)
    assert {each.event_kind for each in one("falling").events} >= {"fall_suspected"}


def test_a_clinic_is_filled_once_through_the_door_of_real_sessions(sqlite: Database) -> None:
    seen: list[int] = []
    filled = fill_clinic(sqlite, "Simulated", 1, 3, SHORT, progress=seen.append)
    assert seen == [1, 2, 3]
    with sqlite.transaction() as transaction:
        stored = transaction.scalar(select(func.count()).select_from(SessionRecord))
        assert stored == filled.sessions > 0
    with pytest.raises(DemoDataError, match="already"):
        fill_clinic(sqlite, "Simulated", 1, 3, SHORT)
    assert fill_clinic(sqlite, "Another", 1, 1, SHORT).patients == 1


def test_real_patients_are_not_mixed_with_simulated_ones_unasked(sqlite: Database) -> None:
    with sqlite.transaction() as transaction:
        clinic = Clinic(name="Real")
        transaction.add(clinic)
        transaction.flush()
        transaction.add(Patient(clinic_id=clinic.id, wire_id="p-1", display_name="A person"))
    with pytest.raises(DemoDataError, match="--beside-real-patients"):
        fill_clinic(sqlite, "Simulated", 1, 1, SHORT)
    with sqlite.transaction() as transaction:
        assert transaction.query(Clinic).count() == 1
    assert fill_clinic(sqlite, "Simulated", 1, 1, SHORT, beside_real_patients=True).patients == 1


def test_the_command_says_what_it_made(tmp_path: Path, sqlite: Database) -> None:
    (tmp_path / "bridge.toml").write_text(f'data_folder = "{tmp_path}"\n')
    arguments = [
        "demo-data", "--config", str(tmp_path / "bridge.toml"), "--patients", "1", "--weeks", "1",
        "--json",
    ]  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert said["patients"] == 1
    assert "/sign-in/one-time/" in said["sign_in_address"]
    assert CliRunner().invoke(main, arguments).exit_code == 2
