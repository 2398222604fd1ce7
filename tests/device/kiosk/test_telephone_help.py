"""What is read out to the clinic on the telephone: true, or said to be unknown."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message

from device.kiosk import telephone_help
from device.kiosk.channel import LiveUpdate
from device.kiosk.telephone_help import FRESH_FOR_S, HELP_TEXTS, TelephoneHelp
from device.settings import DeviceSettings
from device.store import LinkState, Store
from models.exercises.catalogue import LANGUAGES

TIMES = "\N{MULTIPLICATION SIGN}"


def update(sequence: int, captured_at_s: float, seen: int = 17, ring: str = "one") -> LiveUpdate:
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:seen, 2] = 0.9
    feedback = {"camera": "usb", "network_name": "movenet-lightning-int8"}
    return LiveUpdate(
        sequence, 0, captured_at_s, captured_at_s, 0.0, 640, 480, keypoints, Path(ring), feedback
    )


@pytest.fixture
def settings(tmp_path: Path) -> DeviceSettings:
    return DeviceSettings(device_id="d-17", data_folder=tmp_path)


def facts_of(
    help_page: TelephoneHelp, newest: LiveUpdate | None, language: str = "en"
) -> dict[str, str]:
    return {fact["label"]: fact["value"] for fact in help_page.facts(newest, language)}


def test_a_device_that_never_ran_says_so_and_invents_nothing(settings: DeviceSettings) -> None:
    facts = facts_of(TelephoneHelp(settings), None)
    assert facts["Device"] == "d-17"
    assert facts["Prescription"] == "none yet"
    assert facts["Clinic"] == "never connected"
    assert facts["Last contact"] == "never"
    assert facts["Waiting to be sent"] == "nothing"
    assert facts["Coach"] == "not running"
    assert facts["Latest problems"] == "none"
    assert not {"Camera", "Picture", "Person in the picture", "Pose network"} & set(facts)


def test_the_camera_test_gives_size_rate_and_how_much_of_the_body_is_seen(
    settings: DeviceSettings,
) -> None:
    now_s = 0.0
    help_page = TelephoneHelp(settings, lambda: now_s)
    first = facts_of(help_page, update(100, 10.0))
    assert first["Picture"] == f"640 {TIMES} 480", "no rate can be known from one picture"
    now_s = FRESH_FOR_S
    second = facts_of(help_page, update(130, 12.0, seen=12))
    assert second["Picture"] == f"640 {TIMES} 480, 15 a second"
    assert second["Person in the picture"] == "12 of 17 body points seen well"
    assert second["Pose network"] == "movenet-lightning-int8"


def test_frame_numbers_of_two_cameras_give_no_rate(settings: DeviceSettings) -> None:
    now_s = 0.0
    help_page = TelephoneHelp(settings, lambda: now_s)
    facts_of(help_page, update(100, 10.0, ring="one"))
    now_s = FRESH_FOR_S
    assert facts_of(help_page, update(130, 12.0, ring="two"))["Picture"] == f"640 {TIMES} 480"


def test_the_link_says_since_when_it_is_away_in_the_screens_language(
    settings: DeviceSettings,
) -> None:
    since = datetime.fromisoformat("2026-11-21T09:30").timestamp()
    store = Store(settings.database_file)
    store.set_link_state(LinkState(connected=False, since=since, last_contact_at=since - 3600))
    store.close()
    assert facts_of(TelephoneHelp(settings), None, "de")["Praxis"] == (
        "nicht verbunden seit 21.11.26, 09:30"
    )
    assert facts_of(TelephoneHelp(settings), None, "fr")["Dernier contact"] == "21/11/2026 08:30"


def test_the_latest_problems_are_read_out(settings: DeviceSettings) -> None:
    settings.log_folder.mkdir()
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    (settings.log_folder / "coach.jsonl").write_text(
        f'{{"at": "{at.isoformat()}", "level": "warning", "event": "camera_lost",'
        ' "error": "unplugged"}\n'
    )
    values = facts_of(TelephoneHelp(settings), None).values()
    assert "coach: camera_lost (error unplugged)" in values


def test_a_database_that_cannot_be_opened_is_said_to_be_unreadable(
    settings: DeviceSettings,
) -> None:
    settings.database_file.mkdir()
    facts = facts_of(TelephoneHelp(settings), None)
    assert facts["Clinic"] == facts["Prescription"] == "cannot be read here"


def test_the_facts_are_read_anew_only_now_and_then(settings: DeviceSettings) -> None:
    now_s = 0.0
    help_page = TelephoneHelp(settings, lambda: now_s)
    before = help_page.facts(None, "en")
    assert help_page.facts(None, "en") is before
    assert help_page.facts(None, "de") is not before
    now_s = FRESH_FOR_S
    assert help_page.facts(None, "de") is not before


def test_the_temperature_is_measured_or_said_to_be_unknown(
    settings: DeviceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = tmp_path / "temp"
    monkeypatch.setattr(telephone_help, "THERMAL_ZONE", zone)
    assert facts_of(TelephoneHelp(settings), None)["Temperature"] == "cannot be read here"
    zone.write_text("61234\n")
    assert facts_of(TelephoneHelp(settings), None)["Temperature"] == "61 °C"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(language: str) -> None:
    def ids(code: str) -> set[str]:
        resource = FluentParser().parse((HELP_TEXTS / f"{code}.ftl").read_text(encoding="utf-8"))
        return {part.id.name for part in resource.body if isinstance(part, Message)}

    assert ids(language) == ids("en")
