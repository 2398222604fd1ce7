"""The trained network as a TFLite file, and a TFLite file as something that lifts."""

from typing import Any, Literal

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from models.depth_window import VALUES
from models.training.lifting.baselines import Inputs, Lift
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


def lift_of(content: bytes) -> Lift:
    """The file as the device runs it: one input after the other, on one thread."""
    interpreter: Any = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    seen = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]

    def lift(inputs: Inputs) -> NDArray[np.float32]:
        answers = []
        for one in inputs:
            interpreter.set_tensor(seen, one[None])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(answer)[0].copy())
        return np.array(answers, np.float32)

    return lift
