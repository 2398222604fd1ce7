"""What is let in, by content, and what is refused."""

import pytest

from device.jobs.file_kind import kind_of
from device.jobs.problem import JobRefusedError

FILES = {
    "film.mp4": (b"\0\0\0\x20ftypisom" + b"\0" * 100, ".mp4"),
    "film.MOV": (b"\0\0\0\x08wide\0\0\0\0mdat" + b"\0" * 100, ".mp4"),
    "film.webm": (b"\x1a\x45\xdf\xa3" + b"\0" * 100, ".mkv"),
    "film.avi": (b"RIFF\0\0\0\0AVI LIST" + b"\0" * 100, ".avi"),
    "film.mpg": (b"\0\0\x01\xba" + b"\0" * 100, ".mpg"),
    "film.ts": (b"\x47" + b"\0" * 187 + b"\x47" + b"\0" * 100, ".ts"),
    "set.npz": (b"PK\x03\x04" + b"\0" * 100, ".npz"),
    "set.json": (b' \n{"keypoints": []}', ".json"),
}
OTHERS = {
    "a list of other files": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "a picture": b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 100,
    "sound": b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 100,
    "one packet": b"\x47" + b"\0" * 100,
    "an empty archive": b"PK\x05\x06" + b"\0" * 18,
    "nothing": b"",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_its_first_bytes_say(name):
    head, kind = FILES[name]
    assert kind_of(head, name) == kind
    assert kind_of(head, "") == kind
    assert kind_of(head, "without ending") == kind


@pytest.mark.parametrize("content", OTHERS)
@pytest.mark.parametrize("name", ["film.mp4", "film.txt"])
def test_anything_else_is_refused_whatever_it_is_called(content, name):
    with pytest.raises(JobRefusedError) as refused:
        kind_of(OTHERS[content], name)
    assert refused.value.problem.status == 415


@pytest.mark.parametrize(
    ("content", "name"),
    [("film.mp4", "film.avi"), ("film.avi", "film.MP4"), ("set.npz", "film.mp4"),
     ("film.mp4", "set.npz"), ("set.json", "set.npz")],
)  # fmt: skip
def test_an_ending_that_lies_is_refused_with_both_kinds_named(content, name):
    with pytest.raises(JobRefusedError) as refused:
        kind_of(FILES[content][0], name)
    assert FILES[content][1] in refused.value.problem.detail
