"""One repetition as a simulated patient will do it."""

from dataclasses import dataclass

from models.exercises.motion import TempoPhase, minimum_jerk, phase_at, repetition_duration_s
from models.messages import FaultCode, Side, Tempo

_TOUCH_S, _TOUCH_DOWN_S = 0.35, 0.4
_TOUCHES_AFTER_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class PlannedRepetition:
    """One repetition as it will be done.

    Times in seconds from the performance's beginning: ``begins_s``, ``peaks_s`` (the hold's
    middle), ``returned_s`` (back at the start) and ``ends_s``, after the pause. ``peak_progress``
    is 1 at the exercise's full range, ``peak_deg`` the measure there; ``other_peak_progress`` that
    of the right side where the two differ. It begins at ``begins_progress`` and comes back to
    ``left_progress`` only. ``rests_midway_s`` is a pause half-way out; ``touches_progress`` is
    where a held foot touches down for a moment. One that does not count is an attempt.
    """

    number: int
    side: Side
    begins_s: float
    tempo: Tempo
    peak_progress: float
    peak_deg: float
    fault: FaultCode | None = None
    counts: bool = True
    other_peak_progress: float | None = None
    begins_progress: float = 0.0
    left_progress: float = 0.0
    rests_midway_s: float = 0.0
    touches_progress: float | None = None

    @property
    def peaks_s(self) -> float:
        """The middle of the hold."""
        return self._held_s + self.tempo.hold_s / 2

    @property
    def returned_s(self) -> float:
        """When the limb is back where it started, or as far back as it comes."""
        return self.ends_s - self.tempo.pause_s

    @property
    def ends_s(self) -> float:
        """When the next one begins."""
        return self.begins_s + self.rests_midway_s + repetition_duration_s(self.tempo)

    @property
    def _held_s(self) -> float:
        return self.begins_s + self.rests_midway_s + self.tempo.out_s

    def phase_at(self, time_s: float) -> TempoPhase:
        """The phase at that time of the performance."""
        return phase_at(self._moving_s(time_s), self.tempo)[0]

    def progress_at(self, time_s: float) -> float:
        """Progress of the side trained at that time of the performance."""
        progress = self._towards(time_s, self.peak_progress)
        if self.touches_progress is None:
            return progress
        return progress + (self.touches_progress - progress) * self._touching(time_s)

    def other_progress_at(self, time_s: float) -> float | None:
        """The same of the right side, where it differs."""
        if self.other_peak_progress is None:
            return None
        return self._towards(time_s, self.other_peak_progress)

    def share_at(self, time_s: float) -> float:
        """How much of its own way has been gone, 0 to 1."""
        return self._towards(time_s, 1.0, of_own_way=True)

    def _towards(self, time_s: float, peak: float, *, of_own_way: bool = False) -> float:
        begins, left = (0.0, 0.0) if of_own_way else (self.begins_progress, self.left_progress)
        phase, fraction = phase_at(self._moving_s(time_s), self.tempo)
        if phase == "out":
            return begins + (peak - begins) * minimum_jerk(fraction)
        if phase == "hold":
            return peak
        if phase == "return":
            return peak + (left - peak) * minimum_jerk(fraction)
        return left

    def _moving_s(self, time_s: float) -> float:
        """Seconds since it began, without the pause half-way."""
        since_s, halfway_s = time_s - self.begins_s, self.tempo.out_s / 2
        if since_s <= halfway_s:
            return since_s
        return max(since_s - self.rests_midway_s, halfway_s)

    def _touching(self, time_s: float) -> float:
        """How far the foot has come down: 0 held, 1 on the floor."""
        since_s = time_s - self._held_s - self.tempo.hold_s * _TOUCHES_AFTER_SHARE
        if since_s < _TOUCH_S:
            return minimum_jerk(since_s / _TOUCH_S)
        return 1.0 - minimum_jerk((since_s - _TOUCH_S - _TOUCH_DOWN_S) / _TOUCH_S)
