"""Takes a session up again that a restart broke off: same id, nothing counted twice, no set lost.

The draft that is kept after every set says how far it had come. A set that was broken off is kept
as it was measured, and goes on with the repetitions that are left.
"""

from datetime import datetime, timedelta

from device.coaching.session_course import Course
from device.coaching.session_limits import load_session_limits
from device.coaching.set_under_way import set_length_s
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary
from models.messages import Prescription, Session, SetResult

_CLOCK_SLACK_S = 1.5
"""A set by the clock may last so much less than its length by the time of day."""


def may_resume(draft: Session, prescription: Prescription | None, now: datetime) -> bool:
    """Whether the draft is young enough, and of the prescription in force.

    A Raspberry Pi has no clock of its own and may start in the past: so far back as it may lie in
    the past a draft may lie in the future.
    """
    if prescription is None or draft.status != "interrupted":
        return False
    same = (draft.prescription_id, draft.prescription_version) == (
        prescription.id,
        prescription.version,
    )
    offered = timedelta(seconds=load_session_limits().resumption.offered_for_s)
    return same and abs(now - draft.ended_at) <= offered


def course_of(draft: Session, prescription: Prescription, library: ExerciseLibrary) -> Course:
    """The course as far as the draft has come, at the set that is next."""
    course = Course(prescription, library, draft.started_at, id=draft.id, begun=True)
    if draft.pain_before is not None:
        course.answers["pain_before"] = draft.pain_before
    left = list(draft.items)
    for number, item in enumerate(prescription.items):
        done = next(
            (
                each
                for each in left
                if (each.exercise_id, each.side) == (item.exercise_id, item.side)
            ),
            None,
        )
        if done is None:
            continue
        left.remove(done)
        course.number = number
        course.demonstrated.add(number)
        course.reps_done = 0
        for result in done.sets:
            _take_over(course, result)
    under_way = [number for number in range(len(course.results)) if _is_under_way(course, number)]
    untouched = [number for number, results in enumerate(course.results) if not results]
    if under_way or untouched:
        course.number = (under_way or untouched)[0]
    if not under_way:
        course.reps_done = 0
    return course


def is_left(course: Course) -> bool:
    """Whether any set is still to be done."""
    return course.sets_done < course.item.sets


def _is_under_way(course: Course, number: int) -> bool:
    done = len(course.results[number]) - course.broken_off.get(number, 0)
    return bool(course.results[number]) and done < course.prescription.items[number].sets


def _take_over(course: Course, result: SetResult) -> None:
    """A result of the draft. Where a set was broken off, its target becomes what was reached, so
    that the targets of its parts are together that of the set."""
    exercise, item = course.exercise, course.item
    length_s = set_length_s(item, exercise)
    if length_s is not None:
        lasted_s = (result.ended_at - result.started_at).total_seconds()
        if lasted_s < length_s - _CLOCK_SLACK_S:
            # It is done again as a whole; of one that the clock guides nothing was measured.
            if isinstance(exercise, ExerciseDefinition):
                _keep(course, result.model_copy(update={"reps_target": result.reps_counted}))
                _count_beginning(course)
            return
        _keep(course, result)
        return
    reached = _reached(course, result)
    if reached < result.reps_target:
        if result.reps_counted == 0 and result.attempts == 0:
            return
        result = result.model_copy(update={"reps_target": reached})
    _keep(course, result)
    course.reps_done += result.reps_target
    if course.reps_done >= item.reps:
        course.reps_done = 0
    else:
        _count_beginning(course)


def _keep(course: Course, result: SetResult) -> None:
    course.results[course.number].append(result)
    course.add_summary(result)


def _count_beginning(course: Course) -> None:
    course.broken_off[course.number] = course.broken_off.get(course.number, 0) + 1


def _reached(course: Course, result: SetResult) -> int:
    """Repetitions done of a set, or holds that were long enough."""
    exercise, item = course.exercise, course.item
    if exercise.kind != "hold" or not isinstance(exercise, ExerciseDefinition):
        return result.reps_counted
    hold_s = item.hold_s or exercise.dose.hold_s
    return sum(each >= hold_s for each in result.hold_s)
