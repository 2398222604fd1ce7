"""The kiosk's catalogue of texts."""

from functools import cache
from pathlib import Path

from device.rhythm.words import RHYTHM_TEXTS
from models.exercises.catalogue import Catalogue, exercise_text_folders

KIOSK_TEXTS = Path(__file__).parent / "texts"


@cache
def kiosk_catalogue(language: str) -> Catalogue:
    """All texts the kiosk needs in one language."""
    return Catalogue(language, (*exercise_text_folders(), RHYTHM_TEXTS, KIOSK_TEXTS))
