"""The device is started again in mid-session: the real process, the simulated patient."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from device.store import Store
from models.exercises.library import load_library
from models.messages import Prescription, PrescriptionItem, Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
SETS, REPS = 3, 2


def eventually(happened: Callable[[], bool], what: str, within_s: float = 150.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.2)


class Device:
    """``physiopi-device run``, again and again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "device.toml"
        self.runtime = Path(f"/dev/shm/physiopi-test-{uuid4().hex[:8]}")
        self.config.write_text(
            f'data_folder = "{folder}/data"\nruntime_folder = "{self.runtime}"\n'
            "[quality]\nanalyse = false\n[voice]\nspeak = false\n"
        )
        self.log = folder / "log.txt"
        self.store = Store(folder / "data" / "device.sqlite")
        item = PrescriptionItem(
            exercise_id="shoulder_abduction", sets=SETS, reps=REPS, rest_s=2, side="both"
        )
        given = Prescription(
            id=uuid4(), version=1, patient_id="p-1", author_id="a-1",
            issued_at=datetime.now(UTC), items=(item,),
        )  # fmt: skip
        assert self.store.save_prescription(given, "unenrolled", load_library())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "device.cli", "run", "--config", str(self.config),
            "--autostart", "--stand-in", "--no-kiosk", "--no-link",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def counted(self) -> list[int]:
        """Repetitions of the sets in the draft."""
        draft = self.store.draft()
        return [] if draft is None else [n.reps_counted for i in draft.items for n in i.sets]

    def sessions(self) -> list[Session]:
        return list(self.store.history.sessions())


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    each = Device(tmp_path)
    yield each
    each.store.close()
    shutil.rmtree(each.runtime, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_session_resumes_at_its_set(device: Device, number: signal.Signals) -> None:
    device.start()
    try:
        eventually(lambda: device.counted() == [REPS], "the first set")
        draft = device.store.draft()
        assert draft is not None
        time.sleep(8.0)  # into the second set
        device.end(number)
        assert device.sessions() == []
        device.start()
        eventually(lambda: bool(device.sessions()), "the session's end")
    finally:
        device.end(signal.SIGTERM)
    (session,) = device.sessions()
    assert (session.id, session.status) == (draft.id, "completed")
    sets = session.items[0].sets
    assert sum(each.reps_target for each in sets) == SETS * REPS
    assert sum(each.reps_counted for each in sets) >= SETS * REPS
    assert device.store.draft() is None
