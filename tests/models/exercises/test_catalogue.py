"""Every text in every language."""

import re
from pathlib import Path
from typing import get_args

import pytest

from device.coaching.cues import PRAISE
from device.coaching.form.rule import NotJudged
from device.kiosk.screen import KIOSK_TEXTS, kiosk_catalogue
from models.exercises.catalogue import (
    LANGUAGES,
    TEXTS_FOLDER,
    TextError,
    exercise_catalogue,
    fault_text,
    not_judged_text,
)
from models.exercises.form_rules import FAULT_CODES
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
        for key, message_id in exercise.text_ids():
            assert texts.text(message_id), (exercise.id, key)


def test_no_text_is_left_over() -> None:
    needed = {text_id for each in load_library().values() for _, text_id in each.text_ids()}
    needed |= {f"fault-{code.replace('_', '-')}" for code in FAULT_CODES}
    needed |= {f"not-judged-{reason.replace('_', '-')}" for reason in get_args(NotJudged)}
    assert message_ids(TEXTS_FOLDER / "en.ftl") == needed | {PRAISE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_and_every_reason_has_a_name(language: str) -> None:
    texts = exercise_catalogue(language)
    for code in FAULT_CODES:
        assert fault_text(code, language) == texts.text(f"fault-{code.replace('_', '-')}")
    for reason in get_args(NotJudged):
        assert not_judged_text(reason, language) == texts.text(
            f"not-judged-{reason.replace('_', '-')}"
        )


def test_a_fault_of_a_newer_device_keeps_its_code() -> None:
    assert fault_text("toe_drag") == "toe drag"
    assert not_judged_text("too_dark") == "too dark"


@pytest.mark.parametrize("language", LANGUAGES)
def test_cues_have_seven_words_and_what_stands_on_the_screen_fits_it(language: str) -> None:
    texts = exercise_catalogue(language)
    for message_id in message_ids(TEXTS_FOLDER / "en.ftl"):
        text = texts.text(message_id)
        if message_id.startswith("cue-"):
            assert len(text.split()) <= 7, text
        if message_id.startswith("instruction-"):
            assert len(text) <= 50, text
        if message_id.startswith("exercise-"):
            assert len(text) <= 34, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_library_is_also_a_text_of_the_kiosk(language: str) -> None:
    ours = message_ids(TEXTS_FOLDER / f"{language}.ftl")
    assert not ours & message_ids(KIOSK_TEXTS / f"{language}.ftl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_in_a_text_has_its_plural_forms(language: str) -> None:
    for folder in (TEXTS_FOLDER, KIOSK_TEXTS):
        text = (folder / f"{language}.ftl").read_text(encoding="utf-8")
        assert text.count("->") == text.count("[one]") == text.count("*[other]")


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
