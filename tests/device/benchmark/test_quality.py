"""The table of the quality analysis: whose figures, what they are beside, and in which order."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device.benchmark.quality import quality_benchmark
from device.benchmark.quality_at_training import rows_at_training, training_figures
from device.benchmark.quality_row import QualityRow, quality_table
from device.cli import main
from device.errors import QualityError
from device.quality.stages import ORDER, RESEARCH_SCORE
from models.networks.manifest import MANIFEST_FILE

DOCUMENT = Path(__file__).parents[3] / "docs" / "quality_table.md"
ROW = QualityRow("depth", "somebody", "pictures", "MPJPE, cm", aim=4.5, lower_is_better=True)


@pytest.fixture(scope="module")
def at_training() -> list[QualityRow]:
    return rows_at_training()


def test_every_stage_that_ships_has_figures_of_the_very_file_that_ships(
    at_training: list[QualityRow],
) -> None:
    assert {row.stage for row in at_training} == {*ORDER, RESEARCH_SCORE}
    assert all(row.when == "at training" for row in at_training)


def test_figures_of_another_file_are_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(MANIFEST_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(QualityError, match=r"trimming\.json cannot be read: train trimming anew"):
        training_figures("trimming", manifest)
    figures = json.loads(MANIFEST_FILE.with_name("trimming.json").read_text(encoding="utf-8"))
    other = figures | {"sha256": "0" * 64}
    (tmp_path / "trimming.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(QualityError, match="of another file than ships"):
        training_figures("trimming", manifest)


def test_errors_and_accuracies_stand_beside_a_constant_or_a_baseline(
    at_training: list[QualityRow],
) -> None:
    compared = [row for row in at_training if "judge" not in row.figure]
    alone = [row for row in compared if row.constant is None and row.baseline is None]
    assert not alone, alone


def test_splits_at_random_say_so_and_have_no_aim(at_training: list[QualityRow]) -> None:
    flattering = [row for row in at_training if "at random" in row.measured_on]
    assert flattering
    assert all(row.for_comparison_only and row.aim is None for row in flattering)
    assert "to compare only" in quality_table(flattering[:1])


def test_an_aim_is_reached_by_a_value_as_good() -> None:
    assert ROW.of(4.5).reached is True
    assert ROW.of(4.6).reached is False
    assert replace(ROW, lower_is_better=False).of(4.4).reached is False
    assert ROW.of(None).reached is None
    assert replace(ROW, aim=None).of(1.0).reached is None


def test_the_table_has_one_line_for_each_row_and_says_what_was_missed() -> None:
    lines = quality_table([ROW.of(8.78, 13.11, part="P1"), ROW.of(None)]).splitlines()
    assert len(lines) == 4
    assert lines[2] == (
        "| depth | somebody | real: pictures of people | P1 | MPJPE, cm | 8.78 | 13.1 | - |"
        " ≤ 4.5: missed | now |"
    )
    assert len({line.count("|") for line in lines}) == 1


def test_stages_stand_in_the_order_of_their_work_and_people_before_simulation() -> None:
    rows = [
        QualityRow("score", "", "simulated", ""),
        QualityRow("depth", "", "simulated", ""),
        QualityRow("depth", "", "pictures", ""),
        QualityRow("all", "", "none", ""),
    ]
    found = [(row.stage, row.data) for row in quality_benchmark(rows, None, None).rows]
    assert found == [
        ("depth", "pictures"), ("depth", "simulated"), ("score", "simulated"), ("all", "none")
    ]  # fmt: skip


def test_the_command_gives_every_row_as_json(at_training: list[QualityRow]) -> None:
    answer = CliRunner().invoke(main, ["benchmark", "quality", "--turns", "0", "--json"])
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.stdout)["rows"]
    assert len(rows) == len(at_training)
    assert {"stage", "value", "constant", "baseline", "aim", "reached", "when"} <= set(rows[0])


def test_the_documentation_has_what_training_wrote_of_the_files_that_ship(
    at_training: list[QualityRow],
) -> None:
    told = DOCUMENT.read_text(encoding="utf-8").splitlines()
    missing = set(quality_table(at_training).splitlines()) - set(told)
    assert not missing, f"scripts/bench quality makes {DOCUMENT.name} anew"


def test_plots_without_data_are_refused(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["benchmark", "quality", "--plots", str(tmp_path)])
    assert answer.exit_code == 2
    assert "name --data as well" in answer.stderr
