"""The course of a session: ready, framing, countdown, sets, rest, questions, summary.

A state machine without clocks or input of its own: it is told the time and what happened, and
answers with what the screen shows. Times are seconds on one monotonic clock. What is in a session
stands in ``session_course.py``, one set in ``set_under_way.py``, the screen in
``session_screen.py``.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from device.coaching.check_in import CheckIn
from device.coaching.command import (
    AnswerCheck,
    AnswerQuestion,
    Command,
    Dismiss,
    StartSession,
    StopSession,
)
from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Feedback, Phase, Question
from device.coaching.framing import FramingAssistant
from device.coaching.light import Light
from device.coaching.patient_watch import PatientWatch
from device.coaching.session_course import Course, SessionIdentity, SessionTimings
from device.coaching.session_result import fitting
from device.coaching.session_screen import COUNTDOWN_S, Ending, Moment, make_feedback
from device.coaching.set_motions import SetMotions
from device.coaching.set_qualities import SetQualities
from device.coaching.set_recording import SetAnalyst
from device.coaching.set_under_way import SetUnderWay, still_allowed_s
from device.coaching.suspicion import Suspicion
from device.pose.pose import Pose
from models.event import Answer, Event
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary
from models.messages import Prescription, PrescriptionItem, Session
from models.safety import SafetyLimits, load_safety_limits

__all__ = ["SessionFlow", "SessionIdentity", "SessionTimings"]

FRAMING_HOLD_S = 1.5
"""How long the framing must be content before the countdown begins."""
LOST_AFTER_S = 2.0
"""Out of the picture this long pauses the set (design figure: within 2 s)."""
BACK_AFTER_S = 0.7
SUMMARY_S = 60.0
_LIGHT_EVERY_S = {Phase.FRAMING: 0.5, Phase.EXERCISING: 5.0}

_PAUSABLE = frozenset({Phase.COUNTDOWN, Phase.EXERCISING, Phase.FRAMING})
_UNDER_WAY = frozenset(
    {Phase.FRAMING, Phase.COUNTDOWN, Phase.EXERCISING, Phase.RESTING, Phase.PAUSED}
)
"""Where the patient can stop, and where safety watches; not at the questions, which are answered
close to the screen, where little of the body is in the picture."""


class SessionFlow:
    """Leads one patient through the prescribed sets.

    ``now`` returns UTC; ``on_progress`` receives the session as far as it has come after every set
    (so that a power cut loses none of it) and ``on_finished`` the session once it is over.
    ``on_asked`` receives an event whose question is on the screen, ``on_event`` one that is
    complete; without them events are not kept, as in a benchmark. Without ``exercise_watch`` it
    takes whatever is done for what is planned, and begins nothing by itself; without ``analyst``
    no set's quality is analysed, without ``motions`` no movement is kept to be sent.
    """

    def __init__(
        self,
        identity: SessionIdentity,
        library: ExerciseLibrary,
        now: Callable[[], datetime],
        on_finished: Callable[[Session], None],
        on_progress: Callable[[Session], None],
        timings: SessionTimings | None = None,
        *,
        on_asked: Callable[[Event], None] = lambda _: None,
        on_event: Callable[[Event], None] = lambda _: None,
        limits: SafetyLimits | None = None,
        exercise_watch: ExerciseWatch | None = None,
        analyst: SetAnalyst | None = None,
        motions: SetMotions | None = None,
    ) -> None:
        self._identity = identity
        self._library = library
        self._now = now
        self._on_finished, self._on_progress = on_finished, on_progress
        self._on_asked, self._on_event = on_asked, on_event
        self._timings = timings or SessionTimings()
        self._limits = limits or load_safety_limits()
        self._watch = PatientWatch(self._limits)
        self._exercise_watch = exercise_watch
        self._qualities = SetQualities(analyst, motions=motions)
        self._prescription: Prescription | None = None
        self._phase = Phase.WAITING
        self._since_s = 0.0
        self._course: Course | None = None
        self._set: SetUnderWay | None = None
        self._framing: FramingAssistant | None = None
        self._light_s = float("-inf")
        self._check: CheckIn | None = None
        self._resume: tuple[Phase, float] = (Phase.FRAMING, 0.0)
        self._before_pause: Phase = Phase.FRAMING
        self._self_started: tuple[UUID, int] | None = None
        self._camera_lost = False
        self._ending = Ending()
        self._shown: Feedback | None = None

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    @property
    def current_item(self) -> PrescriptionItem | None:
        """The prescribed item under way, ``None`` between sessions."""
        return None if self._course is None else self._course.item

    @property
    def rom_progress(self) -> float | None:
        """0 at rest, 1 at the target; ``None`` outside a set and where it is not visible."""
        if self._phase is not Phase.EXERCISING or self._set is None:
            return None
        return self._set.rom_progress

    def set_prescription(self, prescription: Prescription | None, now_s: float) -> None:
        """The prescription in force; a session under way is finished on the one it began with."""
        if prescription == self._prescription:
            return
        self._prescription = prescription
        if self._phase in (Phase.WAITING, Phase.READY, Phase.SUMMARY):
            self._enter_ready(now_s)

    def set_camera_lost(self, lost: bool, now_s: float) -> None:
        """The camera has gone or come back."""
        if lost == self._camera_lost:
            return
        self._camera_lost = lost
        self._watch.reset()
        if lost and self._phase in _PAUSABLE:
            self._pause(now_s)

    def command(self, command: Command, now_s: float) -> None:
        """What the patient asked for; a command that does not fit the moment changes nothing."""
        if isinstance(command, StartSession) and self._phase in (Phase.READY, Phase.SUMMARY):
            self._start(now_s)
        elif isinstance(command, StopSession) and self._phase in _UNDER_WAY:
            self._stop(now_s)
        elif isinstance(command, AnswerQuestion) and self._phase is Phase.QUESTIONS:
            self._answer(command, now_s)
        elif isinstance(command, AnswerCheck) and self._phase is Phase.CHECKING:
            self._conclude_check(command.answer, now_s)
        elif isinstance(command, Dismiss) and self._phase is Phase.EMERGENCY:
            self._enter(Phase.SUMMARY, now_s)
        elif isinstance(command, Dismiss) and self._phase is Phase.SUMMARY:
            self._enter_ready(now_s)

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

    def take(self, pose: Pose, now_s: float, unsmoothed: Pose | None = None) -> Feedback:
        """One smoothed pose, and the same one unsmoothed where there is one."""
        if self._course is not None:
            self._look(self._course, pose, now_s, unsmoothed)
        elif self._phase is Phase.READY:
            self._begin_what_is_done(pose, now_s)
        return self.tick(now_s)

    def tick(self, now_s: float) -> Feedback:
        """Let time pass without a frame."""
        if self._qualities.attend(now_s) and self._course is not None:
            self._on_progress(self._course.session(self._identity, "interrupted", self._now()))
        while_in = {
            Phase.READY: self._while_ready,
            Phase.FRAMING: self._while_framing,
            Phase.COUNTDOWN: self._while_counting_down,
            Phase.EXERCISING: self._while_exercising,
            Phase.PAUSED: self._while_paused,
            Phase.CHECKING: self._while_checking,
            Phase.RESTING: self._while_resting,
            Phase.QUESTIONS: self._while_asking,
            Phase.SUMMARY: self._while_summing_up,
        }
        if self._phase in while_in:
            while_in[self._phase](now_s, now_s - self._since_s)
        return self._feedback(now_s)

    def interrupt(self, now_s: float) -> None:
        """The device is being switched off: what was done is sent as interrupted."""
        self._qualities.attend(now_s, at_once=True)
        if self._course is None:
            return
        if self._check is not None:
            self._on_event(self._check.asked)
        self._close_set()
        if self._phase is not Phase.QUESTIONS:
            self._course.status = "interrupted"
        self._finish(now_s)
        self._qualities.attend(now_s, at_once=True)

    def _enter(self, phase: Phase, now_s: float) -> None:
        self._phase, self._since_s = phase, now_s

    def _enter_ready(self, now_s: float) -> None:
        self._enter(Phase.READY if self._prescription else Phase.WAITING, now_s)

    def _enter_framing(self, now_s: float) -> None:
        """Framing for what the camera counts; the clock needs none."""
        course = self._course
        if course is None:
            return
        exercise = course.exercise
        self._framing = None
        self._watch.follow(exercise, course.item.side)
        if isinstance(exercise, ExerciseDefinition):
            accepted = course.accepted.get(course.number, set())
            self._framing = FramingAssistant(exercise, course.item.side, accepted)
        self._enter(Phase.COUNTDOWN if self._framing is None else Phase.FRAMING, now_s)

    def _while_ready(self, now_s: float, waited_s: float) -> None:
        after_s, prescription = self._timings.starts_by_itself_s, self._prescription
        if after_s is None or prescription is None or self._camera_lost or waited_s < after_s:
            return
        if self._self_started != (prescription.id, prescription.version):
            self._self_started = (prescription.id, prescription.version)
            self._start(now_s)

    def _while_framing(self, now_s: float, _waited_s: float) -> None:
        if self._framing is None or self._framing.may_begin(now_s, FRAMING_HOLD_S):
            self._enter(Phase.COUNTDOWN, now_s)

    def _while_counting_down(self, now_s: float, waited_s: float) -> None:
        if waited_s >= COUNTDOWN_S:
            self._begin_set(now_s)

    def _while_checking(self, now_s: float, _waited_s: float) -> None:
        if self._check is not None and self._check.is_over(now_s):
            self._conclude_check("no_answer", now_s)

    def _while_resting(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._rest_s():
            self._enter_framing(now_s)

    def _while_asking(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._timings.question_s:
            self._next_question(now_s)

    def _while_summing_up(self, now_s: float, waited_s: float) -> None:
        if waited_s >= SUMMARY_S:
            self._enter_ready(now_s)

    def _start(self, now_s: float) -> None:
        if self._prescription is None:
            return
        self._qualities.attend(now_s, at_once=True)
        self._course = Course(self._prescription, self._library, self._now())
        self._ending = Ending()
        self._watch.reset()
        self._enter_framing(now_s)

    def _look(self, course: Course, pose: Pose, now_s: float, unsmoothed: Pose | None) -> None:
        self._watch.take(pose, now_s, unsmoothed)
        if self._phase in _UNDER_WAY and not self._camera_lost:
            suspicion = self._watch.suspicion(course.exercise.position, self._still_allowed_s())
            if suspicion is not None:
                self._ask_all_right(suspicion, now_s)
        if self._phase is Phase.FRAMING and self._framing is not None:
            self._framing.take(self._watch.smoothed, self._watch.unsmoothed, pose)
        if self._phase is Phase.EXERCISING and self._set is not None:
            self._set.take(pose, now_s, unsmoothed)
            if self._exercise_watch is not None and not self._set.by_clock:
                self._exercise_watch.compare(pose, course.exercise.id, now_s)

    def _begin_what_is_done(self, pose: Pose, now_s: float) -> None:
        """Who begins an exercise of the plan unasked is coached in it from the next movement."""
        if self._exercise_watch is None or self._prescription is None or self._camera_lost:
            return
        planned = [item.exercise_id for item in self._prescription.items]
        begun = self._exercise_watch.begun(pose, planned, now_s)
        if begun is None:
            return
        self._start(now_s)
        self._current.number = planned.index(begun)
        self._begin_set(now_s)

    def _still_allowed_s(self) -> float | None:
        if self._phase is Phase.EXERCISING:
            return still_allowed_s(self._current.item, self._current.exercise)
        # Waiting, one may keep still, but not on the floor.
        return None if self._phase is Phase.RESTING else float("inf")

    def _begin_set(self, now_s: float) -> None:
        course = self._current
        complaints = () if self._framing is None else self._framing.complaints
        course.accepted.setdefault(course.number, set()).update(complaints)
        self._set = SetUnderWay(course.item, course.exercise, self._now(), complaints)
        self._watch.follow(course.exercise, course.item.side)
        self._watch.expect(now_s)
        if self._exercise_watch is not None:
            self._exercise_watch.reset()
        self._enter(Phase.EXERCISING, now_s)

    def _while_exercising(self, now_s: float, _waited_s: float) -> None:
        current = self._set
        if current is None:
            return
        if self._watch.unseen_for_s(now_s) > LOST_AFTER_S:
            self._pause(now_s)
        elif current.tick(now_s):
            self._close_set()
            self._after_set(now_s)

    def _pause(self, now_s: float) -> None:
        self._before_pause = self._phase
        self._watch.expect(now_s)
        if self._set is not None:
            self._set.pause()
        self._enter(Phase.PAUSED, now_s)

    def _while_paused(self, now_s: float, _waited_s: float) -> None:
        if self._camera_lost or self._watch.seen_for_s(now_s) < BACK_AFTER_S:
            return
        if self._before_pause is Phase.EXERCISING:
            self._enter(Phase.EXERCISING, now_s)
        else:
            self._enter_framing(now_s)

    def _close_set(self) -> None:
        course, current = self._course, self._set
        self._set = None
        if course is None or current is None:
            return
        result = current.result(self._now())
        if result is not None:
            course.add_set(result)
            self._qualities.hand_over(course, current.recorded())
            self._on_progress(course.session(self._identity, "interrupted", self._now()))

    def _after_set(self, now_s: float) -> None:
        if self._current.go_on():
            self._enter(Phase.RESTING, now_s)
        else:
            self._ask(["pain_after", "rpe"], now_s)

    def _stop(self, now_s: float) -> None:
        self._close_set()
        self._current.status, self._current.stop_reason = "stopped", "unknown"
        self._ask(["stop_reason", "pain_after"], now_s)

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
        else:
            self._finish(now_s)

    def _finish(self, now_s: float) -> None:
        course = self._current
        if (event := course.event_of_stop(self._identity, self._now())) is not None:
            self._on_event(event)
        ended_at = self._now()

        def session() -> Session:
            return fitting(course.session(self._identity, course.status, ended_at))

        self._qualities.close(
            course,
            send=lambda: self._on_finished(session()),
            keep=lambda: self._on_progress(session()),
            now_s=now_s,
        )
        self._ending = Ending(course.id, tuple(course.summary), course.stop_reason, course)
        self._course = self._check = self._framing = None
        self._enter(Phase.EMERGENCY if course.is_emergency else Phase.SUMMARY, now_s)

    def _looks_like(self, now_s: float) -> str | None:
        if self._exercise_watch is None or self._phase is not Phase.EXERCISING:
            return None
        return self._exercise_watch.looks_like(now_s)

    @property
    def _current(self) -> Course:
        assert self._course is not None
        return self._course

    def _rest_s(self) -> float:
        return min(self._current.item.rest_s, self._timings.longest_rest_s)

    def _feedback(self, now_s: float) -> Feedback:
        """The screen; the same object as long as nothing on it changes."""
        feedback = make_feedback(
            Moment(
                phase=self._phase,
                now_s=now_s,
                waited_s=now_s - self._since_s,
                rest_s=self._rest_s() if self._phase is Phase.RESTING else 0.0,
                identity=self._identity,
                library=self._library,
                prescription=self._prescription,
                course=self._course,
                set_under_way=self._set,
                framing=self._framing,
                check=self._check,
                missing=self._watch.missing,
                looks_like=self._looks_like(now_s),
                camera_lost=self._camera_lost,
                ending=self._ending,
                latest_quality=self._qualities.latest,
            )
        )
        if feedback != self._shown:
            self._shown = feedback
        return self._shown
