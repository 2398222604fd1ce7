"""Phrases rendered beforehand and kept on the card, so that a count is heard at once.

One wave file for each phrase of each voice. They may be deleted at any time: what is missing or
damaged is rendered anew.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event

import structlog

from device.errors import VoiceError
from device.voice.limits import VoiceLimits
from device.voice.sound import Sound, read_sound
from device.voice.synthesis import Synthesiser

log = structlog.get_logger()


class KeptPhrases:
    """The phrases in ``folder``, which is made when the first is kept.

    A card that is full or cannot be written is no reason for silence: then each phrase is rendered
    when it is needed.
    """

    def __init__(self, folder: Path, limits: VoiceLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._complained = False

    def sound(self, voice: Synthesiser, words: str, *, unhurried: bool = False) -> Sound:
        """The words, kept or rendered now; raises :class:`VoiceError`."""
        file = self._file(voice, words)
        with suppress(OSError, VoiceError):
            return read_sound(file.read_bytes())
        pauses = self._limits.pauses
        sound = voice.render(words, unhurried=unhurried)
        sound = sound.trimmed(pauses.silence_share, pauses.edge_s)
        self._keep(file, sound)
        return sound

    def prepare(self, voice: Synthesiser, phrases: Iterable[str], stop: Event) -> int:
        """Render what is missing, leaving the cores to others; how many are there at the end.

        Ends at once when ``stop`` is set, and at the first phrase that cannot be rendered.
        """
        ready = 0
        for words in phrases:
            if stop.is_set():
                break
            try:
                if not self._file(voice, words).exists():
                    self.sound(voice, words, unhurried=True)
            except VoiceError as error:
                log.warning("phrases_not_prepared", reason=str(error))
                break
            ready += 1
        self._forget_oldest()
        return ready

    def _file(self, voice: Synthesiser, words: str) -> Path:
        name = hashlib.sha256(f"{voice.name}\n{words}".encode()).hexdigest()
        return self._folder / f"{name[:32]}.wav"

    def _keep(self, file: Path, sound: Sound) -> None:
        unfinished = file.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.write_bytes(sound.to_wave())
            unfinished.replace(file)
        except OSError as error:
            if not self._complained:
                log.warning("phrases_not_kept", folder=str(self._folder), error=str(error))
            self._complained = True

    def _forget_oldest(self) -> None:
        with suppress(OSError):
            files = sorted(self._folder.iterdir(), key=lambda each: each.stat().st_mtime)
            for file in files[: -self._limits.rendering.most_kept]:
                file.unlink(missing_ok=True)
