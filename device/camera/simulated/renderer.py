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
from device.camera.simulated.performance import Performance
from device.camera.simulated.scene import Moment, Scene
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.surroundings import Surroundings
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


@dataclass(frozen=True, slots=True)
class _Stance:
    """A pose, and from where it is looked at."""

    angles: JointAngles
    azimuth_deg: float
    middle_m: tuple[float, float]


class _LivePatient:
    """Goes smoothly from what it does to what it is told."""

    def __init__(self, settings: RenderSettings, now_s: float) -> None:
        self._settings = settings
        self._body = Body.from_seed(settings.body_seed)
        view = View(0.0, settings.width, settings.height)
        self._scene = Scene(self._body, settings.body_seed, view)
        self._from: _Stance | None = None
        self._take(settings.order, now_s)

    def obey(self, order: PerformanceOrder, now_s: float) -> None:
        self._from = self._stance(now_s)
        self._take(order, now_s)

    def draw(self, now_s: float, ring: FrameRing, slot: int) -> None:
        stance = self._stance(now_s)
        skeleton = skeleton_of(self._body.stature_m, stance.angles)
        view = self._view(stance)
        self._scene.draw([Moment(skeleton)], view, ring.image(slot), moment=now_s)

    def _take(self, order: PerformanceOrder, now_s: float) -> None:
        self._performance = _performance(order)
        self._began_s = now_s
        self._around = Surroundings.of(self._performance, self._body)
        self._scene.furnish(self._around, self._view(self._ordered_stance(0.0)))

    def _view(self, stance: _Stance) -> View:
        settings = self._settings
        return View(stance.azimuth_deg, settings.width, settings.height, middle_m=stance.middle_m)

    def _ordered_stance(self, elapsed_s: float) -> _Stance:
        performance = self._performance
        angles = performance.angles_at(elapsed_s)
        return _Stance(angles, performance.camera_azimuth_deg, self._around.middle_m)

    def _stance(self, now_s: float) -> _Stance:
        elapsed_s = now_s - self._began_s
        ordered, before = self._ordered_stance(elapsed_s), self._from
        if before is None or elapsed_s >= _CHANGE_POSE_S:
            return ordered
        share = minimum_jerk(elapsed_s / _CHANGE_POSE_S)
        blended = before.angles.towards(ordered.angles, share)
        if before.angles.support != ordered.angles.support:
            # Between a chair and standing only the feet stay where they are.
            blended = blended.model_copy(update={"support": "feet"})
        (x_before, z_before), (x, z) = before.middle_m, ordered.middle_m
        return _Stance(
            blended,
            before.azimuth_deg + (ordered.azimuth_deg - before.azimuth_deg) * share,
            (x_before + (x - x_before) * share, z_before + (z - z_before) * share),
        )


def _performance(order: PerformanceOrder) -> Performance:
    return Performance(
        exercise=load_library().measured(order.exercise_id),
        side=order.side,
        reps=order.reps,
        tempo=order.tempo,
        target_deg=order.target_deg,
        rest_s=_CHANGE_POSE_S + 0.8,
    )
