"""The trained network as a TFLite file."""

from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from models.depth_window import VALUES
from models.training.lifting.network import PLACES

Kind = Literal["float32", "float16", "int8"]


def tflite(network: Any, widening: NDArray[np.float32], kind: Kind) -> bytes:  # noqa: ANN401
    """float32 [1, VALUES] to [1, 52]: x, y, z of 13 joints and their deviations, torso lengths.

    ``widening`` [13] multiplies the deviations. Weights are of ``kind``; what is computed is
    float32, for with int8 activations a place could not be told better than to two hundredths of a
    torso length.
    """

    def answer(inputs: Any) -> Any:  # noqa: ANN401
        answers = network(inputs, training=False)
        deviations = tf.exp(answers[:, PLACES:]) * tf.constant(widening)
        return tf.concat([answers[:, :PLACES], deviations], axis=1)

    function = tf.function(answer).get_concrete_function(tf.TensorSpec((1, VALUES), tf.float32))
    frozen = convert_variables_to_constants_v2(function)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())
