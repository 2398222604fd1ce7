"""Real parts for all tests: the broker, the pose network, the project's recordings."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from playwright.sync_api import Browser, sync_playwright

from cloud_bridge.broker import (
    BRIDGE_USER,
    BrokerFiles,
    add_broker_device,
    write_broker_configuration,
)
from models.errors import NetworkNotFoundError
from models.networks.find import NetworkFile, find_network

SHARED = Path(__file__).resolve().parents[2] / "shared"
CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a ``long`` test first and that test first in its file, then those with most tests.

    A run on several cores lasts as long as what it begins last; see ``scripts/test``.
    """
    tests_in = Counter(item.path for item in items)
    longest = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(
        key=lambda item: (
            item.path not in longest,
            -tests_in[item.path],
            item.path,
            item.get_closest_marker("long") is None,
        )
    )


@pytest.fixture(autouse=True)
def _log_as_at_the_start() -> Iterator[None]:
    """A command run in a test's own process sets the log up for that process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's recordings."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the project's recordings (shared/data beside the checkout) are not here")
    return folder


@pytest.fixture(scope="session")
def pose_network() -> NetworkFile:
    """The real MoveNet."""
    try:
        return find_network(download=False)
    except NetworkNotFoundError:
        pytest.skip("MoveNet is not on this machine: run scripts/fetch_models")


class Mosquitto:
    """A real broker with our own configuration."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = folder
        self.files: BrokerFiles = write_broker_configuration(folder, self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def add_device(self, device_id: str) -> Path:
        """The file with the device's password."""
        secret = add_broker_device(self.folder, device_id)
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)
            time.sleep(0.3)
        return secret

    @property
    def bridge_password(self) -> str:
        return self.files.password_of(BRIDGE_USER).read_text().strip()

    def start(self) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed: run scripts/test")
        self._process = subprocess.Popen(
            [program, "-c", str(self.files.configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker; stop and start it at will."""
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed: run scripts/test")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
