"""What a person writes for a camera becomes that camera, or an error that lists the choices."""

import numpy as np
import pytest

from device.camera.clip import ClipCamera
from device.camera.csi import CsiCamera
from device.camera.selection import select_camera
from device.camera.simulated.camera import SimulatedCamera
from device.camera.usb import UsbCamera
from device.errors import CameraError


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("simulated", SimulatedCamera),
        ("csi", CsiCamera),
        ("0", UsbCamera),
        ("12", UsbCamera),
        ("/dev/video3", UsbCamera),
        ("/dev/v4l/by-id/usb-046d_C920-video-index0", UsbCamera),
    ],
)
def test_a_camera_is_chosen_by_its_name(written, source):
    assert type(select_camera(written)) is source


def test_a_number_is_that_video_device():
    with pytest.raises(CameraError, match="no camera at /dev/video987 "):
        select_camera("987").open()


def test_a_clip_takes_the_cameras_place_and_repeats(make_clip):
    camera = select_camera("csi", make_clip(count=2, fps=100.0))
    assert type(camera) is ClipCamera
    size = camera.open()
    image = np.zeros((size.height, size.width, 3), np.uint8)
    times_s = [camera.read_into(image) for _ in range(5)]
    camera.close()
    assert times_s == sorted(set(times_s))


@pytest.mark.parametrize("written", ["", "usb", "-1", "1.5", "/dev/sda", "webcam", "clip.mp4", "٣"])
def test_anything_else_is_refused_with_the_choices(written):
    with pytest.raises(CameraError, match="use 'simulated', 'csi', a number such as 0"):
        select_camera(written)
