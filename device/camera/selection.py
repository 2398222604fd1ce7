"""Chooses a camera by what a person writes on the command line."""

import re
from pathlib import Path

from device.camera.clip import ClipCamera
from device.camera.csi import CsiCamera
from device.camera.frame import CameraSource
from device.camera.usb import UsbCamera
from device.errors import CameraError


def select_camera(camera: str, clip: Path | None = None) -> CameraSource:
    """``simulated``, ``csi``, a number or a path below ``/dev`` of a USB camera.

    ``clip`` is used in its place where it is given, again and again. Nothing is opened yet. Raises
    :class:`CameraError` for anything else.
    """
    if clip is not None:
        return ClipCamera(clip, loop=True)
    if camera == "simulated":
        # Its renderer is needed by no real camera.
        from device.camera.simulated.camera import SimulatedCamera  # noqa: PLC0415

        return SimulatedCamera()
    if camera == "csi":
        return CsiCamera()
    if re.fullmatch(r"[0-9]{1,3}", camera):
        return UsbCamera(int(camera))
    if re.fullmatch(r"/dev/(video\d+|v4l/.+)", camera):
        return UsbCamera(Path(camera))
    raise CameraError(
        f"unknown camera {camera!r}: use 'simulated', 'csi', a number such as 0, or /dev/video0; a"
        " video file is given with --clip"
    )
