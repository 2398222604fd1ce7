"""Video files as cameras: real files, every frame once, in order, upright, at its own time."""

import struct
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from device.camera.clip import ASSUMED_FPS, ClipCamera
from device.errors import ClipError, EndOfClipError

UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
FORMATS = [("clip.mp4", "mp4v"), ("clip.avi", "MJPG")]


def levels(images: list[np.ndarray]) -> list[int]:
    """Which frame each picture is, by its brightness."""
    return [round((float(image.mean()) - 20) / 15) for image in images]


def turn_quarter(path: Path, height: int) -> None:
    """Write into an MP4's track header that players must turn it by 90 degrees clockwise."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    assert struct.unpack_from(">9i", content, at) == UPRIGHT
    turned = (0, 0x10000, 0, -0x10000, 0, 0, height << 16, 0, 0x40000000)
    struct.pack_into(">9i", content, at, *turned)
    path.write_bytes(content)


def read_all(camera: ClipCamera) -> tuple[list[np.ndarray], list[float]]:
    size = camera.open()
    images, times_s = [], []
    while True:
        image = np.zeros((size.height, size.width, 3), np.uint8)
        try:
            times_s.append(camera.read_into(image))
        except EndOfClipError:
            return images, times_s
        images.append(image)


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_every_frame_comes_once_in_order_at_its_media_time(make_clip, name, codec):
    camera = ClipCamera(make_clip(name, count=10, fps=25.0, codec=codec), paced=False)
    images, times_s = read_all(camera)
    camera.close()
    assert levels(images) == list(range(10))
    assert times_s == pytest.approx([index / 25 for index in range(10)])


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_the_offline_iterator_gives_the_same_frames(make_clip, name, codec):
    camera = ClipCamera(make_clip(name, count=10, fps=12.5, codec=codec), paced=False)
    frames = list(camera.frames())
    assert levels([frame.image for frame in frames]) == list(range(10))
    assert [frame.sequence for frame in frames] == list(range(1, 11))
    assert [frame.captured_at_s for frame in frames] == pytest.approx(
        [index / 12.5 for index in range(10)]
    )
    assert {frame.slot for frame in frames} == {-1}
    assert len(list(camera.frames())) == 10, "it can be read again"


def test_the_file_tells_its_format_and_number_of_frames(make_clip):
    camera = ClipCamera(make_clip(count=7, fps=20.0, size=(96, 64)))
    assert camera.frame_count is None
    size = camera.open()
    assert (size.width, size.height, size.fps) == (96, 64, pytest.approx(20.0))
    assert camera.frame_count == 7
    camera.close()


def test_a_paced_clip_gives_no_frame_before_it_is_due(make_clip):
    camera = ClipCamera(make_clip(count=6, fps=50.0), paced=True)
    size = camera.open()
    image = np.zeros((size.height, size.width, 3), np.uint8)
    due_s = []
    for _ in range(6):
        due_s.append(camera.read_into(image))
        assert time.monotonic() >= due_s[-1] - 0.001
    camera.close()
    assert np.diff(due_s) == pytest.approx(0.02)


def test_a_loop_goes_on_with_growing_times(make_clip):
    camera = ClipCamera(make_clip(count=4, fps=25.0), paced=False, loop=True)
    size = camera.open()
    images, times_s = [], []
    for _ in range(10):
        image = np.zeros((size.height, size.width, 3), np.uint8)
        times_s.append(camera.read_into(image))
        images.append(image)
    camera.close()
    assert levels(images) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert times_s == pytest.approx([index / 25 for index in range(10)])


def jpeg_stream(folder: Path, count: int, height: int, width: int) -> Path:
    """Pictures one after another, with no container that states times or a size."""
    path = folder / "stream.mjpeg"
    pictures = [np.full((height, width, 3), 20 + 15 * index, np.uint8) for index in range(count)]
    path.write_bytes(b"".join(cv2.imencode(".jpg", each)[1].tobytes() for each in pictures))
    return path


def test_a_clip_without_times_gets_them_from_its_frame_rate(tmp_path):
    camera = ClipCamera(jpeg_stream(tmp_path, 5, 48, 64), paced=False)
    fps = camera.open().fps
    frames = list(camera.frames())
    assert levels([frame.image for frame in frames]) == [0, 1, 2, 3, 4]
    assert [frame.captured_at_s for frame in frames] == pytest.approx([i / fps for i in range(5)])


def test_an_absurd_frame_rate_is_replaced_with_a_warning(make_clip):
    path = make_clip("clip.avi", count=5, fps=25.0, codec="MJPG")
    content = bytearray(path.read_bytes())
    header = content.index(b"strh") + 8
    struct.pack_into("<II", content, header + 20, 1, 100_000)  # dwScale, dwRate
    path.write_bytes(content)
    camera = ClipCamera(path, paced=False)
    with capture_logs() as logs:
        assert camera.open().fps == ASSUMED_FPS
    assert [entry["event"] for entry in logs] == ["clip_states_no_frame_rate"]
    times_s = [frame.captured_at_s for frame in camera.frames()]
    assert times_s == pytest.approx([index / ASSUMED_FPS for index in range(5)])


def test_times_that_go_back_are_put_forward(make_clip):
    path = make_clip(count=6)
    content = bytearray(path.read_bytes())
    table = content.index(b"stts") + 12
    assert struct.unpack_from(">I", content, table) == (6,)
    struct.pack_into(">I", content, table + 4, 0)  # no time from one frame to the next
    path.write_bytes(content)
    frames = list(ClipCamera(path, paced=False).frames())
    times_s = [frame.captured_at_s for frame in frames]
    assert levels([frame.image for frame in frames]) == list(range(6))
    assert times_s == sorted(set(times_s))


def test_a_clip_filmed_with_the_telephone_upright_is_upright(make_clip):
    path = make_clip(count=3, size=(96, 64))
    turn_quarter(path, height=64)
    camera = ClipCamera(path, paced=False)
    size = camera.open()
    assert (size.width, size.height) == (64, 96)
    assert {frame.image.shape for frame in camera.frames()} == {(96, 64, 3)}


def test_a_very_large_clip_is_scaled_down_and_keeps_its_shape(make_clip):
    camera = ClipCamera(make_clip("clip.avi", 2, size=(3840, 2160), codec="MJPG"), paced=False)
    size = camera.open()
    assert (size.width, size.height) == (1280, 720)
    frames = list(camera.frames())
    assert {frame.image.shape for frame in frames} == {(720, 1280, 3)}
    assert levels([frame.image for frame in frames]) == [0, 1]


def test_an_odd_size_is_given_as_it_is(tmp_path):
    camera = ClipCamera(jpeg_stream(tmp_path, 3, 49, 65), paced=False)
    size = camera.open()
    image = np.zeros((size.height, size.width, 3), np.uint8)
    camera.read_into(image)
    assert image.shape == (49, 65, 3)
    assert levels([image]) == [0]
    camera.close()


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_one_frame_is_a_clip_too(make_clip, name, codec):
    (frame,) = ClipCamera(make_clip(name, count=1, codec=codec), paced=False).frames()
    assert (frame.sequence, frame.captured_at_s) == (1, 0.0)


def test_a_grey_picture_comes_in_three_channels(tmp_path):
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((48, 64), 35, np.uint8))
    (frame,) = ClipCamera(path, paced=False).frames()
    assert frame.image.shape == (48, 64, 3)
    assert levels([frame.image]) == [1]


def test_a_clip_cut_short_gives_the_frames_it_has(make_clip):
    path = make_clip("clip.avi", count=10, codec="MJPG")
    content = path.read_bytes()
    cut = content.index(b"movi")
    for _ in range(7):
        cut = content.index(b"00dc", cut + 1)
    path.write_bytes(content[:cut])
    frames = list(ClipCamera(path, paced=False).frames())
    assert levels([frame.image for frame in frames]) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no video that can be read: the file is empty"),
        (b"hello\n", "is no video that can be read"),
        (bytes(range(256)) * 40, "is no video that can be read"),
    ],
)
def test_a_file_that_is_no_video_is_refused(tmp_path, content, reason):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    camera = ClipCamera(path)
    with pytest.raises(ClipError, match=f"clip.mp4: {reason}"):
        camera.open()
    with pytest.raises(ClipError, match=reason):
        list(camera.frames())
    camera.close()


def test_a_clip_without_its_index_is_refused(make_clip):
    path = make_clip()
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(ClipError, match="is no video that can be read"):
        ClipCamera(path).open()


def test_a_missing_file_is_refused(tmp_path):
    for path in (tmp_path / "gone.mp4", tmp_path):
        with pytest.raises(ClipError, match="there is no such file"):
            ClipCamera(path).open()


def test_a_loop_whose_file_has_gone_says_so(make_clip):
    path = make_clip(count=1)
    camera = ClipCamera(path, paced=False, loop=True)
    camera.open()
    image = np.zeros((48, 64, 3), np.uint8)
    camera.read_into(image)
    path.unlink()
    with pytest.raises(ClipError, match="there is no such file"):
        camera.read_into(image)
    camera.close()


def test_a_closed_clip_cannot_be_read(make_clip):
    camera = ClipCamera(make_clip())
    size = camera.open()
    camera.close()
    camera.close()
    with pytest.raises(ClipError, match="is not open"):
        camera.read_into(np.zeros((size.height, size.width, 3), np.uint8))
