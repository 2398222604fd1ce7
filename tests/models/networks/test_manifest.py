"""The manifest of pose networks."""

import pytest
from pydantic import ValidationError

from models.errors import NetworkNotFoundError
from models.networks.manifest import (
    DEFAULT_NETWORK,
    MANIFEST_FILE,
    STAND_IN,
    NetworkEntry,
    load_manifest,
    network_entry,
)


def test_the_default_network_is_movenet_and_no_stand_in():
    entry = network_entry(DEFAULT_NETWORK)
    assert entry.file == "movenet_single_pose_lightning_ptq.tflite"
    assert not entry.stand_in
    assert entry.licence == "Apache-2.0"


def test_every_network_is_shipped_or_fetched_from_a_fixed_version():
    for entry in load_manifest().values():
        if entry.name == STAND_IN:
            assert entry.address is None
            continue
        assert entry.address.startswith("https://")
        assert entry.address.endswith("/" + entry.file)
        assert not {"main", "master", "latest"} & set(entry.address.split("/"))


def test_an_unknown_network_is_answered_with_those_there_are():
    with pytest.raises(NetworkNotFoundError, match=DEFAULT_NETWORK):
        network_entry("movenet-thunder")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("address", "http://example.org/a.tflite"),
        ("sha256", "CD7C"),
        ("size_bytes", 0),
        ("file", "../a.tflite"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused(key, value):
    row = network_entry(DEFAULT_NETWORK).model_dump() | {key: value}
    with pytest.raises(ValidationError, match=key):
        NetworkEntry.model_validate(row)


def test_an_unknown_key_in_the_file_is_refused(tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_text(MANIFEST_FILE.read_text(encoding="utf-8") + 'colour = "green"\n')
    with pytest.raises(ValidationError, match="colour"):
        load_manifest(path)
