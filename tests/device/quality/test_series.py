"""The stages' series as tables, from the command line."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from device.cli import main
from device.quality.series import SERIES_NAMES
from models.kinect_joints import JOINTS


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return names, np.array(rows, dtype=np.float64)


@pytest.fixture(scope="module")
def written(filmed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    recording = filmed()
    recording.save(folder / "set.npz")
    answer = run(
        "analyse", folder / "set.npz", "--exercise", "shoulder_abduction", "--quality", "--json",
        "--csv", folder / "tables",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    return recording, json.loads(answer.stdout)["quality"], folder / "tables"


def test_every_series_is_written_with_a_row_for_each_frame(written):
    recording, quality, folder = written
    assert sorted(path.stem for path in folder.iterdir()) == sorted(SERIES_NAMES)
    begins_s, ends_s = quality["in_space"]["trimmed_s"]
    for name in SERIES_NAMES:
        names, rows = table(folder / f"{name}.csv")
        assert names[0] == "time_s"
        assert rows.shape[1] == len(names) == len(set(names))
        if name.endswith("_trimmed"):
            assert 0 < len(rows) < len(recording)
            assert begins_s - 0.01 <= rows[0, 0] <= rows[-1, 0] <= ends_s + 0.01
        else:
            assert np.allclose(rows[:, 0], recording.times_s, atol=1e-4)


def test_the_tables_hold_what_the_document_holds(written):
    recording, quality, folder = written
    names, rows = table(folder / "keypoints.csv")
    assert names[1:4] == ["nose_y", "nose_x", "nose_score"]
    assert np.allclose(rows[:, 1:], recording.keypoints.reshape(len(recording), -1), atol=1e-4)
    assert np.allclose(quality["keypoints"], recording.keypoints, atol=1e-4)
    names, rows = table(folder / "in_space.csv")
    hand = JOINTS.index("left_hand")
    column = names.index("left_hand_y_m")
    assert np.allclose(rows[:, column], np.array(quality["in_space"]["joints_m"])[:, hand, 1])
    column = names.index("left_hand_deviation_m")
    assert np.allclose(rows[:, column], np.array(quality["in_space"]["deviation_m"])[:, hand])
    names, rows = table(folder / "converted.csv")
    column = names.index("left_hand_score")
    assert np.allclose(rows[:, column], np.array(quality["in_space"]["converted"])[:, hand, 2])


def test_a_set_that_the_gate_stopped_has_its_keypoints_alone(filmed, tmp_path):
    recording = filmed()
    hidden = recording.keypoints.copy()
    hidden[..., 2] = 0.05
    np.savez(
        tmp_path / "set.npz", keypoints=hidden, times_s=recording.times_s,
        width=recording.width, height=recording.height,
    )  # fmt: skip
    answer = run(
        "analyse", tmp_path / "set.npz", "--exercise", "shoulder_abduction", "--quality",
        "--csv", tmp_path,
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert [path.name for path in tmp_path.glob("*.csv")] == ["keypoints.csv"]


def test_tables_are_of_the_quality_stages_only(filmed, tmp_path):
    filmed().save(tmp_path / "set.npz")
    answer = run(
        "analyse", tmp_path / "set.npz", "--exercise", "shoulder_abduction", "--csv", tmp_path
    )
    assert answer.exit_code == 2
    assert "--quality" in answer.output
