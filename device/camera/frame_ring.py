"""Frames that two processes share: a ring of slots in private memory.

The capture thread writes; inference reads in place; the kiosk's process copies a slot out and
notices when it was overwritten before or meanwhile (a sequence lock).
"""

import struct
import threading
import weakref
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.frame_memory import MEMORY_FOLDER, create_frame_memory, open_frame_memory
from device.errors import CameraError

__all__ = ["MEMORY_FOLDER", "FrameRing"]

_HEADER = struct.Struct("<IIII")  # magic, height, width, slots
_MAGIC = 0x50504652
_PAGE = 4096
_MOST_SLOTS = (_PAGE - _HEADER.size) // 8
_LARGEST_SIDE = 8192


class FrameRing:
    """``slots`` pictures of [height, width, 3], each with the sequence number of its frame.

    A slot's sequence is 0 while it is being written. Layout of the memory: one page with the
    header and one uint64 sequence number per slot, then the pictures.
    """

    def __init__(self, path: Path, memory: mmap, *, owner: bool) -> None:
        self.path = path
        _, self.height, self.width, self.slots = _HEADER.unpack_from(memory, 0)
        self._sequences: NDArray[np.uint64] | None = np.ndarray(
            self.slots, np.uint64, buffer=memory, offset=_HEADER.size
        )
        self._pictures: Image | None = np.ndarray(
            (self.slots, self.height, self.width, 3), np.uint8, buffer=memory, offset=_PAGE
        )
        # Runs at the latest when the interpreter ends, whoever forgot to close.
        self._remove = weakref.finalize(self, path.unlink, missing_ok=True) if owner else None
        self._fence = _Fence()

    @classmethod
    def create(cls, height: int, width: int, slots: int = 8) -> "FrameRing":
        """A new ring; raises :class:`CameraError` where there is no memory to keep frames in."""
        if not (0 < height <= _LARGEST_SIDE and 0 < width <= _LARGEST_SIDE):
            raise CameraError(f"a camera of {width}x{height} pixels: no such picture can be kept")
        if not 0 < slots <= _MOST_SLOTS:
            raise ValueError(f"slots must be 1 to {_MOST_SLOTS}, not {slots}")
        path, memory = create_frame_memory(_PAGE + slots * height * width * 3)
        _HEADER.pack_into(memory, 0, _MAGIC, height, width, slots)
        return cls(path, memory, owner=True)

    @classmethod
    def attach(cls, path: Path) -> "FrameRing":
        """An existing ring; raises :class:`CameraError` when it is gone or is no ring."""
        memory = open_frame_memory(path)
        if len(memory) >= _PAGE:
            magic, height, width, slots = _HEADER.unpack_from(memory, 0)
            size = _PAGE + slots * height * width * 3
            if magic == _MAGIC and slots <= _MOST_SLOTS and len(memory) == size:
                return cls(path, memory, owner=False)
        memory.close()
        raise CameraError(f"{path}: is no ring of frames")

    def image(self, slot: int) -> Image:
        """A writable view of one slot's picture; it stays valid after :meth:`close`."""
        if self._pictures is None:
            raise self._closed()
        picture: Image = self._pictures[slot]
        return picture

    def begin_write(self, slot: int) -> None:
        """Mark a slot as being written."""
        self._mark(slot, 0)
        self._fence.pass_through()

    def end_write(self, slot: int, sequence: int) -> None:
        """Mark a slot as holding frame ``sequence`` (1 or more)."""
        self._fence.pass_through()
        self._mark(slot, sequence)

    def sequence(self, slot: int) -> int:
        """The sequence number of the frame in a slot, 0 while it is being written."""
        if self._sequences is None:
            raise self._closed()
        return int(self._sequences[slot])

    def copy(self, slot: int, sequence: int) -> Image | None:
        """A copy of frame ``sequence``.

        ``None`` if the slot holds another frame by now or was written to while copying.
        """
        if not 0 <= slot < self.slots or self.sequence(slot) != sequence:
            return None
        self._fence.pass_through()
        picture = self.image(slot).copy()
        self._fence.pass_through()
        return picture if self.sequence(slot) == sequence else None

    def close(self) -> None:
        """Let go of the memory; the creator also removes the file. Safe to call twice."""
        if self._remove is not None:
            self._remove()
        # The memory goes with its last view: whoever still holds a picture may read on. Unmapping
        # it here would end the process instead, as these arrays do not keep a mmap from closing.
        self._pictures = self._sequences = None

    def _mark(self, slot: int, sequence: int) -> None:
        if self._sequences is None:
            raise self._closed()
        self._sequences[slot] = sequence

    def _closed(self) -> CameraError:
        return CameraError(f"{self.path}: the ring of frames is closed")


class _Fence:
    """Orders the memory accesses before it against those after it.

    A processor like the Raspberry Pi's may show another process the pixels before the sequence
    number, or read them in another order. Python offers no fence, but a lock's release is one
    towards a following acquire.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def pass_through(self) -> None:
        for _ in range(2):
            self._lock.acquire()
            self._lock.release()
