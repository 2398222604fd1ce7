"""Chooses the one cue to give after a movement: the most important fault, or earned praise.

Motor-learning practice (Winstein and Schmidt 1990, faded feedback; Wulf and Lewthwaite 2016): few
cues, one at a time, at the end of a movement; fewer as it goes well; praise that is earned, and
where it is earned about twice as often as correction.
"""

from device.coaching.form.judge import Judgement
from device.coaching.set_progress import JudgedMovement
from models.exercises.definition import ExerciseDefinition
from models.messages import FaultCode

LEAST_SECONDS_BETWEEN_S = 6.0
MOST_OF_THE_SAME_PER_SET = 2
SHOWN_S = 4.0
PASSED_IN_A_ROW = 3
"""A fault that stayed away this often must come twice in a row to be spoken of again."""
GOOD_IN_A_ROW_FOR_PRAISE = 3
PRAISES_PER_CORRECTION = 2
PRAISE = "cue-praise-full-range"


class CueSelector:
    """The cues of one set; times in seconds on any clock that only goes forward."""

    def __init__(self, exercise: ExerciseDefinition) -> None:
        self._exercise = exercise
        self._given: dict[str, int] = {}
        self._last_s: float | None = None
        self._current: str | None = None
        self._passed: dict[FaultCode, int] = {}
        self._faded: set[FaultCode] = set()
        self._corrected: FaultCode | None = None
        self._good_in_a_row = 0
        self._praises = 0

    def after(self, movement: JudgedMovement, now_s: float) -> str | None:
        """The cue that this movement earns, or ``None`` when it is better to say nothing."""
        correction = self._correction(movement.judgement)
        praise = self._earns_praise(movement)
        if self._last_s is not None and now_s - self._last_s < LEAST_SECONDS_BETWEEN_S:
            return None
        if correction is not None:
            self._corrected = correction
            return self._give(self._cue_of(correction), now_s)
        if not praise:
            return None
        self._praises += 1
        self._good_in_a_row, self._corrected = 0, None
        return self._give(PRAISE, now_s)

    def current(self, now_s: float) -> str | None:
        """The cue on the screen now; it leaves after :data:`SHOWN_S`."""
        if self._last_s is None or now_s - self._last_s > SHOWN_S:
            self._current = None
        return self._current

    def _correction(self, judgement: Judgement) -> FaultCode | None:
        """The most important fault that there is still something to say about."""
        spoken_of: list[FaultCode] = []
        for code in self._exercise.form.fault_codes():
            if code in judgement.not_judged:
                continue
            if code not in judgement.faults:
                self._pass(code)
                continue
            self._passed[code] = 0
            if code in self._faded:
                # A single relapse is the patient's to notice.
                self._faded.discard(code)
            elif self._given.get(self._cue_of(code), 0) < MOST_OF_THE_SAME_PER_SET:
                spoken_of.append(code)
        return spoken_of[0] if spoken_of else None

    def _pass(self, code: FaultCode) -> None:
        self._passed[code] = self._passed.get(code, 0) + 1
        if self._passed[code] >= PASSED_IN_A_ROW and self._given.get(self._cue_of(code)):
            self._faded.add(code)

    def _earns_praise(self, movement: JudgedMovement) -> bool:
        """Three good repetitions in a row do, or the first that puts right what was corrected."""
        judgement = movement.judgement
        good = movement.movement.kind == "repetition" and judgement.full_range is True
        if judgement.faults or not good:
            self._good_in_a_row = 0
            return False
        self._good_in_a_row += 1
        corrections = sum(self._given.values()) - self._praises
        if self._praises >= max(PRAISES_PER_CORRECTION * corrections, MOST_OF_THE_SAME_PER_SET):
            return False
        put_right = self._corrected is not None and self._corrected in judgement.readings
        put_right = put_right and self._corrected not in judgement.not_judged
        return put_right or self._good_in_a_row >= GOOD_IN_A_ROW_FOR_PRAISE

    def _cue_of(self, code: FaultCode) -> str:
        return self._exercise.form.rule(code).cue

    def _give(self, cue: str, now_s: float) -> str:
        self._given[cue] = self._given.get(cue, 0) + 1
        self._last_s, self._current = now_s, cue
        return cue
