"""Memory for frames: private to this user, shared between its processes, never on a disk.

A file in memory (tmpfs) with mode 0600 and a random name, locked out of swap where the system
allows it, left out of core dumps, and removed when its creator closes it or ends. What a killed
process left behind is removed by the next process that makes such memory; its name says whose it
was.
"""

import contextlib
import ctypes
import mmap
import os
import re
import secrets
from pathlib import Path

import numpy as np
import structlog

from device.errors import CameraError

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  files are made with mode 0600 and random names
_NAME = re.compile(r"^physiopi-(\d+)-[0-9a-f]{16}\.frames$")

log = structlog.get_logger()


def create_frame_memory(size: int) -> tuple[Path, mmap.mmap]:
    """A new file of ``size`` bytes, all zero, and its memory.

    Raises :class:`CameraError` where ``/dev/shm`` is not in memory or has too little left.
    """
    _require_memory_folder()
    remove_memory_of_dead_processes()
    path = MEMORY_FOLDER / f"physiopi-{os.getpid()}-{secrets.token_hex(8)}.frames"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            # Without it a full tmpfs would end the process with SIGBUS at the first write.
            os.posix_fallocate(descriptor, 0, size)
            memory = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise CameraError(
            f"{MEMORY_FOLDER} has no room for {size / 2**20:.0f} MiB of frames: {error.strerror};"
            " close other programs or choose a smaller picture"
        ) from error
    memory.madvise(mmap.MADV_DONTDUMP)
    _keep_out_of_swap(memory)
    return path, memory


def open_frame_memory(path: Path) -> mmap.mmap:
    """The memory of a file that another process of this user made.

    Raises :class:`CameraError` when it is gone or was not made by :func:`create_frame_memory`.
    """
    if path.parent != MEMORY_FOLDER or not _NAME.fullmatch(path.name):
        raise CameraError(f"{path}: is no memory of frames")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            state = os.fstat(descriptor)
            if state.st_uid != os.getuid():
                raise CameraError(f"{path}: belongs to another user")
            memory = mmap.mmap(descriptor, state.st_size)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise CameraError(f"{path}: the frames have gone: {error}") from error
    memory.madvise(mmap.MADV_DONTDUMP)
    return memory


def remove_memory_of_dead_processes() -> None:
    """Remove what killed processes of this user left behind."""
    for path in MEMORY_FOLDER.glob("physiopi-*.frames"):
        match = _NAME.fullmatch(path.name)
        if match is None or Path(f"/proc/{match[1]}").exists():
            continue
        # Another process may be removing it too.
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_uid == os.getuid():
                path.unlink()


def _require_memory_folder() -> None:
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    kinds = {mount[1]: mount[2] for mount in mounts}
    if kinds.get(str(MEMORY_FOLDER)) != "tmpfs":
        raise CameraError(
            f"{MEMORY_FOLDER} is not in memory, and pictures of patients are never put on a disk:"
            f" mount a tmpfs there ('mount -t tmpfs tmpfs {MEMORY_FOLDER}')"
        )


def _keep_out_of_swap(memory: mmap.mmap) -> None:
    address = np.frombuffer(memory, np.uint8).ctypes.data
    system = ctypes.CDLL(None, use_errno=True)
    if system.mlock(ctypes.c_void_p(address), ctypes.c_size_t(len(memory))) == 0:
        return
    swaps = _swaps_on_disks()
    if swaps:
        log.warning(
            "frames_can_be_swapped_to_disk",
            swap=swaps,
            reason=os.strerror(ctypes.get_errno()),
            remedy="raise the limit of locked memory (LimitMEMLOCK=) or switch the swap off",
        )


def _swaps_on_disks() -> list[str]:
    lines = Path("/proc/swaps").read_text("utf-8").splitlines()[1:]
    return [line.split()[0] for line in lines if not line.startswith("/dev/zram")]
