"""Which part of a repetition the patient is in, against the time prescribed for it."""

from device.coaching.live_values import TempoPhase
from models.messages import Tempo

_LEFT_REST, _AT_REST = 0.2, 0.15
_TURNED = 0.12
"""Coming back by so much of the range from the furthest point is the way back, not a tremor."""
_NEAR_TARGET = 0.9
_TOO_FAST = 0.5
"""A part done in less than half its time, as the library's rule of too fast has it."""


class TempoGuide:
    """Fed with the progress through the range (0 rest, 1 target); times in seconds."""

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._since_s: float | None = None
        self._furthest = 0.0
        self.phase: TempoPhase = "pause"
        self.too_fast = False

    def take(self, progress: float | None, now_s: float) -> None:
        """One frame; nothing is known of the part while the limb is not visible."""
        if progress is None:
            return
        if self._since_s is None:
            self._since_s = now_s
        self._furthest = max(self._furthest, progress)
        turned = progress < self._furthest - _TURNED
        if self.phase == "pause" and progress > _LEFT_REST:
            self._furthest = progress
            self._begin("out", now_s)
        elif self.phase == "out" and turned:
            self._begin("return", now_s)
        elif self.phase == "out" and progress >= _NEAR_TARGET and self._tempo.hold_s > 0:
            self._begin("hold", now_s)
        elif self.phase == "hold" and turned:
            self._begin("return", now_s)
        elif self.phase == "return" and progress < _AT_REST:
            self._furthest = 0.0
            self._begin("pause", now_s)

    def share(self, now_s: float) -> float:
        """How much of the part's prescribed time has passed, at most 1; 0 where it has none."""
        planned_s = self._planned_s(self.phase)
        if self._since_s is None or planned_s <= 0:
            return 0.0
        return min(1.0, (now_s - self._since_s) / planned_s)

    def _begin(self, phase: TempoPhase, now_s: float) -> None:
        before_s = 0.0 if self._since_s is None else self._since_s
        if self.phase in ("out", "return"):
            self.too_fast = now_s - before_s < _TOO_FAST * self._planned_s(self.phase)
        self.phase, self._since_s = phase, now_s

    def _planned_s(self, phase: TempoPhase) -> float:
        tempo = self._tempo
        return {
            "out": tempo.out_s,
            "hold": tempo.hold_s,
            "return": tempo.return_s,
            "pause": tempo.pause_s,
        }[phase]
