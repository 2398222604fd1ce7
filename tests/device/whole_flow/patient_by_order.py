"""``physiopi-device run`` before a simulated patient who moves as the standard input says.

A program of its own, started by the tests with the options of ``run``. Each line is one order:
``{"hold": "left"}`` (or ``right``, ``both``, ``head``, ``low``) takes up a posture and keeps it,
``{"do": "shoulder_abduction", "reps": 2}`` does repetitions. All but the camera is the product's.
"""

import json
import sys
import time
from threading import Lock, Thread
from typing import Any

import device.run
from device.benchmark.gestures import MEANT, HeldPosture
from device.camera.frame import CameraFormat, CameraKind, Image
from device.camera.simulated.body import Body
from device.camera.simulated.movement import Movement
from device.camera.simulated.performance import Performance
from device.camera.simulated.scene import Moment, Scene
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.surroundings import Surroundings
from device.camera.simulated.view import View
from device.coaching.gestures import Posture
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, minimum_jerk

WIDTH, HEIGHT, FPS, BODY = 640, 480, 12.0, 2
CHANGES_S = 0.6
STANDING = load_library().measured("shoulder_abduction")
ARMS = {posture.value: (left, right) for posture, left, right in MEANT}
LOW = next(left for posture, left, _ in MEANT if posture is Posture.RIGHT)


def movement_of(order: dict[str, Any]) -> tuple[Movement, float]:
    """What is ordered, and where in its time it begins."""
    if "do" in order:
        exercise = load_library().measured(order["do"])
        return Performance(exercise, "both", order["reps"], rest_s=1.0), 0.0
    left, right = ARMS.get(order["hold"], (LOW, LOW))
    held = HeldPosture(STANDING, left, right)
    return held, held.duration_s


class PatientByOrder:
    """A camera before that patient."""

    kind: CameraKind = "simulated"

    def __init__(self) -> None:
        self._lock = Lock()
        self._body = Body.from_seed(BODY)
        self._view = View(0.0, WIDTH, HEIGHT)
        self._scene = Scene(self._body, BODY, self._view)
        self._from: JointAngles | None = None
        self._began_s = self._due_s = time.monotonic()
        self._movement, self._offset_s = movement_of({"hold": "low"})
        self._scene.furnish(Surroundings.of(self._movement, self._body), self._view)

    def obey(self) -> None:
        """Take orders until there are no more."""
        for line in sys.stdin:
            ordered, now_s = movement_of(json.loads(line)), time.monotonic()
            with self._lock:
                self._from = self._angles(now_s)
                self._movement, self._offset_s = ordered
                self._began_s = now_s

    def open(self) -> CameraFormat:
        return CameraFormat(WIDTH, HEIGHT, FPS)

    def read_into(self, image: Image) -> float:
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        now_s = time.monotonic()
        self._due_s = now_s + 1 / FPS
        with self._lock:
            angles = self._angles(now_s)
        skeleton = skeleton_of(self._body.stature_m, angles)
        self._scene.draw([Moment(skeleton)], self._view, image, moment=now_s)
        return now_s

    def close(self) -> None:
        """Nothing is held open."""

    def _angles(self, now_s: float) -> JointAngles:
        elapsed_s = now_s - self._began_s
        angles = self._movement.angles_at(self._offset_s + elapsed_s)
        if self._from is None:
            return angles
        return self._from.towards(angles, minimum_jerk(elapsed_s / CHANGES_S))


if __name__ == "__main__":
    patient = PatientByOrder()
    Thread(target=patient.obey, daemon=True).start()
    device.run.select_camera = lambda _camera, _clip: patient
    device.run.run()
