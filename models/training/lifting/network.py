"""The depth network: residual blocks after Martinez et al. (ICCV 2017), over nine instants."""

from typing import Any, Final

import numpy as np
import tensorflow as tf

from models.depth_window import FRAME_VALUES, INSTANTS, VALUES
from models.kinect_joints import JOINT_COUNT

PLACES: Final = JOINT_COUNT * 3
OUTPUTS: Final = PLACES + JOINT_COUNT

_FURTHEST_TORSO: Final = 3.0
_LEAST_LOG_DEVIATION: Final = -4.0
"""A hundredth of a torso length: nobody's joints are known better."""

Tensor = Any


def build_network(width: int, blocks: int, instants: int = INSTANTS) -> Any:  # noqa: ANN401
    """A Keras model: float32 [B, instants · 39] to [B, 52].

    Input as :func:`models.depth_window.windows` gives it; with ``instants`` = 1 only the newest is
    looked at, which is Martinez's network. Output in torso lengths: x, y, z of 13 joints, and the
    natural logarithm of each joint's deviation.
    """
    layers = tf.keras.layers
    seen = layers.Input((VALUES,), name="seen")
    bounded = layers.Lambda(_bounded, name="bounded")(seen)
    newest = layers.Lambda(_newest, name="newest")(bounded)
    x = bounded if instants == INSTANTS else newest
    x = _dense(x, width)
    for _ in range(blocks):
        x = layers.Add()([x, _dense(_dense(x, width), width)])
    # The network says how far a joint is from where it seems to be, which is less to learn.
    flat = np.diag(np.tile([1.0, 1.0, 0.0], JOINT_COUNT)).astype(np.float32)
    seeming = layers.Dense(
        PLACES,
        use_bias=False,
        trainable=False,
        kernel_initializer=tf.keras.initializers.Constant(flat),
        name="seeming",
    )(newest)
    places = layers.Add(name="places")([seeming, layers.Dense(PLACES)(x)])
    deviation = layers.Dense(JOINT_COUNT, bias_initializer="zeros")(x)
    deviation = layers.Lambda(_at_least, name="log_deviation")(deviation)
    return tf.keras.Model(seen, layers.Concatenate()([places, deviation]), name="depth")


def _bounded(values: Tensor) -> Tensor:
    """No joint is further from the hips: a trunk that points at the camera looks like that."""
    return tf.clip_by_value(values, -_FURTHEST_TORSO, _FURTHEST_TORSO)


def _newest(values: Tensor) -> Tensor:
    """The newest instant of inputs."""
    return values[:, (INSTANTS - 1) * FRAME_VALUES : INSTANTS * FRAME_VALUES]


def _at_least(log_deviation: Tensor) -> Tensor:
    return tf.maximum(log_deviation, _LEAST_LOG_DEVIATION)


def _dense(x: Tensor, width: int) -> Tensor:
    layers = tf.keras.layers
    x = layers.Dense(width, use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))


def losses_of(answers: Tensor, joints: Tensor) -> tuple[Tensor, Tensor]:
    """Mean distance from the true places in torso lengths, and how badly the deviations fit.

    ``joints`` is [B, 39]. The second is the negative log likelihood of a distance that falls off
    exponentially (which a gross error does not upset as it would a normal one's); it does not pull
    at the places.
    """
    apart = tf.reshape(answers[:, :PLACES] - joints, [-1, JOINT_COUNT, 3])
    distances = tf.sqrt(tf.reduce_sum(tf.square(apart), axis=-1) + 1e-8)
    log_deviation = answers[:, PLACES:]
    unlikely = log_deviation + tf.stop_gradient(distances) * tf.exp(-log_deviation)
    return tf.reduce_mean(distances), tf.reduce_mean(unlikely)
