"""What of the screen is spoken: from one state of the screen to the next, in the session's words.

Only changes are spoken, and what still stands after a while once more. Between sessions the voice
is silent: a device that starts again at night must not speak.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from device.coaching.feedback import Feedback, Phase
from device.voice.limits import VoiceLimits
from device.voice.utterance import Urgency, Utterance, Words
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary, load_library

_SILENT = frozenset({Phase.WAITING, Phase.READY})
_SAFETY = frozenset({Phase.CHECKING, Phase.EMERGENCY})
_STANDING = frozenset({Phase.FRAMING, Phase.PAUSED})
_PRAISE = ("cue-praise", "quality-praise")


@dataclass(slots=True)
class _Standing:
    """What is said again while it stands."""

    utterance: Utterance
    after_s: float
    times: int
    said_s: float


class Narrator:
    """Turns feedback into utterances; times in seconds on the machine's monotonic clock.

    ``emergency_number`` is read digit by digit; ``emergency_texts`` are the clinic's own, by
    language, in place of ours. ``volume`` (0 to 100) and ``language`` hold where
    the feedback has none of its own. Nothing is said at volume 0.
    """

    def __init__(
        self,
        limits: VoiceLimits,
        *,
        emergency_number: str = "112",
        language: str = "en",
        volume: int = 100,
        emergency_texts: Mapping[str, str] = MappingProxyType({}),
        library: Callable[[], ExerciseLibrary] = load_library,
    ) -> None:
        self._limits = limits
        self._number = " ".join(emergency_number)
        self._emergency_texts = emergency_texts
        self._language, self._volume = language, volume
        self._library = library
        self._last: Feedback | None = None
        self._moment = 0
        self._introduced: set[str] = set()
        self._session: str | None = None
        self._standing: _Standing | None = None

    def take(self, feedback: Feedback, now_s: float) -> list[Utterance]:
        """What is to be said now; cheap as long as the screen stays the same object."""
        last, self._last = self._last, feedback
        if feedback is last:
            return self._again(now_s)
        louder = self._choose(feedback) and last is not None
        changed = last is None or feedback.phase is not last.phase
        if changed:
            self._moment += 1
            self._standing = None
        if feedback.session_id != self._session:
            self._session = feedback.session_id
            self._introduced.clear()
        said = [self._instruction(last, feedback, now_s)]
        if louder:
            said.append(self._say(Urgency.CUE, Words(text="say-volume"), now_s))
        if last is not None:
            said += [
                self._count(last, feedback, now_s),
                self._seconds(last, feedback, now_s),
                self._cue(last, feedback, now_s),
                self._note(last, feedback, now_s),
            ]
        spoken = [each for each in said if each is not None]
        return spoken if self._volume else []

    def reminder(self, text: str, now_s: float) -> Utterance:
        """A reminder as it is to be said now; of no moment of a session."""
        said = self._say(Urgency.REMINDER, Words(text=text), now_s)
        return said.model_copy(update={"moment": 0})

    def _choose(self, feedback: Feedback) -> bool:
        """Take language and volume from the screen; whether the volume is another one."""
        before = self._volume
        self._language = feedback.language or self._language
        self._volume = before if feedback.volume is None else feedback.volume
        return self._volume != before

    def _instruction(
        self, last: Feedback | None, feedback: Feedback, now_s: float
    ) -> Utterance | None:
        phase = feedback.phase
        shown = None if last is None else (last.phase, last.instruction)
        if phase in _SILENT or feedback.page or shown == (phase, feedback.instruction):
            return None
        if phase in _SAFETY:
            return self._safety(feedback, now_s)
        words = self._words_of(last, feedback)
        if not words:
            return None
        utterance = self._say(Urgency.INSTRUCTION, words, now_s)
        repeat = self._limits.repeat
        if phase in _STANDING:
            self._standing = _Standing(
                utterance, repeat.instruction_after_s, repeat.instruction_times, now_s
            )
        return utterance

    def _words_of(self, last: Feedback | None, feedback: Feedback) -> list[Words]:
        phase = feedback.phase
        if phase is Phase.EXERCISING:
            return self._at_a_set(last, feedback)
        if phase is Phase.RESTING:
            return [self._rest(feedback), *self._of_the_last_set(feedback)]
        # An exercise's own instruction, with its demonstration.
        self._introduced.add(feedback.instruction)
        words = [self._words(feedback.instruction)]
        if phase is Phase.SUMMARY and feedback.note:
            words.append(self._words(feedback.note))
        return words

    def _at_a_set(self, last: Feedback | None, feedback: Feedback) -> list[Words]:
        how = feedback.instruction
        first = how not in self._introduced
        self._introduced.add(how)
        if last is None or last.phase in _SILENT:
            return []  # the patient has begun already
        if last.phase in (Phase.PAUSED, Phase.CHECKING):
            return [Words(text="say-go-on")]
        return [Words(text=how if first else "say-begin")]

    def _rest(self, feedback: Feedback) -> Words:
        seconds = feedback.seconds_left or 0
        if seconds < self._limits.countdown.shortest_rest_s:
            return self._words(feedback.instruction)
        return Words(text="say-rest", values={"seconds": seconds})

    def _of_the_last_set(self, feedback: Feedback) -> list[Words]:
        if feedback.note:
            return [self._words(feedback.note)]
        good, counted = feedback.good_repetitions, feedback.reps_counted
        if not good or not counted:
            return []
        return [Words(text="note-set-all-the-way", values={"good": good, "counted": counted})]

    def _safety(self, feedback: Feedback, now_s: float) -> Utterance:
        words = [self._words(feedback.instruction)]
        clinics = self._emergency_texts.get(self._language)
        if feedback.phase is Phase.EMERGENCY and clinics:
            words = [Words(text="say-words", values={"words": clinics})]
        if feedback.note:
            words.append(self._words(feedback.note))
        utterance = self._say(Urgency.SAFETY, words, now_s)
        repeat = self._limits.repeat
        if feedback.phase is Phase.CHECKING:
            after_s, times = repeat.safety_after_s, repeat.safety_times
        else:
            after_s, times = repeat.emergency_after_s, repeat.emergency_times
        self._standing = _Standing(utterance, after_s, times, now_s)
        return utterance

    def _count(self, last: Feedback, feedback: Feedback, now_s: float) -> Utterance | None:
        if feedback.phase is not Phase.EXERCISING or feedback.guided_by_clock:
            return None
        before = last.reps_counted if last.set_number == feedback.set_number else 0
        if feedback.reps_counted <= before:
            return None
        return self._number_spoken(feedback.reps_counted, now_s)

    def _seconds(self, last: Feedback, feedback: Feedback, now_s: float) -> Utterance | None:
        left, before = feedback.seconds_left, last.seconds_left
        if left is None or before is None or last.phase is not feedback.phase or left >= before:
            return None
        if not 0 < left <= self._limits.countdown.last_s or not self._counts_down(feedback):
            return None
        return self._number_spoken(left, now_s)

    def _counts_down(self, feedback: Feedback) -> bool:
        """Not while repetitions are counted, which would be a second row of numbers."""
        if feedback.phase in (Phase.COUNTDOWN, Phase.RESTING):
            return True
        if feedback.phase is not Phase.EXERCISING:
            return False
        exercise = self._library().get(feedback.exercise_id or "")
        holds = isinstance(exercise, ExerciseDefinition) and exercise.kind == "hold"
        return holds or feedback.guided_by_clock

    def _cue(self, last: Feedback, feedback: Feedback, now_s: float) -> Utterance | None:
        if not feedback.cue or feedback.cue == last.cue:
            return None
        return self._say(_kind_of(feedback.cue), Words(text=feedback.cue), now_s)

    def _note(self, last: Feedback, feedback: Feedback, now_s: float) -> Utterance | None:
        if feedback.phase in _SILENT | _SAFETY or feedback.page:
            return None
        planned = feedback.exercise_name
        if feedback.looks_like and feedback.looks_like != last.looks_like and planned:
            named = {"seen": feedback.looks_like, "planned": planned}
            return self._say(Urgency.CUE, Words(text="note-looks-like", named=named), now_s)
        # A note that comes with its phase is said with the instruction, in one breath.
        if not feedback.note or feedback.note == last.note or feedback.phase is not last.phase:
            return None
        return self._say(_kind_of(feedback.note), self._words(feedback.note), now_s)

    def _again(self, now_s: float) -> list[Utterance]:
        standing = self._standing
        if standing is None or not self._volume or now_s - standing.said_s < standing.after_s:
            return []
        standing.said_s, standing.times = now_s, standing.times - 1
        if standing.times <= 0:
            self._standing = None
        return [standing.utterance.model_copy(update={"since_s": now_s})]

    def _words(self, text: str) -> Words:
        return Words(text=text, values={"number": self._number})

    def _number_spoken(self, number: int, now_s: float) -> Utterance:
        words = Words(text="say-count", values={"number": number})
        return self._say(Urgency.COUNT, words, now_s)

    def _say(self, urgency: Urgency, words: Words | list[Words], now_s: float) -> Utterance:
        return Utterance(
            urgency=urgency,
            words=(words,) if isinstance(words, Words) else tuple(words),
            since_s=now_s,
            moment=self._moment,
            language=self._language,
            volume=self._volume,
        )


def _kind_of(text_id: str) -> Urgency:
    return Urgency.PRAISE if text_id.startswith(_PRAISE) else Urgency.CUE
