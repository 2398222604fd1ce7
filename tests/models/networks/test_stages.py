"""The manifest's stages of the quality analysis."""

import hashlib

import pytest
from pydantic import ValidationError

from models.errors import (
    NetworkNotFoundError,
    NetworkVerificationError,
    StageNotAvailableError,
)
from models.networks.find import find_stage
from models.networks.manifest import (
    MANIFEST_FILE,
    RESEARCH_MANIFEST_FILE,
    StageEntry,
    load_stages,
    stage_entry,
)

RULE = {
    "name": "trimming",
    "version": "1",
    "kind": "rule",
    "licence": "Apache-2.0",
    "origin": "PhysioPi",
    "card": "trimming.md",
    "input": "joints",
    "output": "times",
}
NETWORK = RULE | {
    "kind": "network",
    "file": "trimming.tflite",
    "sha256": hashlib.sha256(b"network").hexdigest(),
    "size_bytes": 7,
}
MANIFESTS = [path for path in (MANIFEST_FILE, RESEARCH_MANIFEST_FILE) if path.exists()]


def written(folder, row):
    lines = [f"{key} = {value!r}" for key, value in row.items()]
    path = folder / "manifest.toml"
    path.write_text("schema_version = 1\n[[stage]]\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_stage_has_its_card_and_its_verified_file(manifest):
    for entry in load_stages(manifest).values():
        card = (manifest.parent / entry.card).read_text(encoding="utf-8")
        assert entry.name in card or entry.file in card
        stage = find_stage(entry.name, manifest)
        if entry.kind == "network":
            assert stage.path.stat().st_size == entry.size_bytes
            assert entry.sha256 in card


def test_the_networks_of_all_stages_together_are_at_most_four_megabytes():
    sizes = [each.size_bytes or 0 for path in MANIFESTS for each in load_stages(path).values()]
    assert sum(sizes) <= 4_000_000


def test_what_is_marked_research_is_not_among_what_is_on_by_default():
    assert not load_stages(MANIFEST_FILE).keys() & load_stages(RESEARCH_MANIFEST_FILE).keys()


def test_an_unknown_stage_is_answered_with_those_there_are(tmp_path):
    manifest = written(tmp_path, RULE)
    with pytest.raises(StageNotAvailableError, match="no stage 'depth'; it has trimming"):
        stage_entry("depth", manifest)


def test_a_manifest_that_is_not_there_has_no_stages(tmp_path):
    assert load_stages(tmp_path / "none.toml") == {}


def test_a_rule_needs_no_file_and_a_network_is_found_beside_its_manifest(tmp_path):
    assert find_stage("trimming", written(tmp_path, RULE)).path is None
    other = tmp_path / "other"
    other.mkdir()
    (other / "trimming.tflite").write_bytes(b"network")
    assert find_stage("trimming", written(other, NETWORK)).path == other / "trimming.tflite"


def test_a_file_that_is_gone_or_another_one_is_refused(tmp_path):
    manifest = written(tmp_path, NETWORK)
    with pytest.raises(NetworkNotFoundError, match="install PhysioPi again"):
        find_stage("trimming", manifest)
    (tmp_path / "trimming.tflite").write_bytes(b"another")
    with pytest.raises(NetworkVerificationError, match=r"trimming.*sha256"):
        find_stage("trimming", manifest)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({key: value for key, value in NETWORK.items() if key != "sha256"}, "belong together"),
        (RULE | {"kind": "network"}, "a network has a .tflite file"),
        (NETWORK | {"kind": "rule"}, "a rule has none"),
        (NETWORK | {"file": "../trimming.tflite"}, "file"),
        (RULE | {"card": "no card"}, "card"),
        (RULE | {"colour": "green"}, "colour"),
        (RULE | {"licence": ""}, "licence"),
    ],
)
def test_a_row_that_does_not_hold_together_is_refused(row, said):
    with pytest.raises(ValidationError, match=said):
        StageEntry.model_validate(row)


def test_two_stages_of_one_name_are_refused(tmp_path):
    manifest = written(tmp_path, RULE)
    text = manifest.read_text()
    manifest.write_text(text + text.partition("\n")[2])
    with pytest.raises(ValidationError, match="two rows have the same name"):
        load_stages(manifest)
