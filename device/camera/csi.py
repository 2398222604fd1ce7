"""A Raspberry Pi's own camera (CSI) through Picamera2.

Picamera2 comes from Raspberry Pi OS's package. The sensor cannot exist in the test environment:
tests put a fake in its place, and capture itself is proven only on a Pi.
"""

import time
from typing import Any

import numpy as np

from device.camera.frame import CameraFormat, CameraKind, Image
from device.errors import CameraError, CameraLostError

_BUFFERS = 4
_PICTURE_WITHIN_S = 2.0
"""Older Picamera2 takes no number here and waits for ever; the capture thread then waits too."""


class CsiCamera:
    """The first CSI camera; frames carry the sensor's own time stamps.

    ``width``, ``height`` (pixels) and ``fps`` are asked for; what the camera gives instead is in
    the format that :meth:`open` returns.
    """

    kind: CameraKind = "csi"

    def __init__(self, width: int = 1280, height: int = 720, fps: float = 30.0) -> None:
        self._wanted = CameraFormat(width, height, fps)
        self._camera: Any = None

    def open(self) -> CameraFormat:
        """Start the camera; raises :class:`CameraError`."""
        self.close()
        try:
            from picamera2 import Picamera2  # noqa: PLC0415  only on a Raspberry Pi
        except (ImportError, ValueError) as error:
            # A ValueError comes from compiled parts made for another NumPy.
            raise CameraError(
                f"the CSI camera needs Picamera2, which cannot be loaded ({error}): run 'sudo apt"
                " install python3-picamera2' on Raspberry Pi OS and use a virtual environment made"
                " with --system-site-packages, or choose a USB camera with --camera 0"
            ) from error
        try:
            self._camera = Picamera2()
            # Picamera2's "RGB888" gives arrays in B, G, R order, which is what frames hold.
            configuration = self._camera.create_video_configuration(
                main={"size": (self._wanted.width, self._wanted.height), "format": "RGB888"},
                buffer_count=_BUFFERS,
                controls={"FrameRate": self._wanted.fps},
            )
            self._camera.configure(configuration)
            width, height = self._camera.camera_configuration()["main"]["size"]
            self._camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            self.close()
            raise CameraError(
                f"the CSI camera cannot be started: {error}; check its ribbon cable, and that no"
                " other program is using it"
            ) from error
        return CameraFormat(width, height, self._wanted.fps)

    def read_into(self, image: Image) -> float:
        """The next picture; raises :class:`CameraLostError` when the camera has gone."""
        if self._camera is None:
            raise CameraLostError("the CSI camera is not open")
        try:
            request = self._camera.capture_request(wait=_PICTURE_WITHIN_S)
        except (RuntimeError, OSError) as error:
            reason = str(error) or f"none within {_PICTURE_WITHIN_S:.0f} s"
            raise CameraLostError(f"the CSI camera gives no more pictures: {reason}") from error
        try:
            picture = request.make_array("main")
            if picture.shape != image.shape:
                raise CameraLostError(
                    f"the CSI camera gives pictures of {picture.shape}, not {image.shape}"
                )
            np.copyto(image, picture)
            return _monotonic_s(request.get_metadata()["SensorTimestamp"])
        finally:
            request.release()

    def close(self) -> None:
        """Free the camera; safe to call twice."""
        if self._camera is not None:
            camera, self._camera = self._camera, None
            camera.close()


def _monotonic_s(sensor_timestamp_ns: int) -> float:
    # libcamera documents the boot clock; Raspberry Pi's drivers stamp with the monotonic one. They
    # differ by the time the computer slept, and a picture cannot come from the future.
    captured_at_s = sensor_timestamp_ns / 1e9
    now_s = time.monotonic()
    if captured_at_s > now_s:
        captured_at_s -= time.clock_gettime(time.CLOCK_BOOTTIME) - now_s
    return captured_at_s
