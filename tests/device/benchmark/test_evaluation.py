"""Held-out sets: the figures of each stage, and folders that hold none."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from device.benchmark.evaluation import _area, _spearman, evaluate_set
from device.cli import main
from device.errors import ClipError

EPISODES = ("m01_s02_e01_c", "m01_s02_e01_i", "m01_s02_e02_c", "m07_s02_e01_c", "m07_s02_e01_i")


def test_a_folder_without_a_set_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"uiprmd_mm\.npz; kimore_mm\.npz and kimore\.csv"):
        evaluate_set(tmp_path, 1)
    answer = CliRunner().invoke(main, ["evaluate", "--set", str(tmp_path), "--json"])
    assert answer.exit_code != 0


def test_the_area_under_the_curve_and_the_rank_correlation_are_those_of_the_books() -> None:
    values, positive = np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])
    assert _area(values, positive) == pytest.approx(0.75)
    assert _area(np.array([1.0, 1.0]), np.array([True, False])) == pytest.approx(0.5)
    assert _area(values, np.ones(4, np.bool_)) is None
    assert _spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])) == (
        pytest.approx(0.8)
    )
    assert _spearman(np.ones(3), np.arange(3.0)) is None


@pytest.mark.shared_data
def test_episodes_of_one_person_are_judged_as_recorded_and_as_lifted(
    shared_data: Path, tmp_path: Path
) -> None:
    with np.load(shared_data / "uiprmd" / "uiprmd_mm.npz") as archive:
        np.savez(tmp_path / "uiprmd_mm.npz", **{key: archive[key] for key in EPISODES})
    answer = CliRunner().invoke(main, ["evaluate", "--set", str(tmp_path), "--json"])
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)["ui_prmd"]
    assert figures["subjects"] == ["ui_prmd_s02"]
    assert figures["episodes"] == len(EPISODES)
    assert set(figures["depth_mpjpe_cm"]) == {"squat_deep", "shoulder_abduction", "all"}
    assert 1 < figures["depth_mpjpe_cm"]["all"] < 20
    for name in ("true", "lifted"):
        assert figures[f"form_gate_{name}"]["squat_deep"]["episodes"] == 3
        assert 0 <= figures[f"score_{name}"]["squat_deep"]["scored"] <= 3
    # The gate was trained on this person: as recorded it must know them.
    assert figures["form_gate_true"]["mean"]["auc"] == 1.0
