"""How a session begins: the plan that is due, a session broken off, what the patient just does."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Phase
from device.coaching.question_phases import QuestionPhases
from device.coaching.resumption import course_of, is_left
from device.coaching.session_course import Course, SessionIdentity, SessionTimings
from device.coaching.session_limits import load_session_limits
from device.coaching.session_result import fitting
from device.coaching.session_screen import Ending
from device.coaching.set_qualities import SetQualities
from device.pose.pose import Pose
from models.event import Event
from models.exercises.library import ExerciseLibrary
from models.messages import Prescription, Session
from models.safety import SafetyLimits

IDLE = frozenset({Phase.WAITING, Phase.READY, Phase.SUMMARY})
_PAST_KEPT = 60


class BeginningPhases(QuestionPhases):
    """The sets and their questions, with how they begin.

    ``on_finished`` receives the session once it is over; ``past`` are the latest sessions kept.
    """

    def __init__(
        self,
        identity: SessionIdentity,
        library: ExerciseLibrary,
        now: Callable[[], datetime],
        on_finished: Callable[[Session], None],
        on_progress: Callable[[Session], None],
        timings: SessionTimings,
        exercise_watch: ExerciseWatch | None,
        qualities: SetQualities,
        limits: SafetyLimits,
        on_asked: Callable[[Event], None],
        on_event: Callable[[Event], None],
        past: Sequence[Session],
    ) -> None:
        super().__init__(
            identity,
            now,
            on_progress,
            timings,
            exercise_watch,
            qualities,
            limits,
            on_asked,
            on_event,
        )
        self._library = library
        self._on_finished = on_finished
        self._past = list(past)
        self._prescription: Prescription | None = None
        self._draft: tuple[Session, Course] | None = None
        self._self_started: tuple[UUID, int] | None = None

    def set_prescription(self, prescription: Prescription | None, now_s: float) -> None:
        """The prescription in force; a session under way is finished on the one it began with."""
        if prescription == self._prescription:
            return
        self._prescription = prescription
        if self._phase is Phase.RESUMING:
            self._resume_session(False, now_s)
        elif self._phase in IDLE:
            self._enter_ready(now_s)

    def offer_resumption(self, draft: Session, now_s: float) -> None:
        """Ask whether to go on with a session that a restart broke off.

        It must be one that :func:`~device.coaching.resumption.may_resume` of the prescription in
        force; what is not resumed goes to ``on_finished`` as it is.
        """
        if self._prescription is None:
            raise ValueError("a session is resumed on the prescription in force: set that first")
        self._draft = (draft, course_of(draft, self._prescription, self._library))
        self._enter(Phase.RESUMING, now_s)

    def _enter_ready(self, now_s: float) -> None:
        self._enter(Phase.READY if self._prescription else Phase.WAITING, now_s)

    def _while_ready(self, now_s: float, waited_s: float) -> None:
        after_s, prescription = self._timings.starts_by_itself_s, self._prescription
        if after_s is None or prescription is None or self._camera_lost or waited_s < after_s:
            return
        if self._self_started != (prescription.id, prescription.version):
            self._self_started = (prescription.id, prescription.version)
            self._start(now_s)

    def _while_resuming(self, now_s: float, waited_s: float) -> None:
        if self._timings.starts_by_itself_s is not None:
            self._resume_session(True, now_s)
        elif waited_s >= load_session_limits().resumption.offered_for_s:
            self._resume_session(False, now_s)

    def _start(self, now_s: float) -> None:
        if self._open_course(now_s):
            self._ask(["pain_before"], now_s)

    def _give_up(self, now_s: float) -> None:
        self._course = None
        self._enter_ready(now_s)

    def _open_course(self, now_s: float) -> bool:
        if self._prescription is None:
            return False
        self._qualities.attend(now_s, at_once=True)
        self._course = Course(self._prescription, self._library, self._now())
        self._ending = Ending()
        self._watch.reset()
        return True

    def _resume_session(self, go_on: bool, now_s: float) -> None:
        if self._draft is None:
            return
        draft, course = self._draft
        self._draft = None
        if not go_on:
            self._keep_finished(fitting(draft))
            self._enter_ready(now_s)
            return
        # It is under way again: it does not begin by itself a second time.
        self._self_started = (course.prescription.id, course.prescription.version)
        self._course, self._ending = course, Ending()
        self._watch.reset()
        if is_left(course):
            self._enter_exercise(now_s)
        else:
            self._after_last_set(now_s)

    def _begin_what_is_done(self, pose: Pose, now_s: float) -> None:
        """Who begins an exercise of the plan unasked is coached in it from the next movement."""
        if self._exercise_watch is None or self._prescription is None or self._camera_lost:
            return
        planned = [item.exercise_id for item in self._prescription.items]
        begun = self._exercise_watch.begun(pose, planned, now_s)
        if begun is None or not self._open_course(now_s):
            return
        course = self._current
        course.begun, course.number = True, planned.index(begun)
        course.demonstrated.add(course.number)
        self._keep_draft()
        self._begin_set(now_s)

    def _keep_finished(self, session: Session) -> None:
        self._past = [*self._past[-_PAST_KEPT:], session]
        self._on_finished(session)
