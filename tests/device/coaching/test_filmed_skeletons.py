"""Counts of recorded people whose 3D joints a model camera sees, by person."""

from collections import defaultdict
from pathlib import Path

import pytest

from device.analyse import analyse_poses
from device.benchmark import filmed_skeletons
from models.exercises.library import load_library

pytestmark = pytest.mark.shared_data
LIBRARY = load_library()
# Thresholds were chosen mostly on the others, but these were looked at too: no clean hold-out.
HELD_BACK = ("s04", "s05", "s06", "s07")
# Seen from the front a side lunge bends the knee towards the camera: counted only roughly.
ROUGHLY = "m04"


def counts(
    archive: Path, movement: str, subject: str, off_deg: float, height_m: float
) -> list[int]:
    """How many were counted, and how many were done."""
    exercise = LIBRARY.measured(filmed_skeletons.EXERCISES[movement])
    recordings = filmed_skeletons.repetitions(archive, movement, subject)
    frontal = exercise.view == "frontal" or movement == "m02"
    azimuth_deg = (0.0 if frontal else 90.0) + off_deg
    if filmed_skeletons.moving_side(recordings) == "right":
        azimuth_deg = -azimuth_deg
    seed = int(subject[1:])
    recording = filmed_skeletons.filmed(recordings, azimuth_deg, height_m, seed)
    counted = analyse_poses(recording.poses(), exercise, None, "test").reps_counted
    return [counted, len(recordings)]


@pytest.mark.parametrize("movement", ["m05", "m07", "m10"])
def test_ten_repetitions_of_a_recorded_person(shared_data: Path, movement: str) -> None:
    archive = shared_data / "uiprmd" / "uiprmd_mm.npz"
    counted, done = counts(archive, movement, "s06", -10.0, 1.0)
    assert counted == done == 10


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_recorded_people_are_counted_whoever_they_are(shared_data: Path) -> None:
    archive = shared_data / "uiprmd" / "uiprmd_mm.npz"
    errors: dict[str, list[int]] = defaultdict(list)
    for movement, subject, camera in (
        (movement, subject, camera)
        for movement in filmed_skeletons.EXERCISES
        if movement != ROUGHLY
        for subject in HELD_BACK
        for camera in ((-10.0, 1.0), (15.0, 1.4))
    ):
        counted, done = counts(archive, movement, subject, *camera)
        errors[subject].append(abs(counted - done))
    every = [error for each in errors.values() for error in each]
    print({subject: sum(e == 0 for e in each) / len(each) for subject, each in errors.items()})
    assert sum(error == 0 for error in every) / len(every) >= 0.85
    assert sum(error <= 1 for error in every) / len(every) >= 0.97
