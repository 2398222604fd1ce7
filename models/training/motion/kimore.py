"""KIMORE: five exercises for low back pain, scored by clinicians (Kinect v2, 30 Hz).

Capecci et al., "The KIMORE Dataset: KInematic Assessment of MOvement and Clinical Scores for Remote
Monitoring of Physical REhabilitation", IEEE TNSRE 27(7), 2019. No stated licence: research only.
What is trained on it ships in the research manifest alone.
"""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from models.training.errors import TrainingDataError
from models.training.motion.archive import open_archive
from models.training.motion.motion import Motion, facing_camera
from models.training.motion.repetitions import repetitions

__all__ = ["EXERCISES", "FOLDER", "FPS", "load", "repetitions"]

FOLDER: Final = "kimore"
"""Its folder among the data."""

FPS: Final = 30.0
HIGHEST_TOTAL: Final = 50.0

EXERCISES: Final = {
    "1": "arm_lift",
    "2": "trunk_side_tilt",
    "3": "trunk_rotation",
    "4": "pelvis_rotation",
    "5": "squat_deep",
}

# Head, shoulders, elbows, wrists, hips, knees, ankles; left before right.
_JOINTS: Final = (3, 4, 8, 5, 9, 6, 10, 12, 16, 13, 17, 14, 18)
# The Kinect's x grows to its own left and its z away from it: half a turn about y.
_KINECT_TO_ROOM: Final = np.array([-1.0, 1.0, -1.0])


def load(folder: Path) -> list[Motion]:
    """All recordings in ``folder``, which holds ``kimore_mm.npz`` and ``kimore.csv``, not cut.

    ``score_0_to_4`` is 4·(1 - total / 50), 0 perfect; ``None`` where the clinicians gave none.
    Raises :class:`~models.training.errors.TrainingDataError` for a missing or foreign file.
    """
    motions: list[Motion] = []
    table = folder / "kimore.csv"
    try:
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise TrainingDataError(f"{table} cannot be read ({error}): name its folder") from error
    with open_archive(folder / "kimore_mm.npz") as archive:
        for row in rows:
            key = f"{row['subject']}_Es{row['exercise']}"
            places_m = archive[key][:, _JOINTS].astype(np.float64) / 1000.0 * _KINECT_TO_ROOM
            joints_m, hips_m = facing_camera(places_m, FPS)
            motions.append(
                Motion(
                    key=key,
                    source="kimore",
                    subject=f"kimore_{row['subject']}",
                    exercise_id=EXERCISES[row["exercise"]],
                    joints_m=joints_m,
                    fps=FPS,
                    score_0_to_4=_score(row["TS_0_50"]),
                    hips_m=hips_m,
                )
            )
    return motions


def _score(total: str) -> float | None:
    return 4.0 * (1.0 - float(total) / HIGHEST_TOTAL) if total else None
