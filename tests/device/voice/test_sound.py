"""Samples of a phrase: silent edges cut, volume, and waves that are none."""

import numpy as np
import pytest

from device.errors import VoiceError
from device.voice.sound import Sound, read_sound

RATE_HZ = 8000


def tone(length_s: float, loudness: int = 12000) -> Sound:
    times = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return Sound((np.sin(times * 2764.6) * loudness).astype(np.int16), RATE_HZ)


def between_silence(before_s: float, sound: Sound, after_s: float) -> Sound:
    after = Sound(np.zeros(round(after_s * RATE_HZ), np.int16), RATE_HZ)
    joined = np.concatenate([sound.after_silence(before_s).samples, after.samples])
    return Sound(joined, RATE_HZ)


def test_silent_edges_are_cut_and_the_inside_is_left() -> None:
    inside = between_silence(0.0, tone(0.2), 0.3)
    spoken = Sound(np.concatenate([inside.samples, tone(0.2).samples]), RATE_HZ)
    cut = between_silence(0.5, spoken, 0.8).trimmed(silence_share=0.01, edge_s=0.02)
    assert cut.length_s == pytest.approx(0.7 + 0.04, abs=0.01)


def test_silence_alone_is_left_as_it_is() -> None:
    silence = Sound(np.zeros(100, np.int16), RATE_HZ)
    assert len(silence.trimmed(0.01, 0.02).samples) == 100
    assert len(Sound(np.zeros(0, np.int16), RATE_HZ).trimmed(0.01, 0.02).samples) == 0


def test_half_the_volume_is_eighteen_decibels_softer_and_none_is_silent() -> None:
    loud = tone(0.1)
    peak = np.abs(loud.samples).max()
    assert np.abs(loud.at_volume(100).samples).max() == peak
    softer_db = 20 * np.log10(peak / np.abs(loud.at_volume(50).samples).max())
    assert softer_db == pytest.approx(18.06, abs=0.05)
    assert not loud.at_volume(0).samples.any()


def test_the_loudest_sample_of_all_does_not_turn_over() -> None:
    loudest = Sound(np.array([-32768, 32767], np.int16), RATE_HZ)
    assert loudest.at_volume(100).samples.tolist() == [-32768, 32767]
    assert len(loudest.trimmed(0.01, 0.0).samples) == 2


def test_a_wave_reads_as_it_was_written() -> None:
    sound = tone(0.05)
    again = read_sound(sound.to_wave())
    assert again.rate_hz == RATE_HZ
    assert np.array_equal(again.samples, sound.samples)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\0" * 200, tone(0.05).to_wave()[:30]])
def test_what_a_power_cut_left_is_no_wave(content: bytes) -> None:
    with pytest.raises(VoiceError):
        read_sound(content)
