"""Movement in space as the device comes to know it: filmed, converted and lifted by our network.

What judges movement is trained on this beside the true movement, for it is all that the device has.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.converted_joints import MEAN_TORSO_M, JointConversion
from models.depth_window import LENGTHS, VALUES, LimbLengths, windows
from models.kinect_joints import JOINT_COUNT
from models.training.errors import TrainingDataError
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise
from models.training.motion.projection import Camera, seen
from models.training.motion.squats import Squat

WIDEST_YAW_DEG: Final = 90.0
LED_IN_S: Final = 1.0
"""So long the first pose is seen before a movement that is lifted by itself, as in a set: the
conversion looks back."""
_TOGETHER: Final = 64
_PLACES: Final = 3 * JOINT_COUNT
_EARS: Final = slice(3, 5)
_LIMBS: Final = slice(5, 17)
_RIGHT_AND_UP: Final = np.array([1.0, -1.0], np.float32)


class Lifting:
    """Films motions by cameras drawn at random and lifts them by the depth network in ``network``.

    Raises :class:`~models.training.errors.TrainingDataError` for a file that is no such network.
    """

    def __init__(self, network: Path) -> None:
        try:
            self._interpreter = Interpreter(model_path=str(network), num_threads=1)
        except (ValueError, OSError) as error:
            raise TrainingDataError(
                f"{network} is no TFLite network: train the depth stage first ({error})"
            ) from error
        self._interpreter.allocate_tensors()
        self._seen = int(self._interpreter.get_input_details()[0]["index"])
        self._answer = int(self._interpreter.get_output_details()[0]["index"])
        self._noise = Noise.measured()

    def lifted(
        self,
        motions: Sequence[Motion],
        random: np.random.Generator,
        widest_yaw_deg: float = WIDEST_YAW_DEG,
    ) -> list[NDArray[np.float32]]:
        """float32 [T, 13, 3] of each motion, in metres of a body of average size.

        Cameras stand within ``widest_yaw_deg`` of the front.
        """
        found: list[NDArray[np.float32]] = []
        for begin in range(0, len(motions), _TOGETHER):
            some = motions[begin : begin + _TOGETHER]
            pictures = [
                seen(each, Camera.drawn(random, widest_yaw_deg), self._noise, random)
                for each in some
            ]
            found.extend(self.of_pictures(pictures, [each.fps for each in some]))
        return found

    def lifted_one_by_one(
        self, motions: Sequence[Motion], seeds: Sequence[NDArray[np.integer]]
    ) -> list[NDArray[np.float64]]:
        """float64 [T, 13, 3] of each motion in the same metres, whatever else is lifted.

        Each has a seed, and thereby a camera, of its own, and a lead-in of :data:`LED_IN_S`.
        """
        found: list[NDArray[np.float64]] = []
        for begin in range(0, len(motions), _TOGETHER):
            some = motions[begin : begin + _TOGETHER]
            led_in = [round(LED_IN_S * each.fps) for each in some]
            pictures = []
            for motion, frames, seed in zip(
                some, led_in, seeds[begin : begin + _TOGETHER], strict=True
            ):
                random = np.random.default_rng(seed)
                camera = Camera.drawn(random, WIDEST_YAW_DEG)
                pictures.append(seen(_held(motion, frames), camera, self._noise, random))
            torsos = self._in_torsos(pictures, [each.fps for each in some], led_in)
            found.extend(each.astype(np.float64) * MEAN_TORSO_M for each in torsos)
        return found

    def of_pictures(
        self,
        pictures: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
        fps: Sequence[float],
    ) -> list[NDArray[np.float32]]:
        """The same of places in pictures, [T, 13, 2] x right and y up, and scores [T, 13]."""
        torsos = self._in_torsos(pictures, fps, [0] * len(pictures))
        return [each * np.float32(MEAN_TORSO_M) for each in torsos]

    def _in_torsos(
        self,
        pictures: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
        fps: Sequence[float],
        led_in: Sequence[int],
    ) -> list[NDArray[np.float32]]:
        """[T - led_in, 13, 3] of each picture, in torso lengths."""
        frames, count = max(len(scores) for _, scores in pictures), len(pictures)
        places = np.zeros((count, frames, JOINT_COUNT, 2), np.float32)
        scores = np.zeros((count, frames, JOINT_COUNT), np.float32)
        for at, here in enumerate(pictures):
            places[at, : len(here[0])], scores[at, : len(here[1])] = here
        conversion, limb_lengths = JointConversion(count), LimbLengths(count)
        converted = np.empty((count, frames, JOINT_COUNT, 3), np.float32)
        lengths = np.empty((count, frames, len(LENGTHS)), np.float32)
        for frame in range(frames):
            now_s = frame / np.asarray(fps)
            converted[:, frame] = conversion.step(places[:, frame], scores[:, frame], now_s)
            lengths[:, frame] = limb_lengths.step(converted[:, frame], now_s)
        found = []
        for at, (first, (_, own)) in enumerate(zip(led_in, pictures, strict=True)):
            end = len(own)
            times_s = np.arange(end) / fps[at]
            found.append(self._of(converted[at, :end], lengths[at, first:end], times_s, first))
        return found

    def _of(
        self,
        converted: NDArray[np.float32],
        lengths: NDArray[np.float32],
        times_s: NDArray[np.float64],
        first: int,
    ) -> NDArray[np.float32]:
        values = np.empty((len(lengths), VALUES), np.float32)
        values[:, : -len(LENGTHS)] = windows(converted, times_s, first)
        values[:, -len(LENGTHS) :] = lengths
        answers = np.empty((len(values), _PLACES), np.float32)
        for answer, one in zip(answers, values, strict=True):
            self._interpreter.set_tensor(self._seen, one[None])
            self._interpreter.invoke()
            answer[:] = self._interpreter.get_tensor(self._answer)[0, :_PLACES]
        return answers.reshape(-1, JOINT_COUNT, 3)


def _held(motion: Motion, before: int) -> Motion:
    """The same with its first pose ``before`` frames longer."""
    rows = np.pad(np.arange(len(motion.joints_m)), (before, 0), "edge")
    hips_m = None if motion.hips_m is None else motion.hips_m[rows]
    return replace(motion, joints_m=motion.joints_m[rows], hips_m=hips_m)


def picture_of(squat: Squat) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What MoveNet saw at each of the Kinect's frames: places [T, 13, 2], x right and y up, and
    scores [T, 13]. The head is the middle of the ears."""
    keypoints = squat.pairs()[1]
    head = keypoints[:, _EARS].mean(axis=1, keepdims=True)
    joints = np.concatenate([head, keypoints[:, _LIMBS]], axis=1)
    return joints[..., :2] * _RIGHT_AND_UP, joints[..., 2]
