"""Faults of speed, judged by the durations that the counter measured."""

from device.coaching.form.rule import Ended, Limit, NotJudged, Sight
from device.coaching.repetition import Movement
from models.exercises.form_rules import HighestFraction, LowestFraction, ShortestTime, View
from models.messages import FaultCode, Tempo


class TempoRule:
    """Against the prescribed tempo; seen wherever the movement is counted."""

    view: View | None = None

    def __init__(self, code: FaultCode, limit: Limit, tempo: Tempo) -> None:
        self.code = code
        self.limit = limit
        self._tempo = tempo

    def observe(self, sight: Sight) -> None:
        """Nothing: the counter has the times."""

    def _fractions(self, movement: Movement) -> list[float]:
        """The phases that were seen whole, in prescribed durations."""
        phases = (
            (movement.out_s, self._tempo.out_s),
            (movement.return_s, self._tempo.return_s),
        )
        return [
            measured_s / prescribed_s
            for measured_s, prescribed_s in phases
            if measured_s is not None and prescribed_s > 0
        ]


class TooFast(TempoRule):
    """A phase takes less than a fraction of its prescribed time."""

    def __init__(self, rule: LowestFraction, tempo: Tempo) -> None:
        super().__init__("too_fast", Limit(1.0 - rule.minimum_fraction), tempo)

    def read(self, ended: Ended) -> float | NotJudged:
        """The fraction of the prescribed time that the faster phase did not take."""
        fractions = self._fractions(ended.movement)
        return 1.0 - min(fractions) if fractions else "phase_not_seen"


class TooSlow(TempoRule):
    """A phase takes more than a multiple of its prescribed time."""

    def __init__(self, rule: HighestFraction, tempo: Tempo) -> None:
        super().__init__("too_slow", Limit(rule.maximum_fraction - 1.0), tempo)

    def read(self, ended: Ended) -> float | NotJudged:
        """The fraction of the prescribed time by which the slower phase took longer."""
        fractions = self._fractions(ended.movement)
        return max(fractions) - 1.0 if fractions else "phase_not_seen"


class FastLowering(TempoRule):
    """The way back is dropped rather than lowered."""

    def __init__(self, rule: ShortestTime, tempo: Tempo) -> None:
        super().__init__("fast_lowering", Limit(tempo.return_s - rule.shortest_s), tempo)

    def read(self, ended: Ended) -> float | NotJudged:
        """Seconds by which the way back was shorter than prescribed."""
        returned_s = ended.movement.return_s
        return "phase_not_seen" if returned_s is None else self._tempo.return_s - returned_s
