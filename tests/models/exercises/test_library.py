"""The exercise library: complete, and clear about what is wrong in a file."""

from pathlib import Path

import pytest

from models.errors import ExerciseDefinitionError, ExerciseNotFoundError
from models.exercises.library import LIBRARY_FOLDER, load_exercise, load_library

SEVEN = {
    "sit_to_stand", "squat_mini", "squat_deep", "shoulder_abduction", "arm_lift",
    "knee_extension_seated", "hip_abduction_standing",
}  # fmt: skip


def test_the_seven_exercises_are_there() -> None:
    assert set(load_library()) >= SEVEN


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ExerciseNotFoundError, match="squat_mini"):
        load_library()["handstand"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("easy_deg = 30", "easy_deg = -30"), "range_of_motion"),
        (("limit_deg = 40", "limit_deg = 400"), r"form\.trunk_lean_forward\.limit_deg"),
        (("reps = 10", ""), r"dose\.reps"),
        (("reps = 10", 'reps = "many"'), r"dose\.reps"),
        (("enter = 0.75", "enter = 0.1"), "repetition"),
        (('id = "squat_mini"', 'id = "other"'), "id"),
        (("[dose]", "[dose"), "TOML"),
        (("schema_version = 2", "schema_version = 2\nsurprise = 2"), "surprise"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text()
    assert change[0] in text
    path = tmp_path / "squat_mini.toml"
    path.write_text(text.replace(*change, 1))
    with pytest.raises(ExerciseDefinitionError, match=rf"squat_mini\.toml.*{said}"):
        load_exercise(path)


def test_an_exercise_is_added_by_adding_a_file(tmp_path: Path) -> None:
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text()
    for path in LIBRARY_FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "squat_wall.toml").write_text(
        text.replace('id = "squat_mini"', 'id = "squat_wall"')
    )
    assert set(load_library(tmp_path)) == set(load_library()) | {"squat_wall"}
