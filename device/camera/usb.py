"""A USB camera through V4L2.

No USB camera is in the test environment: what is tested is what happens without one.
"""

import time
from pathlib import Path

import cv2
import numpy as np
import structlog

from device.camera.frame import CameraFormat, CameraKind, Image
from device.errors import CameraError, CameraLostError

_SETTLING_READS = 10

log = structlog.get_logger()


class UsbCamera:
    """A camera at ``/dev/videoN``; asks for motion JPEG, which USB 2 carries at full rate.

    A frame's time is the monotonic clock when it arrived: V4L2's own time stamps are not offered
    by OpenCV, so the exposure lies some tens of milliseconds earlier.
    """

    kind: CameraKind = "usb"

    def __init__(
        self, device: int | Path, width: int = 1280, height: int = 720, fps: float = 30.0
    ) -> None:
        self._device = Path(f"/dev/video{device}") if isinstance(device, int) else device
        self._wanted = CameraFormat(width, height, fps)
        self._video: cv2.VideoCapture | None = None

    def open(self) -> CameraFormat:
        """Open the camera and wait for a picture; raises :class:`CameraError`."""
        self.close()
        if not self._device.exists():
            there = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*"))) or "none"
            raise CameraError(
                f"there is no camera at {self._device} (cameras on this machine: {there}): plug it"
                " in, or choose another with --camera"
            )
        video = cv2.VideoCapture(str(self._device), cv2.CAP_V4L2)
        if not video.isOpened():
            raise CameraError(
                f"{self._device} cannot be opened: another program may be using it, or this user"
                " is not in the group 'video'"
            )
        self._video = video
        mjpg = cv2.VideoWriter.fourcc(*"MJPG")
        for setting, value in (
            (cv2.CAP_PROP_FOURCC, mjpg),
            (cv2.CAP_PROP_FRAME_WIDTH, self._wanted.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, self._wanted.height),
            (cv2.CAP_PROP_FPS, self._wanted.fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            video.set(setting, value)
        for _ in range(_SETTLING_READS):
            read, picture = video.read()
            if read and picture is not None:
                height, width = picture.shape[:2]
                fps = float(video.get(cv2.CAP_PROP_FPS)) or self._wanted.fps
                log.info("camera_opened", width=width, height=height, fps=fps)
                return CameraFormat(width, height, fps)
        self.close()
        raise CameraError(f"{self._device} gives no pictures: unplug it and plug it in again")

    def read_into(self, image: Image) -> float:
        """The next picture; raises :class:`CameraLostError` when the camera has gone."""
        if self._video is None:
            raise CameraLostError(f"{self._device} is not open")
        read, picture = self._video.read()
        captured_at_s = time.monotonic()
        if not read or picture is None or picture.shape != image.shape:
            raise CameraLostError(f"{self._device} gives no more pictures: is it plugged in?")
        np.copyto(image, picture)
        return captured_at_s

    def close(self) -> None:
        """Free the camera."""
        if self._video is not None:
            self._video.release()
        self._video = None
