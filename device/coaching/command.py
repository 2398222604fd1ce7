"""What a patient can tell the coach from the kiosk."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from device.errors import DeviceError
from models.messages import NumericRating

Question = Literal["pain_before", "pain_after", "rpe", "stop_reason"]
Page = Literal["settings", "help"]
SaidReason = Literal["pain", "chest_pain", "breathless", "dizzy", "tired", "technical"]
"""Why a patient stops, in the patient's own choice."""


class CommandError(DeviceError):
    """A command is not one the coach knows."""


class _Command(BaseModel):
    """``moment`` is that of the screen on which it was pressed, see ``Feedback.moment``: on another
    screen it is a second or a late press, and changes nothing. ``None`` is meant for any screen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    moment: Annotated[int, Field(ge=0)] | None = None


class StartSession(_Command):
    """Begin today's session."""

    command: Literal["start"] = "start"


class Ready(_Command):
    """Go on now: leave the demonstration or the rest."""

    command: Literal["ready"] = "ready"


class ResumeSession(_Command):
    """Go on with the session that a restart broke off, or leave it at what was done."""

    command: Literal["resume"] = "resume"
    go_on: bool


class StopSession(_Command):
    """End the session now; taken on whatever screen of the session it was pressed."""

    command: Literal["stop"] = "stop"


class AnswerQuestion(_Command):
    """The answer to the question on the screen; ``None`` when skipped, never 0 for that."""

    command: Literal["answer"] = "answer"
    question: Question
    rating: NumericRating | None = None
    reason: SaidReason | None = None


class AnswerCheck(_Command):
    """The answer to "Are you all right?"."""

    command: Literal["check"] = "check"
    answer: Literal["all_right", "needs_help"]


class Dismiss(_Command):
    """Leave the summary, the emergency text, or a page that was opened."""

    command: Literal["dismiss"] = "dismiss"


class OpenPage(_Command):
    """Show what the patient can choose about the screen, or the page for the telephone help."""

    command: Literal["open"] = "open"
    page: Page


class Snooze(_Command):
    """Be reminded later."""

    command: Literal["snooze"] = "snooze"


class ChooseLanguage(_Command):
    """Speak and write this language from now on."""

    command: Literal["language"] = "language"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class ShowPicture(_Command):
    """Show the patient's picture, or the skeleton alone."""

    command: Literal["picture"] = "picture"
    shown: bool


class SetVolume(_Command):
    """How loud the voice is, 0 (off) to 100."""

    command: Literal["set_volume"] = "set_volume"
    volume: Annotated[int, Field(ge=0, le=100)]


Command = Annotated[
    StartSession
    | Ready
    | ResumeSession
    | StopSession
    | AnswerQuestion
    | AnswerCheck
    | Dismiss
    | OpenPage
    | Snooze
    | ChooseLanguage
    | ShowPicture
    | SetVolume,
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
