"""Who speaks when: one phrase at a time, the most urgent first, nothing late.

Pure: it is told the time and whether something is being played, and answers what to do.

- A safety question cuts short whatever is less urgent; it is cut short itself only once the session
  has gone on.
- An instruction cuts short cues, praise, reminders and an earlier instruction, never a count, which
  is over in a moment.
- A cue or praise waits for a count to end; a count that would have to wait is dropped.
- Of each urgency only the newest waits.
"""

from dataclasses import dataclass

from device.voice.limits import VoiceLimits
from device.voice.utterance import Urgency, Utterance

_CORRECTIONS = (Urgency.CUE, Urgency.PRAISE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do now: end what is being played (``cut``), begin ``say``, or neither."""

    cut: bool = False
    say: Utterance | None = None


class SpeechTurns:
    """The order of speech; times in seconds on one monotonic clock."""

    def __init__(self, limits: VoiceLimits) -> None:
        self._limits = limits
        self._waiting: dict[Urgency, Utterance] = {}
        self._playing: Utterance | None = None
        self._ended_s = float("-inf")

    @property
    def is_waiting(self) -> bool:
        """Whether there is something left to say."""
        return bool(self._waiting)

    def offer(self, utterance: Utterance) -> None:
        """Something to be said; it replaces what waits with the same urgency or is over."""
        self._waiting = {
            urgency: each
            for urgency, each in self._waiting.items()
            if each.moment >= utterance.moment or urgency is Urgency.COUNT
        }
        self._waiting[utterance.urgency] = utterance

    def step(self, now_s: float, *, is_playing: bool) -> Turn:
        """What to do at ``now_s``, while something is still heard or not."""
        if not is_playing and self._playing is not None:
            self._playing, self._ended_s = None, now_s
        self._waiting = {
            urgency: each
            for urgency, each in self._waiting.items()
            if now_s - each.since_s <= self._oldest_s(urgency)
        }
        next_one = self._next()
        if next_one is None:
            return Turn()
        cut = self._playing is not None and _cuts(next_one, self._playing)
        if self._playing is not None and not cut:
            return Turn()
        # A count is one beat of a rhythm: it needs no pause before it, and urgency allows none.
        pauses = not cut and next_one.urgency not in (Urgency.COUNT, Urgency.SAFETY)
        if pauses and now_s - self._ended_s < self._limits.pauses.between_s:
            return Turn()
        del self._waiting[next_one.urgency]
        self._playing = next_one
        return Turn(cut=cut, say=next_one)

    def _next(self) -> Utterance | None:
        if not self._waiting:
            return None
        most = max(self._waiting)
        if most in _CORRECTIONS and Urgency.COUNT in self._waiting:
            # It waits for the count to end, which would be lost if it waited.
            return self._waiting[Urgency.COUNT]
        return self._waiting[most]

    def _oldest_s(self, urgency: Urgency) -> float:
        oldest_s: float = getattr(self._limits.oldest_s, urgency.name.lower())
        return oldest_s


def _cuts(new: Utterance, playing: Utterance) -> bool:
    if new.urgency < Urgency.INSTRUCTION or playing.urgency is Urgency.COUNT:
        return new.urgency is Urgency.SAFETY
    if playing.urgency is Urgency.SAFETY:
        return new.moment > playing.moment
    return True
