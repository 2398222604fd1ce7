"""Chooses a camera by what a person writes on the command line."""

import re
from pathlib import Path

from device.camera.clip import ClipCamera
from device.camera.csi import CsiCamera
from device.camera.frame import CameraSource
from device.camera.usb import UsbCamera
from device.errors import CameraError


def select_camera(camera: str, clip: Path | None = None) -> CameraSource:
    """``simulated``, ``csi``, a number, a ``/dev/video`` path, or a clip.

    Raises :class:`CameraError` for anything else.
    """
    if clip is not None:
        return ClipCamera(clip, loop=True)
    if camera == "simulated":
        # Its renderer is needed by no real camera.
        from device.camera.simulated.camera import SimulatedCamera  # noqa: PLC0415

        return SimulatedCamera()
    if camera == "csi":
        return CsiCamera()
    if camera.isdecimal():
        return UsbCamera(int(camera))
    if re.fullmatch(r"/dev/video\d+", camera):
        return UsbCamera(Path(camera))
    raise CameraError(
        f"unknown camera {camera!r}: use 'simulated', 'csi', a number such as 0, or /dev/video0"
    )
