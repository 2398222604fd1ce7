"""The simulated camera's process: pictures, orders taken at once, death noticed, nothing left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from device.camera.frame_ring import MEMORY_FOLDER
from device.camera.simulated.camera import SimulatedCamera
from device.errors import CameraLostError
from models.messages import Tempo

QUICK = Tempo(out_s=0.3, hold_s=0.2, return_s=0.3, pause_s=0.1)
AT_MOST_S = 20.0


def rings_of(process_id: int) -> list[Path]:
    return list(MEMORY_FOLDER.glob(f"physiopi-{process_id}-*.frames"))


@pytest.fixture
def camera():
    simulated = SimulatedCamera(width=320, height=240, fps=30.0, body_seed=1)
    yield simulated
    simulated.close()
    simulated.close()
    assert not [p for p in multiprocessing.active_children() if p.name == "renderer"]
    assert not rings_of(os.getpid())


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(condition, camera: SimulatedCamera, image: np.ndarray) -> None:
    give_up_s = time.monotonic() + AT_MOST_S
    while not condition():
        assert time.monotonic() < give_up_s, "nothing changed before the camera"
        camera.read_into(image)


def test_pictures_come_one_after_another_with_growing_times(camera):
    size = camera.open()
    image = np.zeros((size.height, size.width, 3), np.uint8)
    times_s = [camera.read_into(image) for _ in range(5)]
    assert times_s == sorted(set(times_s))
    assert times_s[-1] <= time.monotonic()
    assert image.std() > 10


def test_the_picture_file_is_for_this_user_only(camera):
    camera.open()
    (ring,) = rings_of(os.getpid())
    assert ring.stat().st_mode & 0o777 == 0o600


def test_the_patient_moves_when_told_and_rests_afterwards(camera):
    camera.rest("shoulder_abduction")
    camera.open()
    image = np.zeros((240, 320, 3), np.uint8)
    camera.read_into(image)
    resting = image.astype(float)

    def changed() -> float:
        return float(np.abs(image - resting).mean())

    camera.perform("shoulder_abduction", "both", 1, QUICK)
    until(lambda: changed() > 4.0, camera, image)
    until(lambda: changed() < 3.0, camera, image)
    camera.rest("sit_to_stand")
    until(lambda: changed() > 6.0, camera, image)


def test_a_dead_renderer_is_noticed_and_opening_again_helps(camera):
    camera.open()
    image = np.zeros((240, 320, 3), np.uint8)
    camera.read_into(image)
    (renderer,) = [p for p in multiprocessing.active_children() if p.name == "renderer"]
    os.kill(renderer.pid, signal.SIGKILL)
    renderer.join(AT_MOST_S)
    with pytest.raises(CameraLostError):
        for _ in range(1000):
            camera.read_into(image)
    camera.open()
    image[:] = 0
    camera.read_into(image)
    assert image.std() > 10


def test_reading_a_closed_camera_is_an_error(camera):
    with pytest.raises(CameraLostError, match="not open"):
        camera.read_into(np.zeros((240, 320, 3), np.uint8))


PARENT = """
import signal, sys, numpy as np
from device.camera.simulated.camera import SimulatedCamera
if __name__ == "__main__":
    # Whoever runs the tests may ignore interrupts, which its children inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    camera = SimulatedCamera(320, 240)
    camera.open()
    camera.read_into(np.zeros((240, 320, 3), np.uint8))
    print(camera._process.pid, flush=True)
    sys.stdin.read()
"""


def test_the_renderer_outlives_neither_its_parent_nor_an_interrupt(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        renderer = int(parent.stdout.readline())
        os.kill(renderer, signal.SIGINT)
        time.sleep(0.3)
        assert is_running(renderer)
        parent.kill()
        parent.wait()
        give_up_s = time.monotonic() + AT_MOST_S
        while is_running(renderer):
            assert time.monotonic() < give_up_s, "the renderer has outlived its parent"
            time.sleep(0.05)
        for left in rings_of(parent.pid):
            left.unlink()
