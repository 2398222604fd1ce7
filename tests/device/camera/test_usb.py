"""A USB camera that is not there. Capture itself needs a camera, which no test machine has."""

from pathlib import Path

import numpy as np
import pytest

from device.camera.usb import UsbCamera
from device.errors import CameraError, CameraLostError


@pytest.mark.parametrize("device", [997, Path("/dev/video997"), Path("/dev/v4l/by-id/gone")])
def test_an_absent_camera_is_named_with_those_that_are_there(device):
    there = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*"))) or "none"
    with pytest.raises(CameraError, match="there is no camera at /dev/v") as raised:
        UsbCamera(device).open()
    assert f"cameras on this machine: {there}" in str(raised.value)
    assert not isinstance(raised.value, CameraLostError)


def test_a_device_that_is_no_camera_is_refused(tmp_path):
    ordinary = tmp_path / "file"
    ordinary.write_bytes(b"not a camera")
    for path in (Path("/dev/null"), ordinary):
        camera = UsbCamera(path)
        with pytest.raises(CameraError, match=f"{path} cannot be opened"):
            camera.open()
        camera.close()
        camera.close()


def test_a_camera_that_is_not_open_gives_no_pictures():
    with pytest.raises(CameraLostError, match="is not open"):
        UsbCamera(0).read_into(np.zeros((48, 64, 3), np.uint8))
