"""What the screen shows at each moment of a session."""

from dataclasses import dataclass, replace
from uuid import UUID

from device.coaching import check_in
from device.coaching.check_in import CheckIn
from device.coaching.command import Page
from device.coaching.feedback import (
    Agenda,
    Feedback,
    Introduction,
    Phase,
    PlannedExercise,
    Progress,
    ScreenChoices,
    SetSummary,
)
from device.coaching.framing import FramingAssistant
from device.coaching.quality_notes import session_note, set_note
from device.coaching.session_course import Course, SessionIdentity
from device.coaching.set_under_way import SetUnderWay
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition, TimerExercise
from models.exercises.library import ExerciseLibrary
from models.messages import Prescription, StopReason
from models.quality import SetQuality

_INSTRUCTIONS = {
    Phase.WAITING: "instruct-waiting",
    Phase.READY: "instruct-ready",
    Phase.RESUMING: "instruct-resuming",
    Phase.COUNTDOWN: "instruct-countdown",
    Phase.RESTING: "instruct-resting",
    Phase.CHECKING: check_in.INSTRUCTION,
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
    progress: tuple[Progress, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a session is; ``waited_s`` since the phase began, ``missing`` an unseen keypoint,
    ``looks_like`` another exercise that is done instead of the planned one, ``latest_quality`` that
    of the set done last once it is known. ``number`` is another one on each screen.
    """

    phase: Phase
    number: int
    now_s: float
    waited_s: float
    rest_s: float
    countdown_s: float
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
    chosen: ScreenChoices
    agenda: Agenda
    page: Page | None
    latest_quality: SetQuality | None = None


def make_feedback(moment: Moment) -> Feedback:
    """The screen of one moment."""
    chosen = moment.chosen
    base = Feedback(
        phase=moment.phase,
        instruction=f"instruct-{moment.page}" if moment.page else _instruction(moment),
        camera=moment.identity.camera,
        network_is_stand_in=moment.identity.network_is_stand_in,
        network_name=moment.identity.network.name,
        moment=moment.number,
        page=moment.page,
        language=chosen.language,
        skeleton_only=chosen.skeleton_only,
        volume=chosen.volume,
    )
    ending = moment.ending
    session_id = None if ending.session_id is None else str(ending.session_id)
    if moment.phase is Phase.SUMMARY:
        qualities = [] if ending.course is None else ending.course.qualities
        return replace(
            base,
            session_id=session_id,
            summary=ending.summary,
            progress=ending.progress,
            agenda=moment.agenda,
            note=session_note(qualities),
        )
    if moment.phase is Phase.EMERGENCY:
        dizzy = ending.stop_reason == "dizzy"
        note = check_in.DIZZY_NOTE if dizzy else check_in.EMERGENCY_NOTE
        return replace(base, session_id=session_id, note=note)
    if moment.course is None:
        return _with_plan(base, moment)
    return _with_course(base, moment, moment.course)


def _with_course(base: Feedback, moment: Moment, course: Course) -> Feedback:
    item, exercise, current = course.item, course.exercise, moment.set_under_way
    base = replace(
        base,
        exercise_id=exercise.id,
        exercise_name=exercise.name,
        side=item.side,
        set_number=min(course.sets_done + 1, item.sets),
        sets=item.sets,
        reps_counted=0 if current is None else current.reps_counted,
        reps_target=course.next_set.reps,
        guided_by_clock=isinstance(exercise, TimerExercise),
        cue=None if current is None else current.cue(moment.now_s),
        seconds_left=_seconds_left(moment),
        looks_like=None if moment.looks_like is None else moment.library[moment.looks_like].name,
        question=course.questions[0] if moment.phase is Phase.QUESTIONS else None,
        session_id=str(course.id),
        target_deg=_target_deg(course),
        hold_s=_hold_s(course),
    )
    if moment.phase is Phase.RESTING:
        return _with_last_set(base, moment, course)
    if moment.phase is Phase.DEMONSTRATION:
        return replace(base, introduction=_introduction(course))
    if moment.phase is Phase.FRAMING and moment.framing is not None:
        shown = moment.framing.shown
        return replace(base, complaint=None if shown is None else shown.value)
    return base


def _with_last_set(base: Feedback, moment: Moment, course: Course) -> Feedback:
    """What the set that is just done was like: about the picture or the form first, else in
    numbers, as feedback after the set and not in it."""
    note = set_note(moment.latest_quality)
    last = course.latest_result
    if last is None or last.guided_by == "clock":
        return replace(base, note=note)
    # Of repetitions whose angle was not measured nobody knows whether they were good.
    measured = len(last.rom_peak_deg) == last.reps_counted and None not in last.rom_peak_deg
    good = last.reps_full_rom if measured else None
    return replace(base, note=note, reps_counted=last.reps_counted, good_repetitions=good)


def _introduction(course: Course) -> Introduction:
    exercise, item = course.exercise, course.item
    pain = course.answers.get("pain_before")
    return Introduction(
        cautions=exercise.contraindications,
        not_judged=exercise.cannot_judge,
        precautions=course.prescription.precautions,
        pain_above=item.pain_stop if pain is not None and pain > item.pain_stop else None,
    )


def _target_deg(course: Course) -> float | None:
    exercise = course.exercise
    if not isinstance(exercise, ExerciseDefinition):
        return None
    prescribed_deg = course.item.target_rom_deg
    return exercise.range_of_motion.full_deg if prescribed_deg is None else prescribed_deg


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
        plan=_plan(moment.prescription, moment),
        agenda=moment.agenda,
    )


def _hold_s(course: Course) -> float:
    exercise, item = course.exercise, course.item
    if isinstance(exercise, ExerciseDefinition) and exercise.kind == "hold":
        return item.hold_s or exercise.dose.hold_s
    return item.hold_s


def _plan(prescription: Prescription, moment: Moment) -> tuple[PlannedExercise, ...]:
    done = {(exercise, side): sets for exercise, side, sets in moment.agenda.sets_done}
    return tuple(
        PlannedExercise(
            exercise_name=moment.library[item.exercise_id].name,
            side=item.side,
            sets=item.sets,
            reps=item.reps,
            hold_s=item.hold_s,
            sets_done=min(item.sets, done.get((item.exercise_id, item.side), 0)),
        )
        for item in prescription.items
    )


def _seconds_left(moment: Moment) -> int | None:
    if moment.phase is Phase.COUNTDOWN:
        return max(1, int(moment.countdown_s - moment.waited_s) + 1)
    if moment.phase is Phase.RESTING:
        return max(0, round(moment.rest_s - moment.waited_s))
    if moment.phase is Phase.CHECKING and moment.check is not None:
        return moment.check.seconds_left(moment.now_s)
    if moment.phase is Phase.EXERCISING and moment.set_under_way is not None:
        return moment.set_under_way.seconds_left
    return None


def _instruction(moment: Moment) -> str:
    phase, course = moment.phase, moment.course
    if phase in (Phase.EXERCISING, Phase.DEMONSTRATION) and course is not None:
        return course.exercise.instruction
    if phase is Phase.PAUSED:
        return _paused(moment)
    if phase is Phase.FRAMING and moment.framing is not None:
        return moment.framing.instruction
    if phase is Phase.QUESTIONS and course is not None:
        return f"instruct-question-{course.questions[0].replace('_', '-')}"
    if phase in (Phase.SUMMARY, Phase.EMERGENCY):
        return _ended(phase, moment.ending)
    return _INSTRUCTIONS[phase]


def _ended(phase: Phase, ending: Ending) -> str:
    if phase is Phase.SUMMARY:
        # Praise is for what was done to its end.
        done = ending.course is not None and ending.course.status == "completed"
        return "instruct-summary" if done else "instruct-summary-stopped"
    dizzy = ending.stop_reason == "dizzy"
    return check_in.DIZZY_INSTRUCTION if dizzy else check_in.EMERGENCY_INSTRUCTION


def _paused(moment: Moment) -> str:
    if moment.camera_lost:
        return "instruct-paused-camera-lost"
    if moment.missing is None:
        return "instruct-paused-not-visible"
    return f"instruct-paused-{moment.missing.name.lower().replace('_', '-')}"
