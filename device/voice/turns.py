"""Who speaks when: one phrase at a time, the most urgent first, nothing late.

Pure: it is told the time and how much is left of what is being played, and answers what to do.

- A safety question cuts short whatever is less urgent; it is cut short itself only once the session
  has gone on.
- An instruction cuts short cues, praise, reminders and an earlier instruction, unless they are
  about to end; never a count, which is over in a moment.
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

    def step(self, now_s: float, left_s: float | None) -> Turn:
        """What to do at ``now_s``; ``left_s`` of what is being played, ``None`` when nothing is."""
        if left_s is None and self._playing is not None:
            self._playing, self._ended_s = None, now_s
        self._waiting = {
            urgency: each
            for urgency, each in self._waiting.items()
            if now_s - each.since_s <= self._oldest_s(urgency)
        }
        next_one = self._next(now_s)
        if next_one is None:
            return Turn()
        cut = self._playing is not None and self._cuts(next_one, self._playing, left_s or 0.0)
        if self._playing is not None and not cut:
            return Turn()
        # A count is one beat of a rhythm: it needs no pause before it, and urgency allows none.
        pauses = not cut and next_one.urgency not in (Urgency.COUNT, Urgency.SAFETY)
        if pauses and now_s - self._ended_s < self._limits.pauses.between_s:
            return Turn()
        del self._waiting[next_one.urgency]
        self._playing = next_one
        return Turn(cut=cut, say=next_one)

    def _next(self, now_s: float) -> Utterance | None:
        if not self._waiting:
            return None
        most = max(self._waiting)
        if most in _CORRECTIONS and Urgency.COUNT in self._waiting:
            # It waits for the count to end, which would be lost if it waited.
            most = Urgency.COUNT
        found = self._waiting[most]
        settles_s = self._limits.turns.instruction_settles_s
        if most is Urgency.INSTRUCTION and now_s - found.since_s < settles_s:
            return None
        return found

    def _oldest_s(self, urgency: Urgency) -> float:
        oldest_s: float = getattr(self._limits.oldest_s, urgency.name.lower())
        return oldest_s

    def _cuts(self, new: Utterance, playing: Utterance, left_s: float) -> bool:
        if playing.urgency is Urgency.SAFETY:
            return new.urgency >= Urgency.INSTRUCTION and new.moment > playing.moment
        if new.urgency is Urgency.SAFETY:
            return True
        if new.urgency < Urgency.INSTRUCTION or playing.urgency is Urgency.COUNT:
            return False
        turns = self._limits.turns
        earlier = playing.urgency is Urgency.INSTRUCTION
        return left_s > (turns.lets_instruction_end_s if earlier else turns.lets_cue_end_s)
