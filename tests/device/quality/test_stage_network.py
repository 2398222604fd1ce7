"""A stage's network runs only when it is the one that the manifest names."""

import hashlib

import numpy as np
import pytest

from device.errors import QualityError
from device.quality.stage_network import StageNetwork
from models.errors import StageNotAvailableError
from models.networks.find import SHIPPED_FOLDER
from models.networks.manifest import STAND_IN, network_entry


def manifest_of(folder, content, name="depth"):
    """A manifest with one stage whose file has this content."""
    (folder / "stage.tflite").write_bytes(content)
    path = folder / "manifest.toml"
    path.write_text(
        f"""schema_version = 1
[[stage]]
name = "{name}"
version = "7"
kind = "network"
file = "stage.tflite"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size_bytes = {len(content)}
licence = "Apache-2.0"
origin = "a test"
card = "stage.md"
input = "a picture"
output = "keypoints"
"""
    )
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The one network that is always there, in the place of a stage's."""
    content = (SHIPPED_FOLDER / network_entry(STAND_IN).file).read_bytes()
    return StageNetwork("depth", manifest_of(tmp_path_factory.mktemp("stage"), content))


def test_it_says_its_version_and_gives_every_output_as_float32(network):
    assert network.version == "7"
    assert network.input_shapes == [(1, 192, 192, 3)]
    (keypoints,) = network.run(np.zeros((1, 192, 192, 3), dtype=np.uint8))
    assert keypoints.shape == (1, 1, 17, 3)
    assert keypoints.dtype == np.float32


def test_floating_point_values_are_quantised_for_an_integer_input(network):
    # The stand-in's pixel of 255 is 1.0.
    picture = np.random.default_rng(3).integers(0, 256, (1, 192, 192, 3)).astype(np.uint8)
    from_pixels = network.run(picture)[0]
    assert np.array_equal(network.run((picture / 255).astype(np.float32))[0], from_pixels)
    assert not np.array_equal(network.run(255 - picture)[0], from_pixels)


def test_outputs_are_the_callers_own(network):
    first = network.run(np.zeros((1, 192, 192, 3), dtype=np.uint8))[0]
    kept = first.copy()
    network.run(np.full((1, 192, 192, 3), 200, dtype=np.uint8))
    assert np.array_equal(first, kept)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ((), "takes 1 inputs, not 0"),
        ((np.zeros((1, 192, 192)),), r"takes \[1, 192, 192, 3\], not \[1, 192, 192\]"),
        ((np.zeros((2, 192, 192, 3)),), "not \\[2, 192, 192, 3\\]"),
        ((np.full((1, 192, 192, 3), np.nan),), "not finite"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(network, inputs, said):
    with pytest.raises(QualityError, match=said):
        network.run(*inputs)


def test_a_stage_that_is_not_there_is_told_apart_from_one_that_is_broken(tmp_path):
    manifest = manifest_of(tmp_path, b"no network")
    with pytest.raises(StageNotAvailableError, match="score"):
        StageNetwork("score", manifest)
    with pytest.raises(QualityError, match="no network that TFLite can load"):
        StageNetwork("depth", manifest)
    (tmp_path / "stage.tflite").write_bytes(b"something else")
    with pytest.raises(QualityError, match="sha256"):
        StageNetwork("depth", manifest)
