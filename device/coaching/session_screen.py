"""What the screen shows at each moment of a session."""

from dataclasses import dataclass, replace
from uuid import UUID

from device.coaching import check_in
from device.coaching.check_in import CheckIn
from device.coaching.feedback import Feedback, Phase, SetSummary
from device.coaching.framing import FramingAssistant
from device.coaching.quality_notes import session_note, set_note
from device.coaching.session_course import Course, SessionIdentity
from device.coaching.set_under_way import SetUnderWay
from device.pose.pose import Keypoint
from models.exercises.definition import TimerExercise
from models.exercises.library import ExerciseLibrary
from models.messages import Prescription, StopReason
from models.quality import SetQuality

COUNTDOWN_S = 3.0

_INSTRUCTIONS = {
    Phase.WAITING: "instruct-waiting",
    Phase.READY: "instruct-ready",
    Phase.COUNTDOWN: "instruct-countdown",
    Phase.RESTING: "instruct-resting",
    Phase.CHECKING: check_in.INSTRUCTION,
    Phase.SUMMARY: "instruct-summary",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """What is left of the last session: its summary, and why it was stopped.

    The quality of its last sets may still come into its ``course``.
    """

    session_id: UUID | None = None
    summary: tuple[SetSummary, ...] = ()
    stop_reason: StopReason | None = None
    course: Course | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a session is; ``waited_s`` since the phase began, ``missing`` an unseen keypoint,
    ``looks_like`` another exercise that is done instead of the planned one, ``latest_quality`` that
    of the set done last once it is known.
    """

    phase: Phase
    now_s: float
    waited_s: float
    rest_s: float
    identity: SessionIdentity
    library: ExerciseLibrary
    prescription: Prescription | None
    course: Course | None
    set_under_way: SetUnderWay | None
    framing: FramingAssistant | None
    check: CheckIn | None
    missing: Keypoint | None
    looks_like: str | None
    camera_lost: bool
    ending: Ending
    latest_quality: SetQuality | None = None


def make_feedback(moment: Moment) -> Feedback:
    """The screen of one moment."""
    base = Feedback(
        phase=moment.phase,
        instruction=_instruction(moment),
        camera=moment.identity.camera,
        network_is_stand_in=moment.identity.network_is_stand_in,
    )
    ending = moment.ending
    session_id = None if ending.session_id is None else str(ending.session_id)
    if moment.phase is Phase.SUMMARY:
        qualities = [] if ending.course is None else ending.course.qualities
        note = session_note(qualities)
        return replace(base, session_id=session_id, summary=ending.summary, note=note)
    if moment.phase is Phase.EMERGENCY:
        dizzy = ending.stop_reason == "dizzy"
        note = check_in.DIZZY_NOTE if dizzy else check_in.EMERGENCY_NOTE
        return replace(base, session_id=session_id, note=note)
    if moment.course is None:
        return _with_plan(base, moment)
    return _with_course(base, moment, moment.course)


def _with_course(base: Feedback, moment: Moment, course: Course) -> Feedback:
    item, exercise, current = course.item, course.exercise, moment.set_under_way
    return replace(
        base,
        exercise_id=exercise.id,
        exercise_name=exercise.name,
        side=item.side,
        set_number=min(course.sets_done + 1, item.sets),
        sets=item.sets,
        reps_counted=0 if current is None else current.reps_counted,
        reps_target=item.reps,
        guided_by_clock=isinstance(exercise, TimerExercise),
        cue=None if current is None else current.cue(moment.now_s),
        note=set_note(moment.latest_quality) if moment.phase is Phase.RESTING else None,
        seconds_left=_seconds_left(moment),
        looks_like=None if moment.looks_like is None else moment.library[moment.looks_like].name,
        question=course.questions[0] if moment.phase is Phase.QUESTIONS else None,
        session_id=str(course.id),
    )


def _with_plan(base: Feedback, moment: Moment) -> Feedback:
    if moment.prescription is None:
        return base
    first = moment.prescription.items[0]
    exercise = moment.library[first.exercise_id]
    return replace(
        base,
        exercise_id=exercise.id,
        exercise_name=exercise.name,
        side=first.side,
        sets=first.sets,
        reps_target=first.reps,
    )


def _seconds_left(moment: Moment) -> int | None:
    if moment.phase is Phase.COUNTDOWN:
        return max(1, int(COUNTDOWN_S - moment.waited_s) + 1)
    if moment.phase is Phase.RESTING:
        return max(0, round(moment.rest_s - moment.waited_s))
    if moment.phase is Phase.CHECKING and moment.check is not None:
        return moment.check.seconds_left(moment.now_s)
    if moment.phase is Phase.EXERCISING and moment.set_under_way is not None:
        return moment.set_under_way.seconds_left
    return None


def _instruction(moment: Moment) -> str:
    phase, course = moment.phase, moment.course
    if phase is Phase.EXERCISING and course is not None:
        return course.exercise.instruction
    if phase is Phase.PAUSED:
        return _paused(moment)
    if phase is Phase.FRAMING and moment.framing is not None:
        return moment.framing.instruction
    if phase is Phase.QUESTIONS and course is not None:
        return f"instruct-question-{course.questions[0].replace('_', '-')}"
    if phase is Phase.EMERGENCY:
        dizzy = moment.ending.stop_reason == "dizzy"
        return check_in.DIZZY_INSTRUCTION if dizzy else check_in.EMERGENCY_INSTRUCTION
    return _INSTRUCTIONS[phase]


def _paused(moment: Moment) -> str:
    if moment.camera_lost:
        return "instruct-paused-camera-lost"
    if moment.missing is None:
        return "instruct-paused-not-visible"
    return f"instruct-paused-{moment.missing.name.lower().replace('_', '-')}"
