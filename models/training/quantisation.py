"""Turns the trained network into an int8 TFLite file with MoveNet's interface."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python.util import modify_model_io_type
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from models.training.network import keypoints_of_one
from models.training.pictures import INPUT_SIZE

# A chance of less than 1/256 in a cell is nothing in int8, and a heat map has many such cells: the
# network's layers are int8, the few operations that read its maps are float32, as in MoveNet.
_FLOAT_OPERATORS = [
    "CONCATENATION",
    "LOGISTIC",
    "MUL",
    "RESHAPE",
    "SOFTMAX",
    "STRIDED_SLICE",
    "SUM",
    "TRANSPOSE",
]


def quantised(network: Any, samples: NDArray[np.uint8]) -> bytes:  # noqa: ANN401
    """The TFLite file: uint8 [1, 192, 192, 3] to float32 [1, 1, 17, 3].

    ``samples`` [N, 192, 192, 3] are pictures as the network will see them; the ranges of all layers
    are measured on them. Raises :class:`ValueError` when they do not span black to white, from
    which the input's range is taken.
    """
    if samples.min() != 0 or samples.max() != np.iinfo(np.uint8).max:
        raise ValueError("the samples for quantisation must hold both 0 and 255")

    def pictures() -> Iterator[list[NDArray[np.float32]]]:
        for sample in samples:
            yield [sample[None].astype(np.float32) / 255]

    def whole(picture: Any) -> Any:  # noqa: ANN401
        return keypoints_of_one(network(picture, training=False))

    signature = tf.TensorSpec([1, INPUT_SIZE, INPUT_SIZE, 3], tf.float32, name="picture")
    function = tf.function(whole, input_signature=[signature]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [convert_variables_to_constants_v2(function)]
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = pictures
    # The converter's only public way to leave chosen operators in float.
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=pictures,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(
            denylisted_ops=_FLOAT_OPERATORS
        ),
    )
    return bytes(
        modify_model_io_type(debugger.get_nondebug_quantized_model(), tf.uint8, tf.float32)
    )
