"""A prescribed dose in the portal's words."""

from typing import Final

from models.exercises.definition import TimerExercise
from models.exercises.library import load_library
from models.messages import WEEKDAYS, PrescriptionItem

WEEKDAY_NAMES: Final = {each: each.capitalize() for each in WEEKDAYS}


def set_in_words(item: PrescriptionItem) -> str:
    """A set's repetitions; for an exercise guided by the clock its time instead."""
    exercise = load_library().find(item.exercise_id)
    if not isinstance(exercise, TimerExercise):
        return str(item.reps)
    minutes, seconds = divmod(round(exercise.set_duration_s(item)), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def days_in_words(item: PrescriptionItem) -> str:
    """On which days and at which times, as far as that is prescribed."""
    days = ", ".join(WEEKDAY_NAMES[each] for each in item.weekdays)
    if not days and item.days_per_week:
        number = item.days_per_week
        days = f"{number} day{'s' if number > 1 else ''} a week"
        days = "every day" if number == len(WEEKDAYS) else days
    times = ", ".join(item.times)
    return " at ".join(each for each in (days or (times and "every day"), times) if each)
