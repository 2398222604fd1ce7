"""The capture thread: the newest frame only, never one overwritten in hand, cameras that vanish."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from device.camera import capture as capture_module
from device.camera.capture import Capture, CaptureState
from device.camera.clip import ClipCamera
from device.camera.frame import CameraFormat, CameraKind, CameraSource, Image
from device.camera.frame_memory import MEMORY_FOLDER
from device.camera.frame_ring import FrameRing
from device.camera.usb import UsbCamera
from device.errors import CameraError, CameraLostError, ClipError, EndOfClipError

AT_MOST_S = 20.0


class SteppedCamera:
    """Gives a picture when the test says so; each is filled with its number.

    ``script`` has a function or ``None`` per opening; the function runs before that opening's
    first picture and may raise.
    """

    kind: CameraKind = "usb"

    def __init__(self, width: int = 64, height: int = 48) -> None:
        self.size = (width, height)
        self.script: list[Callable[[], None] | None] = []
        self.openings = self.closings = self.pictures = 0
        self._allowed = threading.Semaphore(0)
        self._asked = threading.Condition()
        self._requests = 0
        self._breaks_with: Exception | None = None

    def open(self) -> CameraFormat:
        step = self.script.pop(0) if self.script else None
        self.openings += 1
        if step is not None:
            step()
        return CameraFormat(*self.size, 30.0)

    def read_into(self, image: Image) -> float:
        with self._asked:
            self._requests += 1
            self._asked.notify_all()
        assert self._allowed.acquire(timeout=AT_MOST_S)
        if self._breaks_with is not None:
            error, self._breaks_with = self._breaks_with, None
            raise error
        self.pictures += 1
        image[:] = self.pictures % 256
        return self.pictures / 30.0

    def close(self) -> None:
        self.closings += 1

    def give(self, count: int = 1) -> None:
        """Give pictures and wait until the capture thread has asked for the one after them."""
        with self._asked:
            assert self._asked.wait_for(lambda: self._requests > self.pictures, AT_MOST_S)
            for _ in range(count):
                before = self._requests
                self._allowed.release()
                assert self._asked.wait_for(lambda b=before: self._requests > b, AT_MOST_S)

    def break_down(self, error: Exception | None = None) -> None:
        """Fail at the picture being waited for."""
        self._breaks_with = error or CameraLostError("unplugged")
        self._allowed.release()


@pytest.fixture
def stepped() -> SteppedCamera:
    return SteppedCamera()


def own_rings() -> set[Path]:
    return set(MEMORY_FOLDER.glob(f"physiopi-{os.getpid()}-*.frames"))


@pytest.fixture
def capturing() -> Iterator[Callable[..., Capture]]:
    """Starts captures, stops them after the test, and checks that they left nothing in memory."""
    before = own_rings()
    captures: list[tuple[Capture, CameraSource]] = []

    def begin(source: CameraSource, slots: int = 8) -> Capture:
        capture = Capture(source, slots)
        captures.append((capture, source))
        capture.start()
        return capture

    yield begin
    for capture, source in captures:
        if isinstance(source, SteppedCamera):
            source.break_down()
        capture.stop()
    assert own_rings() <= before


@pytest.fixture(autouse=True)
def reopens_soon(monkeypatch):
    monkeypatch.setattr(capture_module, "REOPEN_EVERY_S", 0.02)


def until(condition: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + AT_MOST_S
    while not condition():
        assert time.monotonic() < give_up_s, what
        time.sleep(0.002)


def until_state(capture: Capture, state: CaptureState) -> None:
    until(lambda: capture.state is state, f"not {state}: {capture.state}, {capture.last_error}")


def test_the_newest_frame_is_taken_and_late_ones_are_dropped(stepped, capturing):
    capture = capturing(stepped)
    stepped.give(5)
    frame = capture.take(AT_MOST_S)
    assert frame.sequence == 5
    assert (frame.image == 5).all()
    assert capture.dropped == 4
    assert capture.take(0.01) is None, "a frame is taken once"
    stepped.give(1)
    assert capture.take(AT_MOST_S).sequence == 6
    assert capture.dropped == 4


def test_waiting_ends_with_the_next_frame(stepped, capturing):
    capture = capturing(stepped)
    stepped.give(1)
    capture.take(AT_MOST_S)
    taken = []
    taker = threading.Thread(target=lambda: taken.append(capture.take(AT_MOST_S)))
    taker.start()
    stepped.give(1)
    taker.join(AT_MOST_S)
    assert taken[0].sequence == 2


@pytest.mark.parametrize("slots", [3, 8])
def test_the_frame_in_hand_is_not_overwritten_until_the_next_is_taken(stepped, capturing, slots):
    capture = capturing(stepped, slots)
    stepped.give(3)
    frame = capture.take(AT_MOST_S)
    stepped.give(40)
    assert (frame.image == 3).all()
    assert (capture.ring.copy(frame.slot, frame.sequence) == 3).all()
    newest = capture.take(AT_MOST_S)
    assert newest.sequence == 43
    assert newest.slot != frame.slot
    assert newest.captured_at_s == pytest.approx(43 / 30)


def test_frames_stay_in_the_ring_for_a_while_after_they_were_taken(stepped, capturing):
    capture = capturing(stepped)
    taken = []
    for _ in range(5):
        stepped.give(1)
        taken.append(capture.take(AT_MOST_S))
    ring = FrameRing.attach(capture.ring.path)
    assert all((ring.copy(f.slot, f.sequence) == f.sequence).all() for f in taken)


class FullSpeedCamera:
    """Fills pictures as fast as it can, each with its number, and ends after ``count``."""

    kind: CameraKind = "clip"

    def __init__(self, count: int) -> None:
        self._count, self._number = count, 0

    def open(self) -> CameraFormat:
        return CameraFormat(320, 240, 1000.0)

    def read_into(self, image: Image) -> float:
        if self._number == self._count:
            raise EndOfClipError("that was all")
        self._number += 1
        image[:] = self._number % 256
        return float(self._number)

    def close(self) -> None:
        pass


def test_a_slow_taker_of_a_fast_camera_gets_whole_frames_in_order(capturing):
    total = 3000
    capture = capturing(FullSpeedCamera(total), 3)
    sequences = []
    while (frame := capture.take(AT_MOST_S)) is not None:
        first = frame.image.copy()
        assert first.min() == first.max() == frame.sequence % 256
        assert np.array_equal(frame.image, first), "overwritten in the taker's hand"
        sequences.append(frame.sequence)
        if frame.sequence == total:
            break
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == total, "the last frame is not lost"
    assert capture.dropped == total - len(sequences)


def test_a_camera_that_vanishes_is_opened_again_until_it_is_back(stepped, capturing):
    def still_away() -> None:
        raise CameraError("no camera there")

    stepped.script = [None, still_away, still_away, None]
    capture = capturing(stepped)
    stepped.give(2)
    until_state(capture, CaptureState.RUNNING)
    ring = capture.ring.path
    frame = capture.take(AT_MOST_S)
    with capture_logs() as logs:
        stepped.break_down()
        until(lambda: stepped.openings == 4, "not opened again")
        stepped.give(1)
        until_state(capture, CaptureState.RUNNING)
    assert str(capture.last_error) == "no camera there"
    assert [(e["event"], e.get("error")) for e in logs] == [
        ("camera_lost", "unplugged"),
        ("camera_lost", "no camera there"),
        ("camera_running", None),
    ]
    back = capture.take(AT_MOST_S)
    assert (frame.sequence, back.sequence) == (2, 3)
    assert capture.ring.path == ring
    assert stepped.closings == 3


def test_losing_the_camera_wakes_whoever_waits_for_a_frame(stepped, capturing):
    def stays_away() -> None:
        raise CameraLostError("gone")

    stepped.script = [None] + [stays_away] * 10_000
    capture = capturing(stepped)
    stepped.give(1)
    capture.take(AT_MOST_S)
    taken = []
    taker = threading.Thread(target=lambda: taken.append(capture.take(10_000.0)))
    taker.start()
    stepped.break_down()
    taker.join(AT_MOST_S)
    assert taken == [None]
    assert capture.state is CaptureState.LOST


def test_a_camera_that_comes_back_with_another_size_gets_a_new_ring(stepped, capturing):
    def other_size() -> None:
        stepped.size = (96, 32)

    stepped.script = [None, other_size]
    capture = capturing(stepped)
    stepped.give(2)
    held = capture.take(AT_MOST_S)
    old = capture.ring.path
    stepped.break_down()
    until(lambda: stepped.openings == 2, "not opened again")
    stepped.give(1)
    frame = capture.take(AT_MOST_S)
    assert frame.image.shape == (32, 96, 3)
    assert frame.sequence == 3
    assert capture.format == CameraFormat(96, 32, 30.0)
    assert capture.ring.path != old
    assert not old.exists()
    assert (held.image == 2).all()


def test_an_unexpected_error_is_logged_with_its_trace_and_does_not_end_the_thread(
    stepped, capturing
):
    capture = capturing(stepped)
    stepped.give(1)
    capture.take(AT_MOST_S)
    error = ZeroDivisionError("a driver's own mistake")
    with capture_logs() as logs:
        stepped.break_down(error)
        until(lambda: stepped.openings == 2, "the thread has ended")
    assert capture.last_error is error
    assert [e["exc_info"] for e in logs if e["event"] == "camera_lost"] == [error]
    stepped.give(1)
    assert capture.take(AT_MOST_S).sequence == 2


def test_a_camera_that_cannot_be_closed_is_opened_again_all_the_same(
    stepped, capturing, monkeypatch
):
    def broken_close() -> None:
        raise OSError("the driver hangs")

    capture = capturing(stepped)
    stepped.give(1)
    monkeypatch.setattr(stepped, "close", broken_close)
    stepped.break_down()
    until(lambda: stepped.openings == 2, "the thread has ended")
    stepped.give(1)
    until_state(capture, CaptureState.RUNNING)


def test_a_camera_that_was_never_there_is_lost_and_says_why(capturing):
    capture = capturing(UsbCamera(997))
    until_state(capture, CaptureState.LOST)
    with pytest.raises(CameraError, match="no camera at /dev/video997"):
        raise capture.last_error
    assert capture.take(0.01) is None
    assert capture.ring is None


def test_a_file_that_is_no_video_says_so(capturing, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("not a video")
    capture = capturing(ClipCamera(path))
    until_state(capture, CaptureState.LOST)
    assert isinstance(capture.last_error, ClipError)


@pytest.mark.parametrize("paced", [True, False])
def test_a_clip_ends_and_its_last_frame_can_still_be_taken(capturing, make_clip, paced):
    capture = capturing(ClipCamera(make_clip(count=6, fps=50.0), paced=paced))
    until_state(capture, CaptureState.ENDED)
    last = capture.take(AT_MOST_S)
    assert last.sequence == 6
    assert abs(last.image.mean() - (20 + 15 * 5)) < 5
    assert capture.take(0.01) is None
    assert capture.state is CaptureState.ENDED


def test_stopping_removes_the_frames_and_closes_the_camera(stepped, capturing):
    capture = capturing(stepped)
    stepped.give(2)
    path = capture.ring.path
    stepped._allowed.release()
    capture.stop()
    assert not path.exists()
    assert stepped.closings == 1
    assert capture.take(0.0) is None


def test_stopping_does_not_wait_for_a_camera_that_blocks(stepped, capturing, monkeypatch):
    monkeypatch.setattr(capture_module, "_JOIN_S", 0.05)
    capture = capturing(stepped)
    stepped.give(1)
    path = capture.ring.path
    with capture_logs() as logs:
        capture.stop()
        assert not path.exists()
        assert [e["event"] for e in logs] == ["camera_does_not_answer"]
        stepped._allowed.release()
        until(lambda: stepped.closings == 1, "the thread does not end")
    assert len(logs) == 1, "what happens after stopping is no lost camera"
    assert capture.state is CaptureState.RUNNING


def test_a_camera_that_opens_after_stopping_leaves_no_frames(stepped, capturing, monkeypatch):
    monkeypatch.setattr(capture_module, "_JOIN_S", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def opens_slowly() -> None:
        begun.set()
        assert go_on.wait(AT_MOST_S)

    stepped.script = [opens_slowly]
    before = own_rings()
    capture = capturing(stepped)
    assert begun.wait(AT_MOST_S)
    capture.stop()
    go_on.set()
    until(lambda: stepped.closings == 1, "the thread does not end")
    assert capture.ring is None
    assert own_rings() == before


def test_a_capture_that_never_began_can_be_stopped(stepped):
    Capture(stepped).stop()
    assert stepped.openings == 0


def test_too_few_slots_to_keep_the_taken_frame_are_refused(stepped):
    with pytest.raises(ValueError, match="at least 3"):
        Capture(stepped, slots=2)
