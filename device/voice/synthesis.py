"""From words to a wave: espeak-ng, or piper where the clinic has given it a voice.

Both run as commands: the words go in on standard input and a wave file comes out, so that nothing
in a text can become an option, and a voice that hangs is ended.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from device.errors import VoiceError
from device.voice.limits import VoiceLimits
from device.voice.sound import Sound, read_sound

_LONGEST_WORDS = 200

log = structlog.get_logger()


class Synthesiser(Protocol):
    """Renders words; ``name`` changes with everything that changes how they sound."""

    @property
    def name(self) -> str:
        """The voice, for the names of what it has rendered."""

    def render(self, words: str, *, unhurried: bool = False) -> Sound:
        """The sound; raises :class:`VoiceError`. ``unhurried`` leaves the cores to others."""


@dataclass(frozen=True, slots=True)
class EspeakNg:
    """The voice of the Debian package ``espeak-ng``."""

    voice: str
    words_per_minute: int
    within_s: float
    command: str = "espeak-ng"

    @property
    def name(self) -> str:
        """The voice, for the names of what it has rendered."""
        return f"espeak-ng {self.voice} {self.words_per_minute}"

    def render(self, words: str, *, unhurried: bool = False) -> Sound:
        """The sound; raises :class:`VoiceError`."""
        speed = str(self.words_per_minute)
        command = [self.command, "-v", self.voice, "-s", speed, "--stdin", "-w"]
        return _rendered(command, words, self.within_s, unhurried=unhurried)


@dataclass(frozen=True, slots=True)
class Piper:
    """piper with the voice in a file; it sounds more human and takes about ten times as long."""

    voice_file: Path
    within_s: float
    command: str = "piper"

    @property
    def name(self) -> str:
        """The voice, for the names of what it has rendered."""
        return f"piper {self.voice_file.name} {self.voice_file.stat().st_size}"

    def render(self, words: str, *, unhurried: bool = False) -> Sound:
        """The sound; raises :class:`VoiceError`."""
        command = [self.command, "--model", str(self.voice_file), "--output_file"]
        return _rendered(command, words, self.within_s, unhurried=unhurried)


def find_synthesiser(
    language: str, limits: VoiceLimits, piper_voices: Mapping[str, Path]
) -> Synthesiser | None:
    """The voice of one language; ``None``, with a line in the log, where there is none."""
    within_s = limits.rendering.within_s
    file = piper_voices.get(language)
    if file is not None:
        if shutil.which("piper") is None:
            log.warning("piper_not_installed", do="install piper, or remove voice.piper_voices")
        elif not file.is_file():
            log.warning("piper_voice_not_found", file=str(file))
        else:
            return Piper(file, within_s)
    if language not in limits.voices:
        log.error("no_voice", language=language, reason="voice.toml names none")
        return None
    if shutil.which("espeak-ng") is None:
        log.error("no_voice", reason="espeak-ng is not installed", do="apt install espeak-ng")
        return None
    return EspeakNg(limits.voices[language], limits.rendering.words_per_minute, within_s)


def _rendered(command: Sequence[str], words: str, within_s: float, *, unhurried: bool) -> Sound:
    first = ["nice", "-n", "15"] if unhurried else []
    with tempfile.TemporaryDirectory(prefix="physiopi-voice-") as folder:
        file = Path(folder) / "words.wav"
        try:
            done = subprocess.run(
                [*first, *command, str(file)],
                input=(words + "\n").encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=within_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise VoiceError(f"{command[0]} cannot be used: {type(error).__name__}") from error
        if done.returncode != 0 or not file.is_file():
            said = done.stderr.decode(errors="replace").strip()[-_LONGEST_WORDS:]
            raise VoiceError(f"{command[0]} ended with status {done.returncode}: {said}")
        return read_sound(file.read_bytes())
