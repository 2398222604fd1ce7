"""The figures of the voice: ages, pauses, repetitions, speed (``voice.toml``)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from device.errors import VoiceError

VOICE_FILE = Path(__file__).parent / "voice.toml"

_Seconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]
_Times = Annotated[int, Field(ge=0, le=20)]
_Share = Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OldestLimits(_Table):
    """How old each kind of speech may be when it begins, in seconds."""

    safety: _Seconds
    instruction: _Seconds
    cue: _Seconds
    praise: _Seconds
    count: _Seconds
    reminder: _Seconds


class TurnLimits(_Table):
    """When an instruction waits, in seconds."""

    instruction_settles_s: _Seconds
    lets_cue_end_s: _Seconds
    lets_instruction_end_s: _Seconds


class PauseLimits(_Table):
    """Silence between and around phrases."""

    between_s: _Seconds
    edge_s: _Seconds
    silence_share: _Share


class RepeatLimits(_Table):
    """When what still stands is said again, and how often."""

    instruction_after_s: _Seconds
    instruction_times: _Times
    safety_after_s: _Seconds
    safety_times: _Times
    emergency_after_s: _Seconds
    emergency_times: _Times


class CountdownLimits(_Table):
    """Which seconds are spoken."""

    last_s: Annotated[int, Field(ge=0, le=10)]
    shortest_rest_s: Annotated[int, Field(ge=0, le=600)]


class RenderingLimits(_Table):
    """How phrases become waves."""

    words_per_minute: Annotated[int, Field(ge=80, le=300)]
    counts_to: Annotated[int, Field(ge=0, le=1000)]
    within_s: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]
    most_kept: Annotated[int, Field(ge=1, le=100_000)]


class PlayingLimits(_Table):
    """How long a player is waited for."""

    overrun_s: _Seconds


class VoiceLimits(_Table):
    """All figures of the voice."""

    oldest_s: OldestLimits
    turns: TurnLimits
    pauses: PauseLimits
    repeat: RepeatLimits
    countdown: CountdownLimits
    rendering: RenderingLimits
    playing: PlayingLimits
    voices: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+_-]*$")]]

    @model_validator(mode="after")
    def _instructions_are_heard(self) -> "VoiceLimits":
        waits_s = max(
            self.turns.instruction_settles_s,
            self.turns.lets_cue_end_s + self.pauses.between_s,
            self.turns.lets_instruction_end_s + self.pauses.between_s,
        )
        if waits_s >= self.oldest_s.instruction:
            raise ValueError("an instruction would wait longer than it may be old")
        return self


@cache
def load_voice_limits(path: Path = VOICE_FILE) -> VoiceLimits:
    """The figures in ``path``; raises :class:`VoiceError` that names the file and the key."""
    try:
        return VoiceLimits.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VoiceError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise VoiceError(f"{path}: {key}: {first['msg']}") from error
