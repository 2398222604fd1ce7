"""MoveNet SinglePose (Google, 2021) through TFLite: 17 keypoints of one person."""

import os
import time

import cv2
import numpy as np
import structlog

from device.camera.frame import Frame, Image
from device.errors import PoseNetworkError
from device.pose.pose import KEYPOINT_COUNT, Pose
from device.pose.region import Region, next_region, whole_picture
from device.pose.runtime import Interpreter, open_interpreter
from models.messages import NetworkVersion
from models.networks.find import NetworkFile

_MOST_THREADS = 4
_BENCHMARK_INVOKES = 12
_GAIN_WORTH_A_CORE = 1.15

log = structlog.get_logger()


class MoveNet:
    """A :class:`~device.pose.pose.PoseEstimator`; follows one person by a region of interest.

    ``threads`` ``None`` chooses by a short benchmark. Raises :class:`PoseNetworkError` for a
    network with another interface than uint8 [1, S, S, 3] to float32 [1, 1, 17, 3].
    """

    def __init__(self, network: NetworkFile, threads: int | None = None) -> None:
        self.version = NetworkVersion(name=network.entry.name, sha256=network.entry.sha256)
        self.is_stand_in = network.entry.stand_in
        self.threads = choose_threads(network) if threads is None else threads
        self._interpreter = open_interpreter(network.path, self.threads)
        self._size, self._input, self._output = _checked_interface(self._interpreter, network)
        self._canvas = np.zeros((self._size, self._size, 3), np.uint8)
        self._canvas_is_black = True
        self._region: Region | None = None

    def reset(self) -> None:
        """Look at the whole of the next frame."""
        self._region = None

    def estimate(self, frame: Frame) -> Pose:
        """The pose in ``frame``; the search region follows it."""
        height, width = frame.image.shape[:2]
        region = self._region or whole_picture(width, height)
        self._fill_input(frame.image, region)
        self.invoke()
        keypoints = self._keypoints(region, width, height)
        self._region = next_region(keypoints.tolist(), width, height)
        return Pose(frame.sequence, frame.captured_at_s, keypoints, width, height)

    def estimate_squashed(self, image: Image) -> Pose:
        """The pose in a single picture squashed to the network's square, keeping no state.

        This is how the network's published reference keypoints were made; for one picture without
        a predecessor it also uses the most of the input's resolution.
        """
        height, width = image.shape[:2]
        cv2.resize(image, (self._size, self._size), dst=self._canvas)
        self._canvas_is_black = False
        cv2.cvtColor(
            self._canvas, cv2.COLOR_BGR2RGB, dst=self._interpreter.tensor(self._input)()[0]
        )
        self.invoke()
        keypoints = np.array(self._interpreter.tensor(self._output)()[0, 0], dtype=np.float32)
        return Pose(1, 0.0, keypoints, width, height)

    def invoke(self) -> None:
        """Run the bare network on whatever stands in its input; for benchmarks."""
        self._interpreter.invoke()

    def _fill_input(self, image: Image, region: Region) -> None:
        height, width = image.shape[:2]
        scale = self._size / region.size
        left, top = max(int(region.left), 0), max(int(region.top), 0)
        right = min(int(region.left + region.size), width)
        bottom = min(int(region.top + region.size), height)
        x, y = int((left - region.left) * scale), int((top - region.top) * scale)
        columns = min(max(round((right - left) * scale), 1), self._size - x)
        rows = min(max(round((bottom - top) * scale), 1), self._size - y)
        whole = columns == self._size and rows == self._size
        if not (whole or self._canvas_is_black):
            self._canvas.fill(0)
        cv2.resize(
            image[top:bottom, left:right],
            (columns, rows),
            dst=self._canvas[y : y + rows, x : x + columns],
            interpolation=cv2.INTER_LINEAR,
        )
        self._canvas_is_black = False
        # Colour conversion on the small picture: BGR from the camera, RGB for the network.
        cv2.cvtColor(
            self._canvas, cv2.COLOR_BGR2RGB, dst=self._interpreter.tensor(self._input)()[0]
        )
        # What was drawn, in the picture: whole pixels on both sides, so no half pixel is lost.
        self._drawn = (
            top - y * (bottom - top) / rows,
            left - x * (right - left) / columns,
            (bottom - top) / rows * self._size,
            (right - left) / columns * self._size,
        )

    def _keypoints(
        self, region: Region, width: int, height: int
    ) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        keypoints = np.array(self._interpreter.tensor(self._output)()[0, 0], dtype=np.float32)
        top, left, tall, wide = self._drawn
        keypoints *= np.array((tall / height, wide / width, 1.0), np.float32)
        keypoints += np.array((top / height, left / width, 0.0), np.float32)
        return keypoints


def choose_threads(network: NetworkFile) -> int:
    """How many threads run this network fastest here.

    One core is left to the rest of the product unless using it gains more than 15%.
    """
    cores = len(os.sched_getaffinity(0))
    times_s = {n: _invoke_time(network, n) for n in range(1, min(_MOST_THREADS, cores) + 1)}
    best = 1
    for threads, time_s in times_s.items():
        gain = _GAIN_WORTH_A_CORE if threads == cores and cores > 1 else 1.0
        if time_s * gain < times_s[best]:
            best = threads
    log.info("threads_chosen", threads=best, milliseconds=round(times_s[best] * 1000, 2))
    return best


def _invoke_time(network: NetworkFile, threads: int) -> float:
    interpreter = open_interpreter(network.path, threads)
    interpreter.invoke()
    times_s = []
    for _ in range(_BENCHMARK_INVOKES):
        began_s = time.perf_counter()
        interpreter.invoke()
        times_s.append(time.perf_counter() - began_s)
    return sorted(times_s)[_BENCHMARK_INVOKES // 2]


def _checked_interface(interpreter: Interpreter, network: NetworkFile) -> tuple[int, int, int]:
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    shape_in = tuple(int(n) for n in inputs[0]["shape"])
    shape_out = tuple(int(n) for n in outputs[0]["shape"])
    fits = (
        len(shape_in) == 4
        and shape_in == (1, shape_in[1], shape_in[1], 3)
        and inputs[0]["dtype"] == np.uint8
        and shape_out == (1, 1, KEYPOINT_COUNT, 3)
        and outputs[0]["dtype"] == np.float32
    )
    if not fits:
        raise PoseNetworkError(
            f"{network.path}: takes {shape_in} and gives {shape_out}, but MoveNet takes uint8"
            " (1, S, S, 3) and gives float32 (1, 1, 17, 3): run scripts/fetch_models"
        )
    return shape_in[1], int(inputs[0]["index"]), int(outputs[0]["index"])
