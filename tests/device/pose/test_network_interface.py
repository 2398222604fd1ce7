"""Only a network with MoveNet's interface is run."""

import struct
from dataclasses import replace

import pytest

from device.errors import PoseNetworkError
from device.pose.movenet import MoveNet, choose_threads
from device.pose.runtime import open_interpreter


@pytest.mark.network_model
def test_the_network_says_which_it_is(movenet, network):
    assert movenet.version.name == network.entry.name
    assert movenet.version.sha256 == network.entry.sha256
    assert not movenet.is_stand_in


@pytest.mark.network_model
def test_a_network_with_another_output_is_refused(network, tmp_path):
    content = bytearray(network.path.read_bytes())
    output = open_interpreter(network.path, 1).get_output_details()[0]["index"]
    # In the file's last list of one tensor with that number, the outputs: the one before it, int8.
    place = content.rfind(struct.pack("<ii", 1, output))
    content[place : place + 8] = struct.pack("<ii", 1, output - 1)
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    with pytest.raises(PoseNetworkError, match=r"other\.tflite.*MoveNet takes.*fetch_models"):
        MoveNet(replace(network, path=path), threads=1)


@pytest.mark.network_model
@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_a_file_that_is_no_network_is_refused(network, tmp_path, content):
    path = tmp_path / "broken.tflite"
    path.write_bytes(content)
    with pytest.raises(PoseNetworkError, match=r"broken\.tflite"):
        MoveNet(replace(network, path=path), threads=1)


@pytest.mark.network_model
def test_the_number_of_threads_is_one_this_machine_has(network, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert choose_threads(network) == 1
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert choose_threads(network) in {1, 2}
