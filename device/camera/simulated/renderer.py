"""The process that renders the simulated patient: drawing costs CPU, inference must not share it.

Started by :class:`device.camera.simulated.camera.SimulatedCamera`; ends when its pipe closes.
"""

import contextlib
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from device.camera.frame_ring import FrameRing
from device.camera.simulated.body import Body
from device.camera.simulated.patient import chair_hips_z_m
from device.camera.simulated.performance import Performance
from device.camera.simulated.scene import Scene
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, minimum_jerk
from models.messages import Side, Tempo

_CHANGE_POSE_S = 1.2


@dataclass(frozen=True, slots=True)
class PerformanceOrder:
    """What the patient is told to do; ``reps`` 0 is only to take up the starting pose."""

    exercise_id: str
    side: Side
    reps: int
    tempo: Tempo | None = None
    target_deg: float | None = None


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Size in pixels, rate in frames per second, and which body."""

    width: int
    height: int
    fps: float
    body_seed: int
    order: PerformanceOrder


def render(settings: RenderSettings, ring_path: Path, pipe: Connection) -> None:
    """Draw at the set rate until the pipe closes, telling (slot, time) of each picture."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ring = FrameRing.attach(ring_path)
    patient = _LivePatient(settings, time.monotonic())
    interval_s = 1.0 / settings.fps
    due_s = time.monotonic()
    sequence = 0
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            while pipe.poll():
                patient.obey(pipe.recv(), time.monotonic())
            sequence += 1
            slot = sequence % ring.slots
            now_s = time.monotonic()
            ring.begin_write(slot)
            patient.draw(now_s, ring, slot)
            ring.end_write(slot, sequence)
            pipe.send((slot, sequence, time.monotonic()))
            due_s = max(due_s + interval_s, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
    ring.close()


class _LivePatient:
    """Goes smoothly from what it does to what it is told."""

    def __init__(self, settings: RenderSettings, now_s: float) -> None:
        self._settings = settings
        self._body = Body.from_seed(settings.body_seed)
        self._scene = Scene(
            self._body, settings.body_seed, width=settings.width, height=settings.height
        )
        self._performance = _performance(settings.order)
        self._began_s = now_s
        self._from: tuple[JointAngles, float] | None = None
        self._scene.place_chair(chair_hips_z_m(self._performance, self._body))

    def obey(self, order: PerformanceOrder, now_s: float) -> None:
        self._from = self._pose(now_s)
        self._performance = _performance(order)
        self._began_s = now_s
        self._scene.place_chair(chair_hips_z_m(self._performance, self._body))

    def draw(self, now_s: float, ring: FrameRing, slot: int) -> None:
        angles, azimuth_deg = self._pose(now_s)
        view = View(azimuth_deg, self._settings.width, self._settings.height)
        skeleton = skeleton_of(self._body.stature_m, angles)
        self._scene.draw(skeleton, view, ring.image(slot), moment=now_s)

    def _pose(self, now_s: float) -> tuple[JointAngles, float]:
        elapsed_s = now_s - self._began_s
        angles = self._performance.angles_at(elapsed_s)
        azimuth_deg = self._performance.camera_azimuth_deg
        if self._from is None or elapsed_s >= _CHANGE_POSE_S:
            return angles, azimuth_deg
        share = minimum_jerk(elapsed_s / _CHANGE_POSE_S)
        before, azimuth_before_deg = self._from
        turned_deg = azimuth_before_deg + (azimuth_deg - azimuth_before_deg) * share
        blended = before.towards(angles, share)
        if before.support != angles.support:
            # Between a chair and standing only the feet stay where they are.
            blended = blended.model_copy(update={"support": "feet"})
        return blended, turned_deg


def _performance(order: PerformanceOrder) -> Performance:
    return Performance(
        exercise=load_library().measured(order.exercise_id),
        side=order.side,
        reps=order.reps,
        tempo=order.tempo,
        target_deg=order.target_deg,
        rest_s=_CHANGE_POSE_S + 0.8,
    )
