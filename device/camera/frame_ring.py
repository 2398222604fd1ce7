"""Frames in memory that two processes share: a ring of slots, never on a disk.

The capture thread writes; inference reads in place; the kiosk's process copies a slot out and
notices when it was overwritten meanwhile. The file lies in memory (tmpfs), readable by this user
only, and is removed when the camera closes, so that no picture outlives the session.
"""

import os
import re
import secrets
import struct
from mmap import mmap
from pathlib import Path

import numpy as np

from device.camera.frame import Image
from device.errors import CameraError

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  files are made with mode 0600 and random names
_NAME = re.compile(r"^physiopi-(\d+)-[0-9a-f]{16}\.frames$")
_HEADER = struct.Struct("<IIII")  # magic, height, width, slots
_MAGIC = 0x50504652
_SEQUENCE = struct.Struct("<Q")
_PAGE = 4096


class FrameRing:
    """``slots`` pictures of [height, width, 3], each with the sequence number of its frame.

    A slot's sequence is 0 while it is being written.
    """

    def __init__(self, path: Path, memory: mmap, *, owner: bool) -> None:
        self.path = path
        self._memory = memory
        self._owner = owner
        _, self.height, self.width, self.slots = _HEADER.unpack_from(memory, 0)
        pictures: Image = np.ndarray(
            (self.slots, self.height, self.width, 3), np.uint8, buffer=memory, offset=_PAGE
        )
        self._pictures: Image | None = pictures

    @classmethod
    def create(cls, height: int, width: int, slots: int = 8) -> "FrameRing":
        """A new ring; raises :class:`CameraError` where there is no memory to keep frames in."""
        _require_memory_folder()
        remove_rings_of_dead_processes()
        path = MEMORY_FOLDER / f"physiopi-{os.getpid()}-{secrets.token_hex(8)}.frames"
        size = _PAGE + slots * height * width * 3
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
                memory = mmap(descriptor, size)
            finally:
                os.close(descriptor)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise CameraError(
                f"no memory for {slots} frames of {width}x{height} in {MEMORY_FOLDER}: {error};"
                " close other programs or choose a smaller picture"
            ) from error
        _HEADER.pack_into(memory, 0, _MAGIC, height, width, slots)
        return cls(path, memory, owner=True)

    @classmethod
    def attach(cls, path: Path) -> "FrameRing":
        """An existing ring; raises :class:`CameraError` when it is gone or is no ring."""
        if path.parent != MEMORY_FOLDER or not _NAME.fullmatch(path.name):
            raise CameraError(f"{path}: is no ring of frames")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                memory = mmap(descriptor, os.fstat(descriptor).st_size)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            raise CameraError(f"{path}: the ring of frames has gone: {error}") from error
        magic, height, width, slots = _HEADER.unpack_from(memory, 0)
        if magic != _MAGIC or len(memory) != _PAGE + slots * height * width * 3:
            raise CameraError(f"{path}: is no ring of frames")
        return cls(path, memory, owner=False)

    def image(self, slot: int) -> Image:
        """A writable view of one slot's picture."""
        if self._pictures is None:
            raise CameraError(f"{self.path}: the ring of frames is closed")
        picture: Image = self._pictures[slot]
        return picture

    def begin_write(self, slot: int) -> None:
        """Mark a slot as being written."""
        _SEQUENCE.pack_into(self._memory, _sequence_offset(slot), 0)

    def end_write(self, slot: int, sequence: int) -> None:
        """Mark a slot as holding frame ``sequence`` (1 or more)."""
        _SEQUENCE.pack_into(self._memory, _sequence_offset(slot), sequence)

    def sequence(self, slot: int) -> int:
        """The sequence number of the frame in a slot, 0 while it is being written."""
        value: int = _SEQUENCE.unpack_from(self._memory, _sequence_offset(slot))[0]
        return value

    def copy(self, slot: int, sequence: int) -> Image | None:
        """A copy of frame ``sequence``, or ``None`` if it has been overwritten meanwhile."""
        if not 0 <= slot < self.slots or self.sequence(slot) != sequence:
            return None
        picture = self.image(slot).copy()
        return picture if self.sequence(slot) == sequence else None

    def close(self) -> None:
        """Let go of the memory; the creator also removes the file."""
        if self._owner:
            self.path.unlink(missing_ok=True)
        self._pictures = None
        try:
            self._memory.close()
        except BufferError:
            # Somebody still holds a view; the memory goes with it.
            return


def remove_rings_of_dead_processes() -> None:
    """Remove what a killed process left behind."""
    for path in MEMORY_FOLDER.glob("physiopi-*.frames"):
        match = _NAME.fullmatch(path.name)
        if match and path.owner() == _user_name() and not Path(f"/proc/{match[1]}").exists():
            path.unlink(missing_ok=True)


def _user_name() -> str:
    return Path("/proc/self").owner()


def _sequence_offset(slot: int) -> int:
    return _HEADER.size + slot * _SEQUENCE.size


def _require_memory_folder() -> None:
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    kinds = {line.split()[1]: line.split()[2] for line in mounts}
    if kinds.get(str(MEMORY_FOLDER)) != "tmpfs":
        raise CameraError(
            f"{MEMORY_FOLDER} is not in memory, and pictures of patients are never put on a disk:"
            " mount a tmpfs there"
        )
