"""What an uploaded file is, by its first bytes: the name only has to agree.

Only formats that hold everything themselves are let through. FFmpeg also reads lists of other files
(``concat``, HLS playlists), and would open whatever such a list names.
"""

from pathlib import PurePath
from typing import Final

from device.jobs.problem import not_readable

HEAD_BYTES: Final = 400
"""So many of a file's first bytes are looked at."""
RECORDINGS: Final = frozenset({".npz", ".json"})
_TRANSPORT_PACKET: Final = 188
_SUFFIXES: Final = {
    ".mp4": {".mp4", ".m4v", ".mov", ".3gp", ".qt"},
    ".mkv": {".mkv", ".webm"},
    ".avi": {".avi"},
    ".mpg": {".mpg", ".mpeg", ".vob"},
    ".ts": {".ts", ".mts", ".m2ts"},
    ".npz": {".npz"},
    ".json": {".json"},
}
"""Our name for each kind, and the endings that people give it."""
_QUICKTIME_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
FFMPEG_FORMATS: Final = "mov,mp4,matroska,webm,avi,mpeg,mpegts"
"""FFmpeg's names of the formats above; it is told to open no other."""


def kind_of(head: bytes, name: str) -> str:
    """The kind as a suffix (``.mp4``, ``.mkv``, ``.avi``, ``.mpg``, ``.ts``, ``.npz``, ``.json``).

    ``head`` are the file's first :data:`HEAD_BYTES`, ``name`` what its sender calls it. Raises
    :class:`~device.jobs.problem.JobRefusedError` for any other content, and where the name's ending
    is that of another kind.
    """
    if not head:
        raise not_readable("the file is empty: send a video or a recording of keypoints")
    kind = _kind_of(head)
    if kind is None:
        raise not_readable(
            "it is no MP4, MOV, MKV, WebM, AVI or MPEG video and no recording of keypoints (.npz,"
            " .json): convert a film to MP4 with H.264 and send that"
        )
    ending = PurePath(name).suffix.lower()
    known = {each for endings in _SUFFIXES.values() for each in endings}
    if ending in known and ending not in _SUFFIXES[kind]:
        raise not_readable(
            f"it is named {ending} but its content is {kind}: give it its own ending, and see that"
            " it is the file that you meant"
        )
    return kind


def _kind_of(head: bytes) -> str | None:
    packets = head[:1] == head[_TRANSPORT_PACKET : _TRANSPORT_PACKET + 1] == b"\x47"
    signs = {
        ".mp4": head[4:8] in _QUICKTIME_BOXES,
        ".mkv": head.startswith(b"\x1a\x45\xdf\xa3"),
        ".avi": head.startswith(b"RIFF") and head[8:12] == b"AVI ",
        ".mpg": head.startswith(b"\x00\x00\x01\xba"),
        ".ts": packets,
        ".npz": head.startswith(b"PK\x03\x04"),
        ".json": head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"),
    }
    return next((kind for kind, there in signs.items() if there), None)
