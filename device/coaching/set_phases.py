"""One set after another: demonstration, framing, countdown, the set itself, pause and rest.

The part of a session's state machine between its first question and its last; what comes before
and after stands in ``session.py``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from datetime import datetime

from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Phase
from device.coaching.framing import FramingAssistant
from device.coaching.light import Light
from device.coaching.patient_watch import PatientWatch
from device.coaching.session_course import Course, SessionIdentity, SessionTimings
from device.coaching.session_limits import load_session_limits
from device.coaching.set_qualities import SetQualities
from device.coaching.set_under_way import SetUnderWay, still_allowed_s
from models.exercises.definition import ExerciseDefinition
from models.messages import Session

_LIGHT_EVERY_S = {Phase.FRAMING: 0.5, Phase.EXERCISING: 5.0}
_PAUSABLE = frozenset({Phase.COUNTDOWN, Phase.EXERCISING, Phase.FRAMING})


class SetPhases(ABC):
    """Where a session is, and its sets.

    ``on_progress`` receives the session as far as it has come after every set.
    """

    def __init__(
        self,
        identity: SessionIdentity,
        now: Callable[[], datetime],
        on_progress: Callable[[Session], None],
        timings: SessionTimings,
        watch: PatientWatch,
        exercise_watch: ExerciseWatch | None,
        qualities: SetQualities,
    ) -> None:
        self._identity = identity
        self._now = now
        self._on_progress = on_progress
        self._timings = timings
        self._waiting = load_session_limits().waiting
        self._watch = watch
        self._exercise_watch = exercise_watch
        self._qualities = qualities
        self._phase = Phase.WAITING
        self._since_s = 0.0
        self._moment = 0
        self._course: Course | None = None
        self._set: SetUnderWay | None = None
        self._framing: FramingAssistant | None = None
        self._light_s = float("-inf")
        self._before_pause: Phase = Phase.FRAMING
        self._camera_lost = False
        self._rest_after_s = 0.0
        self._shown_before: set[str] = set()

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    def set_camera_lost(self, lost: bool, now_s: float) -> None:
        """The camera has gone or come back."""
        if lost == self._camera_lost:
            return
        self._camera_lost = lost
        self._watch.reset()
        if lost and self._phase in _PAUSABLE:
            self._pause(now_s)

    def wants_light(self, now_s: float) -> bool:
        """Whether it is time to measure the picture's light."""
        every_s = _LIGHT_EVERY_S.get(self._phase)
        return every_s is not None and now_s - self._light_s >= every_s

    def see_light(self, light: Light, now_s: float) -> None:
        """The light in the newest picture."""
        self._light_s = now_s
        if self._phase is Phase.EXERCISING and self._set is not None:
            self._set.see_light(light)
        elif self._framing is not None:
            self._framing.see_light(light)

    def set_demonstrated(self, exercise_ids: Collection[str]) -> None:
        """Exercises that an earlier session has shown: their demonstration is a reminder."""
        self._shown_before.update(exercise_ids)

    @abstractmethod
    def _after_last_set(self, now_s: float) -> None:
        """All sets are done."""

    @abstractmethod
    def _note_demonstrated(self, exercise_id: str) -> None:
        """An exercise has been shown to its end, or the patient has said that they know it."""

    @property
    def _current(self) -> Course:
        assert self._course is not None
        return self._course

    def _enter(self, phase: Phase, now_s: float) -> None:
        self._phase, self._since_s = phase, now_s
        self._moment += 1

    def _enter_exercise(self, now_s: float) -> None:
        """The next set; the first of an exercise is shown before."""
        course = self._current
        if course.number in course.demonstrated or self._demonstration_s() <= 0:
            self._enter_framing(now_s)
        else:
            self._enter(Phase.DEMONSTRATION, now_s)

    def _end_demonstration(self, now_s: float) -> None:
        course = self._current
        course.demonstrated.add(course.number)
        self._shown_before.add(course.item.exercise_id)
        self._note_demonstrated(course.item.exercise_id)
        self._enter_framing(now_s)

    def _demonstration_s(self) -> float:
        chosen_s = self._timings.demonstration_s
        if chosen_s is not None:
            return chosen_s
        known = self._current.item.exercise_id in self._shown_before
        waiting = self._waiting
        return waiting.demonstration_again_s if known else waiting.demonstration_first_s

    def _enter_framing(self, now_s: float) -> None:
        """Framing for what the camera counts; the clock needs none."""
        course = self._current
        exercise = course.exercise
        self._framing = None
        self._watch.follow(exercise, course.item.side)
        if isinstance(exercise, ExerciseDefinition):
            accepted = course.accepted.get(course.number, set())
            self._framing = FramingAssistant(exercise, course.item.side, accepted)
        self._enter(Phase.COUNTDOWN if self._framing is None else Phase.FRAMING, now_s)

    def _while_demonstrating(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._demonstration_s():
            self._end_demonstration(now_s)

    def _while_framing(self, now_s: float, _waited_s: float) -> None:
        if self._framing is None or self._framing.may_begin(now_s, self._waiting.framing_hold_s):
            self._enter(Phase.COUNTDOWN, now_s)

    def _while_counting_down(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._waiting.countdown_s:
            self._begin_set(now_s)

    def _while_exercising(self, now_s: float, _waited_s: float) -> None:
        current = self._set
        if current is None:
            return
        if self._watch.unseen_for_s(now_s) > self._waiting.lost_after_s:
            self._pause(now_s)
        elif current.tick(now_s):
            self._close_set()
            # The rest belongs to the set that is done, whichever exercise comes next.
            self._rest_after_s = self._current.item.rest_s
            if self._current.go_on():
                self._enter(Phase.RESTING, now_s)
            else:
                self._after_last_set(now_s)

    def _while_paused(self, now_s: float, _waited_s: float) -> None:
        if self._camera_lost or self._watch.seen_for_s(now_s) < self._waiting.back_after_s:
            return
        if self._before_pause is Phase.EXERCISING:
            self._enter(Phase.EXERCISING, now_s)
        else:
            self._enter_framing(now_s)

    def _while_resting(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._rest_s():
            self._enter_exercise(now_s)

    def _begin_set(self, now_s: float) -> None:
        course = self._current
        complaints = () if self._framing is None else self._framing.complaints
        course.accepted.setdefault(course.number, set()).update(complaints)
        self._set = SetUnderWay(course.next_set, course.exercise, self._now(), complaints)
        self._watch.follow(course.exercise, course.item.side)
        self._watch.expect(now_s)
        if self._exercise_watch is not None:
            self._exercise_watch.reset()
        self._enter(Phase.EXERCISING, now_s)

    def _pause(self, now_s: float) -> None:
        self._before_pause = self._phase
        self._watch.expect(now_s)
        if self._set is not None:
            self._set.pause()
        self._enter(Phase.PAUSED, now_s)

    def _close_set(self) -> None:
        course, current = self._course, self._set
        self._set = None
        if course is None or current is None:
            return
        result = current.result(self._now())
        if result is not None:
            course.add_set(result)
            self._qualities.hand_over(course, current.recorded())
            self._keep_draft()

    def _keep_draft(self) -> None:
        self._on_progress(self._current.session(self._identity, "interrupted", self._now()))

    def _rest_s(self) -> float:
        return min(self._rest_after_s, self._timings.longest_rest_s)

    def _still_allowed_s(self) -> float | None:
        if self._phase is Phase.EXERCISING:
            return still_allowed_s(self._current.item, self._current.exercise)
        # Waiting, one may keep still, but not on the floor.
        return None if self._phase is Phase.RESTING else float("inf")
