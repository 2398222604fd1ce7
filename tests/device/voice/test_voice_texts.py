"""What is read aloud: every text in every language, in words that a voice can read."""

import re

import pytest

from device.errors import VoiceError
from device.voice.utterance import Urgency, Utterance, Words, parse_utterance
from device.voice.wording import (
    SPOKEN,
    VOICE_TEXTS,
    counted,
    phrases,
    readable,
    spoken_text,
    text_names,
    voice_catalogue,
)
from models.exercises.catalogue import LANGUAGES, Catalogue

VALUES = {
    "number": "1 1 2",
    "seconds": 20,
    "seen": "A",
    "planned": "B",
    "words": "C",
    "written": "3",
}


def said(text: str, language: str, **values: str | int) -> str:
    words = Words(text=text, values=values)
    return spoken_text(
        Utterance(urgency=Urgency.CUE, words=(words,), since_s=0.0, language=language)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_voice_has_all_texts_in_each_language(language: str) -> None:
    texts = Catalogue(language, (VOICE_TEXTS,))
    names = set(re.findall(r"^([a-z-]+) =", (VOICE_TEXTS / "en.ftl").read_text(), re.MULTILINE))
    own = set(
        re.findall(r"^([a-z-]+) =", (VOICE_TEXTS / f"{language}.ftl").read_text(), re.MULTILINE)
    )
    assert own == names
    for name in names:
        assert texts.text(name, **(VALUES | ({"number": 2} if "symbol" in name else {})))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_symbol_is_left_to_the_voice(language: str) -> None:
    for phrase in phrases(language):
        assert not re.search(r"[°±%\N{MULTIPLICATION SIGN}“”„«»*_#<>|()]", phrase), phrase
        assert phrase == phrase.strip()


def test_the_same_texts_are_spoken_in_every_language() -> None:
    spoken = [
        {name for name in text_names(language) if name.startswith(SPOKEN)} for language in LANGUAGES
    ]
    assert spoken[0] == spoken[1] == spoken[2]
    assert len(spoken[0]) > 100


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "30° (± 4°)", "30 degrees, plus or minus 4 degrees"),
        ("en", "1° more", "1 degree more"),
        ("de", "12,5° \N{EN DASH} gut", "12,5 Grad, gut"),
        ("fr", "1,5° et 2°", "1,5 degré et 2 degrés"),
        ("fr", "3 \N{MULTIPLICATION SIGN} 10, 5\N{EN DASH}6 %", "3 fois 10, 5 à 6 pour cent"),
        ("de", "„Kniebeuge“ 0\N{EN DASH}10", "Kniebeuge 0 bis 10"),
    ],
)
def test_symbols_become_words(language: str, text: str, read: str) -> None:
    assert readable(text, voice_catalogue(language)) == read


def test_plurals_follow_the_language() -> None:
    assert said("say-rest", "en", seconds=1) == "Rest for 1 second"
    assert said("say-rest", "en", seconds=30) == "Rest for 30 seconds"
    assert said("say-rest", "de", seconds=1) == "Ruhen Sie eine Sekunde"
    assert said("say-rest", "fr", seconds=20) == "Reposez-vous 20 secondes"


def test_an_emergency_number_is_read_digit_by_digit() -> None:
    assert said("instruct-emergency", "en", number="1 1 2").endswith("1 1 2")


def test_a_count_is_the_bare_number() -> None:
    assert [counted(number, "de") for number in (1, 21, 100)] == ["1", "21", "100"]


def test_a_text_that_is_missing_is_an_error_that_names_it() -> None:
    with pytest.raises(VoiceError, match="cue-of-tomorrow"):
        said("cue-of-tomorrow", "en")
    with pytest.raises(VoiceError, match="say-rest"):
        said("say-rest", "en")


@pytest.mark.parametrize(
    "document",
    [
        b"", b"[]", b"{}", b"\xff", b'{"urgency": 9, "words": [], "since_s": 0}',
        b'{"urgency": 3, "words": [{"text": "../etc"}], "since_s": 0}',
        b'{"urgency": 3, "words": [{"text": "say-begin"}], "since_s": NaN}',
        b'{"urgency": 3, "words": [{"text": "say-begin"}], "since_s": 1, "volume": 1000}',
    ],
)  # fmt: skip
def test_what_is_no_utterance_is_refused(document: bytes) -> None:
    with pytest.raises(VoiceError):
        parse_utterance(document)


def test_an_utterance_survives_its_journey() -> None:
    words = (Words(text="say-rest", values={"seconds": 20}), Words(text="say-begin"))
    sent = Utterance(urgency=Urgency.PRAISE, words=words, since_s=1.25, moment=4, language="fr")
    assert parse_utterance(sent.to_bytes()) == sent
