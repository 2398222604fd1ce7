"""The patient's page on a screen without a desktop, as a Pi shows it: the device, cage, Chromium.

The screen is cage's headless one, drawn by the processor; what would be seen on it is photographed.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from device.store import Store
from models.exercises.library import load_library
from models.messages import Prescription, PrescriptionItem

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]
SIZES = ((1024, 600), (1280, 800))
NOBODY = 65534
PROGRAMS = ("cage", "grim", "wlr-randr", "chromium")
PACKAGES = (*PROGRAMS, "chromium-sandbox", "xwayland", "libgl1-mesa-dri", "fonts-dejavu-core")
STOP_RED_BGR = (0x19, 0x00, 0xA5)
# A /tmp of its own, for cage's X server wants one in which anybody may write.
ENTER = """root=$1; shift
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -m 1777 "$root/tmp/.X11-unix"
exec chroot "$root" "$@"
"""
Picture = NDArray[np.uint8]


def until(happened: Callable[[], object], what: str, within_s: float = 90.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.3)


class Screen:
    """cage with Chromium in it, as somebody who is not root, in a folder of their own."""

    def __init__(self, root: Path, address: str, log: Path) -> None:
        self.folder = root / "run" / f"physiopi-{uuid4().hex[:8]}"
        if os.geteuid() != 0:
            self.folder = Path(f"/dev/shm/physiopi-cage-{uuid4().hex[:8]}")
        (self.folder / "profile").mkdir(parents=True)
        self.folder.chmod(0o700)
        self._log = log
        inside = Path("/") / self.folder.relative_to(root)
        self._as_user = [
            "env", "-i", f"HOME={inside}", f"XDG_RUNTIME_DIR={inside}", "PATH=/usr/bin:/bin",
            "LANG=C.UTF-8", "WLR_BACKENDS=headless", "WLR_RENDERER=pixman",
            "WLR_LIBINPUT_NO_DEVICES=1",
        ]  # fmt: skip
        if os.geteuid() == 0:
            for each in (self.folder, self.folder / "profile"):
                os.chown(each, NOBODY, NOBODY)
            nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
            self._as_user = [*apart, "sh", "-ec", ENTER, "sh", str(root), *nobody, *self._as_user]
        chromium = [
            "chromium", "--ozone-platform=wayland", "--kiosk", f"--app={address}",
            "--no-first-run", "--noerrdialogs", "--incognito", "--disable-gpu",
            "--password-store=basic", "--disable-dev-shm-usage", "--disable-pinch",
            "--disable-component-update", "--disable-background-networking",
            f"--user-data-dir={inside / 'profile'}",
        ]  # fmt: skip
        with log.open("wb") as file:
            self._cage = subprocess.Popen(
                [*self._as_user, "cage", "--", *chromium],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        until(self._is_there, "cage's start", 60.0)

    def _is_there(self) -> bool:
        assert self._cage.poll() is None, self._log.read_text(errors="replace")[-2000:]
        return (self.folder / "wayland-0").exists()

    def _run(self, *command: str) -> bytes:
        done = subprocess.run(
            [*self._as_user, "WAYLAND_DISPLAY=wayland-0", *command],
            capture_output=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def resize(self, width: int, height: int) -> None:
        self._run("wlr-randr", "--output", "HEADLESS-1", "--custom-mode", f"{width}x{height}")

    def photograph(self) -> Picture:
        png = np.frombuffer(self._run("grim", "-"), np.uint8)
        picture = cv2.imdecode(png, cv2.IMREAD_COLOR)
        assert picture is not None
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        os.killpg(self._cage.pid, signal.SIGTERM)
        try:
            self._cage.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._cage.pid, signal.SIGKILL)
            self._cage.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def shows_whole_screens(root: Path) -> bool:
    """Whether cage is there and its screen can be photographed whole and set to a size.

    It can from 0.2 (Debian 13, Raspberry Pi OS); 0.1.4 gives a photograph of the last change.
    """
    if not all((root / "usr" / "bin" / name).exists() for name in PROGRAMS):
        return False
    command = ["cage", "-v"] if root == Path("/") else ["chroot", str(root), "cage", "-v"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)\.(\d+)", said.stdout + said.stderr)
    return found is not None and (int(found[1]), int(found[2])) >= (0, 2)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where cage is: this machine, or a Debian 13 made for it (again from the given folder)."""
    if "PHYSIOPI_TEST_CAGE" not in os.environ and "PHYSIOPI_CAGE_ROOT" not in os.environ:
        pytest.skip("set PHYSIOPI_TEST_CAGE=1: it may make a Debian 13 of 800 MB")
    given = Path(os.environ.get("PHYSIOPI_CAGE_ROOT", "/"))
    if shows_whole_screens(given):
        if os.geteuid() == 0:
            tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
            if tried.returncode != 0:
                pytest.skip("this container may mount nothing (unshare --mount)")
        yield given
        return
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None or not sources.is_file():
        pytest.skip(
            "cage 0.2 or newer, grim, wlr-randr and chromium are not installed; as root on Debian"
            " 12 with mmdebstrap a Debian 13 is made for it"
        )
    mirror = re.search(r"^URIs:\s*(\S+)", sources.read_text(), re.MULTILINE)
    assert mirror is not None
    made = tmp_path_factory.mktemp("debian") / "root"
    done = subprocess.run(
        ["mmdebstrap", "--variant=apt", f"--include={','.join(PACKAGES)}", "trixie", str(made),
         f"deb {mirror[1]} trixie main"],
        capture_output=True, text=True, check=False, timeout=540,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"no Debian 13 could be made: {done.stderr[-300:]}")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a device in the middle of a long set, once there is a screen for it."""
    assert root.is_dir()
    folder = tmp_path_factory.mktemp("device")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config, log_file = folder / "device.toml", folder / "log.txt"
    runtime = Path(f"/dev/shm/physiopi-test-{uuid4().hex[:8]}")
    config.write_text(
        f'data_folder = "{folder}/data"\nruntime_folder = "{runtime}"\n'
        f"[kiosk]\nport = {port}\ndiagonal_inches = 10.1\nviewing_distance_m = 1.5\n"
        "[quality]\nanalyse = false\n[voice]\nspeak = false\n"
    )
    store = Store(folder / "data" / "device.sqlite")
    item = PrescriptionItem(exercise_id="shoulder_abduction", sets=1, reps=60, side="both")
    given = Prescription(
        id=uuid4(), version=1, patient_id="p-1", author_id="a-1", issued_at=datetime.now(UTC),
        items=(item,),
    )  # fmt: skip
    assert store.save_prescription(given, "unenrolled", load_library())
    store.close()
    command = [
        sys.executable, "-m", "device.cli", "run", "--config", str(config), "--autostart",
        "--stand-in", "--no-link",
    ]  # fmt: skip
    with log_file.open("wb") as log:
        device = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: "exercising" in log_file.read_text(), "the set's beginning", 120.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        device.send_signal(signal.SIGTERM)
        device.wait(30)
        shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture(scope="module")
def screen(root: Path, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    each = Screen(root, address, tmp_path_factory.mktemp("cage") / "log.txt")
    yield each
    each.close()


def red_share(picture: Picture) -> float:
    """How much of the picture has the red of Stop."""
    difference = np.abs(picture.astype(int) - STOP_RED_BGR).max(axis=2)
    return float((difference < 20).mean())


def shows_a_set(picture: Picture) -> bool:
    """The red of Stop fills a part of the lower right corner."""
    height, width = picture.shape[:2]
    return red_share(picture[height * 4 // 5 :, width * 2 // 3 :]) > 0.1


@pytest.mark.parametrize("size", SIZES)
def test_cage_shows_the_set_under_way_with_stop_in_its_corner(
    screen: Screen, size: tuple[int, int], tmp_path: Path
) -> None:
    screen.resize(*size)
    until(lambda: shows_a_set(screen.photograph()), "a set with Stop in its corner", 60.0)
    first = screen.photograph()
    time.sleep(1.5)
    second = screen.photograph()
    cv2.imwrite(str(tmp_path / "cage.png"), second)
    height, width = second.shape[:2]
    assert (width, height) == size
    # Nothing but Stop is red, and the page goes out to the screen's edges.
    assert red_share(second[: height // 2]) < 0.001
    assert len(np.unique(second.reshape(-1, 3), axis=0)) > 100
    assert second[:, -8:].max() > 0
    assert second[-8:].max() > 0
    # The patient moves: the pictures come from the running camera.
    stage = np.abs(first.astype(int) - second)[: height // 2, : width * 2 // 3]
    assert (stage.max(axis=2) > 30).mean() > 0.002
