"""The simulated patient as a camera: pictures from a rendering process, through shared memory."""

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import numpy as np

from device.camera.frame import CameraFormat, CameraKind, Image
from device.camera.frame_ring import FrameRing
from device.camera.simulated.renderer import PerformanceOrder, RenderSettings, render
from device.errors import CameraLostError
from models.messages import Side, Tempo

_SLOTS = 4
_PICTURE_WITHIN_S = 15.0
_END_WITHIN_S = 2.0


class SimulatedCamera:
    """A camera before which a simulated patient does what it is told."""

    kind: CameraKind = "simulated"

    def __init__(
        self, width: int = 640, height: int = 480, fps: float = 30.0, body_seed: int = 2
    ) -> None:
        self._size = (width, height, fps, body_seed)
        self._order = PerformanceOrder("shoulder_abduction", "both", 0)
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._ring: FrameRing | None = None

    def open(self) -> CameraFormat:
        """Start the rendering process."""
        self.close()
        width, height, fps, body_seed = self._size
        context = multiprocessing.get_context("spawn")
        self._ring = FrameRing.create(height, width, _SLOTS)
        ours, theirs = context.Pipe()
        settings = RenderSettings(width, height, fps, body_seed, self._order)
        self._process = context.Process(
            target=render, args=(settings, self._ring.path, theirs), daemon=True, name="renderer"
        )
        self._process.start()
        theirs.close()
        self._pipe = ours
        return CameraFormat(width, height, fps)

    def read_into(self, image: Image) -> float:
        """The newest picture; raises :class:`CameraLostError` when the renderer has died."""
        pipe, ring = self._pipe, self._ring
        if pipe is None or ring is None:
            raise CameraLostError("the simulated camera is not open")
        try:
            if not pipe.poll(_PICTURE_WITHIN_S):
                raise CameraLostError("the simulated patient's renderer gives no pictures")
            while True:
                slot, sequence, captured_at_s = pipe.recv()
                if not pipe.poll():
                    break
            np.copyto(image, ring.image(slot))
        except (EOFError, OSError) as error:
            raise CameraLostError("the simulated patient's renderer has ended") from error
        if ring.sequence(slot) != sequence:
            return self.read_into(image)
        return float(captured_at_s)

    def perform(
        self,
        exercise_id: str,
        side: Side,
        reps: int,
        tempo: Tempo | None = None,
        target_rom_deg: float | None = None,
    ) -> None:
        """Tell the patient to do an exercise, from now on; afterwards it rests."""
        self._tell(PerformanceOrder(exercise_id, side, reps, tempo, target_rom_deg))

    def rest(self, exercise_id: str | None = None, side: Side = "both") -> None:
        """Tell the patient to take up an exercise's starting pose."""
        self._tell(PerformanceOrder(exercise_id or self._order.exercise_id, side, 0))

    def close(self) -> None:
        """End the rendering process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(_END_WITHIN_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        if self._ring is not None:
            self._ring.close()
        self._pipe = self._process = self._ring = None

    def _tell(self, order: PerformanceOrder) -> None:
        self._order = order
        if self._pipe is not None:
            try:
                self._pipe.send(order)
            except OSError as error:
                raise CameraLostError("the simulated patient's renderer has ended") from error
