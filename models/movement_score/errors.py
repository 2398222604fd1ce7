"""Errors of the movement score."""

from models.errors import ModelsError


class ScoreReferencesError(ModelsError):
    """The reference movements of the score are missing or of another shape."""


class ResearchNotAllowedError(ModelsError):
    """A network whose data allow research alone was asked for; the clinic has not turned it on."""
