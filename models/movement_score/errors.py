"""Errors of the movement score."""

from models.errors import ModelsError


class ScoreFilesError(ModelsError):
    """The forests or the reference movements of a score are missing or of another shape."""


class ResearchNotAllowedError(ModelsError):
    """A network whose data allow research alone was asked for; the clinic has not turned it on."""
