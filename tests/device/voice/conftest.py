"""A clock that stands still until it is told, a player that keeps what it was given, a voice."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from device.voice.sound import Sound

RATE_HZ = 1000


class Clock:
    """Seconds on a monotonic clock."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Played:
    begun_s: float
    sound: Sound
    ended_s: float


@dataclass
class RecordedPlayer:
    """Plays into a list, in the time that a sound lasts."""

    clock: Clock
    played: list[Played] = field(default_factory=list)
    works: bool = True

    def start(self, sound: Sound) -> bool:
        assert not self.is_playing(), "two at once"
        if self.works:
            begun_s = self.clock()
            self.played.append(Played(begun_s, sound, begun_s + sound.length_s))
        return self.works

    def is_playing(self) -> bool:
        return bool(self.played) and self.clock() < self.played[-1].ended_s

    def stop(self) -> None:
        if self.is_playing():
            self.played[-1].ended_s = self.clock()


@dataclass
class MadeUpVoice:
    """A voice whose phrases last a tenth of a second for each letter."""

    name: str = "made-up"
    rendered: list[str] = field(default_factory=list)

    def render(self, words: str, *, unhurried: bool = False) -> Sound:
        self.rendered.append(words)
        samples = np.full(RATE_HZ // 10 * len(words), 9000, np.int16)
        return Sound(samples, RATE_HZ)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(clock: Clock) -> RecordedPlayer:
    return RecordedPlayer(clock)


@pytest.fixture
def made_up_voice() -> MadeUpVoice:
    return MadeUpVoice()
