"""Watches over the patient in a session. A suspicion only raises a question on the screen."""

import math

from device.coaching.body_frame import BodyFrame
from device.coaching.fall import FallDetector, trunk_inclination_deg
from device.coaching.stillness import StillnessWatcher
from device.coaching.suspicion import Suspicion
from models.exercises.definition import LYING, Position
from models.safety import SafetyLimits


class SafetyWatch:
    """Both watchers, and when each of them looks."""

    def __init__(self, limits: SafetyLimits) -> None:
        self._limits = limits
        self._fall = FallDetector(limits.fall)
        self._stillness = StillnessWatcher(limits.stillness)
        self._answered_s = -math.inf

    def reset(self) -> None:
        """Forget the person."""
        self._fall.reset()
        self._stillness.reset()

    def answered(self, at_s: float) -> None:
        """The question was answered: begin anew, and do not ask again at once."""
        self.reset()
        self._answered_s = at_s

    def update(
        self,
        unsmoothed: BodyFrame,
        smoothed: BodyFrame,
        position: Position,
        still_allowed_s: float | None,
    ) -> Suspicion | None:
        """Take one frame of an exercise done in ``position``.

        ``still_allowed_s`` is how long the exercise itself keeps still, such as a hold; ``None``
        where no movement is due.
        """
        suspicion = self._fall.update(unsmoothed, position)
        longest_s = self._longest_still_s(smoothed, position, still_allowed_s)
        if longest_s is None:
            self._stillness.reset()
        else:
            suspicion = suspicion or self._stillness.update(smoothed, longest_s)
        since_s = smoothed.captured_at_s - self._answered_s
        return suspicion if since_s >= self._limits.question.ask_again_after_s else None

    def _longest_still_s(
        self, body: BodyFrame, position: Position, still_allowed_s: float | None
    ) -> float | None:
        limits = self._limits.stillness
        if still_allowed_s is None:
            return None
        lies = body.trunk is not None and (
            trunk_inclination_deg(body) > self._limits.fall.trunk_beyond_deg
        )
        if lies and position not in LYING:
            return limits.lying_s
        return limits.exercising_s + still_allowed_s
