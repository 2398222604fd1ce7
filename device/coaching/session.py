"""The course of a session: plan, questions before, sets, questions after, summary.

A state machine without clocks or input of its own: it is told the time and what happened, and
answers with what the screen shows. Times are seconds on one monotonic clock. The sets stand in
``set_phases.py``, the questions in ``question_phases.py``, how a session begins in
``beginning_phases.py``, what is in it in ``session_course.py``, the screen in
``session_screen.py``, gestures in ``pose_commands.py``, going on after a restart in
``resumption.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from device.coaching.beginning_phases import IDLE, BeginningPhases
from device.coaching.command import (
    AnswerCheck,
    AnswerQuestion,
    ChooseLanguage,
    Command,
    Dismiss,
    OpenPage,
    Page,
    Ready,
    ResumeSession,
    SetVolume,
    ShowPicture,
    Snooze,
    StartSession,
    StopSession,
)
from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Agenda, Feedback, Phase, ScreenChoices
from device.coaching.live_values import LiveValues
from device.coaching.pose_commands import PoseCommands
from device.coaching.progress import progress_since
from device.coaching.question_phases import STOPPABLE, WATCHED
from device.coaching.screen_settings import ScreenSettings
from device.coaching.session_course import Course, SessionIdentity, SessionTimings
from device.coaching.session_screen import Ending, Moment, make_feedback
from device.coaching.set_motions import SetMotions
from device.coaching.set_qualities import SetQualities
from device.coaching.set_recording import SetAnalyst
from device.pose.pose import Pose
from models.event import Event
from models.exercises.library import ExerciseLibrary
from models.messages import PrescriptionItem, Session
from models.safety import SafetyLimits, load_safety_limits

__all__ = ["SessionFlow", "SessionIdentity", "SessionTimings"]

_WAITS_FOR = frozenset({Phase.FRAMING, Phase.PAUSED})
"""Where nothing goes on without the patient before the camera."""
_PAGES_OPEN_IN: dict[Page, frozenset[Phase]] = {
    "settings": frozenset({Phase.WAITING, Phase.READY}),
    "help": IDLE | {Phase.RESUMING, Phase.PAUSED},
}


class SessionFlow(BeginningPhases):
    """Leads one patient through the prescribed sets.

    ``now`` returns UTC; ``on_progress`` receives the session as far as it has come once it has
    begun and after every set (so that a power cut loses none of it) and ``on_finished`` the session
    once it is over. ``on_asked`` receives an event whose question is on the screen, ``on_event``
    one that is complete; without them events are not kept, as in a benchmark. Without
    ``exercise_watch`` it takes whatever is done for what is planned, and begins nothing by itself;
    without ``analyst`` no set's quality is analysed, and without ``motions`` no movement is kept to
    be sent. ``past`` are the latest sessions kept, to see the progress since;
    ``chosen`` is what the patient chose about the screen, ``on_chosen`` takes another choice,
    ``on_demonstrated`` the id of an exercise that has been shown, and ``on_snooze`` the wish to be
    reminded later.
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
        past: Sequence[Session] = (),
        chosen: ScreenChoices | None = None,
        on_chosen: Callable[[ScreenChoices], None] = lambda _: None,
        on_demonstrated: Callable[[str], None] = lambda _: None,
        on_snooze: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            identity,
            library,
            now,
            on_finished,
            on_progress,
            timings or SessionTimings(),
            exercise_watch,
            SetQualities(analyst, motions=motions),
            limits or load_safety_limits(),
            on_asked,
            on_event,
            past,
        )
        self._on_snooze, self._on_demonstrated = on_snooze, on_demonstrated
        self._settings = ScreenSettings(chosen or ScreenChoices(), on_chosen)
        self._poses = PoseCommands()
        self._agenda = Agenda()
        self._shown: Feedback | None = None

    @property
    def current_item(self) -> PrescriptionItem | None:
        """What is left of the prescribed set under way; ``None`` between sessions."""
        return None if self._course is None else self._course.next_set

    def live(self, now_s: float) -> LiveValues:
        """What changes with every frame."""
        live = LiveValues()
        if self._phase is Phase.EXERCISING and self._set is not None:
            live = self._set.live(now_s)
        elif self._phase is Phase.FRAMING and self._framing is not None:
            held_s, needed_s = self._framing.content_for_s(now_s), self._waiting.framing_hold_s
            live = LiveValues(ready_share=min(1.0, held_s / needed_s) if needed_s else 1.0)
        if self._poses.held is None:
            return live
        gesture, share = self._poses.held
        return replace(live, gesture=gesture, gesture_share=share)

    def set_agenda(self, agenda: Agenda) -> None:
        """What the days bring: shown between sessions."""
        self._agenda = agenda

    def command(self, command: Command, now_s: float) -> None:
        """What the patient asked for; a command that does not fit the moment changes nothing."""
        if isinstance(command, ChooseLanguage | ShowPicture | SetVolume):
            self._settings.choose(command, now_s)
        elif isinstance(command, StopSession):
            self._stop(now_s)
        elif command.moment is None or command.moment == self._moment:
            self._do(command, now_s)

    def take(self, pose: Pose, now_s: float, unsmoothed: Pose | None = None) -> Feedback:
        """One smoothed pose, and the same one unsmoothed where there is one."""
        if self._course is not None:
            self._look(self._course, pose, now_s, unsmoothed)
        elif self._phase is Phase.READY and self._settings.page is None:
            self._begin_what_is_done(pose, now_s)
        if self._shown is not None:
            exercise = None if self._course is None else self._course.exercise
            command = self._poses.take(pose, self._shown, exercise, now_s)
            if command is not None:
                self.command(command, now_s)
        return self.tick(now_s)

    def tick(self, now_s: float) -> Feedback:
        """Let time pass without a frame."""
        if self._qualities.attend(now_s) and self._course is not None:
            self._keep_draft()
        while_in = {
            Phase.READY: self._while_ready,
            Phase.RESUMING: self._while_resuming,
            Phase.DEMONSTRATION: self._while_demonstrating,
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
        if self._phase in _WAITS_FOR and now_s - self._since_s >= self._waiting.abandoned_s:
            self.interrupt(now_s)
        if self._settings.is_over(now_s):
            self._leave_page()
        return self._feedback(now_s)

    def suspend(self, now_s: float) -> None:
        """The device is restarted or switched off: the session can go on when it is back.

        What was done of it is kept as a draft; a session that is at its last questions, or at the
        question "Are you all right?", is over.
        """
        if self._course is not None and not self._course.begun:
            self._give_up(now_s)
        if self._course is None or self._phase not in STOPPABLE:
            self.interrupt(now_s)
            return
        self._close_set()
        self._qualities.attend(now_s, at_once=True)
        self._keep_draft()
        self._course = self._framing = None
        self._enter_ready(now_s)

    def interrupt(self, now_s: float) -> None:
        """There will be no more of this session: what was done is sent as interrupted."""
        self._qualities.attend(now_s, at_once=True)
        if self._course is None:
            return
        if self._check is not None:
            self._on_event(self._check.asked)
        self._close_set()
        if self._phase is not Phase.QUESTIONS or not self._course.begun:
            self._course.status = "interrupted"
        self._finish(now_s)
        self._qualities.attend(now_s, at_once=True)

    def _do(self, command: Command, now_s: float) -> None:
        phase = self._phase
        if self._settings.page is not None and isinstance(command, Dismiss):
            self._leave_page()
        elif isinstance(command, StartSession) and phase in (Phase.READY, Phase.SUMMARY):
            self._start(now_s)
        elif isinstance(command, Ready) and phase is Phase.DEMONSTRATION:
            self._end_demonstration(now_s)
        elif isinstance(command, Ready) and phase is Phase.RESTING:
            self._enter_exercise(now_s)
        elif isinstance(command, ResumeSession) and phase is Phase.RESUMING:
            self._resume_session(command.go_on, now_s)
        elif isinstance(command, AnswerQuestion) and phase is Phase.QUESTIONS:
            self._answer(command, now_s)
        elif isinstance(command, AnswerCheck) and phase is Phase.CHECKING:
            self._conclude_check(command.answer, now_s)
        elif isinstance(command, Dismiss) and phase is Phase.EMERGENCY:
            self._enter(Phase.SUMMARY, now_s)
        elif isinstance(command, Dismiss) and phase is Phase.SUMMARY:
            self._enter_ready(now_s)
        elif isinstance(command, OpenPage) and phase in _PAGES_OPEN_IN[command.page]:
            self._moment += 1
            self._settings.open(command.page, now_s)
        elif isinstance(command, Snooze) and phase is Phase.READY:
            self._on_snooze()

    def _leave_page(self) -> None:
        self._settings.close()
        self._moment += 1

    def _note_demonstrated(self, exercise_id: str) -> None:
        self._on_demonstrated(exercise_id)

    def _enter(self, phase: Phase, now_s: float) -> None:
        super()._enter(phase, now_s)
        self._settings.close()

    def _while_summing_up(self, now_s: float, waited_s: float) -> None:
        if waited_s >= self._waiting.summary_s:
            self._enter_ready(now_s)

    def _look(self, course: Course, pose: Pose, now_s: float, unsmoothed: Pose | None) -> None:
        self._watch.take(pose, now_s, unsmoothed)
        if self._phase in WATCHED and not self._camera_lost:
            suspicion = self._watch.suspicion(course.exercise.position, self._still_allowed_s())
            if suspicion is not None:
                self._ask_all_right(suspicion, now_s)
        if self._phase is Phase.FRAMING and self._framing is not None:
            self._framing.take(self._watch.smoothed, self._watch.unsmoothed, pose)
        if self._phase is Phase.EXERCISING and self._set is not None:
            self._set.take(pose, now_s, unsmoothed)
            if self._exercise_watch is not None and not self._set.by_clock:
                self._exercise_watch.compare(pose, course.exercise.id, now_s)

    def _end(self, session: Session) -> Ending:
        course = self._current
        return Ending(
            course.id,
            tuple(course.summary),
            course.stop_reason,
            course,
            progress_since(session, self._past, self._library),
        )

    def _looks_like(self, now_s: float) -> str | None:
        if self._exercise_watch is None or self._phase is not Phase.EXERCISING:
            return None
        return self._exercise_watch.looks_like(now_s)

    def _feedback(self, now_s: float) -> Feedback:
        """The screen; the same object as long as nothing on it changes."""
        feedback = make_feedback(
            Moment(
                phase=self._phase,
                number=self._moment,
                now_s=now_s,
                waited_s=now_s - self._since_s,
                rest_s=self._rest_s() if self._phase is Phase.RESTING else 0.0,
                countdown_s=self._waiting.countdown_s,
                identity=self._identity,
                library=self._library,
                prescription=self._prescription,
                course=self._course if self._draft is None else self._draft[1],
                set_under_way=self._set,
                framing=self._framing,
                check=self._check,
                missing=self._watch.missing,
                looks_like=self._looks_like(now_s),
                camera_lost=self._camera_lost,
                ending=self._ending,
                chosen=self._settings.chosen,
                agenda=self._agenda,
                page=self._settings.page,
                latest_quality=self._qualities.latest,
            )
        )
        focus = self._poses.focus if self._is_shown(feedback) else None
        if focus is not None:
            feedback = replace(feedback, focus=focus)
        if feedback != self._shown:
            self._shown = feedback
        return self._shown

    def _is_shown(self, feedback: Feedback) -> bool:
        """Whether the screen is the one on which pose chooses."""
        return self._shown is not None and self._shown.moment == feedback.moment
