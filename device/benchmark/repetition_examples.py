"""Movements that are repetitions, and movements that are none, as the coach comes upon them.

Repetitions are those of simulated patients, well and badly done, seen by a network or by a model of
one, and of the people of UI-PRMD. What is none is everyday movement that was counted all the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device.benchmark.counting import film_counts
from device.benchmark.everyday import FPS as EVERYDAY_FPS
from device.benchmark.filmed_skeletons import (
    EXERCISES,
    camera_azimuth_deg,
    filmed,
    repetitions,
    subjects,
)
from device.benchmark.filming import Studio, sides_of
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import FAULTS, FaultNotPossibleError, Performance
from device.coaching.set_coach import SetCoach
from device.pose.smoothing import KeypointSmoother
from device.recording import KeypointRecording
from models.exercises.definition import LYING, ExerciseDefinition
from models.exercises.library import load_library
from models.messages import FaultCode, Side

_REPETITIONS, _FAULTY_FROM, _MOST_FAULTS = 6, 3, 3
_MOST_OBLIQUE_DEG, _OBLIQUE_DEG = 35.0, 15.0
_FPS = (10.0, 15.0)
_AROUND_S = 0.5
"""A movement whose peak is this near to a true repetition is that repetition."""
_CAMERAS = ((0.0, 1.1), (15.0, 0.8), (-25.0, 1.4))
"""Degrees off the exercise's view, and height in metres."""

Times = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MovementExample:
    """One movement that went far enough: its features, and whether it was a repetition.

    ``source`` is ``simulated``, ``filmed``, ``people`` or ``everyday``, ``body`` whose it is.
    """

    source: str
    body: str
    exercise_id: str
    features: Mapping[str, float]
    is_repetition: bool


def simulated_examples(
    exercises: Sequence[ExerciseDefinition], bodies: Iterable[int]
) -> Iterator[MovementExample]:
    """Sets seen by the model of a network, some repetitions with faults: bad form counts too."""
    for body in bodies:
        for exercise in exercises:
            random = np.random.default_rng(97 * body + len(exercise.id))
            conditions = replace(
                Conditions.from_seed(body, degraded=True, lying=exercise.position in LYING),
                fps=float(random.choice(_FPS)),
                obliqueness_deg=float(
                    np.clip(random.normal(0.0, _OBLIQUE_DEG), -_MOST_OBLIQUE_DEG, _MOST_OBLIQUE_DEG)
                ),
                drop_share=0.0,
            )
            performance = _faulty(exercise, _side(exercise, body), body, random)
            take = record_keypoints(
                SimulatedPatient(performance, body, conditions=conditions), body
            )
            true = [(each.begins_s, each.returned_s) for each in performance.repetitions]
            yield from _examples("simulated", str(body), exercise, take.recording, None, true)


def filmed_examples(
    studio: Studio, exercises: Sequence[ExerciseDefinition], bodies: Sequence[int], degraded: bool
) -> Iterator[MovementExample]:
    """Sets seen by the network itself."""
    by_id = {each.id: each for each in exercises}
    for take in film_counts(studio, exercises, bodies, degraded=degraded):
        true = [(each.begins_s, each.returned_s) for each in take.repetitions]
        exercise = by_id[take.take.exercise_id]
        body = str(take.take.body_seed)
        yield from _examples("filmed", body, exercise, take.recording, take.take.side, true)


def everyday_examples(
    exercises: Sequence[ExerciseDefinition], bodies: Iterable[int], minutes: float
) -> Iterator[MovementExample]:
    """What is counted of everyday movement: no repetitions."""
    for body in bodies:
        for exercise in exercises:
            movement = EverydayMovement(exercise, body, minutes * 60)
            patient = SimulatedPatient(movement, body, conditions=Conditions(fps=EVERYDAY_FPS))
            recording = record_keypoints(patient, body).recording
            yield from _examples("everyday", str(body), exercise, recording, None, ())


def people_examples(archive: Path) -> Iterator[MovementExample]:
    """UI-PRMD's correct recordings, ten of one person in a row, where all of them are counted."""
    library = load_library()
    for movement, exercise_id in EXERCISES.items():
        exercise = library.measured(exercise_id)
        for subject in subjects(archive):
            recordings = repetitions(archive, movement, subject)
            if not recordings:
                continue
            azimuth_deg = camera_azimuth_deg(exercise, recordings)
            for seed, (off_deg, height_m) in enumerate(_CAMERAS):
                recording = filmed(recordings, azimuth_deg + off_deg, height_m, seed)
                found = list(_examples("people", subject, exercise, recording, None, None))
                if len(found) == len(recordings):
                    yield from found


def _examples(
    source: str,
    body: str,
    exercise: ExerciseDefinition,
    recording: KeypointRecording,
    side: Side | None,
    true: Sequence[Times] | None,
) -> Iterator[MovementExample]:
    """Every movement that the coach would count, judged by when true repetitions were; all are
    repetitions when these are not known. Movements beside them are left out: they may be the
    return of one."""
    seen: list[Mapping[str, float]] = []

    def remember(features: Mapping[str, float]) -> bool:
        seen.append(features)
        return True

    coach, smoother = SetCoach(exercise, side, is_repetition=remember), KeypointSmoother()
    for pose in recording.poses():
        seen.clear()
        ended = coach.take(smoother.smooth(pose)).ended
        if ended is None or ended.movement.kind != "repetition" or not seen:
            continue
        peak_s = ended.movement.peak_s
        hit = true is None or any(
            began_s - _AROUND_S <= peak_s <= ended_s + _AROUND_S for began_s, ended_s in true
        )
        if hit or not true:
            yield MovementExample(source, body, exercise.id, seen[-1], hit)


def _side(exercise: ExerciseDefinition, body: int) -> Side:
    side = sides_of(exercise)
    return "right" if side == "left" and body % 2 else side


def _faulty(
    exercise: ExerciseDefinition, side: Side, body: int, random: np.random.Generator
) -> Performance:
    """A set in which the later repetitions have a fault each, of those that the body can make."""
    faults: dict[int, FaultCode] = {}
    for index in random.permutation(len(FAULTS)).tolist():
        if len(faults) == _MOST_FAULTS:
            break
        tried = {**faults, _FAULTY_FROM + len(faults): FAULTS[index]}
        try:
            made = Performance(
                exercise, side, _REPETITIONS, faults=tried, natural_variation_seed=body
            )
            SimulatedPatient(made, body)
        except FaultNotPossibleError:
            continue
        faults = tried
    return Performance(exercise, side, _REPETITIONS, faults=faults, natural_variation_seed=body)
