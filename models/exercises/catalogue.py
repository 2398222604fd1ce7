"""The texts of the exercise library in all languages: names, instructions, cues, notes."""

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number

LANGUAGES = ("en", "de", "fr")
TEXTS_FOLDER = Path(__file__).parent / "texts"


class TextError(LookupError):
    """A text or language is missing, or a value in it is."""


class Catalogue:
    """Texts of one language from one or more Fluent files."""

    def __init__(self, language: str, folders: tuple[Path, ...]) -> None:
        if language not in LANGUAGES:
            raise TextError(f"no texts in {language!r}: there are {', '.join(LANGUAGES)}")
        self.language = language
        self._bundle = FluentBundle([language], use_isolating=False)
        for folder in folders:
            source = (folder / f"{language}.ftl").read_text(encoding="utf-8")
            self._bundle.add_resource(FluentResource(source))

    def text(self, message_id: str, **values: str | float) -> str:
        """The text of a message; raises :class:`TextError` when it is missing or lacks a value."""
        if not self._bundle.has_message(message_id):
            raise TextError(f"no text {message_id!r} in {self.language}")
        pattern = self._bundle.get_message(message_id).value
        if pattern is None:
            raise TextError(f"text {message_id!r} in {self.language} is empty")
        numbers = {
            key: fluent_number(value) if isinstance(value, int | float) else value
            for key, value in values.items()
        }
        text, errors = self._bundle.format_pattern(pattern, numbers)
        if errors:
            raise TextError(f"text {message_id!r} in {self.language}: {errors[0]}")
        return str(text)


@cache
def exercise_catalogue(language: str = "en") -> Catalogue:
    """The exercise library's texts in one language."""
    return Catalogue(language, (TEXTS_FOLDER,))


def exercise_text(message_id: str, language: str = "en") -> str:
    """One text of the exercise library."""
    return exercise_catalogue(language).text(message_id)
