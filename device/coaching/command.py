"""What a patient can tell the coach from the kiosk."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from device.errors import DeviceError
from models.messages import NumericRating

SaidReason = Literal["pain", "chest_pain", "breathless", "dizzy", "tired", "technical"]
"""Why a patient stops, in the patient's own choice."""


class CommandError(DeviceError):
    """A command is not one the coach knows."""


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StartSession(_Command):
    """Begin today's session."""

    command: Literal["start"] = "start"


class StopSession(_Command):
    """End the session now."""

    command: Literal["stop"] = "stop"


class AnswerQuestion(_Command):
    """The answer to the question on the screen; ``None`` when skipped, never 0 for that."""

    command: Literal["answer"] = "answer"
    question: Literal["pain_after", "rpe", "stop_reason"]
    rating: NumericRating | None = None
    reason: SaidReason | None = None


class AnswerCheck(_Command):
    """The answer to "Are you all right?"."""

    command: Literal["check"] = "check"
    answer: Literal["all_right", "needs_help"]


class Dismiss(_Command):
    """Leave the summary, or the emergency text."""

    command: Literal["dismiss"] = "dismiss"


Command = Annotated[
    StartSession | StopSession | AnswerQuestion | AnswerCheck | Dismiss,
    Field(discriminator="command"),
]
_ADAPTER: TypeAdapter[Command] = TypeAdapter(Command)


def parse_command(document: bytes | str) -> Command:
    """A validated command from untrusted JSON; raises :class:`CommandError`."""
    try:
        return _ADAPTER.validate_json(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise CommandError(f"command is not valid: {first['msg']}") from error
