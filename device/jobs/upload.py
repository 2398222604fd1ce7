"""A video on its way to the disk: never whole in memory, and never where the disk would be full."""

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, cast

from flask import Request

from device.jobs.problem import JobRefusedError, bad_request, disk_full

_LOOKED_AT_EVERY_BYTES: Final = 4 * 2**20
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class UploadFile(io.BufferedRandom):
    """A new file for this user alone, that stops before ``room()`` bytes of disk are used up.

    Writing raises :class:`~device.jobs.problem.JobRefusedError` then, and when the disk is full.
    """

    def __init__(self, path: Path, room: Callable[[], float]) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        super().__init__(io.FileIO(descriptor, "r+b"))
        self._room = room
        self._left_to_look = 0
        self.written = 0

    def write(self, data: Any) -> int:  # noqa: ANN401  a buffer
        """Write all of ``data``."""
        self._left_to_look -= len(data)
        if self._left_to_look < 0:
            self._left_to_look = _LOOKED_AT_EVERY_BYTES
            if self._room() < len(data) + _LOOKED_AT_EVERY_BYTES:
                raise _full()
        try:
            self.written += len(data)
            return super().write(data)
        except OSError as error:
            raise _refused(error) from error

    def keep(self) -> None:
        """Write everything to the disk, so that it is there after a power cut."""
        try:
            self.flush()
            os.fsync(self.fileno())
        except OSError as error:
            raise _refused(error) from error


class JobsRequest(Request):
    """A request whose one file goes into ``upload``."""

    upload: UploadFile | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Called by Werkzeug when a file begins."""
        if self.upload is None:
            raise bad_request("send one file only, in the field 'video'")
        upload, self.upload = self.upload, None
        return cast("IO[bytes]", upload)


def _refused(error: OSError) -> Exception:
    return _full() if error.errno in _NO_ROOM else error


def _full() -> JobRefusedError:
    return disk_full("there is no room for the file; nothing of it was kept: make room on the disk")
