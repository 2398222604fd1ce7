"""Keypoint recordings: motion kept as numbers, never as pictures.

Our own files are NumPy archives (``.npz``) with ``keypoints`` float32 [T, 17, 3] (y and x
normalised to the image, score), ``times_s`` float64 [T] (or ``fps``), ``width`` and ``height`` in
pixels; JSON files with the same names are read too. Recordings made elsewhere are archives of one
or several arrays [T, 17, 3] of x and y in pixels with a score, floating point or in fixed point
(eighths of a pixel, thousandths of a score); a table (CSV) of the same name beside them may give
``fps``, ``width`` and ``height`` for each.
"""

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.errors import ClipError
from device.pose.pose import KEYPOINT_COUNT, Pose

RECORDING_SUFFIXES = frozenset({".npz", ".json"})
_TIMES, _FPS, _KEYPOINTS, _WIDTH, _HEIGHT = "times_s", "fps", "keypoints", "width", "height"
_FIXED_POINT_UNITS = np.array([8, 8, 1000], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class KeypointRecording:
    """Poses of one person over time.

    ``keypoints`` float32 [T, 17, 3]: y, x normalised to the image, score 0 to 1; ``times_s``
    float64 [T], increasing; ``width`` and ``height`` of the image in pixels.
    """

    keypoints: NDArray[np.float32]
    times_s: NDArray[np.float64]
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def fps(self) -> float:
        """Mean frame rate in frames per second; 0 for a single frame."""
        span_s = float(self.times_s[-1] - self.times_s[0])
        return (len(self) - 1) / span_s if span_s > 0 else 0.0

    def poses(self) -> Iterator[Pose]:
        """The recorded poses in order."""
        for index, (keypoints, time_s) in enumerate(
            zip(self.keypoints, self.times_s, strict=True), start=1
        ):
            yield Pose(index, float(time_s), keypoints, self.width, self.height)

    def save(self, path: Path) -> None:
        """Write the recording in our own format."""
        np.savez_compressed(
            path,
            keypoints=self.keypoints,
            times_s=self.times_s,
            width=np.int32(self.width),
            height=np.int32(self.height),
        )


def load_recording(
    path: Path, name: str | None = None, fps: float | None = None
) -> KeypointRecording:
    """A recording from ``path``; ``name`` chooses one of several in the file.

    ``fps`` is the frame rate for a file that does not say its own. Raises :class:`ClipError` for a
    file that is no recording, for an unknown or missing name, and for a missing rate.
    """
    arrays = _read_json(path) if path.suffix == ".json" else _read_archive(path)
    if _KEYPOINTS in arrays and name is None:
        return _own_format(path, arrays, fps)
    candidates = {
        key.removesuffix(".movenet"): array for key, array in arrays.items() if _is_motion(array)
    }
    if name is None and len(candidates) == 1:
        name = next(iter(candidates))
    if name is None or name not in candidates:
        there = ", ".join(sorted(candidates)[:12]) or "none"
        problem = f"no recording {name!r}" if name else f"{len(candidates)} recordings"
        raise ClipError(f"{path}: {problem}: choose one with --recording; there are {there}")
    return _foreign_format(path, name, candidates[name], fps)


def _read_json(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {key: np.asarray(value, dtype=np.float64) for key, value in document.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ClipError(f"{path}: is no recording of keypoints: {error}") from error


def _read_archive(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ClipError(f"{path}: is no recording of keypoints: {error}") from error


def _is_motion(array: NDArray[np.generic]) -> bool:
    return array.ndim == 3 and array.shape[1:] == (KEYPOINT_COUNT, 3) and len(array) > 0


def _own_format(
    path: Path, arrays: dict[str, NDArray[np.generic]], fps: float | None
) -> KeypointRecording:
    keypoints = arrays[_KEYPOINTS].astype(np.float32)
    missing = {_WIDTH, _HEIGHT} - arrays.keys()
    if missing:
        raise ClipError(f"{path}: the recording lacks {', '.join(sorted(missing))}")
    if np.abs(keypoints[..., :2]).max(initial=0.0) > 10:
        raise ClipError(f"{path}: keypoints must be y, x normalised to the image, not pixels")
    if _TIMES in arrays:
        times_s = arrays[_TIMES].astype(np.float64).ravel()
    else:
        own_fps = arrays[_FPS].astype(np.float64).ravel()[0] if _FPS in arrays else fps
        times_s = np.arange(len(keypoints)) / _checked_fps(path, own_fps)
    width, height = (int(arrays[key].astype(np.int64).ravel()[0]) for key in (_WIDTH, _HEIGHT))
    return _checked(path, keypoints, times_s, width, height)


def _foreign_format(
    path: Path, name: str, array: NDArray[np.generic], fps: float | None
) -> KeypointRecording:
    values = array.astype(np.float32)
    row = _table_row(path.with_suffix(".csv"), name)
    if np.issubdtype(array.dtype, np.integer):
        values /= _FIXED_POINT_UNITS
        fps = fps or 15.0
    # Pixels are square, so any frame that holds all points serves where none is stated.
    width = int(row.get(_WIDTH) or np.ceil(values[..., 0].max()) + 1)
    height = int(row.get(_HEIGHT) or np.ceil(values[..., 1].max()) + 1)
    own_fps = float(row[_FPS]) if row.get(_FPS) else fps
    keypoints = np.empty_like(values)
    keypoints[..., 0] = values[..., 1] / height
    keypoints[..., 1] = values[..., 0] / width
    keypoints[..., 2] = values[..., 2]
    times_s = np.arange(len(values)) / _checked_fps(path, own_fps)
    return _checked(path, keypoints, times_s, width, height)


def _checked_fps(path: Path, fps: float | None) -> float:
    if fps is None or not 1 <= fps <= 1000:
        raise ClipError(f"{path}: does not say its frame rate: give it with --fps")
    return float(fps)


def _table_row(table: Path, name: str) -> dict[str, str]:
    if not table.exists():
        return {}
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            return next((row for row in csv.DictReader(lines) if name in row.values()), {})
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ClipError(f"{table}: cannot be read: {error}") from error


def _checked(
    path: Path,
    keypoints: NDArray[np.float32],
    times_s: NDArray[np.float64],
    width: int,
    height: int,
) -> KeypointRecording:
    if not _is_motion(keypoints) or times_s.shape != (len(keypoints),):
        raise ClipError(f"{path}: keypoints must be [T, 17, 3] with one time for each of T frames")
    if width < 1 or height < 1 or not np.isfinite(keypoints).all() or np.any(np.diff(times_s) <= 0):
        raise ClipError(f"{path}: sizes must be positive, numbers finite and times increasing")
    return KeypointRecording(keypoints, times_s, width, height)
