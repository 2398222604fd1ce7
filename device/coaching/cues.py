"""Chooses the one cue to give after a movement: the most important fault, or earned praise.

Motor-learning practice (Winstein and Schmidt 1990, faded feedback; Wulf and Lewthwaite 2016): few
cues, one at a time, at the end of a movement; fewer as it goes well; praise that is earned, and
where it is earned about twice as often as correction.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from device.coaching.form.judge import Judgement
from device.coaching.session_limits import read_limits
from device.coaching.set_progress import JudgedMovement
from models.exercises.definition import ExerciseDefinition
from models.exercises.table import Table
from models.messages import FaultCode

LIMITS_FILE = Path(__file__).with_name("cue_limits.toml")
PRAISE = "cue-praise-full-range"
Number = Annotated[int, Field(ge=1, le=100)]
Seconds = Annotated[float, Field(gt=0, le=600)]


class SpacingLimits(Table):
    """How long between two cues; see cue_limits.toml."""

    least_s: Seconds
    longer_after_good: Number
    longer_by: Annotated[float, Field(ge=1, le=10)]
    most_s: Seconds
    back_after_faulty: Number


class RepeatLimits(Table):
    """How often the same is said; see cue_limits.toml."""

    most_of_the_same_per_set: Number
    passed_in_a_row: Number


class PraiseLimits(Table):
    """What earns praise; see cue_limits.toml."""

    good_in_a_row: Number
    per_correction: Number


class ScreenLimits(Table):
    """How long a cue is seen; see cue_limits.toml."""

    shown_s: Seconds


class CueLimits(Table):
    """All of cue_limits.toml."""

    spacing: SpacingLimits
    repetition: RepeatLimits
    praise: PraiseLimits
    screen: ScreenLimits


@cache
def load_cue_limits(path: Path = LIMITS_FILE) -> CueLimits:
    """The limits; raises :class:`~device.errors.CoachingLimitsError`."""
    return read_limits(path, CueLimits)


class CueSelector:
    """The cues of one set; times in seconds on any clock that only goes forward."""

    def __init__(self, exercise: ExerciseDefinition, limits: CueLimits | None = None) -> None:
        self._exercise = exercise
        self._limits = limits or load_cue_limits()
        self._spacing_s = self._limits.spacing.least_s
        self._clean_in_a_row = self._faulty_in_a_row = 0
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
        self._space(movement)
        correction = self._correction(movement.judgement)
        praise = self._earns_praise(movement)
        if self._last_s is not None and now_s - self._last_s < self._spacing_s:
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
        """The cue on the screen now; it leaves by itself."""
        if self._last_s is None or now_s - self._last_s > self._limits.screen.shown_s:
            self._current = None
        return self._current

    def _space(self, movement: JudgedMovement) -> None:
        """Fade as it goes well, and be there again when it does not."""
        spacing = self._limits.spacing
        if movement.judgement.faults:
            self._clean_in_a_row = 0
            self._faulty_in_a_row += 1
            if self._faulty_in_a_row >= spacing.back_after_faulty:
                self._spacing_s = spacing.least_s
        elif movement.movement.kind == "repetition" and movement.judgement.readings:
            self._faulty_in_a_row = 0
            self._clean_in_a_row += 1
            if self._clean_in_a_row % spacing.longer_after_good == 0:
                self._spacing_s = min(spacing.most_s, self._spacing_s * spacing.longer_by)

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
            elif (
                self._given.get(self._cue_of(code), 0)
                < self._limits.repetition.most_of_the_same_per_set
            ):
                spoken_of.append(code)
        return spoken_of[0] if spoken_of else None

    def _pass(self, code: FaultCode) -> None:
        self._passed[code] = self._passed.get(code, 0) + 1
        if self._passed[code] >= self._limits.repetition.passed_in_a_row and self._given.get(
            self._cue_of(code)
        ):
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
        praise, most = self._limits.praise, self._limits.repetition.most_of_the_same_per_set
        if self._praises >= max(praise.per_correction * corrections, most):
            return False
        put_right = self._corrected is not None and self._corrected in judgement.readings
        put_right = put_right and self._corrected not in judgement.not_judged
        return put_right or self._good_in_a_row >= praise.good_in_a_row

    def _cue_of(self, code: FaultCode) -> str:
        return self._exercise.form.rule(code).cue

    def _give(self, cue: str, now_s: float) -> str:
        self._given[cue] = self._given.get(cue, 0) + 1
        self._last_s, self._current = now_s, cue
        return cue
