"""The tables in the documentation are those of the file that ships."""

import json
from pathlib import Path

from models.networks.manifest import MANIFEST_FILE, stage_entry
from models.training.lifting.report import markdown

FIGURES = MANIFEST_FILE.with_name("depth.json")
DOCUMENT = Path(__file__).parents[4] / "docs" / "quality_lifting.md"


def figures():
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def test_the_figures_are_those_of_the_network_in_the_manifest():
    entry = stage_entry("depth")
    assert figures()["shipped"]["sha256"] == entry.sha256
    assert figures()["shipped"]["size_bytes"] == entry.size_bytes


def test_the_documentation_has_the_tables_as_the_command_wrote_them():
    assert markdown(figures()) in DOCUMENT.read_text(encoding="utf-8")


def test_the_network_ships_because_it_beats_every_baseline_on_people_held_out():
    of_people = figures()["ui_prmd"]
    for baseline in ("one_frame", "ridge", "nothing"):
        assert of_people["depth"]["mpjpe_cm"] < of_people[baseline]["mpjpe_cm"]
        for view, depth in of_people["depth"]["by_view"].items():
            assert depth["mpjpe_cm"] < of_people[baseline]["by_view"][view]["mpjpe_cm"]
