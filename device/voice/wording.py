"""From an utterance to words that a voice can read, in the patient's language.

The texts are those of the screen; where speech needs other words than a caption (a scale that is
not seen, a telephone number that is read digit by digit), a text of the same name in ``texts/``
here stands in its place. Symbols that voices read wrongly or not at all become words.
"""

import re
from functools import cache
from pathlib import Path

from fluent.syntax import FluentParser
from fluent.syntax.ast import Message

from device.errors import VoiceError
from device.kiosk.screen import KIOSK_TEXTS
from device.rhythm.words import RHYTHM_TEXTS
from device.voice.utterance import Utterance
from models.exercises.catalogue import Catalogue, TextError, exercise_text_folders

VOICE_TEXTS = Path(__file__).parent / "texts"
SPOKEN = ("instruct-", "instruction-", "cue-", "note-", "quality-", "say-", "reminder-")
"""What the names of texts that are spoken by themselves begin with."""

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_DEGREES = re.compile(_NUMBER + r"\s?°")
_SHARE = re.compile(_NUMBER + r"\s?%")
_TIMES = re.compile(_NUMBER + r"\s?[\N{MULTIPLICATION SIGN}x]\s?" + _NUMBER)
_RANGE = re.compile(_NUMBER + r"\s?\N{EN DASH}\s?" + _NUMBER)
_PLUS_OR_MINUS = re.compile(r"\s?±\s?")
_BRACKETS = re.compile(r"\s?\(([^()]*)\)")
_DASH = re.compile(r"\s+[\N{EN DASH}\N{EM DASH}-]\s+")
_UNSPOKEN = re.compile(r"[“”„«»\"*_#<>|\\]")
_SPACE = re.compile(r"\s+")


@cache
def voice_catalogue(language: str) -> Catalogue:
    """All texts the voice needs in one language."""
    return Catalogue(language, _folders())


def spoken_text(utterance: Utterance) -> str:
    """Its sentences as one text to be read; raises :class:`VoiceError` when a text is missing."""
    try:
        texts = voice_catalogue(utterance.language)
        sentences = []
        for words in utterance.words:
            named = {key: texts.text(name) for key, name in words.named.items()}
            sentences.append(texts.text(words.text, **words.values, **named))
        return ". ".join(readable(each, texts) for each in sentences)
    except TextError as error:
        raise VoiceError(f"it cannot be said: {error}") from error


def readable(text: str, texts: Catalogue) -> str:
    """The text with symbols as words: "30° (± 4°)" as "30 degrees, plus or minus 4 degrees"."""
    text = _DEGREES.sub(lambda found: _measured(texts, "symbol-degrees", found[1]), text)
    text = _SHARE.sub(lambda found: _measured(texts, "symbol-percent", found[1]), text)
    text = _TIMES.sub(rf"\1 {texts.text('symbol-times')} \2", text)
    text = _RANGE.sub(rf"\1 {texts.text('symbol-to')} \2", text)
    text = _PLUS_OR_MINUS.sub(f" {texts.text('symbol-plus-or-minus')} ", text)
    text = _BRACKETS.sub(r", \1", text)
    text = _DASH.sub(", ", text)
    text = _UNSPOKEN.sub(" ", text)
    text = _SPACE.sub(" ", text).strip()
    return text.replace(" ,", ",").replace(" .", ".").rstrip(".")


def phrases(language: str) -> list[str]:
    """Every text without values that may have to be said, as it is read; in the texts' order."""
    texts = voice_catalogue(language)
    found: dict[str, None] = {}
    for name in text_names(language):
        if not name.startswith(SPOKEN):
            continue
        try:
            found[readable(texts.text(name), texts)] = None
        except TextError:
            continue  # it has values, which are not known beforehand
    return list(found)


def counted(number: int, language: str) -> str:
    """A count as it is read."""
    return voice_catalogue(language).text("say-count", number=number)


def text_names(language: str) -> list[str]:
    """The names of all texts in one language."""
    names: dict[str, None] = {}
    for folder in _folders():
        resource = FluentParser().parse((folder / f"{language}.ftl").read_text(encoding="utf-8"))
        names |= {each.id.name: None for each in resource.body if isinstance(each, Message)}
    return list(names)


def _measured(texts: Catalogue, name: str, number: str) -> str:
    # The plural goes by the number; how it was written stays.
    value = float(number.replace(",", "."))
    return texts.text(name, number=value, written=number)


def _folders() -> tuple[Path, ...]:
    return (*exercise_text_folders(), KIOSK_TEXTS, RHYTHM_TEXTS, VOICE_TEXTS)
