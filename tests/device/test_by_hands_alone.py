"""The real device, a film of somebody who raises a hand, and nothing else: no touch, no keys."""

import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest

from device.benchmark.gestures import MEANT, HeldPosture
from device.camera.simulated.patient import Conditions, SimulatedPatient
from device.coaching.gestures import Posture
from device.store import Store
from models.exercises.library import load_library
from models.messages import Prescription, PrescriptionItem

pytestmark = [pytest.mark.slow, pytest.mark.network_model, pytest.mark.timeout(300)]
FPS = 10.0


def film(path: Path) -> None:
    """One hand and then the other, each held for three seconds, drawn."""
    exercise = load_library().measured("shoulder_abduction")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (640, 480))
    for wanted in (Posture.LEFT, Posture.RIGHT):
        left, right = [each[1:] for each in MEANT if each[0] is wanted][-1]
        held = HeldPosture(exercise, left, right)
        patient = SimulatedPatient(held, 41, conditions=Conditions(fps=FPS))
        down, _ = patient.frame_at(0.0)
        for image in [*(each for each, _ in patient.frames(FPS)), *[down] * 8]:
            writer.write(np.asarray(image))
    writer.release()


def test_a_session_is_begun_and_its_first_question_answered(tmp_path: Path) -> None:
    film(tmp_path / "hands.mp4")
    config = tmp_path / "device.toml"
    runtime = Path(f"/dev/shm/physiopi-test-{uuid4().hex[:8]}")
    config.write_text(
        f'data_folder = "{tmp_path}/data"\nruntime_folder = "{runtime}"\n'
        "[quality]\nanalyse = false\n"
    )
    store = Store(tmp_path / "data" / "device.sqlite")
    item = PrescriptionItem(exercise_id="shoulder_abduction", sets=1, reps=10)
    given = Prescription(
        id=uuid4(), version=1, patient_id="p-1", author_id="a-1",
        issued_at=datetime.now(UTC), items=(item,),
    )  # fmt: skip
    assert store.save_prescription(given, "unenrolled", load_library())
    command = [
        sys.executable, "-m", "device.cli", "run", "--config", str(config),
        "--clip", str(tmp_path / "hands.mp4"), "--no-kiosk", "--no-link",
    ]  # fmt: skip
    with (tmp_path / "log.txt").open("wb") as log:
        device = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline_s = time.monotonic() + 150.0
        while (draft := store.draft()) is None:
            assert time.monotonic() < deadline_s, (tmp_path / "log.txt").read_text()[-2000:]
            assert device.poll() is None, (tmp_path / "log.txt").read_text()[-2000:]
            time.sleep(0.3)
    finally:
        device.send_signal(signal.SIGTERM)
        device.wait(30)
        shutil.rmtree(runtime, ignore_errors=True)
    # One hand has started it; the left one moved on to a number, and the right one chose it.
    assert draft.pain_before is not None
    assert draft.pain_before <= 4
