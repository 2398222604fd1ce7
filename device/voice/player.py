"""Plays one wave at a time by a command of the system, which is ended to fall silent."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from device.voice.sound import Sound

_ENDS_WITHIN_S = 0.3
_PLAYERS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    ("pipewire-0", ("pw-play",)),
    ("pulse/native", ("paplay",)),
    (None, ("aplay", "-q")),
)
"""Each with the socket, in the user's runtime folder, of the sound server that it needs.

A server goes first: it mixes, and knows where sound is to go. aplay plays on bare ALSA.
"""

log = structlog.get_logger()


class Player(Protocol):
    """Where sounds go; nothing here waits for them to end."""

    def start(self, sound: Sound) -> bool:
        """Begin to play; false when it cannot be."""

    def is_playing(self) -> bool:
        """Whether the last sound is still heard."""

    def stop(self) -> None:
        """Fall silent now."""


class CommandPlayer:
    """Plays by ``command`` and the name of a wave file, which lies in ``folder``, in memory.

    A command that is still busy ``overrun_s`` after the sound's own length is ended. What goes
    wrong is logged once until it goes well again.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        overrun_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = list(command)
        self._file = folder / "speech.wav"
        self._words = folder / "speech.log"
        self._overrun_s = overrun_s
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._ends_by_s = 0.0
        self._failing = False

    def start(self, sound: Sound) -> bool:
        """Begin to play; false when it cannot be."""
        self.stop()
        try:
            self._file.write_bytes(sound.to_wave())
            with self._words.open("wb") as words:
                self._process = subprocess.Popen(
                    [*self._command, str(self._file)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=words,
                )
        except OSError as error:
            self._complain(str(error))
            return False
        self._ends_by_s = self._clock() + sound.length_s + self._overrun_s
        return True

    def is_playing(self) -> bool:
        """Whether the last sound is still heard."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None and self._clock() < self._ends_by_s:
            return True
        if status is None:
            self._complain("the player did not come to an end")
        elif status != 0:
            self._complain(self._last_words() or f"status {status}")
        else:
            self._failing = False
        self.stop()
        return False

    def stop(self) -> None:
        """Fall silent now."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self._words.read_text(encoding="utf-8", errors="replace").splitlines()
            return lines[-1] if lines else ""
        return ""

    def _complain(self, reason: str) -> None:
        if not self._failing:
            log.warning(
                "voice_not_heard",
                player=self._command[0],
                reason=reason,
                do="connect a loudspeaker, or set voice.player",
            )
        self._failing = True


def find_player_command() -> Sequence[str] | None:
    """The system's player to use; ``None``, with a line in the log, where there is none."""
    servers = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    for server, command in _PLAYERS:
        if shutil.which(command[0]) and (server is None or (servers / server).exists()):
            return command
    log.error("no_player", reason="nothing is there that plays sound", do="apt install alsa-utils")
    return None
