"""How well each fault of form is found, and how far the rules' readings are from the truth.

Clean and faulty repetitions, mixed, are filmed in the view in which the fault is seen. The truth of
a reading is the same rule applied to the true joints as an ideal camera would see them: level,
square to the body, without perspective, with the repetition's true times. What is compared is
therefore everything that lies between a body and a reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from device.benchmark.filming import FilmedTake, Studio, Take, sides_of
from device.benchmark.form_in_space import IN_SPACE
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import FaultNotPossibleError, Performance
from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.truth import Truth
from device.camera.simulated.view import COCO_JOINTS, View
from device.coaching.form.judge import FormJudge, form_rules
from device.coaching.form.rule import Limit, NotJudged
from device.coaching.measure_counting import estimator_for
from device.coaching.repetition import Movement
from device.coaching.set_coach import SetCoach
from device.coaching.set_progress import JudgedMovement
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import ONLY_VIEW
from models.exercises.library import load_library
from models.messages import FaultCode

FPS = 15.0
_FRONT_DEG, _SIDE_DEG = 0.0, 90.0
_IDEAL_PX_PER_M, _IDEAL_PX = 250.0, 1200


@dataclass(frozen=True, slots=True)
class FormReading:
    """One rule and one repetition.

    ``performed`` says whether the repetition was made with that fault, ``taken_along`` whether it
    went beyond the limit in truth because of another. ``measured`` and ``true`` are on the limit's
    scale; instead of ``measured`` there may be the reason why there is none, or ``None`` where the
    repetition was not counted.
    """

    exercise_id: str
    body_seed: int
    code: FaultCode
    performed: bool
    taken_along: bool
    measured: float | NotJudged | None
    true: float | None

    @property
    def error(self) -> float | None:
        """How far the reading is from the truth."""
        if isinstance(self.measured, float) and isinstance(self.true, float):
            return abs(self.measured - self.true)
        return None


def performance_of(take: Take) -> Performance:
    """What is done in a take."""
    return Performance(
        load_library().measured(take.exercise_id),
        take.side,
        take.reps,
        faults=dict(take.faults),
        natural_variation_seed=take.variation_seed,
        rest_s=take.rest_s,
    )


def form_takes(
    exercises: Sequence[ExerciseDefinition], bodies: Sequence[int], clean_per_fault: float = 1.0
) -> list[Take]:
    """Per exercise, body and view: each fault seen in that view once, among clean repetitions."""
    return [
        _take(exercise, tuple(codes), body, obliqueness_deg, clean_per_fault)
        for exercise in exercises
        for obliqueness_deg, codes in _by_view(exercise).items()
        for body in bodies
    ]


def measure_form(
    studio: Studio, exercises: Sequence[ExerciseDefinition], bodies: Sequence[int]
) -> list[FormReading]:
    """Film every exercise with each of its faults with every body, and read the rules."""
    filmed = studio.film(form_takes(exercises, bodies), "form")
    return [reading for each in filmed for reading in read_take(each)]


def read_take(filmed: FilmedTake) -> Iterator[FormReading]:
    """Every rule's reading of every repetition of a take, beside the true one."""
    performance = performance_of(filmed.take)
    patient = SimulatedPatient(
        performance, filmed.take.body_seed, conditions=filmed.take.conditions
    )
    truths = [patient.truth_at(float(time_s)) for time_s in filmed.recording.times_s]
    return readings_of(filmed, performance.repetitions, truths, patient.view.azimuth_deg)


def readings_of(
    filmed: FilmedTake,
    repetitions: Sequence[PlannedRepetition],
    truths: Sequence[Truth],
    azimuth_deg: float,
) -> Iterator[FormReading]:
    """The same, with the truth of every frame given; the camera stood at ``azimuth_deg``."""
    exercise = load_library().measured(filmed.take.exercise_id)
    true = _true_readings(exercise, azimuth_deg, repetitions, truths)
    movements = _coach(filmed, exercise).movements
    limits = limits_of(exercise)
    for index, repetition in enumerate(repetitions):
        for code in _codes_seen(exercise, filmed.take):
            # A way back that is not finished shows when the next repetition begins.
            late = code == "incomplete_return"
            if late and index + 1 == len(repetitions):
                continue
            shown_in = repetitions[index + 1] if late else repetition
            reading = _worst(movements, shown_in, code, nearness=limits[code].nearness)
            if late and reading is None:
                reading = _worst(movements, repetition, code, nearness=False)
            truth = true[shown_in.number].get(code)
            if code in IN_SPACE:
                truth = IN_SPACE[code](truths, shown_in)
            beyond = truth is not None and limits[code].judge(truth, 0.0) is True
            performed = repetition.fault == code
            if performed and truth is not None and not beyond:
                # Asked for, but not made so far that anybody would call it the fault.
                continue
            yield FormReading(
                exercise_id=exercise.id,
                body_seed=filmed.take.body_seed,
                code=code,
                performed=performed,
                taken_along=beyond and not performed,
                measured=reading,
                true=truth,
            )


def limits_of(exercise: ExerciseDefinition) -> Mapping[FaultCode, Limit]:
    """The limit of each of its faults."""
    rules = form_rules(exercise, exercise.tempo, exercise.range_of_motion.full_deg)
    return {rule.code: rule.limit for rule in rules}


def _by_view(exercise: ExerciseDefinition) -> Mapping[float, Sequence[FaultCode]]:
    """The faults by how far the camera must be turned from the exercise's own place to see them."""
    own_deg = exercise.motion.camera_azimuth_for(sides_of(exercise))
    by_view: dict[float, list[FaultCode]] = {}
    for code in exercise.form.fault_codes():
        turned_deg = 0.0
        if ONLY_VIEW.get(code, exercise.view) != exercise.view:
            wanted_deg = _SIDE_DEG if exercise.view == "frontal" else _FRONT_DEG
            turned_deg = wanted_deg - own_deg
        by_view.setdefault(turned_deg, []).append(code)
    return by_view


def _take(
    exercise: ExerciseDefinition,
    codes: Sequence[FaultCode],
    body: int,
    obliqueness_deg: float,
    clean_per_fault: float,
) -> Take:
    random = np.random.default_rng((body, len(exercise.id), len(codes)))
    done: list[FaultCode | None] = [code for code in codes if _can_be_made(exercise, code)]
    done += [None] * max(1, round(clean_per_fault * len(codes)))
    order = [None, *(done[index] for index in random.permutation(len(done)))]
    return Take(
        exercise.id,
        sides_of(exercise),
        len(order),
        body,
        Conditions(obliqueness_deg=obliqueness_deg, fps=FPS),
        faults=tuple((number, code) for number, code in enumerate(order, start=1) if code),
        variation_seed=body,
    )


def _can_be_made(exercise: ExerciseDefinition, code: FaultCode) -> bool:
    """Whether a simulated body can do that exercise with that fault."""
    try:
        Performance(exercise, sides_of(exercise), 1, fault=code)
    except FaultNotPossibleError:
        return False
    return True


def _codes_seen(exercise: ExerciseDefinition, take: Take) -> Sequence[FaultCode]:
    return _by_view(exercise)[take.conditions.obliqueness_deg]


def _coach(filmed: FilmedTake, exercise: ExerciseDefinition) -> SetCoach:
    smoother, coach = KeypointSmoother(), SetCoach(exercise, filmed.take.side)
    for pose in filmed.recording.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    return coach


def _worst(
    movements: Sequence[JudgedMovement],
    repetition: PlannedRepetition,
    code: FaultCode,
    *,
    nearness: bool,
) -> float | NotJudged | None:
    """The reading of the movements counted in a repetition: the furthest astray of several."""
    read: list[float] = []
    reasons: list[NotJudged] = []
    for each in movements:
        if not repetition.begins_s <= each.movement.peak_s <= repetition.returned_s:
            continue
        judgement = each.judgement
        if code in judgement.readings:
            read.append(judgement.readings[code])
        elif code in judgement.not_judged:
            reasons.append(judgement.not_judged[code])
    if read:
        return min(read) if nearness else max(read)
    return reasons[0] if reasons else None


def _true_readings(
    exercise: ExerciseDefinition,
    azimuth_deg: float,
    repetitions: Sequence[PlannedRepetition],
    truths: Sequence[Truth],
) -> Mapping[int, Mapping[FaultCode, float]]:
    """By number of the repetition: what the rules read from an ideal camera's picture."""
    ideal = View(90.0 * round(azimuth_deg / 90.0))
    estimator = estimator_for(exercise)
    judge = FormJudge(exercise)
    readings: dict[int, Mapping[FaultCode, float]] = {}
    waiting = list(repetitions)
    for index, truth in enumerate(truths, start=1):
        angles = estimator.estimate(_ideal_pose(index, truth, ideal))
        at_rest = not any(r.begins_s <= truth.time_s < r.returned_s for r in repetitions)
        judge.observe(estimator.body, angles, at_rest=at_rest)
        while waiting and (truth.time_s >= waiting[0].returned_s or index == len(truths)):
            done = waiting.pop(0)
            judgement = judge.judge(_true_movement(done), angles, done.side)
            readings[done.number] = judgement.readings
    return readings


def _true_movement(repetition: PlannedRepetition) -> Movement:
    tempo = repetition.tempo
    return Movement(
        kind="repetition",
        began_s=repetition.begins_s,
        peak_s=repetition.peaks_s,
        ended_s=repetition.returned_s,
        peak_deg=repetition.peak_deg,
        out_s=tempo.out_s,
        hold_s=0.0 if repetition.touches_progress is not None else tempo.hold_s,
        return_s=tempo.return_s,
    )


def _ideal_pose(index: int, truth: Truth, view: View) -> Pose:
    """The true joints drawn without perspective, square to the body."""
    joints = np.array([truth.joints[name] for name in COCO_JOINTS])
    x = 0.5 + joints @ view.right * _IDEAL_PX_PER_M / _IDEAL_PX
    y = 0.8 - joints[:, 1] * _IDEAL_PX_PER_M / _IDEAL_PX
    keypoints = np.stack([y, x, np.ones_like(x)], axis=1).astype(np.float32)
    return Pose(index, truth.time_s, keypoints, _IDEAL_PX, _IDEAL_PX)
