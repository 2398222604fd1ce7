"""MoveNet SinglePose (Google, 2021) through TFLite: 17 keypoints of one person."""

import os
import statistics
import time

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray

from device.camera.frame import Frame, Image
from device.errors import PoseNetworkError
from device.pose.pose import KEYPOINT_COUNT, Pose
from device.pose.region import Region, next_region, whole_picture
from device.pose.runtime import Interpreter, open_interpreter
from models.messages import NetworkVersion
from models.networks.find import NetworkFile

_MOST_THREADS = 4
# So that a slow machine starts soon, too.
_LEAST_INVOKES, _MOST_INVOKES, _BENCHMARK_S = 3, 15, 0.4
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
        top, left, tall, wide = self._draw(frame.image, region)
        self.invoke()
        # As plain lists: right after an inference the caches are cold, and each further NumPy
        # function costs more than all 17 rows do here.
        rows = [
            [top + y * tall, left + x * wide, score] for y, x, score in self._output_view().tolist()
        ]
        self._region = next_region(rows, width, height)
        keypoints = np.array(rows, np.float32)
        return Pose(frame.sequence, frame.captured_at_s, keypoints, width, height)

    def estimate_squashed(self, image: Image) -> Pose:
        """The pose in a single picture squashed to the network's square, keeping no state.

        This is how the network's published reference keypoints were made, so that the two can be
        compared. It is not the most accurate way: on the simulated patient the live way, a whole
        picture and then the region round the person, has a third to a half of its error.
        """
        height, width = image.shape[:2]
        cv2.resize(image, (self._size, self._size), dst=self._canvas)
        self._canvas_is_black = False
        self._convert_colours()
        self.invoke()
        return Pose(1, 0.0, np.array(self._output_view(), np.float32), width, height)

    def invoke(self) -> None:
        """Run the bare network on whatever stands in its input; for benchmarks."""
        self._interpreter.invoke()

    def _draw(self, image: Image, region: Region) -> tuple[float, float, float, float]:
        """Put the region into the network's input, black where it leaves the image.

        Returns the top, left, height and width of what the input shows, normalised to the image.
        """
        height, width = image.shape[:2]
        size, canvas = self._size, self._canvas
        scale = size / region.size
        left, top = max(int(region.left), 0), max(int(region.top), 0)
        right = min(int(region.left + region.size), width)
        bottom = min(int(region.top + region.size), height)
        x, y = int((left - region.left) * scale), int((top - region.top) * scale)
        columns = min(max(round((right - left) * scale), 1), size - x)
        rows = min(max(round((bottom - top) * scale), 1), size - y)
        if columns < size or rows < size:
            if not self._canvas_is_black:
                canvas.fill(0)
            target = canvas[y : y + rows, x : x + columns]
        else:
            target = canvas
        self._canvas_is_black = False
        cv2.resize(
            image[top:bottom, left:right], (columns, rows), target, interpolation=cv2.INTER_LINEAR
        )
        self._convert_colours()
        # From the whole pixels drawn, not from the region, so that no fraction of one is lost.
        row_px, column_px = (bottom - top) / rows, (right - left) / columns
        return (
            (top - y * row_px) / height,
            (left - x * column_px) / width,
            size * row_px / height,
            size * column_px / width,
        )

    def _convert_colours(self) -> None:
        # On the small picture: BGR from the camera, RGB for the network.
        cv2.cvtColor(self._canvas, cv2.COLOR_BGR2RGB, self._interpreter.tensor(self._input)()[0])

    def _output_view(self) -> NDArray[np.float32]:
        # Never kept: TFLite refuses to run while a view of its memory is alive.
        view: NDArray[np.float32] = self._interpreter.tensor(self._output)()[0, 0]
        return view


def choose_threads(network: NetworkFile) -> int:
    """How many threads run this network fastest here.

    One core is left to the rest of the product: with all of them, the kiosk's stream and the camera
    take turns with every inference, and on two cores the loop kept three quarters of its rate
    instead of all of it. A further thread must gain 15% to be worth its core.
    """
    cores = len(os.sched_getaffinity(0))
    most = max(1, min(_MOST_THREADS, cores - 1))
    times_s = {threads: _invoke_time(network, threads) for threads in range(1, most + 1)}
    best = 1
    for threads, time_s in times_s.items():
        if time_s * _GAIN_WORTH_A_CORE < times_s[best]:
            best = threads
    log.info("threads_chosen", threads=best, milliseconds=round(times_s[best] * 1000, 2))
    return best


def _invoke_time(network: NetworkFile, threads: int) -> float:
    """The median time of one inference in seconds."""
    interpreter = open_interpreter(network.path, threads)
    interpreter.invoke()
    times_s: list[float] = []
    while len(times_s) < _LEAST_INVOKES or (
        len(times_s) < _MOST_INVOKES and sum(times_s) < _BENCHMARK_S
    ):
        began_s = time.perf_counter()
        interpreter.invoke()
        times_s.append(time.perf_counter() - began_s)
    return statistics.median(times_s)


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
