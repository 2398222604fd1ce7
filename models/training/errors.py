"""Errors of training; each message says what happened, to which file, and what to do."""

from models.errors import ModelsError


class TrainingDataError(ModelsError):
    """The pictures to train on are missing or cannot be read."""
