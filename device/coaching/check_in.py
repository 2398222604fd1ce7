"""The question "Are you all right?", from the suspicion to the event that it becomes."""

from dataclasses import dataclass

from models.event import Answer, Event

INSTRUCTION = "instruct-checking"
EMERGENCY_INSTRUCTION = "instruct-emergency"
DIZZY_INSTRUCTION = "instruct-emergency-dizzy"
EMERGENCY_NOTE = "note-nobody-called"
DIZZY_NOTE = "note-if-it-does-not-pass"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A question on the screen since ``asked_s``, to be answered within ``within_s``.

    ``asked`` is the event as it stands while there is no answer yet.
    """

    asked: Event
    asked_s: float
    within_s: float

    def is_over(self, now_s: float) -> bool:
        """Whether the time to answer has passed."""
        return now_s - self.asked_s >= self.within_s

    def seconds_left(self, now_s: float) -> int:
        """Whole seconds left to answer, from ``within_s`` down to 0."""
        return max(0, round(self.within_s - (now_s - self.asked_s)))

    def answered(self, answer: Answer, now_s: float) -> Event:
        """The event with its answer."""
        after_s = round(max(0.0, now_s - self.asked_s), 1)
        return self.asked.model_copy(update={"answer": answer, "answered_after_s": after_s})
