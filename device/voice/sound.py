"""A spoken phrase as samples: read from a wave, its silent edges cut, made louder or softer."""

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.errors import VoiceError

_SAMPLE_BYTES = 2
_FULL_VOLUME = 100


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """One channel of 16-bit ``samples``, int16 [n], at ``rate_hz``."""

    samples: NDArray[np.int16]
    rate_hz: int

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate_hz

    def trimmed(self, silence_share: float, edge_s: float) -> "Sound":
        """Without its silent edges, up to ``edge_s`` of each; itself where all is silent.

        Silent is what lies below ``silence_share`` of its loudest sample.
        """
        loudness = np.abs(self.samples.astype(np.int32))
        heard = np.flatnonzero(loudness > loudness.max(initial=0) * silence_share)
        if not heard.size:
            return self
        edge = round(edge_s * self.rate_hz)
        begin, end = max(0, int(heard[0]) - edge), int(heard[-1]) + 1 + edge
        return Sound(self.samples[begin:end], self.rate_hz)

    def at_volume(self, volume: int) -> "Sound":
        """At a volume of 0 to 100, where 100 is as rendered.

        The gain is the cube of the share, as PulseAudio's volumes are, so that equal steps are
        heard as equal: 50 is 18 dB softer.
        """
        gain = (min(max(volume, 0), _FULL_VOLUME) / _FULL_VOLUME) ** 3
        return Sound(np.rint(self.samples * gain).astype(np.int16), self.rate_hz)

    def after_silence(self, silence_s: float) -> "Sound":
        """Behind so much silence, for an output that swallows the beginning when it wakes."""
        silence = np.zeros(round(silence_s * self.rate_hz), np.int16)
        return Sound(np.concatenate([silence, self.samples]), self.rate_hz)

    def to_wave(self) -> bytes:
        """A wave file's content."""
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_SAMPLE_BYTES)
            file.setframerate(self.rate_hz)
            file.writeframes(self.samples.astype("<i2").tobytes())
        return target.getvalue()


def read_sound(content: bytes) -> Sound:
    """The sound in a wave file's content; raises :class:`VoiceError` for any other."""
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            rate_hz, channels, width = (
                file.getframerate(), file.getnchannels(), file.getsampwidth(),
            )  # fmt: skip
            samples = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:
        raise VoiceError(f"a voice gave no wave: {error}") from error
    if channels != 1 or width != _SAMPLE_BYTES or rate_hz <= 0:
        raise VoiceError(f"a voice gave {channels} channels of {width} bytes: 1 of 2 is needed")
    whole = samples[: len(samples) // _SAMPLE_BYTES * _SAMPLE_BYTES]
    return Sound(np.frombuffer(whole, "<i2").astype(np.int16), rate_hz)
