"""Trees as plain data give what their splits say, and a broken file is found out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.movement_score.errors import ScoreFilesError
from models.movement_score.forest import LEAF, Forests


def two_exercises() -> Forests:
    """Of the first, one tree asks for the bend and one is a leaf; of the second both are leaves."""
    return Forests(
        exercises=np.array(["arm_lift", "squat_deep"]),
        features=np.array(["bend", "tempo"]),
        feature=np.array([0, LEAF, 1, LEAF, LEAF, LEAF, LEAF, LEAF], np.int16),
        threshold=np.array([10.0, 0, 0.5, 0, 0, 0, 0, 0], np.float32),
        left=np.array([1, 1, 3, 3, 4, 5, 6, 7], np.int32),
        right=np.array([2, 1, 4, 3, 4, 5, 6, 7], np.int32),
        value=np.array([0, 0.5, 0, 2, 4, 1, 3, 3], np.float16),
        roots=np.array([[0, 5], [6, 7]], np.int32),
        widening=np.array(2.0),
    )


def test_each_row_goes_its_own_way() -> None:
    asked = np.array([[10.0, 9.0], [10.1, 0.5], [11.0, 0.6]])
    scores, deviations = two_exercises().scores(asked, "arm_lift")
    assert scores.tolist() == [0.75, 1.5, 2.5]
    assert deviations.tolist() == [0.5, 1.0, 3.0]


def test_trees_that_agree_are_sure() -> None:
    scores, deviations = two_exercises().scores(np.zeros((1, 2)), "squat_deep")
    assert (scores[0], deviations[0]) == (3.0, 0.0)


def test_an_exercise_without_a_forest_is_an_error() -> None:
    with pytest.raises(KeyError):
        two_exercises().scores(np.zeros((1, 2)), "lunge_side")


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "score.npz"
    two_exercises().save(file)
    asked = np.array([[10.1, 0.7]])
    read = Forests.load(file).scores(asked, "arm_lift")
    assert read[0].tolist() == two_exercises().scores(asked, "arm_lift")[0].tolist()


@pytest.mark.parametrize(
    "broken",
    [
        {"left": np.array([0, 1, 3, 3, 4, 5, 6, 7], np.int32)},
        {"right": np.array([2, 1, 8, 3, 4, 5, 6, 7], np.int32)},
        {"feature": np.array([2, LEAF, 1, LEAF, LEAF, LEAF, LEAF, LEAF], np.int16)},
        {"value": np.zeros(7, np.float16)},
        {"roots": np.array([[0, 5], [6, 8]], np.int32)},
    ],
)
def test_trees_in_which_one_could_be_lost_are_refused(
    tmp_path: Path, broken: dict[str, np.ndarray]
) -> None:
    file = tmp_path / "score.npz"
    replace(two_exercises(), **broken).save(file)
    with pytest.raises(ScoreFilesError, match="install"):
        Forests.load(file)


def test_another_file_is_no_forest(tmp_path: Path) -> None:
    file = tmp_path / "score.npz"
    file.write_bytes(b"no archive")
    with pytest.raises(ScoreFilesError, match="install"):
        Forests.load(file)
