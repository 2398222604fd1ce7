"""Marks a video of the simulated patient as such, so that nobody takes it for one of a person.

The mark is a box of our own at the file's end, of the kind that the MP4 format keeps for this
(ISO/IEC 14496-12, ``uuid``) and that players pass over. Cutting or converting the video loses it.
"""

import struct
from pathlib import Path
from uuid import UUID

_KIND = UUID("6f0e9b0a-3a0e-4d5e-9d55-0d4c8f3f1c7a")
_WORDS = b"This is no person: rendered by PhysioPi."
_MARK = struct.pack(">I4s16s", 24 + len(_WORDS), b"uuid", _KIND.bytes) + _WORDS


def mark_simulated(path: Path) -> None:
    """Add the mark to a finished video."""
    with path.open("ab") as file:
        file.write(_MARK)


def is_simulated(path: Path) -> bool:
    """Whether a file bears the mark; a file that cannot be read does not."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(end - len(_MARK), 0))
            return file.read() == _MARK
    except OSError:
        return False
