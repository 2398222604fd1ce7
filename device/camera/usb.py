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

_SETTLES_WITHIN_S = 5.0
"""Many cameras give an empty picture or two while their exposure settles."""

log = structlog.get_logger()


class UsbCamera:
    """A camera at ``/dev/videoN``; asks for motion JPEG, which USB 2 carries at full rate.

    ``width``, ``height`` (pixels) and ``fps`` are asked for; what the camera gives instead is in
    the format that :meth:`open` returns. A frame's time is the monotonic clock when it had arrived
    and was decoded, so the exposure lies some tens of milliseconds earlier: which clock the
    driver's own time stamps are on depends on the driver.
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
                f"{self._device} cannot be opened: another program may be using it, it may be no"
                " camera, or this user is not in the group 'video'"
            )
        self._video = video
        for setting, value in (
            (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
            (cv2.CAP_PROP_FRAME_WIDTH, self._wanted.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, self._wanted.height),
            (cv2.CAP_PROP_FPS, self._wanted.fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            video.set(setting, value)
        return self._format_of_first_picture(video)

    def read_into(self, image: Image) -> float:
        """The next picture; raises :class:`CameraLostError` when the camera has gone."""
        if self._video is None:
            raise CameraLostError(f"{self._device} is not open")
        picture = _read(self._video)
        captured_at_s = time.monotonic()
        if picture is None or picture.shape != image.shape:
            raise CameraLostError(f"{self._device} gives no more pictures: is it plugged in?")
        np.copyto(image, picture)
        return captured_at_s

    def close(self) -> None:
        """Free the camera; safe to call twice."""
        if self._video is not None:
            self._video.release()
        self._video = None

    def _format_of_first_picture(self, video: cv2.VideoCapture) -> CameraFormat:
        give_up_s = time.monotonic() + _SETTLES_WITHIN_S
        while time.monotonic() < give_up_s:
            picture = _read(video)
            if picture is not None and picture.ndim == 3:
                height, width = picture.shape[:2]
                stated_fps = float(video.get(cv2.CAP_PROP_FPS))
                fps = stated_fps if 1.0 <= stated_fps <= 300.0 else self._wanted.fps
                if (width, height) != (self._wanted.width, self._wanted.height):
                    log.info("camera_chose_another_size", width=width, height=height)
                return CameraFormat(width, height, fps)
        self.close()
        raise CameraError(
            f"{self._device} gives no pictures: unplug it and plug it in again, or choose another"
            " with --camera (a camera may have several devices, of which one gives pictures)"
        )


def _read(video: cv2.VideoCapture) -> Image | None:
    try:
        read, picture = video.read()
    except cv2.error as error:
        raise CameraLostError(f"a USB camera's picture cannot be decoded: {error.err}") from error
    return np.asarray(picture, np.uint8) if read and picture is not None else None
