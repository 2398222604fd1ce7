"""The capture thread and the latest-frame slot: a late frame is dropped, never queued."""

import threading
from enum import StrEnum

import structlog

from device.camera.frame import CameraFormat, CameraSource, Frame
from device.camera.frame_ring import FrameRing
from device.errors import CameraError, EndOfClipError

REOPEN_EVERY_S = 1.0
_JOIN_S = 3.0

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
    opened again every second until it is back; the end of a clip is the end.
    """

    def __init__(self, source: CameraSource, slots: int = 8) -> None:
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
        """The newest frame not yet taken; ``None`` when none comes in time."""
        with self._news:
            if self._latest is None:
                self._news.wait(timeout_s)
            frame, self._latest = self._latest, None
            if frame is not None:
                self._held_slot = frame.slot
            return frame

    def stop(self) -> None:
        """End the thread, close the camera and remove the frames from memory."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)
        self._close_ring()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._capture_until_it_ends()
            except EndOfClipError:
                self.state = CaptureState.ENDED
                return
            except CameraError as error:
                self._lose(error)
            except Exception as error:  # noqa: BLE001  a driver may raise anything; say so, go on
                self._lose(error)
            finally:
                self._source.close()
            self._stopping.wait(REOPEN_EVERY_S)

    def _lose(self, error: Exception) -> None:
        if self.state is not CaptureState.LOST or str(error) != str(self.last_error):
            log.warning("camera_lost", kind=self._source.kind, error=str(error))
        self.state, self.last_error = CaptureState.LOST, error

    def _capture_until_it_ends(self) -> None:
        camera_format = self._source.open()
        if self.format is None or (camera_format.height, camera_format.width) != (
            self.format.height,
            self.format.width,
        ):
            old, self.ring = (
                self.ring,
                FrameRing.create(camera_format.height, camera_format.width, self._slots),
            )
            with self._news:
                self._latest, self._held_slot = None, -1
            if old is not None:
                old.close()
        self.format = camera_format
        ring = self.ring
        assert ring is not None
        slot = 0
        while not self._stopping.is_set():
            slot = self._free_slot(slot)
            ring.begin_write(slot)
            captured_at_s = self._source.read_into(ring.image(slot))
            self._sequence += 1
            ring.end_write(slot, self._sequence)
            self.state = CaptureState.RUNNING
            with self._news:
                self.dropped += self._latest is not None
                self._latest = Frame(self._sequence, captured_at_s, ring.image(slot), slot)
                self._news.notify()

    def _free_slot(self, last: int) -> int:
        with self._news:
            taken = {self._held_slot, self._latest.slot if self._latest else -1}
        return next(
            slot
            for slot in ((last + step) % self._slots for step in range(1, self._slots + 1))
            if slot not in taken
        )

    def _close_ring(self) -> None:
        if self.ring is not None:
            self.ring.close()
            self.ring = None
