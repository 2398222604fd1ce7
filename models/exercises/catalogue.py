"""The texts of the exercise library in all languages: names, instructions, cues, notes."""

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax.ast import Junk, Resource

from models.exercises.clinic import TEXTS, clinic_folder
from models.messages import FaultCode

LANGUAGES = ("en", "de", "fr")
TEXTS_FOLDER = Path(__file__).parent / TEXTS


class TextError(LookupError):
    """A text or language is missing, or a value in it is."""


class Catalogue:
    """Texts of one language from one or more folders of Fluent files; later folders come first."""

    def __init__(self, language: str, folders: tuple[Path, ...]) -> None:
        if language not in LANGUAGES:
            raise TextError(f"no texts in {language!r}: there are {', '.join(LANGUAGES)}")
        self.language = language
        self._bundle = FluentBundle([language], use_isolating=False)
        for folder in folders:
            self._bundle.add_resource(_read(folder / f"{language}.ftl"), allow_overrides=True)

    def __contains__(self, message_id: object) -> bool:
        return isinstance(message_id, str) and self._bundle.has_message(message_id)

    def text(self, message_id: str, **values: str | float) -> str:
        """The text of a message; raises :class:`TextError` when it is missing or lacks a value."""
        if message_id not in self:
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


def _read(path: Path) -> Resource:
    try:
        resource = FluentResource(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TextError(
            f"{path.parent.name}/{path.name}: cannot be read: {error}; texts are needed in each of"
            f" {', '.join(LANGUAGES)}"
        ) from error
    for part in resource.body:
        if isinstance(part, Junk):
            line = (part.content or "").strip().partition("\n")[0]
            raise TextError(f"{path.parent.name}/{path.name}: not a text: {line!r}")
    return resource


def exercise_text_folders(clinic: Path | None = None) -> tuple[Path, ...]:
    """Where exercise texts stand: ours, and those of a clinic's own folder where there are any.

    ``clinic`` is that folder, else the one of :func:`models.exercises.clinic.clinic_folder`.
    """
    clinic = clinic or clinic_folder()
    if clinic is None or not (clinic / TEXTS).is_dir():
        return (TEXTS_FOLDER,)
    return (TEXTS_FOLDER, clinic / TEXTS)


def exercise_catalogue(language: str = "en") -> Catalogue:
    """The exercise library's texts in one language."""
    return _catalogue(language, exercise_text_folders())


@cache
def _catalogue(language: str, folders: tuple[Path, ...]) -> Catalogue:
    return Catalogue(language, folders)


def exercise_text(message_id: str, language: str = "en") -> str:
    """One text of the exercise library."""
    return exercise_catalogue(language).text(message_id)


def fault_text(code: FaultCode, language: str = "en") -> str:
    """A fault's name; the code itself for one that a newer device has sent."""
    return _text_or_code("fault", code, language)


def not_judged_text(reason: str, language: str = "en") -> str:
    """Why a fault was not judged; the bare reason for one that a newer device has sent."""
    return _text_or_code("not-judged", reason, language)


def _text_or_code(kind: str, code: str, language: str) -> str:
    texts = exercise_catalogue(language)
    message_id = f"{kind}-{code.replace('_', '-')}"
    return texts.text(message_id) if message_id in texts else code.replace("_", " ")
