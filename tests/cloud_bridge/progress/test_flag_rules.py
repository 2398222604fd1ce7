"""The rules are data: a clinic's own file replaces whole rules, and a wrong one is refused."""

from pathlib import Path

import pytest

from cloud_bridge.errors import ConfigurationError
from cloud_bridge.progress.flag_rules import load_flag_rules
from cloud_bridge.settings import load_settings


def test_a_clinics_file_replaces_the_rules_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[silence]\non = false\nurgent = true\ndays = 10\n")
    rules = load_flag_rules(file)
    assert (rules.silence.on, rules.silence.days) == (False, 10)
    assert rules.missed_days == load_flag_rules().missed_days


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[silence]\non = true\nurgent = true\ndays = 0\n", "silence.days"),
        ("[silence]\non = true\nurgent = true\ndays = 7\nhours = 2\n", "silence.hours"),
        ("[sleep]\non = true\n", "sleep"),
        ("[silence\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        load_flag_rules(file)


def test_each_clinic_has_its_time_zone_and_rules(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text(
        '[clinic]\ntime_zone = "Europe/Berlin"\n'
        '[clinics."Far away"]\ntime_zone = "Pacific/Auckland"\nflag_rules = "rules.toml"\n'
    )
    settings = load_settings(file)
    assert settings.of_clinic("Far away").time_zone == "Pacific/Auckland"
    assert settings.of_clinic("Another").time_zone == "Europe/Berlin"
    file.write_text('[clinic]\ntime_zone = "Europe/Atlantis"\n')
    with pytest.raises(ConfigurationError, match=r"clinic\.time_zone.*Europe/Berlin"):
        load_settings(file)
