"""The convolutional-recurrent network of the score: 48 frames to mean and log-variance."""

from typing import Any, Final

import tensorflow as tf

from models.movement_score.repetition import FRAMES, VALUES

_FILTERS: Final = 48
_MEMORY: Final = 48


def build_network(exercises: int, *, dropped: float) -> Any:  # noqa: ANN401
    """A Keras model of ``joints`` [B, 48, 39] and ``context`` [B, exercises + 1] to [B, 2].

    The inputs are those of :class:`models.movement_score.references.References`; ``dropped`` is the
    share of its inner values left out while training. The outputs are the score's mean (0 to 4,
    unbounded) and the logarithm of its variance. The recurrence is unrolled, so that TFLite needs
    its built-in operators alone.
    """
    joints = tf.keras.Input((FRAMES, VALUES), name="joints")
    context = tf.keras.Input((exercises + 1,), name="context")
    among = tf.keras.layers.Dense(_FILTERS, name="exercise")(context)
    repeated = tf.keras.layers.Reshape((1, _FILTERS))(among)
    hidden = tf.keras.layers.Conv1D(_FILTERS, 5, padding="same", name="short")(joints)
    hidden = tf.keras.layers.Activation("relu")(hidden + repeated)
    hidden = tf.keras.layers.AveragePooling1D(2)(hidden)
    hidden = tf.keras.layers.SpatialDropout1D(dropped)(hidden)
    hidden = tf.keras.layers.Conv1D(_FILTERS, 5, padding="same", activation="relu", name="long")(
        hidden
    )
    hidden = tf.keras.layers.AveragePooling1D(2)(hidden)
    hidden = tf.keras.layers.SpatialDropout1D(dropped)(hidden)
    hidden = tf.keras.layers.GRU(_MEMORY, unroll=True, reset_after=False, name="memory")(hidden)
    hidden = tf.keras.layers.Concatenate()([hidden, among])
    hidden = tf.keras.layers.Dropout(dropped)(hidden)
    hidden = tf.keras.layers.Dense(_MEMORY, activation="relu", name="judgement")(hidden)
    outputs = tf.keras.layers.Dense(2, name="score_and_log_variance")(hidden)
    return tf.keras.Model([joints, context], outputs)
