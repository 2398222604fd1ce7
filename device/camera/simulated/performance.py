"""What a simulated patient is asked to do, when, and how it goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import AngleLimit
from models.exercises.motion import (
    JointAngles,
    TempoPhase,
    phase_at,
    progress_at,
    repetition_duration_s,
)
from models.messages import Side, Tempo

Fault = Literal[
    "trunk_lean_forward",
    "trunk_lean_backward",
    "trunk_lean_sideways",
    "incomplete_range",
    "too_fast",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

# Clearly beyond each rule's limit, and still a repetition that counts.
_LEAN_BEYOND_LIMIT_DEG = 14.0
_INCOMPLETE_RANGE = 0.76
_TOO_FAST_TEMPO = 0.3
# Below this the reference motion does not lean by itself, and the fault leans as the limb moves.
_LEANS_ITSELF_FROM_DEG = 10.0
_LEAN_SAMPLES = 21


@dataclass(frozen=True, slots=True)
class PlannedRepetition:
    """One repetition as it will be done.

    Times in seconds from the performance's beginning: ``begins_s``, ``peaks_s`` (the hold's
    middle), ``returned_s`` (back at the start) and ``ends_s``, after the pause. ``peak_progress``
    is 1 at the exercise's full range, ``peak_deg`` the measure there.
    """

    number: int
    begins_s: float
    tempo: Tempo
    peak_progress: float
    peak_deg: float
    fault: Fault | None

    @property
    def peaks_s(self) -> float:
        """The middle of the hold."""
        return self.begins_s + self.tempo.out_s + self.tempo.hold_s / 2

    @property
    def returned_s(self) -> float:
        """When the limb is back where it started."""
        return self.ends_s - self.tempo.pause_s

    @property
    def ends_s(self) -> float:
        """When the next one begins."""
        return self.begins_s + repetition_duration_s(self.tempo)


@dataclass(frozen=True)
class Performance:
    """Repetitions of one exercise with a rest before and after.

    ``target_deg`` is the measure at the peak, the exercise's full range when ``None``; ``tempo``
    the exercise's own when ``None``. ``fault`` is made in every repetition, ``faults`` in those of
    that number, from 1, instead. ``range_fractions`` scales the range of single repetitions, also
    by number. ``rest_s`` is stood or sat before and after.
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

    @property
    def moving_side(self) -> Side:
        """The side that moves; one leg where both cannot."""
        one_sided = self.exercise.side == "unilateral"
        return "left" if self.side == "both" and one_sided else self.side

    @cached_property
    def repetitions(self) -> tuple[PlannedRepetition, ...]:
        """All repetitions in order."""
        planned: list[PlannedRepetition] = []
        for number in range(1, self.reps + 1):
            begins_s = planned[-1].ends_s if planned else self.rest_s
            planned.append(self._planned(number, begins_s))
        return tuple(planned)

    @property
    def duration_s(self) -> float:
        """From the first rest's beginning to the last one's end."""
        return (self.repetitions[-1].ends_s if self.repetitions else self.rest_s) + self.rest_s

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

    def progress_at(self, time_s: float) -> tuple[float, TempoPhase, int]:
        """Progress, phase and number of repetitions completed, ``time_s`` after the start."""
        repetition = self.repetition_at(time_s)
        completed = sum(each.returned_s <= time_s for each in self.repetitions)
        if repetition is None:
            return 0.0, "pause", completed
        since_s = time_s - repetition.begins_s
        phase, _ = phase_at(since_s, repetition.tempo)
        return progress_at(since_s, repetition.tempo) * repetition.peak_progress, phase, completed

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles ``time_s`` after the start."""
        progress, _, _ = self.progress_at(time_s)
        angles = self.exercise.motion.angles_at(progress, self.moving_side)
        repetition, form = self.repetition_at(time_s), self.exercise.form
        fault = None if repetition is None else repetition.fault
        rule = {
            "trunk_lean_forward": form.trunk_lean_forward,
            "trunk_lean_backward": form.trunk_lean_backward,
            "trunk_lean_sideways": form.trunk_lean_sideways,
        }.get(fault or "")
        if repetition is None or fault is None or rule is None:
            return angles
        return self._leaning(angles, fault, rule, progress / repetition.peak_progress)

    def _planned(self, number: int, begins_s: float) -> PlannedRepetition:
        span = self.exercise.range_of_motion
        fault = self.faults.get(number) if self.faults else self.fault
        progress = 1.0 if self.target_deg is None else span.progress(self.target_deg)
        progress *= self.range_fractions.get(number, 1.0)
        if fault == "incomplete_range":
            progress *= _INCOMPLETE_RANGE
        return PlannedRepetition(
            number=number,
            begins_s=begins_s,
            tempo=self._tempo(fault),
            peak_progress=progress,
            peak_deg=span.start_deg + progress * (span.full_deg - span.start_deg),
            fault=fault,
        )

    def _tempo(self, fault: Fault | None) -> Tempo:
        tempo = self.tempo or self.exercise.tempo
        if fault != "too_fast":
            return tempo
        return Tempo(
            out_s=tempo.out_s * _TOO_FAST_TEMPO,
            hold_s=tempo.hold_s,
            return_s=tempo.return_s * _TOO_FAST_TEMPO,
            pause_s=tempo.pause_s,
        )

    def _leaning(
        self, angles: JointAngles, fault: Fault, rule: AngleLimit, share: float
    ) -> JointAngles:
        lean_deg = rule.limit_deg + _LEAN_BEYOND_LIMIT_DEG
        if fault == "trunk_lean_sideways":
            away = 1.0 if self.moving_side == "right" else -1.0
            return angles.leaning(0.0, lean_deg * share * away)
        if fault == "trunk_lean_backward":
            return angles.leaning(-lean_deg * share, 0.0)
        own_deg = self._own_lean_deg
        if own_deg < _LEANS_ITSELF_FROM_DEG:
            return angles.leaning(lean_deg * share, 0.0)
        start_deg = self.exercise.motion.start.trunk_flexion_deg
        exaggeration = lean_deg / own_deg - 1.0
        return angles.leaning((angles.trunk_flexion_deg - start_deg) * exaggeration, 0.0)

    @cached_property
    def _own_lean_deg(self) -> float:
        """The furthest that the reference motion leans forward from where it starts."""
        motion = self.exercise.motion
        leans_deg = [
            motion.angles_at(sample / (_LEAN_SAMPLES - 1), self.moving_side).trunk_flexion_deg
            for sample in range(_LEAN_SAMPLES)
        ]
        return max(leans_deg) - leans_deg[0]
