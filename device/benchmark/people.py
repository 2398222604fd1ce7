"""How repetitions are counted on recordings of people whose true count is known.

The recordings lie in a folder that is no part of the product. UI-PRMD's 3D joints are seen through
a model camera with a pose network's noise; the others are a network's own keypoints.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tqdm import tqdm

from device.analyse import analyse_poses
from device.benchmark.filmed_skeletons import (
    EXERCISES,
    camera_azimuth_deg,
    filmed,
    repetitions,
    subjects,
)
from device.recording import KeypointRecording, load_recording
from models.exercises.library import load_library

_SQUATS = "squat_deep"
_TRACKS: Final[Mapping[str, str]] = {
    "t03_rom_squat": "squat_deep",
    "t08_squat": "squat_deep",
    "t09_bicep_curl": "elbow_flexion",
    "t14_bridge": "bridge",
    "t17_ibbu_1": "shoulder_abduction",
    "t19_lateral_raise": "shoulder_abduction",
    "t22_front_raise": "arm_lift",
}
"""The clips that begin and end at rest, with the exercise that they show; each is of somebody
else."""
_CAMERAS: Final = ((0.0, 1.1), (15.0, 0.8), (-15.0, 1.4))
"""Degrees off the exercise's view, and height in metres."""


@dataclass(frozen=True, slots=True)
class PeopleRow:
    """Recordings of one set: ``exact`` and ``off_by_one`` are shares of them; ``worst_person`` is
    the lowest share of exact counts of any one person with at least five recordings.
    """

    name: str
    people: int
    recordings: int
    exact: float
    off_by_one: float
    worst_person: float | None


def measure_people(data: Path) -> Iterator[PeopleRow]:
    """Two rows or one for each set that is in ``data``."""
    if (data / "tracks" / "tracks.npz").exists():
        yield _tracks(data / "tracks")
    if (data / "squats" / "squats.npz").exists():
        yield _squats(data / "squats")
    if (data / "uiprmd" / "uiprmd_mm.npz").exists():
        yield from _skeletons(data / "uiprmd" / "uiprmd_mm.npz")


def _tracks(folder: Path) -> PeopleRow:
    errors: dict[str, list[int]] = {}
    with (folder / "tracks.csv").open(encoding="utf-8") as rows:
        true = {row["track"]: int(row["true_reps"]) for row in csv.DictReader(rows)}
    for name, exercise_id in _TRACKS.items():
        recording = load_recording(folder / "tracks.npz", name)
        errors[name] = [_error(recording, exercise_id, true[name])]
    return row_of("clips of people", errors)


def _squats(folder: Path) -> PeopleRow:
    errors: dict[str, list[int]] = defaultdict(list)
    with (folder / "squats.csv").open(encoding="utf-8") as rows:
        usable = [row for row in csv.DictReader(rows) if row["pair_ok"] == "1"]
    for row in usable:
        recording = load_recording(folder / "squats.npz", row["id"])
        errors[row["split_group"]].append(_error(recording, _SQUATS, 1))
    return row_of("squats filmed from the front", errors)


def _skeletons(archive: Path) -> Iterator[PeopleRow]:
    """Each recording by itself, which is one repetition, and those of one person in one take."""
    single: dict[str, list[int]] = defaultdict(list)
    joined: dict[str, list[int]] = defaultdict(list)
    library = load_library()
    people = [(movement, person) for movement in EXERCISES for person in subjects(archive)]
    for movement, person in tqdm(people, "recorded skeletons", unit=" people"):
        exercise = library.measured(EXERCISES[movement])
        recordings = repetitions(archive, movement, person)
        if not recordings:
            continue
        azimuth_deg = camera_azimuth_deg(exercise, recordings)
        for seed, (off_deg, height_m) in enumerate(_CAMERAS):
            take = filmed(recordings, azimuth_deg + off_deg, height_m, seed)
            joined[person].append(_error(take, exercise.id, len(recordings)))
        for seed, recording in enumerate(recordings):
            off_deg, height_m = _CAMERAS[seed % len(_CAMERAS)]
            take = filmed([recording], azimuth_deg + off_deg, height_m, seed)
            single[person].append(_error(take, exercise.id, 1))
    yield row_of("skeletons of people, one repetition", single)
    yield row_of("skeletons of people, all of one person's", joined)


def _error(recording: KeypointRecording, exercise_id: str, true: int) -> int:
    exercise = load_library().measured(exercise_id)
    found = analyse_poses(recording.poses(), exercise, None, "recording", recording.fps)
    return abs(found.reps_counted - true)


def row_of(name: str, errors: dict[str, list[int]]) -> PeopleRow:
    """The row of count errors by person."""
    every = [error for each in errors.values() for error in each]
    shares = [sum(e == 0 for e in each) / len(each) for each in errors.values() if len(each) >= 5]
    return PeopleRow(
        name=name,
        people=len(errors),
        recordings=len(every),
        exact=round(sum(error == 0 for error in every) / len(every), 3),
        off_by_one=round(sum(error <= 1 for error in every) / len(every), 3),
        worst_person=round(min(shares), 3) if shares else None,
    )
