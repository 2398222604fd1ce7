"""What the form rules' readings amount to: precision, recall and error of each fault."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from device.benchmark.form_readings import FormReading, limits_of
from device.coaching.form.measured_error import FaultError, MeasuredErrors
from device.coaching.form.rule import NotJudged
from models.exercises.form_rules import FAULT_CODES
from models.exercises.library import load_library
from models.messages import FaultCode

_LEAST_READINGS = 4
"""An exercise's own error is given from this many readings on; below, that of all exercises."""
_WITHIN = 0.95

Outcome = Literal["found", "missed", "clean", "false_alarm", "not_counted"]


@dataclass(frozen=True, slots=True)
class FormRow:
    """One fault, in one exercise or, with ``exercise_id`` ``*``, in all of them.

    ``performed`` repetitions had the fault, of which it was ``found`` in some and could be judged
    in ``judged``; ``clean`` had it not and were judged, with ``false_alarms`` of them.
    ``not_judged`` counts the reasons. ``error_95`` is what 95 of 100 readings of repetitions
    without the fault stay within, on the limit's scale, of ``readings``.
    """

    code: FaultCode
    exercise_id: str
    limit: float | None
    performed: int
    judged: int
    found: int
    clean: int
    false_alarms: int
    not_judged: Mapping[str, int]
    error_95: float | None
    readings: int

    @property
    def precision(self) -> float | None:
        """Of the faults found, how many were made."""
        said = self.found + self.false_alarms
        return self.found / said if said else None

    @property
    def recall(self) -> float | None:
        """Of the faults made in repetitions that were judged, how many were found."""
        return self.found / self.judged if self.judged else None


def measured_errors(readings: Sequence[FormReading], network: str) -> MeasuredErrors:
    """The errors that the coach takes into account; ``network`` says which one saw the patient.

    The error that 95 of 100 readings of repetitions without the fault stay within; or, where it is
    larger, the median by which repetitions with it were read as better than they were: what a
    network does not see shows a small error while nothing is wrong.
    """
    faults: dict[FaultCode, FaultError] = {}
    for code in FAULT_CODES:
        own = [each for each in readings if each.code == code]
        error = _error_of(own)
        if error is None:
            continue
        by_exercise: dict[str, float] = {}
        for exercise_id in sorted({each.exercise_id for each in own}):
            in_exercise = [each for each in own if each.exercise_id == exercise_id]
            if len(_errors(in_exercise)) >= _LEAST_READINGS:
                by_exercise[exercise_id] = _error_of(in_exercise) or error
        faults[code] = FaultError(any_exercise=error, by_exercise=by_exercise)
    bodies = len({each.body_seed for each in readings})
    read = sum(each.error is not None for each in readings)
    return MeasuredErrors(
        measured_on=f"simulated patient only: {bodies} bodies, {read} readings, {network}",
        faults=faults,
    )


def write_form_error(errors: MeasuredErrors, path: Path) -> None:
    """Write the table beside the library."""
    path.write_text(json.dumps(errors.model_dump(), indent=1) + "\n", encoding="utf-8")


def form_rows(readings: Sequence[FormReading], errors: MeasuredErrors) -> list[FormRow]:
    """One row for each fault, then one for each fault and exercise."""
    rows: list[FormRow] = []
    for code in FAULT_CODES:
        own = [each for each in readings if each.code == code]
        if own:
            rows.append(_row(code, "*", own, errors))
    for code in FAULT_CODES:
        for exercise_id in sorted({each.exercise_id for each in readings}):
            own = [e for e in readings if (e.code, e.exercise_id) == (code, exercise_id)]
            if own:
                rows.append(_row(code, exercise_id, own, errors))
    return rows


def form_table(rows: Sequence[FormRow]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| fault | exercise | limit | error (95 %) | made | judged | found | recall | clean"
        " | false alarms | precision | not judged |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        reasons = ", ".join(f"{reason} {count}" for reason, count in row.not_judged.items())
        lines.append(
            f"| {row.code} | {row.exercise_id} | {_number(row.limit)} | {_number(row.error_95)}"
            f" | {row.performed} | {row.judged} | {row.found} | {_percent(row.recall)}"
            f" | {row.clean} | {row.false_alarms} | {_percent(row.precision)} | {reasons} |"
        )
    return "\n".join(lines)


def outcome(reading: FormReading, errors: MeasuredErrors) -> Outcome | NotJudged:
    """What the coach says of the repetition, against what was made."""
    if reading.measured is None:
        return "not_counted"
    if isinstance(reading.measured, str):
        return reading.measured
    exercise = load_library().measured(reading.exercise_id)
    limit = limits_of(exercise)[reading.code]
    said = limit.judge(reading.measured, errors.of(reading.code, reading.exercise_id))
    if isinstance(said, str):
        return said
    if reading.performed:
        return "found" if said else "missed"
    return "false_alarm" if said and not reading.taken_along else "clean"


def _row(
    code: FaultCode, exercise_id: str, readings: Sequence[FormReading], errors: MeasuredErrors
) -> FormRow:
    said = [(each, outcome(each, errors)) for each in readings]
    made = Counter(what for each, what in said if each.performed)
    others = Counter(what for each, what in said if not each.performed)
    judged = ("found", "missed", "clean", "false_alarm")
    library = load_library()
    limit = None if exercise_id == "*" else limits_of(library.measured(exercise_id))[code].at
    wrong = _errors(readings)
    return FormRow(
        code=code,
        exercise_id=exercise_id,
        limit=limit,
        performed=sum(made.values()),
        judged=made["found"] + made["missed"],
        found=made["found"],
        clean=others["clean"] + others["false_alarm"],
        false_alarms=others["false_alarm"],
        not_judged={what: n for what, n in (made + others).items() if what not in judged},
        error_95=_within(wrong) if wrong else None,
        readings=len(wrong),
    )


def _error_of(readings: Sequence[FormReading]) -> float | None:
    clean = _errors(readings)
    if not clean:
        return None
    unseen = [_unseen(each) for each in readings if each.performed and each.error is not None]
    return max(_within(clean), round(float(np.median(unseen)), 3) if unseen else 0.0)


def _unseen(reading: FormReading) -> float:
    """By how much a fault was read as less than it was."""
    limit = limits_of(load_library().measured(reading.exercise_id))[reading.code]
    if not isinstance(reading.measured, float) or reading.true is None:
        return 0.0
    return (reading.measured - reading.true) * (1.0 if limit.nearness else -1.0)


def _errors(readings: Iterable[FormReading]) -> list[float]:
    return [
        error
        for each in readings
        if not each.performed and not each.taken_along and (error := each.error) is not None
    ]


def _within(errors: Sequence[float]) -> float:
    return round(float(np.quantile(errors, _WITHIN)), 3)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
