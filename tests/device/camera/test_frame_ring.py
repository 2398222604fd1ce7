"""The ring of frames: never a torn picture, for this user only, in memory only, nothing left."""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from device.camera import frame_memory
from device.camera.frame_memory import MEMORY_FOLDER, create_frame_memory
from device.camera.frame_ring import FrameRing
from device.errors import CameraError


@pytest.fixture
def ring():
    made = FrameRing.create(48, 64, slots=4)
    yield made
    made.close()
    made.close()
    assert not made.path.exists()


def write(ring: FrameRing, slot: int, sequence: int, value: int) -> None:
    ring.begin_write(slot)
    ring.image(slot)[:] = value
    ring.end_write(slot, sequence)


def test_another_process_sees_the_picture_that_was_written(ring):
    write(ring, 2, 7, 93)
    program = (
        "import sys; from pathlib import Path; from device.camera.frame_ring import FrameRing\n"
        "picture = FrameRing.attach(Path(sys.argv[1])).copy(2, 7)\n"
        "print(picture.shape, picture.min(), picture.max())"
    )
    seen = subprocess.check_output([sys.executable, "-c", program, str(ring.path)], text=True)
    assert seen.split("\n")[0] == "(48, 64, 3) 93 93"
    assert ring.path.exists(), "only the creator removes the file"


def test_a_copy_is_refused_once_the_slot_holds_another_frame(ring):
    write(ring, 1, 5, 10)
    assert ring.copy(1, 5) is not None
    write(ring, 1, 9, 20)
    assert ring.copy(1, 5) is None
    assert (ring.copy(1, 9) == 20).all()


def test_a_copy_is_refused_while_the_slot_is_being_written(ring):
    write(ring, 1, 5, 10)
    ring.begin_write(1)
    assert ring.sequence(1) == 0
    assert ring.copy(1, 5) is None


@pytest.mark.parametrize("slot", [-1, 4])
def test_a_slot_that_does_not_exist_holds_no_picture(ring, slot):
    assert ring.copy(slot, 1) is None


READER = """
import sys
from pathlib import Path
from device.camera.frame_ring import FrameRing
ring = FrameRing.attach(Path(sys.argv[1]))
whole = torn = refused = 0
for attempt in range(200_000):
    slot = attempt % ring.slots
    sequence = ring.sequence(slot)
    if sequence == 0:
        continue
    picture = ring.copy(slot, sequence)
    if picture is None:
        refused += 1
    elif picture.min() == picture.max() == sequence % 256:
        whole += 1
    else:
        torn += 1
    if whole >= 300 and refused >= 100:
        break
print(whole, torn, refused)
"""


def test_no_reader_ever_gets_a_torn_picture_from_a_writer_at_full_speed():
    ring = FrameRing.create(240, 320, slots=2)
    stop = threading.Event()

    def write_on() -> None:
        sequence = 0
        while not stop.is_set():
            sequence += 1
            write(ring, sequence % 2, sequence, sequence % 256)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        counts = subprocess.check_output([sys.executable, "-c", READER, str(ring.path)], text=True)
    finally:
        stop.set()
        writer.join()
        ring.close()
    whole, torn, refused = map(int, counts.split())
    assert torn == 0
    assert whole >= 100
    assert refused >= 10, "the writer was too slow to put the reader to the test"


def test_the_file_is_for_this_user_only_and_has_a_new_name_each_time(ring):
    state = ring.path.stat()
    assert ring.path.parent == MEMORY_FOLDER
    assert state.st_mode & 0o777 == 0o600
    assert state.st_uid == os.getuid()
    other = FrameRing.create(48, 64, slots=4)
    other.close()
    assert other.path.name != ring.path.name


def memory_map(path: Path) -> dict[str, str]:
    lines = Path("/proc/self/smaps").read_text().splitlines()
    start = next(index for index, line in enumerate(lines) if line.endswith(str(path)))
    fields = {}
    for line in lines[start + 1 :]:
        name, _, value = line.partition(":")
        fields[name] = value.strip()
        if name == "VmFlags":
            break
    return fields


def test_pictures_are_left_out_of_core_dumps(ring):
    assert "dd" in memory_map(ring.path)["VmFlags"].split()


def test_pictures_are_locked_out_of_swap(ring):
    if os.getuid() != 0 and resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] < 1 << 20:
        pytest.skip("this user may lock no memory")
    fields = memory_map(ring.path)
    assert fields["Locked"] == fields["Rss"] != "0 kB"


def test_pictures_are_never_put_on_a_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(frame_memory, "MEMORY_FOLDER", tmp_path)
    with pytest.raises(CameraError, match="never put on a disk: mount a tmpfs"):
        FrameRing.create(48, 64)
    assert not list(tmp_path.iterdir())


def run_until_ready(program: str) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, Path(process.stdout.readline().strip())


MAKER = """
import sys
from device.camera.frame_ring import FrameRing
ring = FrameRing.create(48, 64)
print(ring.path, flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_left_is_removed_at_the_next_creation():
    alive, kept = run_until_ready(MAKER)
    killed, left = run_until_ready(MAKER)
    with alive, killed:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.exists()
        FrameRing.create(48, 64).close()
        assert not left.exists()
        assert kept.exists()


def test_a_process_that_ends_without_closing_leaves_nothing():
    process, left = run_until_ready(MAKER)
    with process:
        assert left.exists()
        process.stdin.close()
        process.wait()
    assert not left.exists()


def test_more_frames_than_memory_is_an_error_that_says_so():
    space = os.statvfs(MEMORY_FOLDER)
    before = set(MEMORY_FOLDER.glob(f"physiopi-{os.getpid()}-*"))
    with pytest.raises(CameraError, match=r"has no room for .* MiB of frames"):
        create_frame_memory(2 * space.f_blocks * space.f_frsize)
    assert set(MEMORY_FOLDER.glob(f"physiopi-{os.getpid()}-*")) == before


@pytest.mark.parametrize(("height", "width"), [(0, 64), (48, 0), (48, 100_000)])
def test_a_picture_of_an_impossible_size_is_refused(height, width):
    with pytest.raises(CameraError, match="pixels"):
        FrameRing.create(height, width)


def test_only_rings_of_frames_can_be_attached(ring, tmp_path):
    gone = MEMORY_FOLDER / "physiopi-1-0123456789abcdef.frames"
    with pytest.raises(CameraError, match="have gone"):
        FrameRing.attach(gone)
    with pytest.raises(CameraError, match="is no memory of frames"):
        FrameRing.attach(tmp_path / ring.path.name)
    with pytest.raises(CameraError, match="is no memory of frames"):
        FrameRing.attach(MEMORY_FOLDER / "other")


@pytest.mark.parametrize("size", [0, 10, 4096, 50_000])
def test_a_file_of_the_right_name_but_other_content_is_refused(size):
    path = MEMORY_FOLDER / f"physiopi-{os.getpid()}-00000000000000ff.frames"
    path.write_bytes(b"\x01" * size)
    try:
        with pytest.raises(CameraError):
            FrameRing.attach(path)
    finally:
        path.unlink()


def test_a_link_with_the_right_name_is_not_followed(ring):
    link = MEMORY_FOLDER / f"physiopi-{os.getpid()}-00000000000000fe.frames"
    link.symlink_to(ring.path)
    try:
        with pytest.raises(CameraError):
            FrameRing.attach(link)
    finally:
        link.unlink()


def test_a_picture_in_hand_outlives_the_ring():
    ring = FrameRing.create(48, 64)
    write(ring, 0, 1, 42)
    picture = ring.image(0)
    ring.close()
    assert (picture == 42).all()
    for use in (ring.image, ring.begin_write, ring.sequence):
        with pytest.raises(CameraError, match="closed"):
            use(0)
    assert np.shares_memory(picture, picture[:1])
