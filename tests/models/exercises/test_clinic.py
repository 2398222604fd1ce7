"""A clinic adds exercises of its own by adding files, and is told what is wrong in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_bridge.settings import load_settings as load_bridge_settings
from device.kiosk.screen import kiosk_catalogue
from device.settings import load_settings as load_device_settings
from models.errors import ExerciseDefinitionError
from models.exercises.catalogue import LANGUAGES, exercise_text
from models.exercises.clinic import FOLDER_VARIABLE
from models.exercises.library import LIBRARY_FOLDER, load_library

NAMES = {"en": "Squat at the wall", "de": "Kniebeuge an der Wand", "fr": "Flexion contre le mur"}


@pytest.fixture(autouse=True)
def no_folder_chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    yield
    kiosk_catalogue.cache_clear()


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text(encoding="utf-8")
    text = text.replace('id = "squat_mini"', 'id = "squat_wall"')
    text = text.replace('name = "exercise-squat-mini"', 'name = "exercise-squat-wall"')
    (tmp_path / "squat_wall.toml").write_text(text, encoding="utf-8")
    (tmp_path / "texts").mkdir()
    for language, name in NAMES.items():
        path = tmp_path / "texts" / f"{language}.ftl"
        path.write_text(f"exercise-squat-wall = {name}\n", encoding="utf-8")
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_its_exercises_come_on_top_of_ours(clinic: Path) -> None:
    assert set(load_library(clinic)) == set(load_library()) | {"squat_wall"}


def test_its_file_of_the_same_name_replaces_ours_and_keeps_what_was_measured(
    clinic: Path,
) -> None:
    ours = load_library().measured("squat_mini")
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text(encoding="utf-8")
    (clinic / "squat_mini.toml").write_text(
        text.replace("limit_deg = 40", "limit_deg = 35"), encoding="utf-8"
    )
    theirs = load_library(clinic).measured("squat_mini")
    assert theirs.form.trunk_lean_forward is not None
    assert theirs.form.trunk_lean_forward.limit_deg == 35
    assert ours.accuracy is not None
    assert theirs.accuracy == ours.accuracy


def test_another_measure_is_not_given_our_measured_error(clinic: Path) -> None:
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text(encoding="utf-8")
    (clinic / "squat_mini.toml").write_text(
        text.replace('measure = "knee_flexion"', 'measure = "hip_flexion"'), encoding="utf-8"
    )
    assert load_library(clinic).measured("squat_mini").accuracy is None


@pytest.mark.parametrize("load_settings", [load_device_settings, load_bridge_settings])
def test_the_configuration_names_the_folder(load_settings, clinic: Path, tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.write_text(f'exercise_folder = "{clinic}"\n', encoding="utf-8")
    load_settings(configuration)
    assert "squat_wall" in load_library()
    for language in LANGUAGES:
        assert exercise_text("exercise-squat-wall", language) == NAMES[language]


def test_the_kiosk_says_its_words(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(clinic))
    kiosk_catalogue.cache_clear()
    assert kiosk_catalogue("de").text("exercise-squat-wall") == NAMES["de"]


def test_a_missing_word_is_named_with_file_key_and_language(clinic: Path) -> None:
    change(clinic / "squat_wall.toml", "cue-trunk-lean", "cue-lean-less")
    with pytest.raises(
        ExerciseDefinitionError,
        match=r"squat_wall\.toml: form\.trunk_lean_forward\.cue: .*cue-lean-less.*en\.ftl",
    ):
        load_library(clinic)


def test_a_language_that_is_left_out_is_named(clinic: Path) -> None:
    (clinic / "texts" / "fr.ftl").unlink()
    with pytest.raises(ExerciseDefinitionError, match=r"texts/fr\.ftl"):
        load_library(clinic)


def test_a_line_that_is_no_text_is_named(clinic: Path) -> None:
    (clinic / "texts" / "de.ftl").write_text("exercise-squat-wall: Wand\n", encoding="utf-8")
    with pytest.raises(ExerciseDefinitionError, match=r"de\.ftl.*exercise-squat-wall: Wand"):
        load_library(clinic)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExerciseDefinitionError, match="exercise_folder"):
        load_library(tmp_path / "nowhere")
