"""What a simulated patient is asked to do, when, and how it goes wrong."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from device.camera.simulated.faults import (
    MOST_TILT_DEG,
    FaultyMoment,
    swaying,
    tilt_needed_deg,
    tilted_where_uneven,
    with_fault,
)
from device.camera.simulated.faulty_plan import (
    counted_from,
    faulty_peak,
    faulty_tempo,
    left_progress,
    touching_progress,
    weaker_peak,
)
from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.skeleton import Skeleton, skeleton_of
from device.camera.simulated.truth_of_measure import measure_deg
from device.errors import DeviceError
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import FAULT_CODES
from models.exercises.motion import JointAngles, TempoPhase, minimum_jerk
from models.messages import FaultCode, Side, Tempo

Fault = FaultCode
FAULTS: tuple[Fault, ...] = FAULT_CODES

_SETTLES_S = 1.0
_TEMPO_VARIES, _RANGE_VARIES = 0.15, 0.06
# Standing sway of healthy people over 60: some 4 mm sideways and 6 mm fore and aft, root mean
# square, mostly below 1 Hz (Prieto et al. 1996).
_SWAY_DEG = ((0.25, 0.21), (0.20, 0.43), (0.12, 0.79))
_SAMPLES = 45
_BEYOND_FULL = 1.1
_STRAIGHT_ENOUGH_DEG = 0.05


class FaultNotPossibleError(DeviceError, ValueError):
    """The exercise has no rule for the fault that is asked for, or a body cannot make it so."""

    exit_code = 2


@dataclass(frozen=True)
class Performance:
    """Repetitions of one exercise with a rest before and after.

    ``target_deg`` is the measure at the peak, the exercise's full range when ``None``; ``tempo``
    the exercise's own when ``None``, held for ``hold_s`` where given. ``fault`` is made in every
    repetition, ``faults`` in those of that number, from 1, instead; ``fault_size`` scales how far
    it goes beyond its limit. ``range_fractions`` scales the range of single repetitions, also by
    number; ``attempts`` are numbers of those that go only half as far as would count, and do not;
    ``pauses_s`` are rests half-way out. Where the sides alternate and ``side`` is both, the left
    begins. ``natural_variation_seed`` draws a person's variation: tempo by 15 %, range by 6 %, and
    the sway of standing. ``rest_s`` is stood, sat or lain before and after.

    Raises :class:`FaultNotPossibleError` for a fault that the exercise has no rule for, or that a
    body cannot make.
    """

    exercise: ExerciseDefinition
    side: Side
    reps: int
    tempo: Tempo | None = None
    target_deg: float | None = None
    fault: Fault | None = None
    faults: Mapping[int, Fault] = field(default_factory=dict)
    range_fractions: Mapping[int, float] = field(default_factory=dict)
    rest_s: float = 2.0
    hold_s: float | None = None
    fault_size: float = 1.0
    attempts: Collection[int] = ()
    pauses_s: Mapping[int, float] = field(default_factory=dict)
    natural_variation_seed: int | None = None

    def __post_init__(self) -> None:
        judged = self.exercise.form.fault_codes()
        for fault in {self.fault, *self.faults.values()} - {None, *judged}:
            raise FaultNotPossibleError(
                f"{self.exercise.id} has no rule for {fault!r}: choose one of {', '.join(judged)}"
            )
        if "asymmetry" in (self.fault, *self.faults.values()):
            self._check_asymmetry()

    @property
    def moving_side(self) -> Side:
        """The side that moves, the first one where they alternate."""
        one_sided = self.exercise.side in ("unilateral", "alternating")
        one_sided = one_sided or self.exercise.motion.one_sided
        return "left" if self.side == "both" and one_sided else self.side

    @cached_property
    def repetitions(self) -> tuple[PlannedRepetition, ...]:
        """All repetitions in order."""
        planned: list[PlannedRepetition] = []
        for number in range(1, self.reps + 1):
            planned.append(self._planned(number, planned[-1] if planned else None))
        return tuple(planned)

    @property
    def duration_s(self) -> float:
        """From the first rest's beginning to the last one's end."""
        return (self.repetitions[-1].ends_s if self.repetitions else self.rest_s) + self.rest_s

    @property
    def roams(self) -> bool:
        """An exercise is done on the spot."""
        return False

    @property
    def camera_azimuth_deg(self) -> float:
        """Where the camera stands for this exercise's view."""
        return self.exercise.motion.camera_azimuth_for(self.moving_side)

    def repetition_at(self, time_s: float) -> PlannedRepetition | None:
        """The repetition under way ``time_s`` after the start; ``None`` at rest."""
        for repetition in self.repetitions:
            if repetition.begins_s <= time_s < repetition.ends_s:
                return repetition
        return None

    def side_at(self, time_s: float) -> Side:
        """The side trained by the repetition under way, or by the last one."""
        begun = [each.side for each in self.repetitions if each.begins_s <= time_s]
        return begun[-1] if begun else self.moving_side

    def progress_at(self, time_s: float) -> tuple[float, TempoPhase, int]:
        """Progress, phase and number of repetitions completed, ``time_s`` after the start."""
        repetition = self.repetition_at(time_s)
        completed = sum(each.counts and each.returned_s <= time_s for each in self.repetitions)
        if repetition is not None:
            return repetition.progress_at(time_s), repetition.phase_at(time_s), completed
        if not self.repetitions or time_s < self.repetitions[0].begins_s:
            return 0.0, "pause", completed
        last = self.repetitions[-1]
        settled = minimum_jerk((time_s - last.ends_s) / _SETTLES_S)
        return last.left_progress * (1.0 - settled), "pause", completed

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles ``time_s`` after the start."""
        progress, phase, _ = self.progress_at(time_s)
        repetition, side = self.repetition_at(time_s), self.side_at(time_s)
        other = None if repetition is None else repetition.other_progress_at(time_s)
        angles = self.exercise.motion.angles_at(
            self._along_motion(progress),
            side,
            None if other is None else self._along_motion(other),
            returning=phase == "return",
        )
        if other is not None:
            angles = tilted_where_uneven(angles)
        if repetition is not None and repetition.fault is not None:
            moment = FaultyMoment(
                self.exercise,
                side,
                repetition.share_at(time_s),
                time_s - repetition.begins_s,
                self.fault_size,
            )
            angles = with_fault(angles, repetition.fault, moment)
        return self._swaying(angles, time_s)

    def skeleton_at(self, stature_m: float, time_s: float) -> Skeleton:
        """The joints of a body of that stature ``time_s`` after the start."""
        return skeleton_of(stature_m, self.angles_at(time_s))

    def _planned(self, number: int, before: PlannedRepetition | None) -> PlannedRepetition:
        exercise, span = self.exercise, self.exercise.range_of_motion
        fault = self.faults.get(number) if self.faults else self.fault
        progress = 1.0 if self.target_deg is None else span.progress(self.target_deg)
        attempt = number in self.attempts
        if attempt:
            progress = counted_from(exercise) / exercise.repetition.enter / 2
        progress *= self.range_fractions.get(number, 1.0) * self._range_factor(number)
        progress = faulty_peak(exercise, progress, fault, self.fault_size)
        side = self._side_of(number)
        weaker = weaker_peak(exercise, progress, fault, self.fault_size)
        if weaker is not None and self._alternates and side == "right":
            progress = weaker
        return PlannedRepetition(
            number=number,
            side=side,
            begins_s=before.ends_s if before else self.rest_s,
            tempo=self._tempo(number, fault),
            peak_progress=progress,
            peak_deg=span.start_deg + progress * (span.full_deg - span.start_deg),
            fault=fault,
            counts=not attempt,
            other_peak_progress=weaker if side == "both" else None,
            begins_progress=before.left_progress if before else 0.0,
            left_progress=left_progress(exercise, fault, self.fault_size),
            rests_midway_s=self.pauses_s.get(number, 0.0),
            touches_progress=touching_progress(exercise, fault),
        )

    @property
    def _alternates(self) -> bool:
        return self.exercise.side == "alternating" and self.side == "both"

    def _check_asymmetry(self) -> None:
        if self.side != "both":
            raise FaultNotPossibleError("asymmetry needs both sides: let side be both")
        if self._alternates:
            return
        weaker = weaker_peak(self.exercise, 1.0, "asymmetry", self.fault_size)
        uneven = self.exercise.motion.angles_at(1.0, "both", weaker)
        if uneven.support == "feet" and abs(tilt_needed_deg(uneven)) > MOST_TILT_DEG:
            raise FaultNotPossibleError(
                f"{self.exercise.id}: on two flat feet the knees cannot bend so unevenly: the"
                f" pelvis would tilt by more than {MOST_TILT_DEG:g} degrees"
            )

    def _side_of(self, number: int) -> Side:
        if self._alternates:
            return "left" if number % 2 else "right"
        return self.moving_side

    def _tempo(self, number: int, fault: Fault | None) -> Tempo:
        tempo = self.tempo or self.exercise.tempo
        if self.hold_s is not None:
            tempo = tempo.model_copy(update={"hold_s": self.hold_s})
        random = self._random(number)
        if random is not None:
            factors = 1.0 + random.uniform(-_TEMPO_VARIES, _TEMPO_VARIES, 4)
            held = 1.0 if self.exercise.kind == "hold" else float(factors[1])
            tempo = Tempo(
                out_s=tempo.out_s * float(factors[0]),
                hold_s=tempo.hold_s * held,
                return_s=tempo.return_s * float(factors[2]),
                pause_s=tempo.pause_s * float(factors[3]),
            )
        return faulty_tempo(self.exercise, tempo, fault, self.fault_size)

    def _range_factor(self, number: int) -> float:
        random = self._random(-number)
        if random is None:
            return 1.0
        span = self.exercise.range_of_motion
        # A joint that straightens goes no further than straight.
        most = _RANGE_VARIES if abs(span.full_deg) > abs(span.start_deg) else 0.0
        return 1.0 + min(float(random.uniform(-_RANGE_VARIES, _RANGE_VARIES)), most)

    def _random(self, number: int) -> np.random.Generator | None:
        if self.natural_variation_seed is None:
            return None
        return np.random.default_rng((self.natural_variation_seed, number % 1_000_003))

    def _swaying(self, angles: JointAngles, time_s: float) -> JointAngles:
        standing = ("feet", "toes", "left_foot", "right_foot")
        if self.natural_variation_seed is None or angles.support not in standing:
            return angles
        phases = np.random.default_rng(self.natural_variation_seed).uniform(0, 2 * math.pi, (2, 3))
        aside_deg, ahead_deg = (
            sum(
                size_deg * math.sin(2 * math.pi * per_s * time_s + float(phase))
                for (size_deg, per_s), phase in zip(_SWAY_DEG, row, strict=True)
            )
            for row in phases
        )
        return swaying(angles, aside_deg, ahead_deg)

    def _along_motion(self, progress: float) -> float:
        """The reference motion's progress at which the measure has gone ``progress`` of its way."""
        measured = self._measure_along_motion
        if measured is None:
            return progress
        along = np.linspace(0.0, _BEYOND_FULL, _SAMPLES)
        return float(np.interp(progress, measured, along)) if progress > 0.0 else progress

    @cached_property
    def _measure_along_motion(self) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
        """Progress of the measure along the motion; ``None`` where the two are the same, or where
        the measure turns back."""
        side, measure = self.moving_side, self.exercise.measure

        def measured(progress: float) -> float:
            skeleton = skeleton_of(1.0, self.exercise.motion.angles_at(progress, side))
            return measure_deg(skeleton, measure, side)

        start_deg, middle_deg, full_deg = (measured(at) for at in (0.0, 0.5, 1.0))
        way_deg = full_deg - start_deg
        if abs(middle_deg - (start_deg + full_deg) / 2) < _STRAIGHT_ENOUGH_DEG or way_deg == 0.0:
            return None
        samples = np.linspace(0.0, _BEYOND_FULL, _SAMPLES)
        gone = np.array([(measured(float(at)) - start_deg) / way_deg for at in samples])
        return gone if bool((np.diff(gone) > 0).all()) else None
