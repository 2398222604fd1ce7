"""Errors of the shared models; each message says what happened, to which thing, and what to do."""


class ModelsError(Exception):
    """Base of every error raised by ``models``."""


class ExerciseNotFoundError(ModelsError, KeyError):
    """No exercise of that id is in the library; a mapping's own error, so that ``get`` finds it."""

    def __str__(self) -> str:
        # A KeyError shows its argument as code, in quotation marks.
        return Exception.__str__(self)


class TimerExerciseError(ModelsError):
    """An exercise that is guided by the clock alone has nothing that could be measured."""


class ExerciseDefinitionError(ModelsError):
    """An exercise file does not follow the schema; the message names the file and the key."""


class SafetyLimitsError(ModelsError):
    """The safety limits do not follow the schema; the message names the file and the key."""


class QualityLimitsError(ModelsError):
    """The limits of the quality analysis do not follow the schema; names the file and the key."""


class NetworkNotFoundError(ModelsError):
    """A pose network is neither on this machine nor at its public address."""


class NetworkVerificationError(ModelsError):
    """A network file's sha256 differs from the manifest's."""


class StageNotAvailableError(ModelsError):
    """A stage of the quality analysis is not in the manifest of this release."""


class FormGateError(ModelsError):
    """A file does not hold the form gate's weights."""


class MessageError(ModelsError):
    """A message from the network does not follow the contract."""


class UnsupportedSchemaVersionError(MessageError):
    """A message has a major schema version that this release cannot read."""
