"""Turns the trained network into a float16 TFLite file."""

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from models.movement_score.repetition import FRAMES, VALUES


def converted(network: Any, exercises: int, widening: float) -> bytes:  # noqa: ANN401
    """The file: float32 [1, 48, 39] and [1, exercises + 1] to float32 [1, 2].

    ``widening`` is the calibration: how many times as large the standard deviation is made. The
    weights are float16, the operators TensorFlow Lite's own.
    """
    wider = tf.constant([0.0, 2.0 * np.log(widening)], tf.float32)

    def whole(joints: Any, context: Any) -> Any:  # noqa: ANN401
        return network([joints, context], training=False) + wider

    signature = [
        tf.TensorSpec([1, FRAMES, VALUES], tf.float32, name="joints"),
        tf.TensorSpec([1, exercises + 1], tf.float32, name="context"),
    ]
    function = tf.function(whole, input_signature=signature).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [convert_variables_to_constants_v2(function)]
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return bytes(converter.convert())
