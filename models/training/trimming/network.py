"""The trimming network: dilated convolutions over time, after WaveNet's residual blocks.

van den Oord et al., "WaveNet: A Generative Model for Raw Audio", 2016; here not causal, for the
recording is over when it is trimmed. Each frame sees 5 s on both sides.
"""

from typing import Any, Final

import tensorflow as tf

from models.movement_span import INPUTS

WIDTH: Final = 40
DILATIONS: Final = (1, 2, 4, 8, 16, 4)
_TAPS: Final = 5


def build_network(width: int = WIDTH) -> Any:  # noqa: ANN401
    """A Keras model: float32 [B, N, 40] to the logits [B, N] that a frame is of the movement."""
    layers = tf.keras.layers
    seen = layers.Input((None, INPUTS), name="seen")
    x = layers.SpatialDropout1D(0.1)(seen)
    x = layers.Conv1D(width, 3, padding="same", activation="relu")(x)
    for dilation in DILATIONS:
        convolved = layers.Conv1D(
            width, _TAPS, dilation_rate=dilation, padding="same", activation="relu"
        )(x)
        x = layers.Add()([x, layers.SpatialDropout1D(0.1)(convolved)])
    logits = layers.Conv1D(1, 1, name="logits")(x)
    return tf.keras.Model(seen, layers.Reshape((-1,))(logits), name="trimming")


def as_tflite(network: Any) -> bytes:  # noqa: ANN401
    """float32 [1, N, 40] to the chances [1, N], any N; weights float16."""
    seen = tf.keras.Input((None, INPUTS), batch_size=1, name="seen")
    chances = tf.keras.Model(seen, tf.keras.layers.Activation("sigmoid")(network(seen)))
    converter = tf.lite.TFLiteConverter.from_keras_model(chances)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())
