"""Overhead squats from the front with MoveNet's keypoints and a Kinect's joints (15 Hz).

anass98h/deeplearningptoject at cd4338d, "research and educational use": research only, as KIMORE.
What is trained on it ships in the research manifest alone; what is measured on it (a network's
error, the size of MoveNet's noise) may be told.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.errors import TrainingDataError
from models.training.motion.archive import open_archive
from models.training.motion.motion import Motion, facing_camera

FOLDER: Final = "squats"
"""Its folder among the data."""

FPS: Final = 15.0
WIDTH, HEIGHT = 1920, 1080
"""Pixels of the picture in which MoveNet's keypoints are."""

# The Kinect's x grows to its own left and its z away from it: half a turn about y.
_KINECT_TO_ROOM: Final = np.array([-1.0, 1.0, -1.0])
_KEYPOINT_SCALE: Final = np.array([1 / 8, 1 / 8, 1 / 1000])


@dataclass(frozen=True, slots=True)
class Squat:
    """One clip.

    ``motion`` is the Kinect's. ``keypoints`` float32 [N, 17, 3] are MoveNet's on every picture of
    the clip: x, y in pixels of 1920 by 1080 (y down) and score; ``at`` int [T] the picture of each
    of the motion's frames, corrected for the two clocks' lag, and outside 0 … N - 1 where there is
    none. ``camera_m`` float32 [T, 13, 3] is the motion as the Kinect saw it (not turned to face
    the camera; origin at the first frame's hips). ``pair_ok`` says that the two go together well
    enough to compare frame by frame. ``trimmed`` are the motion's first and last frame of the
    squat itself, cut by hand; ``None`` where nobody did.
    """

    motion: Motion
    keypoints: NDArray[np.float32]
    at: NDArray[np.int64]
    camera_m: NDArray[np.float32]
    pair_ok: bool
    trimmed: tuple[int, int] | None

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The motion's frames that have a picture, int [P], and their keypoints [P, 17, 3]."""
        frames = np.flatnonzero((self.at >= 0) & (self.at < len(self.keypoints)))
        return frames, self.keypoints[self.at[frames]]


def load(folder: Path) -> list[Motion]:
    """The Kinect's motion of every clip; see :func:`squats`."""
    return [squat.motion for squat in squats(folder)]


def squats(folder: Path) -> list[Squat]:
    """All clips in ``folder``, which holds ``squats.npz`` and ``squats.csv``.

    Raises :class:`~models.training.errors.TrainingDataError` for a missing or foreign file.
    """
    table = folder / "squats.csv"
    try:
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise TrainingDataError(f"{table} cannot be read ({error}): name its folder") from error
    with open_archive(folder / "squats.npz") as archive:
        return [
            _squat(
                row,
                archive[f"{row['id']}.kinect_mm"],
                archive[f"{row['id']}.frame"],
                archive[f"{row['id']}.movenet"],
            )
            for row in rows
        ]


def _squat(
    row: dict[str, str],
    kinect_mm: NDArray[np.int16],
    frame: NDArray[np.int32],
    movenet: NDArray[np.int16],
) -> Squat:
    camera_m = kinect_mm.astype(np.float64) / 1000.0 * _KINECT_TO_ROOM
    joints_m, hips_m = facing_camera(camera_m, FPS)
    return Squat(
        motion=Motion(
            key=row["id"],
            source="squats",
            subject=f"squats_{row['split_group']}",
            exercise_id="squat_deep",
            joints_m=joints_m,
            fps=FPS,
            correct=row["label"] == "good",
            hips_m=hips_m,
        ),
        keypoints=(movenet * _KEYPOINT_SCALE).astype(np.float32),
        at=frame.astype(np.int64) + int(row["lag"]),
        camera_m=camera_m.astype(np.float32),
        pair_ok=row["pair_ok"] == "1",
        trimmed=_trimmed(row, frame),
    )


def _trimmed(row: dict[str, str], frame: NDArray[np.int32]) -> tuple[int, int] | None:
    if not row["trim_manual_first"]:
        return None
    first, last = float(row["trim_manual_first"]), float(row["trim_manual_last"])
    within = np.flatnonzero((frame >= first) & (frame <= last))
    return (int(within[0]), int(within[-1])) if len(within) else None
