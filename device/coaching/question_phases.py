"""The questions of a session: before it, after it, why it was stopped, and "Are you all right?"."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime

from device.coaching.check_in import CheckIn
from device.coaching.command import AnswerQuestion, Question
from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Phase
from device.coaching.patient_watch import PatientWatch
from device.coaching.session_course import SessionIdentity, SessionTimings
from device.coaching.session_result import fitting
from device.coaching.session_screen import Ending
from device.coaching.set_phases import SetPhases
from device.coaching.set_qualities import SetQualities
from device.coaching.suspicion import Suspicion
from models.event import Answer, Event
from models.messages import Session
from models.safety import SafetyLimits

WATCHED = frozenset({Phase.FRAMING, Phase.COUNTDOWN, Phase.EXERCISING, Phase.RESTING, Phase.PAUSED})
"""Where safety watches; not at the questions and the demonstration, which are looked at close to
the screen, where little of the body is in the picture."""
STOPPABLE = WATCHED | {Phase.DEMONSTRATION}


class QuestionPhases(SetPhases):
    """The sets, with the questions around them.

    ``on_asked`` receives an event whose question is on the screen, ``on_event`` one that is
    complete.
    """

    def __init__(
        self,
        identity: SessionIdentity,
        now: Callable[[], datetime],
        on_progress: Callable[[Session], None],
        timings: SessionTimings,
        exercise_watch: ExerciseWatch | None,
        qualities: SetQualities,
        limits: SafetyLimits,
        on_asked: Callable[[Event], None],
        on_event: Callable[[Event], None],
    ) -> None:
        watch = PatientWatch(limits)
        super().__init__(identity, now, on_progress, timings, watch, exercise_watch, qualities)
        self._limits = limits
        self._on_asked, self._on_event = on_asked, on_event
        self._check: CheckIn | None = None
        self._resume: tuple[Phase, float] = (Phase.FRAMING, 0.0)
        self._ending = Ending()

    @abstractmethod
    def _keep_finished(self, session: Session) -> None:
        """The session is over, and what was still to come of it has come."""

    @abstractmethod
    def _give_up(self, now_s: float) -> None:
        """Nobody answered the first question: nobody is there, and nothing has begun."""

    @abstractmethod
    def _end(self, session: Session) -> Ending:
        """What is left on the screen of a session that is over."""

    def _while_checking(self, now_s: float, _waited_s: float) -> None:
        if self._check is not None and self._check.is_over(now_s):
            self._conclude_check("no_answer", now_s)

    def _while_asking(self, now_s: float, waited_s: float) -> None:
        chosen_s = self._timings.question_s
        if waited_s < (self._waiting.question_s if chosen_s is None else chosen_s):
            return
        if self._current.begun or self._timings.starts_by_itself_s is not None:
            self._next_question(now_s)
        else:
            self._give_up(now_s)

    def _after_last_set(self, now_s: float) -> None:
        self._ask(["pain_after", "rpe"], now_s)

    def _stop(self, now_s: float) -> None:
        course = self._course
        before = self._phase is Phase.QUESTIONS and course is not None and not course.begun
        if course is None or not (before or self._phase in STOPPABLE):
            return
        self._close_set()
        course.begun = True
        course.status, course.stop_reason = "stopped", "unknown"
        done = any(course.results)
        self._ask(["stop_reason", "pain_after"] if done else ["stop_reason"], now_s)

    def _ask_all_right(self, suspicion: Suspicion, now_s: float) -> None:
        asked = self._current.event(self._identity, suspicion.kind, suspicion.evidence, self._now())
        self._check = CheckIn(asked, now_s, self._limits.question.answer_within_s)
        self._on_asked(asked)
        self._resume = (self._phase, now_s - self._since_s)
        if self._set is not None:
            self._set.pause()
        self._enter(Phase.CHECKING, now_s)

    def _conclude_check(self, answer: Answer, now_s: float) -> None:
        if self._check is None:
            return
        self._on_event(self._check.answered(answer, now_s))
        self._check = None
        self._watch.answered()
        if answer != "all_right":
            self._close_set()
            self._current.status, self._current.stop_reason = "stopped", answer
            self._finish(now_s)
            return
        phase, waited_s = self._resume
        if phase is Phase.RESTING:
            self._enter(phase, now_s - waited_s)
        elif self._set is not None:
            # As after a pause: it goes on once the patient is seen again.
            self._before_pause = Phase.EXERCISING
            self._watch.expect(now_s)
            self._enter(Phase.PAUSED, now_s)
        else:
            self._enter_framing(now_s)

    def _ask(self, questions: list[Question], now_s: float) -> None:
        self._current.questions = questions
        self._enter(Phase.QUESTIONS, now_s)

    def _answer(self, answer: AnswerQuestion, now_s: float) -> None:
        course = self._course
        if course is None or not course.questions or answer.question != course.questions[0]:
            return
        if answer.question == "stop_reason":
            course.stop_reason = answer.reason or "unknown"
            if course.is_emergency:
                self._finish(now_s)
                return
        elif answer.rating is not None:
            course.answers[answer.question] = answer.rating
        self._next_question(now_s)

    def _next_question(self, now_s: float) -> None:
        course = self._current
        course.questions.pop(0)
        if course.questions:
            self._enter(Phase.QUESTIONS, now_s)
        elif course.begun:
            self._finish(now_s)
        else:
            course.begun = True
            self._keep_draft()
            self._enter_exercise(now_s)

    def _finish(self, now_s: float) -> None:
        course = self._current
        if (event := course.event_of_stop(self._identity, self._now())) is not None:
            self._on_event(event)
        ended_at = self._now()

        def session() -> Session:
            return fitting(course.session(self._identity, course.status, ended_at))

        self._ending = self._end(session())
        self._qualities.close(
            course,
            send=lambda: self._keep_finished(session()),
            keep=lambda: self._on_progress(session()),
            now_s=now_s,
        )
        self._course = self._check = self._framing = None
        self._enter(Phase.EMERGENCY if course.is_emergency else Phase.SUMMARY, now_s)
