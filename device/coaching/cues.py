"""Chooses the one cue to give after a movement: the most important fault, or earned praise.

Motor-learning practice (Wulf and Lewthwaite 2016; Winstein and Schmidt 1990): few cues, at the end
of a movement, one at a time; the same one not again and again; praise that is earned.
"""

from device.coaching.set_coach import JudgedMovement
from models.exercises.definition import ExerciseDefinition

LEAST_SECONDS_BETWEEN_S = 6.0
MOST_OF_THE_SAME_PER_SET = 2
SHOWN_S = 4.0
GOOD_IN_A_ROW_FOR_PRAISE = 3
PRAISE = "cue-praise-full-range"


class CueSelector:
    """The cues of one set; times in seconds on any clock that only goes forward."""

    def __init__(self, exercise: ExerciseDefinition) -> None:
        self._exercise = exercise
        self._given: dict[str, int] = {}
        self._last_s: float | None = None
        self._current: str | None = None
        self._good_in_a_row = 0

    def after(self, movement: JudgedMovement, now_s: float) -> str | None:
        """The cue that this movement earns, or ``None`` when it is better to say nothing."""
        cue = self._earned(movement)
        if cue is None or self._given.get(cue, 0) >= MOST_OF_THE_SAME_PER_SET:
            return None
        if self._last_s is not None and now_s - self._last_s < LEAST_SECONDS_BETWEEN_S:
            return None
        self._given[cue] = self._given.get(cue, 0) + 1
        self._last_s, self._current = now_s, cue
        return cue

    def current(self, now_s: float) -> str | None:
        """The cue on the screen now; it leaves after :data:`SHOWN_S`."""
        if self._last_s is None or now_s - self._last_s > SHOWN_S:
            self._current = None
        return self._current

    def _earned(self, movement: JudgedMovement) -> str | None:
        faults = movement.judgement.faults
        if faults:
            self._good_in_a_row = 0
            return self._exercise.form.rule(faults[0]).cue
        if movement.movement.kind != "repetition" or movement.judgement.full_range is not True:
            return None
        self._good_in_a_row += 1
        return PRAISE if self._good_in_a_row % GOOD_IN_A_ROW_FOR_PRAISE == 0 else None
