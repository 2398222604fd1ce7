"""Simulated movement with graded faults, from files that a command of the device wrote.

``python -m device.camera.simulated.training_motion --out FOLDER``; its docstring has the format.
Written for this project: what is trained on it may ship. A simulated body moves as the library
says, smoothly and with one fault at a time: good for lifting and for faults that real sets do not
label, never a proof that something works on people.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS
from models.training.errors import TrainingDataError
from models.training.motion.archive import open_archive
from models.training.motion.motion import Motion

EVERYDAY: Final = "everyday"
"""The exercise's id of movement that is no exercise."""

_IN_FILE: Final = {
    f"{side}_{ours}": f"{side}_{theirs}"
    for side in ("left", "right")
    for ours, theirs in (("hand", "wrist"), ("foot", "ankle"))
}
_HIPS: Final = (JOINTS.index("left_hip"), JOINTS.index("right_hip"))


@dataclass(frozen=True, slots=True)
class TrueRepetition:
    """One repetition: seconds since the take began, the side trained, and what was wrong.

    ``size`` is a multiple of the fault's limit: 0 nothing, 1 just at the limit.
    """

    number: int
    begins_s: float
    peaks_s: float
    returned_s: float
    side: str
    fault: str | None
    size: float


@dataclass(frozen=True, slots=True)
class SimulatedTake:
    """A set with what was done before and after it.

    ``motion`` faces the camera as the set begins. ``keypoints_m`` float32 [T, 17, 3] are COCO's
    keypoints in the same axes as ``motion.places_m``. The set lasts from ``begins_s`` to
    ``ends_s``, both ``None`` in everyday movement alone.
    """

    motion: Motion
    keypoints_m: NDArray[np.float32]
    begins_s: float | None
    ends_s: float | None
    repetitions: tuple[TrueRepetition, ...]

    def repetition_motions(self) -> list[Motion]:
        """Each repetition alone; ``correct`` while its fault is within the limit."""
        fps, found = self.motion.fps, []
        for repetition in self.repetitions:
            begin = max(round(repetition.begins_s * fps), 0)
            end = min(round(repetition.returned_s * fps) + 1, len(self.motion.joints_m))
            faults = {repetition.fault: repetition.size} if repetition.fault else {}
            alone = self.motion.cut(begin, end, repetition.number)
            correct = all(size <= 1.0 for size in faults.values())
            found.append(replace(alone, correct=correct, faults=faults))
        return found


def load(folder: Path) -> list[Motion]:
    """Every repetition in ``folder``, alone; see :func:`takes`."""
    return [motion for take in takes(folder) for motion in take.repetition_motions()]


def takes(folder: Path) -> list[SimulatedTake]:
    """All takes in ``folder``, of every ``body-*.npz``.

    Raises :class:`~models.training.errors.TrainingDataError` where there is none, or for a file
    that is broken.
    """
    paths = sorted(folder.glob("body-*.npz"))
    if not paths:
        raise TrainingDataError(
            f"no simulated movement in {folder}: write it with"
            " `python -m device.camera.simulated.training_motion`"
        )
    return [take for path in paths for take in _takes_of(path)]


def _takes_of(path: Path) -> list[SimulatedTake]:
    with open_archive(path) as archive:
        points = [str(name) for name in archive["points"]]
        fps = float(archive["fps"])
        truths: list[dict[str, Any]] = json.loads(archive["takes"].tobytes())
        return [_take(path.stem, points, fps, truth, archive[truth["key"]]) for truth in truths]


def _take(
    subject: str, points: list[str], fps: float, truth: dict[str, Any], points_mm: NDArray[np.int16]
) -> SimulatedTake:
    # The file's axes are those of a body that faces the camera as the set begins.
    places_m = (points_mm / 1000.0).astype(np.float32)
    joints_m = places_m[:, [points.index(_IN_FILE.get(name, name)) for name in JOINTS]]
    hips_m = joints_m[:, _HIPS].mean(axis=1)
    motion = Motion(
        key=f"{subject}_{truth['key']}",
        source="simulated",
        subject=subject,
        exercise_id=truth["exercise_id"],
        joints_m=joints_m - hips_m[:, None],
        fps=fps,
        hips_m=hips_m - hips_m[0],
    )
    return SimulatedTake(
        motion=motion,
        keypoints_m=places_m[:, 1:] - hips_m[0],
        begins_s=truth["begins_s"],
        ends_s=truth["ends_s"],
        repetitions=tuple(TrueRepetition(**each) for each in truth["repetitions"]),
    )
