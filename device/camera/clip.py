"""A video file as a camera."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import structlog

from device.camera.frame import CameraFormat, CameraKind, Frame, Image
from device.errors import ClipError, EndOfClipError

ASSUMED_FPS = 30.0
HIGHEST_FPS = 1000.0
"""Telephones film slow motion at up to 960 a second; a file that states more is damaged."""
LONGEST_SIDE = 1280
"""Larger pictures are scaled down to this: the network sees 192 pixels of it at most."""

log = structlog.get_logger()


class ClipCamera:
    """Plays a video file; ``paced`` at its own rate, otherwise as fast as it is read.

    Times grow strictly: media time in seconds from 0, or when paced the monotonic clock on which
    the picture is due. Nothing is dropped here: a computer too slow for the clip falls behind.
    ``loop`` begins again at the end. Pictures are upright (the file's rotation is applied) and at
    most :data:`LONGEST_SIDE` pixels long.
    """

    kind: CameraKind = "clip"

    def __init__(self, path: Path, *, paced: bool = True, loop: bool = False) -> None:
        self._path = path
        self._paced = paced
        self._loop = loop
        self._video: cv2.VideoCapture | None = None
        self._format: CameraFormat | None = None
        self._first: Image | None = None
        self._index = 0
        self._times_are_credible = True
        self._last_s = -1.0
        self._loop_began_s = 0.0
        self._started_s = 0.0

    @property
    def frame_count(self) -> int | None:
        """How many frames the file says it has; ``None`` where it does not say."""
        if self._video is None:
            return None
        count = int(self._video.get(cv2.CAP_PROP_FRAME_COUNT))
        return count if count > 0 else None

    def open(self) -> CameraFormat:
        """Open the file and read its first picture; raises :class:`ClipError`."""
        self.close()
        self._video = _open_video(self._path)
        self._first = self._decode()
        if self._first is None:
            self.close()
            raise _no_video(self._path)
        height, width = self._first.shape[:2]
        self._format = CameraFormat(width, height, self._fps())
        self._index, self._last_s, self._loop_began_s = 0, -1.0, 0.0
        self._started_s = time.monotonic()
        return self._format

    def read_into(self, image: Image) -> float:
        """The next picture; raises :class:`EndOfClipError` after the last."""
        picture, media_s = self._next()
        if picture.shape != image.shape:
            picture = np.asarray(
                cv2.resize(picture, (image.shape[1], image.shape[0])), dtype=np.uint8
            )
        np.copyto(image, picture)
        if not self._paced:
            return media_s
        wait_s = self._started_s + media_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        return self._started_s + media_s

    def frames(self) -> Iterator[Frame]:
        """Every frame from the start, with media times and without pacing."""
        self.open()
        try:
            sequence = 0
            while True:
                picture, media_s = self._next()
                sequence += 1
                yield Frame(sequence, media_s, picture)
        except EndOfClipError:
            return
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._video is not None:
            self._video.release()
        self._video = self._first = None

    def _next(self) -> tuple[Image, float]:
        if self._video is None or self._format is None:
            raise ClipError(f"{self._path}: is not open")
        picture = self._first if self._first is not None else self._decode()
        self._first = None
        if picture is None and self._loop:
            self._rewind()
            picture = self._decode()
        if picture is None:
            raise EndOfClipError(f"{self._path}: the clip has ended")
        return picture, self._media_time(self._format.fps)

    def _media_time(self, fps: float) -> float:
        stated_s = -1.0
        if self._video is not None and self._times_are_credible:
            stated_s = self._video.get(cv2.CAP_PROP_POS_MSEC) / 1000.0 + self._loop_began_s
        # Some files state no times, the same one twice, or one that goes back.
        media_s = stated_s if stated_s > self._last_s else self._last_s + 1.0 / fps
        media_s = max(media_s, 0.0)
        self._last_s = media_s
        self._index += 1
        return media_s

    def _rewind(self) -> None:
        self._loop_began_s = self._last_s + 1.0 / (self._format.fps if self._format else 30.0)
        if self._video is not None:
            self._video.release()
        self._video = _open_video(self._path)

    def _decode(self) -> Image | None:
        if self._video is None:
            return None
        try:
            read, picture = self._video.read()
        except cv2.error as error:
            raise ClipError(f"{self._path}: frame {self._index + 1}: {error.err}") from error
        if not read or picture is None:
            return None
        if picture.ndim == 2:
            picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        longest = max(picture.shape[:2])
        if longest > LONGEST_SIDE:
            scale = LONGEST_SIDE / longest
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(picture, dtype=np.uint8)

    def _fps(self) -> float:
        fps = float(self._video.get(cv2.CAP_PROP_FPS)) if self._video is not None else 0.0
        self._times_are_credible = not fps > HIGHEST_FPS
        if 1.0 <= fps <= HIGHEST_FPS:
            return fps
        log.warning("clip_states_no_frame_rate", stated_fps=fps, assumed_fps=ASSUMED_FPS)
        return ASSUMED_FPS


def _open_video(path: Path) -> cv2.VideoCapture:
    if not path.is_file():
        raise _no_video(path)
    try:
        video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    except cv2.error as error:
        raise _no_video(path) from error
    if not video.isOpened():
        raise _no_video(path)
    return video


def _no_video(path: Path) -> ClipError:
    if not path.is_file():
        return ClipError(f"{path}: there is no such file")
    what = "the file is empty" if path.stat().st_size == 0 else "try an MP4 or AVI file"
    return ClipError(f"{path}: is no video that can be read: {what}")
