"""Between whoever has something to say and the voice's process: datagrams in a private folder.

Nobody ever waits for the voice: what cannot be delivered at once is not said.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from device.coaching.feedback import Feedback
from device.errors import VoiceError
from device.kiosk.channel import prepare_runtime_folder
from device.settings import DeviceSettings
from device.voice.limits import load_voice_limits
from device.voice.narrator import Narrator
from device.voice.utterance import Utterance, parse_utterance

_SOCKET = "voice.socket"
_LARGEST_DATAGRAM = 8 * 1024

log = structlog.get_logger()


class SpeechChannel:
    """The coach's end; everything here returns at once."""

    def __init__(
        self, settings: DeviceSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._path = str(prepare_runtime_folder(settings.runtime_folder) / _SOCKET)
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._narrator = Narrator(
            load_voice_limits(),
            emergency_number=settings.kiosk.emergency_number,
            language=settings.kiosk.language,
            volume=settings.voice.volume,
            emergency_texts=settings.clinic.emergency_text,
        )

    def attend(self, feedback: Feedback) -> None:
        """Have said what changed on the screen."""
        for utterance in self._narrator.take(feedback, self._clock()):
            self.say(utterance)

    def remind(self, text: str) -> None:
        """Have the text of a reminder said, as loud and in the language as all else."""
        self.say(self._narrator.reminder(text, self._clock()))

    def say(self, utterance: Utterance) -> None:
        """Have one thing said."""
        with suppress(OSError):
            self._sender.sendto(utterance.to_bytes(), self._path)

    def close(self) -> None:
        """Close the socket."""
        self._sender.close()


class VoiceChannel:
    """The voice's end; raises :class:`VoiceError` where its socket cannot be made."""

    def __init__(self, runtime_folder: Path) -> None:
        path = prepare_runtime_folder(runtime_folder) / _SOCKET
        path.unlink(missing_ok=True)
        self._receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._receiver.bind(str(path))
        except OSError as error:
            self._receiver.close()
            raise VoiceError(f"{path}: cannot be made: {error}; choose a shorter path") from error

    def receive(self, timeout_s: float) -> list[Utterance]:
        """All that has come, waiting at most ``timeout_s`` for the first."""
        found: list[Utterance] = []
        self._receiver.settimeout(timeout_s)
        with suppress(TimeoutError, BlockingIOError):
            while True:
                packet = self._receiver.recv(_LARGEST_DATAGRAM)
                self._receiver.setblocking(False)
                try:
                    found.append(parse_utterance(packet))
                except VoiceError as error:
                    log.warning("utterance_refused", reason=str(error))
        return found

    def close(self) -> None:
        """Close the socket."""
        self._receiver.close()
