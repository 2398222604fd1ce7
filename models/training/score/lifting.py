"""What the device would have made of a movement: filmed, converted and lifted from one camera.

With MoveNet's measured noise and the depth network that ships, from any side: the score is trained
and tested on its errors as they are.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.converted_joints import MEAN_TORSO_M, JointConversion
from models.depth_window import LENGTHS, LimbLengths, windows
from models.kinect_joints import JOINT_COUNT
from models.movement_score.repetition import Array
from models.networks.find import find_stage
from models.training.errors import TrainingDataError
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise
from models.training.motion.projection import Camera, seen

DEPTH_STAGE: Final = "depth"
_AT_ONCE: Final = 128
_LED_IN_S: Final = 1.0
"""So long the first pose is seen before the movement, as in a set: the conversion looks back."""


def lifted(motions: Sequence[Motion], seeds: Sequence[NDArray[np.integer]]) -> list[Array]:
    """Each motion's joints as lifted, float64 [T, 13, 3] in metres, from a camera of its own."""
    found: list[Array] = []
    for begin in range(0, len(motions), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        found += _lifted_together(motions[part], seeds[part])
    return found


def _lifted_together(
    motions: Sequence[Motion], seeds: Sequence[NDArray[np.integer]]
) -> list[Array]:
    led_in = [round(_LED_IN_S * motion.fps) for motion in motions]
    frames = max(len(motion.joints_m) + led for motion, led in zip(motions, led_in, strict=True))
    places = np.empty((len(motions), frames, JOINT_COUNT, 2), np.float32)
    scores = np.empty((len(motions), frames, JOINT_COUNT), np.float32)
    for at, (motion, led, seed) in enumerate(zip(motions, led_in, seeds, strict=True)):
        random = np.random.default_rng(seed)
        own = led + len(motion.joints_m)
        picture, certain = seen(_held(motion, led), Camera.drawn(random), _noise(), random)
        places[at, :own], scores[at, :own] = picture, certain
        places[at, own:], scores[at, own:] = picture[-1], certain[-1]
    times_s = np.arange(frames)[None] / np.array([motion.fps for motion in motions])[:, None]
    converted, lengths = _as_device_does(places, scores, times_s)
    found = []
    for at, (motion, led) in enumerate(zip(motions, led_in, strict=True)):
        end = led + len(motion.joints_m)
        inputs = np.concatenate(
            [windows(converted[at, :end], times_s[at, :end], led), lengths[at, led:end]], axis=1
        )
        found.append(_in_space(inputs.astype(np.float32)))
    return found


def _held(motion: Motion, before: int) -> Motion:
    """The same with its first pose ``before`` frames longer."""
    rows = np.pad(np.arange(len(motion.joints_m)), (before, 0), "edge")
    hips_m = None if motion.hips_m is None else motion.hips_m[rows]
    return Motion(
        key=motion.key,
        source=motion.source,
        subject=motion.subject,
        exercise_id=motion.exercise_id,
        joints_m=motion.joints_m[rows],
        fps=motion.fps,
        hips_m=hips_m,
    )


def _as_device_does(
    places: NDArray[np.float32], scores: NDArray[np.float32], times_s: Array
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Converted joints [N, T, 13, 3] and running limb lengths [N, T, 7]."""
    count, frames = times_s.shape
    conversion, limb_lengths = JointConversion(count), LimbLengths(count)
    converted = np.empty((count, frames, JOINT_COUNT, 3), np.float32)
    lengths = np.empty((count, frames, len(LENGTHS)), np.float32)
    for frame in range(frames):
        now_s = times_s[:, frame]
        converted[:, frame] = conversion.step(places[:, frame], scores[:, frame], now_s)
        lengths[:, frame] = limb_lengths.step(converted[:, frame], now_s)
    return converted, lengths


def _in_space(inputs: NDArray[np.float32]) -> Array:
    interpreter = _depth()
    (details,) = interpreter.get_input_details()
    if inputs.shape[1] != details["shape"][1]:
        raise TrainingDataError(
            f"the depth network takes {details['shape'][1]} values, not {inputs.shape[1]}:"
            " network and code do not belong together"
        )
    (output,) = interpreter.get_output_details()
    answers = np.empty((len(inputs), JOINT_COUNT * 3))
    for row, values in enumerate(inputs):
        interpreter.set_tensor(details["index"], values[None])
        interpreter.invoke()
        answers[row] = interpreter.get_tensor(output["index"])[0, : JOINT_COUNT * 3]
    joints: Array = answers.reshape(-1, JOINT_COUNT, 3) * MEAN_TORSO_M
    return joints


@cache
def _depth() -> Any:  # noqa: ANN401
    path = find_stage(DEPTH_STAGE).path
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


@cache
def _noise() -> Noise:
    return Noise.measured()
