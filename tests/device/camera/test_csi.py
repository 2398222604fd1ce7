"""The CSI camera with a fake in the sensor's place; what Picamera2 does itself is not tested."""

import sys
import time
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest

from device.camera.csi import CsiCamera
from device.errors import CameraError, CameraLostError


class FakeRequest:
    def __init__(self, picture: np.ndarray, timestamp_ns: int) -> None:
        self._picture, self._timestamp_ns = picture, timestamp_ns
        self.released = 0

    def make_array(self, stream: str) -> np.ndarray:
        assert stream == "main"
        return self._picture

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": self._timestamp_ns}

    def release(self) -> None:
        self.released += 1


class FakeSensor:
    """Stands for Picamera2 and the sensor behind it, which rounds sizes to multiples of 32."""

    made: ClassVar[list["FakeSensor"]]
    fails_at_start: Exception | None = None

    def __init__(self) -> None:
        self.made.append(self)
        self.configuration: dict = {}
        self.requests: list[FakeRequest | Exception] = []
        self.closed = 0

    def create_video_configuration(self, main, buffer_count, controls):
        return {"main": main, "buffer_count": buffer_count, "controls": controls}

    def configure(self, configuration):
        self.configuration = configuration

    def camera_configuration(self):
        width, height = self.configuration["main"]["size"]
        return {"main": {"size": (width // 32 * 32, height)}}

    def start(self):
        if self.fails_at_start is not None:
            raise self.fails_at_start

    def capture_request(self, wait):
        assert 0 < wait < 10
        request = self.requests.pop(0)
        if isinstance(request, Exception):
            raise request
        return request

    def close(self):
        self.closed += 1


@pytest.fixture
def sensor(monkeypatch) -> type[FakeSensor]:
    class Sensor(FakeSensor):
        made: ClassVar[list[FakeSensor]] = []

    module = ModuleType("picamera2")
    module.Picamera2 = Sensor
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return Sensor


def test_the_sensor_is_asked_for_blue_green_red_with_buffers_to_spare(sensor):
    camera = CsiCamera(640, 480, 24.0)
    size = camera.open()
    configuration = sensor.made[0].configuration
    # Picamera2 names formats by the order in a machine word: its RGB888 is B, G, R in memory.
    assert configuration["main"] == {"size": (640, 480), "format": "RGB888"}
    assert configuration["buffer_count"] >= 4
    assert configuration["controls"] == {"FrameRate": 24.0}
    assert (size.width, size.height, size.fps) == (640, 480, 24.0)
    camera.close()
    camera.close()
    assert sensor.made[0].closed == 1


def test_the_size_is_what_the_sensor_gives(sensor):
    size = CsiCamera(650, 480).open()
    assert (size.width, size.height) == (640, 480)


def test_a_picture_comes_with_the_sensors_time_and_goes_back_to_the_camera(sensor):
    camera = CsiCamera(640, 480)
    camera.open()
    picture = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    exposed_ns = time.monotonic_ns() - 40_000_000
    request = FakeRequest(picture, exposed_ns)
    sensor.made[0].requests = [request]
    image = np.zeros_like(picture)
    assert camera.read_into(image) == pytest.approx(exposed_ns / 1e9)
    assert np.array_equal(image, picture)
    assert request.released == 1


def test_a_time_on_the_boot_clock_is_put_on_the_monotonic_clock(sensor, monkeypatch):
    slept_s = 5000.0
    monkeypatch.setattr(time, "clock_gettime", lambda clock: time.monotonic() + slept_s)
    camera = CsiCamera(64, 48)
    camera.open()
    exposed_s = time.monotonic() - 0.04
    picture = np.zeros((48, 64, 3), np.uint8)
    sensor.made[0].requests = [FakeRequest(picture, int((exposed_s + slept_s) * 1e9))]
    assert camera.read_into(picture.copy()) == pytest.approx(exposed_s, abs=0.01)


@pytest.mark.parametrize("error", [TimeoutError(), RuntimeError("camera frontend has timed out")])
def test_a_sensor_that_gives_no_more_pictures_is_lost(sensor, error):
    camera = CsiCamera(64, 48)
    camera.open()
    sensor.made[0].requests = [error]
    with pytest.raises(CameraLostError, match=r"no more pictures: (none within|camera frontend)"):
        camera.read_into(np.zeros((48, 64, 3), np.uint8))


def test_a_picture_of_another_size_goes_back_too(sensor):
    camera = CsiCamera(64, 48)
    camera.open()
    request = FakeRequest(np.zeros((24, 32, 3), np.uint8), 1)
    sensor.made[0].requests = [request]
    with pytest.raises(CameraLostError, match="not \\(48, 64, 3\\)"):
        camera.read_into(np.zeros((48, 64, 3), np.uint8))
    assert request.released == 1


def test_a_sensor_that_does_not_start_is_an_error_and_is_freed(sensor):
    sensor.fails_at_start = RuntimeError("Camera __init__ sequence did not complete.")
    with pytest.raises(CameraError, match=r"cannot be started: Camera __init__ .* ribbon cable"):
        CsiCamera().open()
    assert sensor.made[0].closed == 1


def test_without_picamera2_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="sudo apt install python3-picamera2") as raised:
        CsiCamera().open()
    assert "--system-site-packages" in str(raised.value)


def test_a_camera_that_is_not_open_gives_no_pictures():
    with pytest.raises(CameraLostError, match="not open"):
        CsiCamera().read_into(np.zeros((48, 64, 3), np.uint8))
