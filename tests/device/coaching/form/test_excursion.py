"""Levels that last, limits against errors, and the table of measured errors."""

import json
from pathlib import Path

import pytest

from device.coaching.form.excursion import lasting
from device.coaching.form.measured_error import MeasuredErrors, load_measured_errors
from device.coaching.form.rule import Limit
from models.errors import ExerciseDefinitionError
from models.exercises.form_rules import FAULT_CODES


def steps(*values: float, every_s: float = 0.1) -> list[tuple[float, float]]:
    return [(index * every_s, value) for index, value in enumerate(values)]


def test_the_highest_level_that_lasted_is_found() -> None:
    assert lasting(steps(0, 9, 0, 3, 4, 5, 0), 0.2) == 3
    assert lasting(steps(0, 9, 0, 3, 4, 5, 0), 0.0) == 9


def test_a_stretch_too_short_or_with_a_gap_says_nothing() -> None:
    assert lasting(steps(5, 5), 0.25) is None
    assert lasting([(0.0, 5.0), (0.1, 5.0), (1.0, 5.0), (1.1, 5.0)], 0.25) is None
    assert lasting([], 0.0) is None


@pytest.mark.parametrize(
    ("reading", "error", "said"),
    [
        (9.9, 5.0, False),
        (10.0, 5.0, True),
        (14.0, 15.0, "error_above_limit"),
        (24.9, 15.0, "error_above_limit"),
        (25.0, 15.0, True),
        (0.0, 15.0, "error_above_limit"),
    ],
)
def test_a_limit_is_never_finer_than_the_error(
    reading: float, error: float, said: bool | str
) -> None:
    assert Limit(10.0).judge(reading, error) == said


@pytest.mark.parametrize(
    ("reading", "error", "said"),
    [(0.1, 0.05, True), (0.2, 0.05, False), (0.1, 0.16, "error_above_limit")],
)
def test_nearness_is_judged_only_where_the_error_is_below_it(
    reading: float, error: float, said: bool | str
) -> None:
    assert Limit(0.15, nearness=True).judge(reading, error) == said


def test_an_exercise_without_its_own_error_takes_that_of_all() -> None:
    errors = MeasuredErrors.model_validate(
        {
            "measured_on": "a test",
            "faults": {"sway": {"any_exercise": 0.2, "by_exercise": {"single_leg_stance": 0.1}}},
        }
    )
    assert errors.of("sway", "single_leg_stance") == 0.1
    assert errors.of("sway", "tandem_stance") == 0.2
    assert errors.of("knee_valgus", "squat_mini") == float("inf")


def test_the_table_names_known_faults_and_says_what_it_was_measured_on() -> None:
    errors = load_measured_errors()
    assert set(errors.faults) <= set(FAULT_CODES)
    assert "simulated" in errors.measured_on


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"faults": {}})])
def test_a_bad_table_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "form_error.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExerciseDefinitionError, match=r"form_error\.json"):
        load_measured_errors(path)


def test_a_missing_table_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ExerciseDefinitionError, match="benchmark form"):
        load_measured_errors(tmp_path / "none.json")
