"""Writes and reads the track of :class:`models.motion.SetMotion`: arrays to text and back."""

import base64
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.motion import (
    JOINTS,
    KEYPOINT_BYTES,
    KEYPOINTS,
    TIME_BYTES,
    SetMotion,
    unpacked,
)

PLACE_STEPS: Final = 4096
"""Of a keypoint in the picture's height or width: a sixth of a pixel at 640, far below what a pose
network can tell."""
_SCORE_STEPS: Final = 255
_MILLI: Final = 1000.0
_COMPRESSION: Final = 6


@dataclass(frozen=True, slots=True)
class Track:
    """T frames of one person.

    ``times_s`` float64 [T], ascending from 0; ``keypoints`` float32 [T, 17, 3]: y, x normalised to
    the picture, score; ``joints_m`` float32 [T, 13, 3] as in :mod:`models.kinect_joints`, ``None``
    where the set was not lifted.
    """

    times_s: NDArray[np.float64]
    keypoints: NDArray[np.float32]
    joints_m: NDArray[np.float32] | None = None


def packed(track: Track) -> str:
    """The text of a track; its times are kept to the millisecond and must differ by at least one.

    Raises ``ValueError`` for other shapes, numbers that are not finite, and times that do not
    ascend. A place further than 8 pictures or 32 m off is brought there.
    """
    frames = len(track.times_s)
    _check(track.keypoints, (frames, KEYPOINTS, 3))
    steps_ms = np.diff(np.round(track.times_s * _MILLI).astype(np.int64), prepend=0)
    if frames == 0 or steps_ms[0] != 0 or (steps_ms[1:] <= 0).any():
        raise ValueError("times of a track must begin at 0 and ascend by a millisecond at least")
    places = track.keypoints[..., :2].reshape(frames, -1) * PLACE_STEPS
    scores = np.round(np.clip(track.keypoints[..., 2], 0, 1) * _SCORE_STEPS).astype(np.uint8)
    parts = [
        steps_ms.astype("<u4").tobytes(),
        _written(places),
        np.diff(scores, axis=0, prepend=np.uint8(0)).T.tobytes(),
    ]
    if track.joints_m is not None:
        _check(track.joints_m, (frames, JOINTS, 3))
        parts.append(_written(track.joints_m.reshape(frames, -1) * _MILLI))
    return base64.b64encode(zlib.compress(b"".join(parts), _COMPRESSION)).decode()


def track_of(motion: SetMotion) -> Track:
    """The track of a message, to within half a step of what was packed."""
    frames, has_joints = motion.frames, motion.joints == "depth"
    content = unpacked(motion.track, frames, with_joints=has_joints)
    times = np.frombuffer(content, "<u4", frames).cumsum(dtype=np.int64)
    at = TIME_BYTES * frames
    places = _read(content[at : at + frames * KEYPOINTS * 4], frames) / PLACE_STEPS
    scores = np.frombuffer(content, np.uint8, frames * KEYPOINTS, at + frames * KEYPOINTS * 4)
    scored = scores.reshape(KEYPOINTS, frames).T.cumsum(axis=0, dtype=np.uint8) / _SCORE_STEPS
    keypoints = np.concatenate(
        [places.reshape(frames, KEYPOINTS, 2), scored[..., None]], axis=-1
    ).astype(np.float32)
    joints_m = None
    if has_joints:
        millimetres = _read(content[at + frames * KEYPOINT_BYTES :], frames)
        joints_m = (millimetres / _MILLI).astype(np.float32).reshape(frames, JOINTS, 3)
    return Track(times / _MILLI, keypoints, joints_m)


def _check(values: NDArray[np.floating], shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise ValueError(f"a track needs {list(shape)} values, not {list(values.shape)}")
    if not np.isfinite(values).all():
        raise ValueError("values of a track must be finite numbers")


def _written(values: NDArray[np.floating]) -> bytes:
    """Channels [T, C] as differences, folded so that small ones have no high byte."""
    limits = np.iinfo(np.int16)
    whole = np.clip(np.round(values), limits.min, limits.max).astype(np.int16)
    steps = np.diff(whole, axis=0, prepend=np.int16(0)).astype(np.int16)
    folded = ((steps << 1) ^ (steps >> 15)).astype(np.int16).view(np.uint16).T
    low, high = (folded & 0xFF).astype(np.uint8), (folded >> 8).astype(np.uint8)
    return low.tobytes() + high.tobytes()


def _read(content: bytes, frames: int) -> NDArray[np.int16]:
    """Channels [T, C] of :func:`_written`."""
    low, high = np.frombuffer(content, np.uint8).reshape(2, -1, frames).astype(np.uint16)
    folded = low | (high << 8)
    steps = ((folded >> 1) ^ (0 - (folded & 1)).astype(np.uint16)).view(np.int16)
    return np.asarray(steps.T.cumsum(axis=0, dtype=np.int16))
