"""The stand-in is small, has MoveNet's interface, and runs wherever MoveNet runs."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from models.errors import NetworkNotFoundError, NetworkVerificationError
from models.networks import find
from models.networks.find import SHIPPED_FOLDER, fetch_network, find_network
from models.networks.manifest import STAND_IN, network_entry

LARGEST_BYTES = 2_000_000
# In TensorFlow Lite since before 2020, for int8 and, where they read the heat maps, for float32.
OPERATORS = {
    "ADD", "CONCATENATION", "CONV_2D", "DEQUANTIZE", "LOGISTIC", "MUL", "QUANTIZE", "RESHAPE",
    "RESIZE_BILINEAR", "SOFTMAX", "STRIDED_SLICE", "SUM", "TRANSPOSE",
}  # fmt: skip


@pytest.fixture(scope="module")
def interpreter():
    # Without the delegate, which would hide the operators.
    each = Interpreter(
        model_path=str(find_network(STAND_IN).path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=1,
    )
    each.allocate_tensors()
    return each


def test_it_is_found_without_any_folder_or_network(tmp_path, monkeypatch):
    monkeypatch.setenv(find.FOLDER_VARIABLE, str(tmp_path))
    network = find_network(STAND_IN, tmp_path, download=False)
    assert network.path == SHIPPED_FOLDER / network.entry.file
    assert network.entry.stand_in


def test_it_is_small_and_what_the_manifest_says():
    network = find_network(STAND_IN)
    assert network.path.stat().st_size == network.entry.size_bytes <= LARGEST_BYTES


def test_its_card_tells_which_file_it_is_about():
    card = (SHIPPED_FOLDER / "stand_in.md").read_text(encoding="utf-8")
    assert network_entry(STAND_IN).sha256 in card
    assert "must not be used with people" in card


def test_it_takes_and_gives_what_movenet_does(interpreter):
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    assert (tuple(taken["shape"]), taken["dtype"]) == ((1, 192, 192, 3), np.uint8)
    assert (tuple(given["shape"]), given["dtype"]) == ((1, 1, 17, 3), np.float32)
    # A pixel of 255 is 1.0, as in training.
    scale, zero = taken["quantization"]
    assert scale == pytest.approx(1 / 255, rel=1e-3)
    assert zero == 0


def test_it_needs_no_unusual_operator_and_its_layers_are_int8(interpreter):
    operators = interpreter._get_ops_details()
    types = {each["index"]: each["dtype"] for each in interpreter.get_tensor_details()}
    used = {each["op_name"] for each in operators}
    assert used <= OPERATORS
    layers = [each for each in operators if each["op_name"] == "CONV_2D"]
    assert len(layers) >= 10
    assert all(types[each["outputs"][0]] == np.int8 for each in layers)


def test_what_is_shipped_is_not_fetched(tmp_path):
    with pytest.raises(NetworkNotFoundError, match="is shipped with PhysioPi"):
        fetch_network(network_entry(STAND_IN), tmp_path)


@pytest.mark.parametrize("content", [None, b"not the network"])
def test_a_shipped_file_that_is_gone_or_wrong_asks_for_a_new_installation(
    tmp_path, monkeypatch, content
):
    monkeypatch.setattr(find, "SHIPPED_FOLDER", tmp_path)
    if content is not None:
        (tmp_path / network_entry(STAND_IN).file).write_bytes(content)
    with pytest.raises(
        (NetworkNotFoundError, NetworkVerificationError), match="install PhysioPi again"
    ):
        find_network(STAND_IN)
