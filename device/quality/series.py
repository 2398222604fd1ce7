"""What the stages make of a set's keypoints, frame by frame, as tables (CSV).

Every table has a column ``time_s`` on the recording's clock and then each joint's columns, named
``<joint>_<value>``:

- ``keypoints``: MoveNet's 17 in COCO order; ``y`` and ``x`` normalised to the picture (0 to 1, y
  down), ``score`` 0 to 1; unsmoothed.
- ``converted``: the 13 joints of :mod:`models.kinect_joints`; ``x`` to the right and ``y`` up from
  the middle of the hips in torso lengths, ``score`` 0 to 1.
- ``in_space``: the same joints; ``x_m``, ``y_m``, ``z_m`` from the middle of the hips in metres (z
  towards the camera) and ``deviation_m``, the expected error.

Each is there whole and, where trimming found a movement, as ``<name>_trimmed`` from its begin to
its end, both included.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.coaching.set_recording import RecordedSet
from device.pose.pose import Keypoint
from device.quality.pipeline import SetAnalysis
from models.kinect_joints import JOINTS

_KEYPOINTS, _CONVERTED, _IN_SPACE = "keypoints", "converted", "in_space"
_TRIMMED: Final = "_trimmed"
SERIES_NAMES: Final = tuple(
    name + part for part in ("", _TRIMMED) for name in (_KEYPOINTS, _CONVERTED, _IN_SPACE)
)
"""All tables there can be, whole and trimmed."""
_FORMAT: Final = "%.4f"
_KEYPOINT_NAMES: Final = tuple(each.name.lower() for each in Keypoint)


@dataclass(frozen=True, slots=True)
class Series:
    """One table: ``times_s`` float64 [T], ``values`` [T, C] with the names of the C columns."""

    columns: tuple[str, ...]
    times_s: NDArray[np.float64]
    values: NDArray[np.float64]

    def write(self, path: Path) -> None:
        """Write the table, four digits behind the point, UTF-8, lines ended as RFC 4180 says."""
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(("time_s", *self.columns))
            table = np.column_stack([self.times_s, self.values])
            np.savetxt(file, table, fmt=_FORMAT, delimiter=",", newline="\r\n")


def series_of(analysis: SetAnalysis, recorded: RecordedSet) -> Mapping[str, Series]:
    """The tables by name; those of a stage that the set did not reach are left out."""
    times_s = recorded.recording.times_s
    keypoints = _series(_KEYPOINT_NAMES, ("y", "x", "score"), times_s, recorded.recording.keypoints)
    whole = {_KEYPOINTS: keypoints}
    in_space = analysis.in_space
    if in_space is None:
        return whole
    placed = np.concatenate([in_space.joints_m, in_space.deviation_m[..., None]], axis=2)
    whole[_CONVERTED] = _series(JOINTS, ("x", "y", "score"), times_s, in_space.converted)
    whole[_IN_SPACE] = _series(JOINTS, ("x_m", "y_m", "z_m", "deviation_m"), times_s, placed)
    if in_space.trimmed_s is None:
        return whole
    begins_s, ends_s = in_space.trimmed_s
    # Trimming answers on a clock of its own; half a thousandth is nothing beside a frame.
    inside = (times_s >= begins_s - 5e-4) & (times_s <= ends_s + 5e-4)
    return whole | {name + _TRIMMED: _within(each, inside) for name, each in whole.items()}


def write_series(folder: Path, analysis: SetAnalysis, recorded: RecordedSet) -> list[str]:
    """Write every table there is as ``<name>.csv`` into ``folder``; the names."""
    tables = series_of(analysis, recorded)
    for name, table in tables.items():
        table.write(folder / f"{name}.csv")
    return list(tables)


def _series(
    joints: Iterable[str],
    quantities: Iterable[str],
    times_s: NDArray[np.float64],
    values: NDArray[np.float32],
) -> Series:
    quantities = tuple(quantities)
    columns = tuple(f"{joint}_{quantity}" for joint in joints for quantity in quantities)
    return Series(columns, times_s, values.reshape(len(times_s), -1).astype(np.float64))


def _within(series: Series, inside: NDArray[np.bool_]) -> Series:
    return Series(series.columns, series.times_s[inside], series.values[inside])
