"""One thing to be said: which texts, how urgent, and since when."""

from enum import IntEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.errors import VoiceError

TextId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,127}$")]
MOST_PARTS = 4


class Urgency(IntEnum):
    """What goes before what; the higher first."""

    REMINDER = 0
    COUNT = 1
    PRAISE = 2
    CUE = 3
    INSTRUCTION = 4
    SAFETY = 5


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Model):
    """A text of the catalogue with its values; ``named`` are values that are texts themselves."""

    text: TextId
    values: dict[str, int | float | str] = Field(default_factory=dict, max_length=10)
    named: dict[str, TextId] = Field(default_factory=dict, max_length=10)


class Utterance(_Model):
    """Sentences spoken in one breath.

    ``since_s`` is when they became true, on this machine's monotonic clock, which all of its
    processes share. ``moment`` grows with every phase of a session: what was to be said in an
    earlier one is over.
    """

    urgency: Urgency
    words: Annotated[tuple[Words, ...], Field(min_length=1, max_length=MOST_PARTS)]
    since_s: Annotated[float, Field(allow_inf_nan=False)]
    moment: int = 0
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    volume: Annotated[int, Field(ge=0, le=100)] = 100

    def to_bytes(self) -> bytes:
        """JSON, as it travels to the voice's process."""
        return self.model_dump_json().encode()


def parse_utterance(document: bytes) -> Utterance:
    """A validated utterance; raises :class:`VoiceError`."""
    try:
        return Utterance.model_validate_json(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "utterance"
        raise VoiceError(f"nothing that can be said: {where}: {first['msg']}") from error
