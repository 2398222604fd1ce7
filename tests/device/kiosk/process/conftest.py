"""The kiosk's real process, fed as the loop feeds it."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from device.camera.frame_ring import FrameRing
from device.coaching.feedback import Feedback, Phase
from device.coaching.live_values import LiveValues
from device.kiosk.channel import KioskChannel
from device.pose.pose import Pose

HEIGHT, WIDTH, BITS = 480, 640, 16
EXERCISING = Feedback(
    phase=Phase.EXERCISING,
    instruction="instruction-shoulder-abduction",
    camera="usb",
    network_is_stand_in=False,
    exercise_id="shoulder_abduction",
    exercise_name="exercise-shoulder-abduction",
    side="both",
    set_number=1,
    sets=2,
    reps_counted=7,
    reps_target=10,
)


def wait_until(happened: Callable[[], object], within_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.05)


class Publisher:
    """Publishes as the loop does: each frame carries its number as a barcode, and in its skeleton.

    The nose and both shoulders are as low in the picture as the number's last three digits say.
    """

    def __init__(self, runtime: Path) -> None:
        self.channel = KioskChannel(runtime)
        self.ring = FrameRing.create(HEIGHT, WIDTH)
        self.feedback = EXERCISING
        self.frames_per_s = 30
        self.has_camera = True
        self.published_at_s: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        sequence, due_s = 0, time.monotonic()
        while True:
            due_s += 1 / self.frames_per_s
            if self._stop.wait(max(0.0, due_s - time.monotonic())):
                return
            live, now_s = LiveValues(rom_progress=0.5), time.monotonic()
            if not self.has_camera:
                self.channel.publish(None, -1, None, self.feedback, LiveValues(), now_s)
                continue
            sequence += 1
            slot = sequence % self.ring.slots
            self.ring.begin_write(slot)
            draw_barcode(self.ring.image(slot), sequence)
            self.ring.end_write(slot, sequence)
            keypoints = np.full((17, 3), 0.5, np.float32)
            keypoints[[0, 5, 6], 0] = sequence % 1000 / 1000
            keypoints[:5, 2] = 0.0
            keypoints[5, 1], keypoints[6, 1] = 0.7, 0.3
            pose = Pose(sequence, time.monotonic(), keypoints, WIDTH, HEIGHT)
            self.published_at_s[sequence] = time.time()
            self.channel.publish(pose, slot, self.ring.path, self.feedback, live, time.monotonic())

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.channel.close()
        self.ring.close()


def draw_barcode(image: np.ndarray, sequence: int) -> None:
    image[:] = 128
    for bit in range(BITS):
        image[:80, bit * 40 : bit * 40 + 40] = 255 * (sequence >> bit & 1)


class Kiosk:
    """The process, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.config = folder / "device.toml"
        self.runtime = Path(f"/dev/shm/physiopi-test-{self.port}")
        self.config.write_text(
            f'data_folder = "{folder}/data"\nruntime_folder = "{self.runtime}"\n'
            f'[kiosk]\nport = {self.port}\nemergency_number = "144"\n'
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.pages: list[Page] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "device.cli", "kiosk", "--config", str(self.config)]
        self.process = subprocess.Popen(command)

        def listens() -> bool:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                return False
            return True

        wait_until(listens)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)

    def open(self, browser: Browser, width: int = 1920, height: int = 1080) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        self.pages.append(page)
        page.goto(self.address)
        return page


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    return wait_until


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    each = Kiosk(tmp_path_factory.mktemp("kiosk"))
    each.start()
    yield each
    each.stop()


@pytest.fixture(autouse=True)
def _no_page_stays_open(kiosk: Kiosk) -> Iterator[None]:
    yield
    while kiosk.pages:
        kiosk.pages.pop().close()


@pytest.fixture
def publisher(kiosk: Kiosk) -> Iterator[Publisher]:
    each = Publisher(kiosk.runtime)
    yield each
    each.close()
