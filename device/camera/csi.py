"""A Raspberry Pi's own camera (CSI) through Picamera2.

Picamera2 comes from Raspberry Pi OS's package; the sensor cannot exist in the test environment, so
tests put a fake in its place and capture itself is proven only on a Pi.
"""

from typing import Any

import numpy as np

from device.camera.frame import CameraFormat, CameraKind, Image
from device.errors import CameraError, CameraLostError

_BUFFERS = 4


class CsiCamera:
    """The first CSI camera; frames carry the sensor's own time stamps."""

    kind: CameraKind = "csi"

    def __init__(self, width: int = 1280, height: int = 720, fps: float = 30.0) -> None:
        self._wanted = CameraFormat(width, height, fps)
        self._camera: Any = None

    def open(self) -> CameraFormat:
        """Start the camera; raises :class:`CameraError`."""
        self.close()
        try:
            from picamera2 import Picamera2  # noqa: PLC0415  only on a Raspberry Pi
        except ImportError as error:
            raise CameraError(
                "the CSI camera needs Picamera2: run 'sudo apt install python3-picamera2' on"
                " Raspberry Pi OS, or choose a USB camera with --camera 0"
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
            self._camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            self.close()
            raise CameraError(
                f"the CSI camera cannot be started: {error}; check its ribbon cable"
            ) from error
        return self._wanted

    def read_into(self, image: Image) -> float:
        """The next picture; raises :class:`CameraLostError` when the camera has gone."""
        if self._camera is None:
            raise CameraLostError("the CSI camera is not open")
        try:
            request = self._camera.capture_request()
        except (RuntimeError, OSError) as error:
            raise CameraLostError(f"the CSI camera gives no more pictures: {error}") from error
        try:
            np.copyto(image, request.make_array("main"))
            # Nanoseconds on the kernel's boot clock, the start of the frame's exposure.
            return float(request.get_metadata()["SensorTimestamp"]) / 1e9
        finally:
            request.release()

    def close(self) -> None:
        """Free the camera."""
        if self._camera is not None:
            self._camera.close()
        self._camera = None
