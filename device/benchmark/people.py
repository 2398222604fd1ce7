"""How repetitions are counted on recordings of people whose true count is known.

The recordings lie in a folder that is no part of the product. UI-PRMD's 3D joints are seen through
a model camera with a pose network's noise; the others are a network's own keypoints.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device.analyse import analyse_poses
from device.recording import load_recording
from models.exercises.library import load_library

_SQUATS = "squat_deep"


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
    """One row for each set that is in ``data``."""
    if (data / "squats" / "squats.npz").exists():
        yield _squats(data / "squats")


def _squats(folder: Path) -> PeopleRow:
    errors: dict[str, list[int]] = defaultdict(list)
    exercise = load_library().measured(_SQUATS)
    with (folder / "squats.csv").open(encoding="utf-8") as rows:
        usable = [row for row in csv.DictReader(rows) if row["pair_ok"] == "1"]
    for row in usable:
        recording = load_recording(folder / "squats.npz", row["id"])
        found = analyse_poses(recording.poses(), exercise, None, "recording", recording.fps)
        errors[row["split_group"]].append(abs(found.reps_counted - 1))
    return row_of("squats filmed from the front", errors)


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
