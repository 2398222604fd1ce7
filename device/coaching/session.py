"""The course of a session: ready, framing, countdown, sets, rest, questions, summary.

A state machine without clocks or input of its own: it is told the time and what happened, and
answers with what the screen shows. Times are seconds on one monotonic clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from device.camera.frame import CameraKind
from device.coaching.command import (
    AnswerQuestion,
    Command,
    Dismiss,
    StartSession,
    StopSession,
)
from device.coaching.cues import CueSelector
from device.coaching.feedback import Feedback, Phase, Question, SetSummary
from device.coaching.joint_angles import VISIBLE_SCORE
from device.coaching.session_result import set_result, set_summary
from device.coaching.set_coach import SetCoach, SetProgress
from device.pose.pose import Pose
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary
from models.messages import (
    ExerciseResult,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Session,
    SetResult,
)

FRAMING_HOLD_S = 1.5
"""How long the patient must be seen whole before the countdown begins."""
COUNTDOWN_S = 3.0
LOST_AFTER_S = 2.0
"""Out of the picture this long pauses the set (design figure: within 2 s)."""
BACK_AFTER_S = 0.7
SUMMARY_S = 60.0
STILL_AFTER_LAST_REPETITION_S = 1.2
"""A set ends this long after its last repetition, so that the return is seen to its end."""


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """What every session of this device carries."""

    device_id: str
    software_version: str
    network: NetworkVersion
    network_is_stand_in: bool
    camera: CameraKind


@dataclass(frozen=True, slots=True)
class SessionTimings:
    """Waiting times in seconds; a demonstration without a patient shortens them."""

    question_s: float = 60.0
    longest_rest_s: float = 1800.0
    starts_by_itself_s: float | None = None


@dataclass(slots=True, eq=False)
class _Course:
    """One session under way."""

    prescription: Prescription
    started_at: datetime
    id: UUID = field(default_factory=uuid4)
    item: int = 0
    results: list[list[SetResult]] = field(default_factory=list)
    summary: list[SetSummary] = field(default_factory=list)
    status: Literal["completed", "stopped", "interrupted"] = "completed"
    stop_reason: Literal["pain", "dizzy", "tired", "technical", "unknown"] | None = None
    answers: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


class SessionFlow:
    """Leads one patient through the prescribed sets.

    ``now`` returns UTC; ``on_progress`` receives the session as far as it has come after every set
    (so that a power cut loses none of it) and ``on_finished`` the session once it is over.
    """

    def __init__(
        self,
        identity: SessionIdentity,
        library: ExerciseLibrary,
        now: Callable[[], datetime],
        on_finished: Callable[[Session], None],
        on_progress: Callable[[Session], None],
        timings: SessionTimings | None = None,
    ) -> None:
        self._identity = identity
        self._library = library
        self._now = now
        self._on_finished = on_finished
        self._on_progress = on_progress
        self._timings = timings or SessionTimings()
        self._prescription: Prescription | None = None
        self._phase = Phase.WAITING
        self._since_s = 0.0
        self._course: _Course | None = None
        self._coach: SetCoach | None = None
        self._cues: CueSelector | None = None
        self._set_started_at: datetime | None = None
        self._progress: SetProgress | None = None
        self._target_reached_s: float | None = None
        self._seen_since_s: float | None = None
        self._seen_last_s: float | None = None
        self._before_pause: Phase | None = None
        self._self_started: tuple[UUID, int] | None = None
        self._camera_lost = False
        self._last_id: UUID | None = None
        self._last_summary: tuple[SetSummary, ...] = ()
        self._shown: tuple[tuple[object, ...], Feedback] | None = None

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    @property
    def current_item(self) -> PrescriptionItem | None:
        """The prescribed item under way, ``None`` between sessions."""
        return None if self._course is None else self._course.prescription.items[self._course.item]

    def set_prescription(self, prescription: Prescription | None, now_s: float) -> None:
        """The prescription in force; a session under way is finished on the one it began with."""
        if prescription == self._prescription:
            return
        self._prescription = prescription
        if self._phase in (Phase.WAITING, Phase.READY, Phase.SUMMARY):
            self._enter(Phase.WAITING if prescription is None else Phase.READY, now_s)

    def set_camera_lost(self, lost: bool, now_s: float) -> None:
        """The camera has gone or come back."""
        if lost == self._camera_lost:
            return
        self._camera_lost = lost
        if lost and self._phase in _PAUSABLE:
            self._pause(now_s)

    def command(self, command: Command, now_s: float) -> None:
        """What the patient asked for; a command that does not fit the moment changes nothing."""
        if isinstance(command, StartSession) and self._phase in (Phase.READY, Phase.SUMMARY):
            self._start(now_s)
        elif isinstance(command, StopSession) and self._phase in _STOPPABLE:
            self._stop(now_s)
        elif isinstance(command, AnswerQuestion) and self._phase is Phase.QUESTIONS:
            self._answer(command, now_s)
        elif isinstance(command, Dismiss) and self._phase is Phase.SUMMARY:
            self._enter(Phase.READY if self._prescription else Phase.WAITING, now_s)

    def take(self, pose: Pose, now_s: float) -> Feedback:
        """One smoothed pose."""
        visible = self._is_framed(pose)
        self._note_visibility(visible, now_s)
        if self._phase is Phase.EXERCISING and self._coach is not None:
            self._progress = self._coach.take(pose)
            if self._progress.ended is not None and self._cues is not None:
                self._cues.after(self._progress.ended, now_s)
        return self.tick(now_s)

    def tick(self, now_s: float) -> Feedback:
        """Let time pass without a frame."""
        waited_s = now_s - self._since_s
        if self._phase is Phase.READY:
            self._start_by_itself(waited_s, now_s)
        elif self._phase is Phase.FRAMING:
            if self._seen_for(now_s) >= FRAMING_HOLD_S:
                self._enter(Phase.COUNTDOWN, now_s)
        elif self._phase is Phase.COUNTDOWN:
            if waited_s >= COUNTDOWN_S:
                self._begin_set(now_s)
        elif self._phase is Phase.EXERCISING:
            self._while_exercising(now_s)
        elif self._phase is Phase.PAUSED:
            self._while_paused(now_s)
        elif self._phase is Phase.RESTING:
            if waited_s >= self._rest_s():
                self._enter(Phase.FRAMING, now_s)
        elif self._phase is Phase.QUESTIONS:
            if waited_s >= self._timings.question_s:
                self._next_question(now_s)
        elif self._phase is Phase.SUMMARY and waited_s >= SUMMARY_S:
            self._enter(Phase.READY if self._prescription else Phase.WAITING, now_s)
        return self._feedback(now_s)

    def interrupt(self, now_s: float) -> None:
        """The device is being switched off: what was done is sent as interrupted."""
        if self._course is None:
            return
        self._close_set(now_s)
        if self._phase is not Phase.QUESTIONS:
            self._course.status = "interrupted"
        self._finish(now_s)

    def _enter(self, phase: Phase, now_s: float) -> None:
        self._phase, self._since_s = phase, now_s
        if phase is Phase.FRAMING:
            self._seen_since_s = None

    def _start_by_itself(self, waited_s: float, now_s: float) -> None:
        after_s, prescription = self._timings.starts_by_itself_s, self._prescription
        if after_s is None or prescription is None or self._camera_lost or waited_s < after_s:
            return
        if self._self_started != (prescription.id, prescription.version):
            self._self_started = (prescription.id, prescription.version)
            self._start(now_s)

    def _start(self, now_s: float) -> None:
        if self._prescription is None:
            return
        self._course = _Course(self._prescription, self._now())
        self._course.results = [[] for _ in self._prescription.items]
        self._enter(Phase.FRAMING, now_s)

    def _begin_set(self, now_s: float) -> None:
        item, exercise = self._item(), self._exercise()
        self._coach = SetCoach(exercise, item.side, item.tempo, item.target_rom_deg)
        self._cues = CueSelector(exercise)
        self._set_started_at = self._now()
        self._progress = None
        self._target_reached_s = None
        self._enter(Phase.EXERCISING, now_s)

    def _while_exercising(self, now_s: float) -> None:
        if self._seen_last_s is not None and now_s - self._seen_last_s > LOST_AFTER_S:
            self._pause(now_s)
            return
        if self._coach is None or self._coach.reps_counted < self._item().reps:
            return
        if self._target_reached_s is None:
            self._target_reached_s = now_s
        if now_s - self._target_reached_s >= STILL_AFTER_LAST_REPETITION_S:
            self._close_set(now_s)
            self._after_set(now_s)

    def _pause(self, now_s: float) -> None:
        self._before_pause = self._phase
        self._seen_since_s = None
        self._enter(Phase.PAUSED, now_s)

    def _while_paused(self, now_s: float) -> None:
        if self._camera_lost or self._seen_for(now_s) < BACK_AFTER_S:
            return
        before = self._before_pause or Phase.FRAMING
        self._enter(before if before is Phase.EXERCISING else Phase.FRAMING, now_s)

    def _close_set(self, now_s: float) -> None:
        if self._coach is None or self._course is None or self._set_started_at is None:
            return
        self._coach.finish()
        if self._coach.frames:
            item, exercise = self._item(), self._exercise()
            result = set_result(item, exercise, self._coach, self._set_started_at, self._now())
            self._course.results[self._course.item].append(result)
            number = len(self._course.results[self._course.item])
            self._course.summary.append(set_summary(item, exercise, number, result))
            self._on_progress(self._session("interrupted"))
        self._coach = None

    def _after_set(self, now_s: float) -> None:
        course = self._course
        if course is None:
            return
        if len(course.results[course.item]) < self._item().sets:
            self._enter(Phase.RESTING, now_s)
        elif course.item + 1 < len(course.prescription.items):
            course.item += 1
            self._enter(Phase.RESTING, now_s)
        else:
            self._ask(["pain_after", "rpe"], now_s)

    def _stop(self, now_s: float) -> None:
        if self._course is None:
            return
        self._close_set(now_s)
        self._course.status, self._course.stop_reason = "stopped", "unknown"
        self._ask(["stop_reason", "pain_after"], now_s)

    def _ask(self, questions: list[Question], now_s: float) -> None:
        if self._course is not None:
            self._course.questions = questions
            self._enter(Phase.QUESTIONS, now_s)

    def _answer(self, answer: AnswerQuestion, now_s: float) -> None:
        course = self._course
        if course is None or not course.questions or answer.question != course.questions[0]:
            return
        if answer.question == "stop_reason":
            course.stop_reason = answer.reason or "unknown"
        elif answer.rating is not None:
            course.answers[answer.question] = answer.rating
        self._next_question(now_s)

    def _next_question(self, now_s: float) -> None:
        if self._course is None:
            return
        self._course.questions.pop(0)
        if self._course.questions:
            self._enter(Phase.QUESTIONS, now_s)
        else:
            self._finish(now_s)

    def _finish(self, now_s: float) -> None:
        if self._course is None:
            return
        self._on_finished(self._session(self._course.status))
        self._last_id, self._last_summary = self._course.id, tuple(self._course.summary)
        self._course = None
        self._enter(Phase.SUMMARY, now_s)

    def _session(self, status: Literal["completed", "stopped", "interrupted"]) -> Session:
        course = self._course
        assert course is not None
        return Session(
            id=course.id,
            prescription_id=course.prescription.id,
            prescription_version=course.prescription.version,
            patient_id=course.prescription.patient_id,
            device_id=self._identity.device_id,
            software_version=self._identity.software_version,
            networks=(self._identity.network,),
            camera=self._identity.camera,
            started_at=course.started_at,
            ended_at=max(self._now(), course.started_at),
            status=status,
            stop_reason=course.stop_reason,
            pain_after=course.answers.get("pain_after"),
            rpe=course.answers.get("rpe"),
            items=tuple(
                ExerciseResult(exercise_id=item.exercise_id, side=item.side, sets=tuple(sets))
                for item, sets in zip(course.prescription.items, course.results, strict=True)
                if sets
            ),
        )

    def _item(self) -> PrescriptionItem:
        item = self.current_item
        assert item is not None
        return item

    def _exercise(self) -> ExerciseDefinition:
        return self._library.measured(self._item().exercise_id)

    def _rest_s(self) -> float:
        return min(self._item().rest_s, self._timings.longest_rest_s)

    def _is_framed(self, pose: Pose) -> bool:
        """Whether enough of the patient is in the picture for this exercise."""
        if self._course is None:
            return False
        needed = _NEEDED[self._exercise().measure]
        rows = pose.keypoints.tolist()
        return any(
            all(rows[index][2] >= VISIBLE_SCORE for index in one_side) for one_side in needed
        )

    def _note_visibility(self, visible: bool, now_s: float) -> None:
        if not visible:
            self._seen_since_s = None
            return
        self._seen_last_s = now_s
        if self._seen_since_s is None:
            self._seen_since_s = now_s

    def _seen_for(self, now_s: float) -> float:
        return 0.0 if self._seen_since_s is None else now_s - self._seen_since_s

    @property
    def rom_progress(self) -> float | None:
        """0 at rest, 1 at the target; ``None`` outside a set and where it is not visible."""
        if self._phase is not Phase.EXERCISING or self._progress is None:
            return None
        return self._progress.rom_progress

    def _feedback(self, now_s: float) -> Feedback:
        """The screen; the same object as long as nothing on it changes."""
        course, coach = self._course, self._coach
        seen = (
            self._phase,
            self._instruction(),
            course,
            0 if course is None else course.item,
            0 if course is None else len(course.results[course.item]),
            0 if coach is None else coach.reps_counted,
            self._cues.current(now_s) if coach is not None and self._cues is not None else None,
            self._seconds_left(now_s),
            self._prescription,
        )
        if self._shown is None or self._shown[0] != seen:
            self._shown = (seen, self._make_feedback(now_s))
        return self._shown[1]

    def _make_feedback(self, now_s: float) -> Feedback:
        base = Feedback(
            phase=self._phase,
            instruction=self._instruction(),
            camera=self._identity.camera,
            network_is_stand_in=self._identity.network_is_stand_in,
        )
        if self._phase is Phase.SUMMARY:
            session_id = None if self._last_id is None else str(self._last_id)
            return replace(base, session_id=session_id, summary=self._last_summary)
        course = self._course
        if course is None:
            return self._with_plan(base)
        item, exercise = self._item(), self._exercise()
        done = len(course.results[course.item])
        counting = self._coach is not None
        return replace(
            base,
            exercise_id=exercise.id,
            exercise_name=exercise.name,
            side=item.side,
            set_number=min(done + 1, item.sets),
            sets=item.sets,
            reps_counted=self._coach.reps_counted if self._coach is not None else 0,
            reps_target=item.reps,
            cue=self._cues.current(now_s) if counting and self._cues is not None else None,
            seconds_left=self._seconds_left(now_s),
            question=course.questions[0] if self._phase is Phase.QUESTIONS else None,
            session_id=str(course.id),
        )

    def _with_plan(self, base: Feedback) -> Feedback:
        if self._prescription is None:
            return base
        first = self._prescription.items[0]
        exercise = self._library[first.exercise_id]
        return replace(
            base,
            exercise_id=exercise.id,
            exercise_name=exercise.name,
            side=first.side,
            sets=first.sets,
            reps_target=first.reps,
        )

    def _seconds_left(self, now_s: float) -> int | None:
        waited_s = now_s - self._since_s
        if self._phase is Phase.COUNTDOWN:
            return max(1, int(COUNTDOWN_S - waited_s) + 1)
        return max(0, round(self._rest_s() - waited_s)) if self._phase is Phase.RESTING else None

    def _instruction(self) -> str:
        if self._phase is Phase.EXERCISING:
            return self._exercise().instruction
        if self._phase is Phase.PAUSED:
            return (
                "instruct-paused-camera-lost"
                if self._camera_lost
                else "instruct-paused-not-visible"
            )
        if self._phase is Phase.FRAMING:
            seen = self._seen_since_s is not None
            return "instruct-framing-hold-still" if seen else "instruct-framing-step-into-view"
        if self._phase is Phase.QUESTIONS and self._course is not None:
            return f"instruct-question-{self._course.questions[0].replace('_', '-')}"
        return _INSTRUCTIONS[self._phase]


_PAUSABLE = frozenset({Phase.COUNTDOWN, Phase.EXERCISING, Phase.FRAMING})
_STOPPABLE = frozenset(
    {Phase.FRAMING, Phase.COUNTDOWN, Phase.EXERCISING, Phase.RESTING, Phase.PAUSED}
)
_INSTRUCTIONS = {
    Phase.WAITING: "instruct-waiting",
    Phase.READY: "instruct-ready",
    Phase.COUNTDOWN: "instruct-countdown",
    Phase.RESTING: "instruct-resting",
    Phase.SUMMARY: "instruct-summary",
}
# Shoulder, hip, knee and ankle, or shoulder, elbow and hip, of the left and of the right side.
_LEGS = ((5, 11, 13, 15), (6, 12, 14, 16))
_ARMS = ((5, 7, 11), (6, 8, 12))
_NEEDED = {
    "knee_flexion": _LEGS,
    "hip_abduction": _LEGS,
    "shoulder_abduction": _ARMS,
    "shoulder_flexion": _ARMS,
}
