"""The rhythm in words, for the idle screen and for the voice."""

from datetime import datetime
from pathlib import Path

from babel.dates import format_time, get_day_names

from device.rhythm.rhythm import Rhythm
from models.exercises.catalogue import Catalogue

RHYTHM_TEXTS = Path(__file__).parent / "texts"
_WITHIN_A_WEEK_DAYS = 7


def appointment_text(texts: Catalogue, rhythm: Rhythm) -> str:
    """When exercises are next due, such as "Next: tomorrow at 10:00"; empty where none are."""
    if rhythm.next_on is None:
        return ""
    days = (rhythm.next_on - rhythm.day).days
    at = "" if rhythm.next_at is None else clock_text(rhythm.next_at, texts.language)
    ending = "-at" if at else ""
    if days == 0:
        return texts.text(f"appointment-today{ending}", time=at)
    if days == 1:
        return texts.text(f"appointment-tomorrow{ending}", time=at)
    weekday = get_day_names("wide", locale=texts.language)[rhythm.next_on.weekday()]
    which = "weekday" if days < _WITHIN_A_WEEK_DAYS else "next-week"
    return texts.text(f"appointment-{which}{ending}", weekday=weekday, time=at)


def streak_text(texts: Catalogue, rhythm: Rhythm) -> str:
    """For how many weeks in a row; empty where there is none."""
    return texts.text("streak-weeks", weeks=rhythm.streak_weeks) if rhythm.streak_weeks else ""


def reminder_text_id(rhythm: Rhythm) -> str | None:
    """The name of the text to remind with; ``None`` while nothing is to be reminded of."""
    if rhythm.reminder is None:
        return None
    if rhythm.reminder.number > 1:
        return "reminder-again"
    return "reminder-catch-up" if rhythm.catches_up else "reminder-due"


def clock_text(moment: datetime, language: str) -> str:
    """A local time as the language writes it, with 24 hours: 9:05, 09:05."""
    pattern = {"fr": "H 'h' mm", "de": "H:mm", "en": "H:mm"}.get(language, "HH:mm")
    return format_time(moment.time(), pattern, locale=language)
