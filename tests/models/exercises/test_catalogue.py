"""Every text in every language."""

import re
from pathlib import Path

import pytest

from device.kiosk.screen import KIOSK_TEXTS, kiosk_catalogue
from models.exercises.catalogue import LANGUAGES, TEXTS_FOLDER, TextError, exercise_catalogue
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library


def message_ids(path: Path) -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*) =", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("folder", [TEXTS_FOLDER, KIOSK_TEXTS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_have_the_same_texts(folder: Path, language: str) -> None:
    assert message_ids(folder / f"{language}.ftl") == message_ids(folder / "en.ftl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_an_exercise_needs_is_there(language: str) -> None:
    texts = exercise_catalogue(language)
    for exercise in load_library().values():
        rules = (
            [exercise.form.rule(code) for code in exercise.form.fault_codes()]
            if isinstance(exercise, ExerciseDefinition)
            else []
        )
        cues = [rule.cue for rule in rules]
        for message_id in (
            exercise.name, exercise.instruction, *cues, *exercise.cannot_judge,
            *exercise.contraindications,
        ):  # fmt: skip
            assert texts.text(message_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cues_have_at_most_seven_words(language: str) -> None:
    texts = exercise_catalogue(language)
    for message_id in message_ids(TEXTS_FOLDER / "en.ftl"):
        if message_id.startswith("cue-"):
            assert len(texts.text(message_id).split()) <= 7


@pytest.mark.parametrize(("sets", "said"), [(1, "1 set of 5"), (3, "3 sets of 5")])
def test_plurals(sets: int, said: str) -> None:
    assert kiosk_catalogue("en").text("reps-plan", sets=sets, reps=5) == said


def test_a_missing_text_or_value_is_an_error() -> None:
    with pytest.raises(TextError, match="no-such-text"):
        kiosk_catalogue("en").text("no-such-text")
    with pytest.raises(TextError, match="count-of"):
        kiosk_catalogue("en").text("count-of")
    with pytest.raises(TextError, match="xx"):
        kiosk_catalogue("xx")
