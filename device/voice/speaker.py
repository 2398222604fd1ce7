"""The voice at work: takes what is to be said, in turn, renders it and has it played."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from device.errors import VoiceError
from device.voice.channel import VoiceChannel
from device.voice.kept_phrases import KeptPhrases
from device.voice.limits import VoiceLimits
from device.voice.player import Player
from device.voice.synthesis import Synthesiser
from device.voice.turns import SpeechTurns
from device.voice.utterance import Utterance
from device.voice.wording import counted, phrases, spoken_text

BUSY_POLL_S = 0.02
"""How soon the end of a phrase is noticed, and so how long a count may have to wait for it."""
IDLE_POLL_S = 0.5
AWAKE_FOR_S = 10.0
"""An output that was silent for longer may have gone to sleep (HDMI switches itself off)."""

log = structlog.get_logger()


class Speaker:
    """Speaks until told to stop; silent, with a line in the log, where no voice can be had.

    ``find_voice`` gives the voice of a language, ``None`` where there is none. ``wake_s`` of
    silence goes before what is said after a long pause.
    """

    def __init__(
        self,
        limits: VoiceLimits,
        kept: KeptPhrases,
        player: Player,
        find_voice: Callable[[str], Synthesiser | None],
        *,
        wake_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._kept = kept
        self._player = player
        self._find_voice = find_voice
        self._wake_s = wake_s
        self._clock = clock
        self._turns = SpeechTurns(limits)
        self._voices: dict[str, Synthesiser | None] = {}
        self._heard_s = self._ends_s = float("-inf")
        self._stop = Event()
        self._preparing: Thread | None = None
        self._prepared: set[str] = set()

    def run(self, channel: VoiceChannel, stop: Event, language: str) -> None:
        """Speak what comes until ``stop`` is set; begins to prepare ``language``'s phrases."""
        try:
            self.prepare(language)
            while not stop.is_set():
                busy = self._player.is_playing() or self._turns.is_waiting
                for utterance in channel.receive(BUSY_POLL_S if busy else IDLE_POLL_S):
                    self.offer(utterance)
                self.step()
        finally:
            self.close()

    def offer(self, utterance: Utterance) -> None:
        """Something to be said when its turn comes."""
        if utterance.volume:
            self._turns.offer(utterance)

    def step(self) -> None:
        """Begin or end a phrase, if it is time to."""
        playing = self._player.is_playing()
        now_s = self._clock()
        if playing:
            self._heard_s = now_s
        turn = self._turns.step(now_s, max(0.0, self._ends_s - now_s) if playing else None)
        if turn.cut:
            self._player.stop()
        if turn.say is not None:
            self._speak(turn.say, now_s)

    def prepare(self, language: str) -> None:
        """Begin to render what has to be said often, beside the speech, once for a language."""
        voice = self._voice(language)
        if voice is None or language in self._prepared:
            return
        if self._preparing is not None and self._preparing.is_alive():
            return  # the next phrase in this language tries again
        self._prepared.add(language)
        self._preparing = Thread(
            target=self._prepare, args=(voice, language), daemon=True, name="phrases"
        )
        self._preparing.start()

    def close(self) -> None:
        """Fall silent, and stop preparing."""
        self._stop.set()
        self._player.stop()
        if self._preparing is not None:
            self._preparing.join(self._limits.rendering.within_s)

    def _speak(self, utterance: Utterance, now_s: float) -> None:
        voice = self._voice(utterance.language)
        if voice is None:
            return
        try:
            sound = self._kept.sound(voice, spoken_text(utterance))
        except VoiceError as error:
            log.warning("not_said", text=utterance.words[0].text, reason=str(error))
            return
        if now_s - self._heard_s > AWAKE_FOR_S:
            sound = sound.after_silence(self._wake_s)
        self._heard_s, self._ends_s = now_s, now_s + sound.length_s
        self._player.start(sound.at_volume(utterance.volume))
        self.prepare(utterance.language)

    def _voice(self, language: str) -> Synthesiser | None:
        if language not in self._voices:
            self._voices[language] = self._find_voice(language)
        return self._voices[language]

    def _prepare(self, voice: Synthesiser, language: str) -> None:
        numbers = range(1, self._limits.rendering.counts_to + 1)
        counts = [counted(number, language) for number in numbers]
        wanted = counts + phrases(language)
        ready = self._kept.prepare(voice, wanted, self._stop)
        log.info("phrases_prepared", language=language, ready=ready, of=len(wanted))
