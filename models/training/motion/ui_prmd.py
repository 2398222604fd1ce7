"""UI-PRMD: ten movements, each done correctly and incorrectly by healthy people (Kinect v2, 30 Hz).

Vakanski, Jun, Paul and Baker, "A Data Set of Human Body Movements for Physical Rehabilitation
Exercises", Data 3(1), 2018. Open Data Commons Public Domain Dedication and Licence: what is trained
on it may ship.
"""

from pathlib import Path
from typing import Final

import numpy as np

from models.training.motion.archive import open_archive
from models.training.motion.motion import Motion, facing_camera

FOLDER: Final = "uiprmd"
"""Its folder among the data."""

FPS: Final = 30.0

EXERCISES: Final = {
    "m01": "squat_deep",
    "m02": "hurdle_step",
    "m03": "lunge_inline",
    "m04": "lunge_side",
    "m05": "sit_to_stand",
    "m06": "slr_standing",
    "m07": "shoulder_abduction",
    "m08": "shoulder_extension",
    "m09": "shoulder_rotation_90",
    "m10": "scaption",
}

# Shoulders, elbows, wrists, hips, knees, ankles; left before right. The head is the segment's tip:
# its other end lies at the neck, a quarter of a torso above the shoulders against the .48 of
# KIMORE's and the .56 of the squats' head; the tip lies at .38.
_JOINTS: Final = (5, 7, 11, 8, 12, 9, 13, 14, 18, 15, 19, 16, 20)


def load(folder: Path) -> list[Motion]:
    """All episodes in ``folder``, which holds ``uiprmd_mm.npz``; each is one repetition.

    Raises :class:`~models.training.errors.TrainingDataError` for a missing or foreign file.
    """
    motions: list[Motion] = []
    with open_archive(folder / "uiprmd_mm.npz") as archive:
        for key in archive.files:
            movement, subject, episode, manner = key.split("_")
            segments_m = archive[key].astype(np.float64) / 1000.0
            joints_m, hips_m = facing_camera(segments_m[:, _JOINTS], FPS)
            motions.append(
                Motion(
                    key=key,
                    source="ui_prmd",
                    subject=f"ui_prmd_{subject}",
                    exercise_id=EXERCISES[movement],
                    joints_m=joints_m,
                    fps=FPS,
                    correct=manner == "c",
                    repetition=int(episode[1:]),
                    hips_m=hips_m,
                )
            )
    return motions
