"""Errors of training; each message says what happened, to which file, and what to do."""

from models.errors import ModelsError


class TrainingError(ModelsError):
    """Base of every error of training."""


class TrainingDataError(TrainingError):
    """What is to be trained on is missing or cannot be read."""
