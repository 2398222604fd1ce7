"""How large a NumPy archive becomes when it is unpacked, before anybody unpacks it."""

import zipfile
from pathlib import Path

from device.jobs.problem import not_readable


def unpacked_bytes(path: Path) -> int:
    """What the archive says of itself (unpacking stops there); 0 for a file that is none.

    Raises :class:`~device.jobs.problem.JobRefusedError` for a damaged archive.
    """
    if path.suffix != ".npz":
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(each.file_size for each in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise not_readable(f"it is a damaged archive: {error}") from error
