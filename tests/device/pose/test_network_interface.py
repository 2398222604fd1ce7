"""Only a network with MoveNet's interface is run."""

import struct
from dataclasses import replace

import pytest

from device.errors import PoseNetworkError
from device.pose.movenet import MoveNet, choose_threads
from device.pose.runtime import open_interpreter
from models.networks.find import find_network
from models.networks.manifest import STAND_IN


@pytest.fixture(scope="module")
def stand_in():
    """A network of that interface that is always there."""
    return find_network(STAND_IN)


@pytest.mark.network_model
def test_the_network_says_which_it_is(movenet, network):
    assert movenet.version.name == network.entry.name
    assert movenet.version.sha256 == network.entry.sha256
    assert not movenet.is_stand_in


def test_the_stand_in_says_that_it_is_one(stand_in):
    estimator = MoveNet(stand_in, threads=1)
    assert estimator.is_stand_in
    assert estimator.version.name == "stand-in-not-for-people"


def test_a_network_with_another_output_is_refused(stand_in, tmp_path):
    content = bytearray(stand_in.path.read_bytes())
    output = open_interpreter(stand_in.path, 1).get_output_details()[0]["index"]
    # In the file's last list of one tensor with that number, the outputs: the one before it, int8.
    place = content.rfind(struct.pack("<ii", 1, output))
    content[place : place + 8] = struct.pack("<ii", 1, output - 1)
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    with pytest.raises(PoseNetworkError, match=r"other\.tflite.*MoveNet takes.*fetch_models"):
        MoveNet(replace(stand_in, path=path), threads=1)


@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_a_file_that_is_no_network_is_refused(stand_in, tmp_path, content):
    path = tmp_path / "broken.tflite"
    path.write_bytes(content)
    with pytest.raises(PoseNetworkError, match=r"broken\.tflite"):
        MoveNet(replace(stand_in, path=path), threads=1)


def test_the_number_of_threads_is_one_this_machine_has(stand_in, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert choose_threads(stand_in) == 1
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert choose_threads(stand_in) in {1, 2}
