"""The real device with the page that a patient sees, and nobody else's hand in it."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from device.store import Store
from models.errors import NetworkNotFoundError
from models.exercises.library import load_library
from models.messages import Prescription, PrescriptionItem, Session
from models.networks.find import find_network

EXERCISE, SETS, REPS = "shoulder_abduction", 2, 2
PATIENT = Path(__file__).with_name("patient_by_order.py")
WAY = [
    "plan", "question", "demonstration", "framing", "countdown", "live", "rest", "framing",
    "countdown", "live", "question", "summary", "idle",
]  # fmt: skip
# Every screen is noted in the page itself, so that none is too short to be seen from here.
NOTE_SCREENS = """addEventListener("DOMContentLoaded", () => {
  window.screensSeen = [];
  new MutationObserver(() => {
    const now = document.body.dataset.screen;
    if (window.screensSeen.at(-1) !== now) window.screensSeen.push(now);
  }).observe(document.body, { attributeFilter: ["data-screen"] });
});"""
LOOK = """() => ({
  screen: document.body.dataset.screen, moment: document.body.dataset.moment,
  focused: document.querySelector("button.focused")?.dataset.action ?? null,
  actions: [...document.querySelectorAll("button")].map((each) => each.dataset.action) })"""


class Device:
    """``physiopi-device run`` with its page, on a port and data of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log, self.config = folder / "log.txt", folder / "device.toml"
        self.runtime = Path(f"/dev/shm/physiopi-test-{uuid4().hex[:8]}")
        self.config.write_text(
            f'data_folder = "{folder}/data"\nruntime_folder = "{self.runtime}"\n'
            f"[kiosk]\nport = {self.port}\n[quality]\nanalyse = false\n[voice]\nspeak = false\n"
        )
        self.store = Store(folder / "data" / "device.sqlite")
        item = PrescriptionItem(exercise_id=EXERCISE, sets=SETS, reps=REPS, rest_s=60, side="both")
        given = Prescription(
            id=uuid4(), version=1, patient_id="p-1", author_id="a-1",
            issued_at=datetime.now(UTC), items=(item,),
        )  # fmt: skip
        assert self.store.save_prescription(given, "unenrolled", load_library())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, patient_by_order: bool = False, stand_in: bool = True) -> None:
        """With the patient who does what the coach asks, or the one who does what we say."""
        program = [str(PATIENT)] if patient_by_order else ["-m", "device.cli", "run"]
        command = [sys.executable, *program, "--config", str(self.config), "--no-link"]
        if stand_in:
            command.append("--stand-in")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def tell_patient(self, order: dict[str, Any]) -> None:
        """An order to the patient who does what we say: see ``patient_by_order.py``."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def check(self) -> None:
        """Fails with the log when the device has ended."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-3000:]

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
        self.store.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def open(self, browser: Browser, **context: Any) -> Page:
        """The page, as soon as the device serves it."""
        deadline_s = time.monotonic() + 60.0
        while True:
            self.check()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline_s, self.log.read_text()[-3000:]
                time.sleep(0.1)
            else:
                break
        page = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}} | context
        ).new_page()
        page.add_init_script(NOTE_SCREENS)
        page.goto(f"http://127.0.0.1:{self.port}")
        return page

    def sessions(self) -> list[Session]:
        return list(self.store.history.sessions())


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    each = Device(tmp_path)
    yield each
    each.stop()


@pytest.fixture(scope="session")
def movenet_is_here() -> bool:
    try:
        find_network(download=False)
    except NetworkNotFoundError:
        return False
    return True


@pytest.fixture(scope="session")
def go_through() -> Callable[..., list[str]]:
    return _go_through


@pytest.fixture(scope="session")
def check_session() -> Callable[..., None]:
    return _check_session


def _go_through(
    device: Device, page: Page, act: Callable[[dict[str, Any]], None], within_s: float
) -> list[str]:
    """Hands each look at the page to ``act`` until the summary has gone; all screens in order."""
    deadline_s = time.monotonic() + within_s
    been_through = False
    while True:
        look = page.evaluate(LOOK)
        been_through = been_through or look["screen"] == "summary"
        if been_through and look["screen"] == "idle":
            seen: list[str] = page.evaluate("window.screensSeen")
            return seen
        device.check()
        assert time.monotonic() < deadline_s, (
            f"still at {look} after {page.evaluate('window.screensSeen')}\n"
            + device.log.read_text()[-3000:]
        )
        act(look)
        page.wait_for_timeout(50)


def _check_session(device: Device, seen: list[str], answers: list[int]) -> None:
    """The one session is complete, with what was counted and answered, after the whole way."""
    gone = iter(seen)
    assert all(screen in gone for screen in WAY), seen
    (session,) = device.sessions()
    assert session.status == "completed"
    assert device.store.draft() is None
    assert [session.pain_before, session.pain_after, session.rpe] == answers
    (item,) = session.items
    assert item.exercise_id == EXERCISE
    assert [(each.reps_target, each.reps_counted) for each in item.sets] == [(REPS, REPS)] * SETS
    assert all(each.guided_by == "camera" for each in item.sets)
