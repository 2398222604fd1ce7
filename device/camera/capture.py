"""The capture thread and the latest-frame slot: a late frame is dropped, never queued."""

import threading
from enum import StrEnum

import structlog

from device.camera.frame import CameraFormat, CameraSource, Frame
from device.camera.frame_ring import FrameRing
from device.errors import DeviceError, EndOfClipError

REOPEN_EVERY_S = 1.0
_JOIN_S = 3.0
_FEWEST_SLOTS = 3
"""One that the taker holds, one that waits to be taken, one that is being written."""

log = structlog.get_logger()


class CaptureState(StrEnum):
    """Where the camera stands."""

    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"
    ENDED = "ended"


class Capture:
    """Reads a camera in a thread of its own and offers the newest frame.

    The frame last taken is not overwritten until the next :meth:`take`. A camera that goes is
    opened again every second until it is back, and sequence numbers go on from where they were; the
    end of a clip is the end.

    ``state``, ``last_error`` (what the camera was last lost by), ``format``, ``ring`` and
    ``dropped`` (frames overwritten before anybody took them) may be read from any thread. A camera
    that comes back with another picture size gets a new ring.
    """

    def __init__(self, source: CameraSource, slots: int = 8) -> None:
        if slots < _FEWEST_SLOTS:
            raise ValueError(f"slots must be at least {_FEWEST_SLOTS}, not {slots}")
        self._source = source
        self._slots = slots
        self._news = threading.Condition()
        self._latest: Frame | None = None
        self._held_slot = -1
        self._sequence = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self.state = CaptureState.STARTING
        self.last_error: Exception | None = None
        self.format: CameraFormat | None = None
        self.ring: FrameRing | None = None
        self.dropped = 0

    def start(self) -> None:
        """Begin to capture."""
        self._thread.start()

    def take(self, timeout_s: float) -> Frame | None:
        """The newest frame not yet taken.

        ``None`` when none comes in time, or at once when the camera goes while waiting.
        """
        with self._news:
            if self._latest is None:
                self._news.wait(timeout_s)
            frame, self._latest = self._latest, None
            if frame is not None:
                self._held_slot = frame.slot
            return frame

    def stop(self) -> None:
        """End the thread, close the camera and remove the frames from memory.

        Waits at most 3 s for a camera that does not answer, then leaves it to the process's end.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)
            if self._thread.is_alive():
                log.warning("camera_does_not_answer", kind=self._source.kind, waited_s=_JOIN_S)
        with self._news:
            self._latest = None
            self._news.notify_all()
            if self.ring is not None:
                self.ring.close()
                self.ring = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._capture_until_it_ends()
            except EndOfClipError:
                self._become(CaptureState.ENDED)
            except Exception as error:  # noqa: BLE001  a driver may raise anything; say so, go on
                self._lose(error)
            self._close_source()
            if self.state is CaptureState.ENDED:
                return
            self._stopping.wait(REOPEN_EVERY_S)

    def _lose(self, error: Exception) -> None:
        if self._stopping.is_set():
            return
        if self.state is not CaptureState.LOST or str(error) != str(self.last_error):
            unexpected = None if isinstance(error, DeviceError) else error
            kind = self._source.kind
            log.warning("camera_lost", kind=kind, error=str(error), exc_info=unexpected)
        self.last_error = error
        self._become(CaptureState.LOST)

    def _become(self, state: CaptureState) -> None:
        with self._news:
            self.state = state
            self._news.notify_all()

    def _close_source(self) -> None:
        try:
            self._source.close()
        except Exception as error:
            log.warning("camera_not_closed", kind=self._source.kind, exc_info=error)

    def _capture_until_it_ends(self) -> None:
        camera_format = self._source.open()
        ring = self._ring_for(camera_format)
        slot = 0
        while not self._stopping.is_set():
            slot = self._free_slot(slot)
            image = ring.image(slot)
            ring.begin_write(slot)
            captured_at_s = self._source.read_into(image)
            ring.end_write(slot, self._sequence + 1)
            self._sequence += 1
            if self.state is not CaptureState.RUNNING:
                size = f"{camera_format.width}x{camera_format.height}"
                log.info("camera_running", kind=self._source.kind, size=size, fps=camera_format.fps)
            with self._news:
                self.state = CaptureState.RUNNING
                self.dropped += self._latest is not None
                self._latest = Frame(self._sequence, captured_at_s, image, slot)
                self._news.notify()

    def _ring_for(self, camera_format: CameraFormat) -> FrameRing:
        height, width = camera_format.height, camera_format.width
        with self._news:
            self.format = camera_format
            old = self.ring
            if old is not None and (old.height, old.width) == (height, width):
                return old
            ring = FrameRing.create(height, width, self._slots)
            self._latest, self._held_slot = None, -1
            if self._stopping.is_set():
                # The camera opened after stop() gave up on it; nobody else would remove the ring.
                ring.close()
            else:
                self.ring = ring
        if old is not None:
            old.close()
        return ring

    def _free_slot(self, last: int) -> int:
        with self._news:
            taken = {self._held_slot, self._latest.slot if self._latest else -1}
        return next(
            slot
            for slot in ((last + step) % self._slots for step in range(1, self._slots + 1))
            if slot not in taken
        )
