"""What was measured of one exercise in one session, as Observations.

A figure that was not measured is a dataAbsentReason with why, or not there at all; never 0.
"""

from collections.abc import Iterator
from statistics import mean
from typing import Final

from cloud_bridge.exports.fhir.codes import FAULTS, LOINC, load_codes
from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    absent,
    coding,
    concept,
    degrees,
    own_coding,
    own_concept,
    quantity,
    seconds,
)
from cloud_bridge.exports.fhir.observation_parts import (
    StoredSession,
    body_site,
    component,
    expected_error,
    low_confidence,
    observation,
    of_exercise,
)
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.progress.session_figures import RangeFigures, figures_of
from models.exercises.catalogue import fault_text, not_judged_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import ExerciseResult, MeasuredAngle, SetResult

_MEDIAN_OF: Final = "Median of the session's measured peaks"
_TEST_MAY_BE_SHORT_BY_S: Final = 1.0
"""A timed test that ended earlier than this before its time is not that test."""


def exercise_observations(stored: StoredSession, index: int) -> Iterator[Resource]:
    """The Observations of the session's exercise at ``index``, from 0."""
    result = stored.message.items[index]
    if not result.sets:
        return
    exercise = load_library().find(result.exercise_id)
    counted = [each for each in result.sets if each.guided_by == "camera"]
    yield _duration(stored, index, result)
    if isinstance(exercise, ExerciseDefinition):
        if exercise.kind == "repetitions":
            yield _range(stored, index, result, exercise)
        yield from _test(stored, index, counted, exercise)
    if not counted:
        return
    yield _repetitions(stored, index, result, counted)
    if any(each.hold_s for each in counted):
        yield _holds(stored, index, counted)
    if any(each.faults or each.not_judged for each in counted):
        yield _faults(stored, index, counted)


def _duration(stored: StoredSession, index: int, result: ExerciseResult) -> Resource:
    total_s = sum(_length_s(each) for each in result.sets)
    name = exercise_name(result.exercise_id)
    made = observation(
        stored, f"e{index + 1}-duration", category="therapy", method="clock",
        code=concept(coding(LOINC, load_codes().loinc.exercise_duration), text="Exercise duration"),
        said=f"{name}: {_sets(len(result.sets))}, {total_s:.0f} s without the rests. By the clock.",
    )  # fmt: skip
    made["valueQuantity"] = seconds(total_s)
    return of_exercise(made, stored, index, result.exercise_id, result.sets)


def _range(
    stored: StoredSession, index: int, result: ExerciseResult, exercise: ExerciseDefinition
) -> Resource:
    figures = figures_of(stored.message).exercises[index].range
    name, codes = exercise_name(result.exercise_id), load_codes()
    own = f"peak-{exercise.measure.replace('_', '-')}"
    loinc = codes.range_loinc(exercise, result.side)
    standard = [] if loinc is None else [coding(LOINC, loinc)]
    words = codes.display("observation", own)
    said = "not measured" if figures is None else _range_in_words(figures)
    made = observation(
        stored, f"e{index + 1}-range", category="exam", method="camera",
        code=concept(*standard, own_coding("observation", own), text=words),
        said=f"{name}: {words.lower()} {said}. Reached while exercising, not an examination of the"
        " full range.",
    )  # fmt: skip
    made["bodySite"] = body_site(exercise.measure, result.side)
    of_exercise(made, stored, index, result.exercise_id, result.sets)
    if figures is None:
        made["dataAbsentReason"] = _no_range(result)
        return made
    made["valueQuantity"] = degrees(figures.value_deg)
    made["extension"] += expected_error(figures.expected_error_deg)
    made["extension"] += low_confidence(figures.low_confidence)
    made["note"] = [{"text": f"{_MEDIAN_OF}: {_range_in_words(figures)}."}]
    made["component"] = [
        component("repetitions-measured", valueInteger=figures.measured),
        _furthest(result, exercise),
    ]
    return made


def _furthest(result: ExerciseResult, exercise: ExerciseDefinition) -> Part:
    progress = exercise.range_of_motion.progress
    furthest = max(_peaks(result), key=lambda peak: progress(peak.value_deg))
    part = component("furthest-peak", valueQuantity=degrees(furthest.value_deg))
    marks = expected_error(furthest.expected_error_deg) + low_confidence(furthest.low_confidence)
    return part | ({"extension": marks} if marks else {})


def _peaks(result: ExerciseResult) -> list[MeasuredAngle]:
    return [
        peak
        for each in result.sets
        if each.guided_by == "camera"
        for peak in each.rom_peak_deg
        if peak is not None
    ]


def _no_range(result: ExerciseResult) -> Part:
    counted = [each for each in result.sets if each.guided_by == "camera"]
    if not counted:
        return absent("not-performed", "Guided by the clock: no camera measured")
    if not any(each.reps_counted for each in counted):
        return absent("not-performed", "No repetition was counted")
    return absent("unknown", "The camera's view did not allow the angle to be measured")


def _range_in_words(figures: RangeFigures) -> str:
    error = figures.expected_error_deg
    said = "error unknown" if error is None else f"± {error:.0f}°"
    sure = ", low confidence" if figures.low_confidence else ""
    return f"{figures.value_deg:.0f}° ({said}{sure}; {figures.measured} repetitions measured)"


def _repetitions(
    stored: StoredSession, index: int, result: ExerciseResult, counted: list[SetResult]
) -> Resource:
    total = sum(each.reps_counted for each in counted)
    target = sum(each.reps_target for each in counted)
    name = exercise_name(result.exercise_id)
    by_clock = len(result.sets) - len(counted)
    exercise = load_library().find(result.exercise_id)
    holds = exercise is not None and exercise.kind == "hold"
    what = "holds" if holds else "repetitions"
    said = f"{name}: {total} {what} counted of {target} in {_sets(len(counted))}"
    if by_clock:
        said += f"; {_sets(by_clock)} more by the clock, not counted"
    made = observation(
        stored, f"e{index + 1}-repetitions", category="therapy", method="camera",
        code=own_concept("observation", "repetitions"), said=f"{said}.",
    )  # fmt: skip
    made["valueInteger"] = total
    made["component"] = [
        component("repetitions-prescribed", valueInteger=target),
        _full_range(counted),
        component("attempts", valueInteger=sum(each.attempts for each in counted)),
        component(
            "usable-frames",
            valueQuantity=quantity(round(min(each.valid_frame_pct for each in counted), 1), "%"),
        ),
    ]
    times = [time for each in counted for time in each.tempo_s]
    if times:
        made["component"].append(
            component("mean-repetition-time", valueQuantity=seconds(mean(times)))
        )
    return of_exercise(made, stored, index, result.exercise_id, counted)


def _full_range(counted: list[SetResult]) -> Part:
    if any("incomplete_range" in each.not_judged for each in counted):
        why = "The range was not judged in every set"
        return component("repetitions-full-range", dataAbsentReason=absent("unknown", why))
    total = sum(each.reps_full_rom for each in counted)
    return component("repetitions-full-range", valueInteger=total)


def _holds(stored: StoredSession, index: int, counted: list[SetResult]) -> Resource:
    holds = [held for each in counted for held in each.hold_s]
    exercise_id = stored.message.items[index].exercise_id
    made = observation(
        stored, f"e{index + 1}-holds", category="therapy", method="camera",
        code=own_concept("observation", "longest-hold"),
        said=f"{exercise_name(exercise_id)}: longest hold {max(holds):.1f} s of {len(holds)}.",
    )  # fmt: skip
    made["valueQuantity"] = seconds(max(holds))
    made["component"] = [component("holds", valueInteger=len(holds))]
    return of_exercise(made, stored, index, exercise_id, counted)


def _test(
    stored: StoredSession, index: int, counted: list[SetResult], exercise: ExerciseDefinition
) -> Iterator[Resource]:
    """The result of a standard test, where it lasted as long as the test does."""
    loinc, test = load_codes().test_loinc(exercise), exercise.test
    if loinc is None or test is None:
        return
    if test.result == "longest_hold_s":
        holds = [held for each in counted for held in each.hold_s]
        if not holds:
            return
        value, said = {"valueQuantity": seconds(max(holds))}, f"longest hold {max(holds):.1f} s"
    else:
        whole = [
            each for each in counted if _length_s(each) >= test.duration_s - _TEST_MAY_BE_SHORT_BY_S
        ]
        if not whole:
            return
        best = max(each.reps_counted for each in whole)
        value, said = {"valueQuantity": quantity(best, "{count}")}, f"{best} in the test's time"
    name = exercise_name(exercise.id)
    made = observation(
        stored, f"e{index + 1}-test", category="exam", method="camera",
        code=concept(coding(LOINC, loinc), text=name), said=f"{name}: {said}.",
    )  # fmt: skip
    yield of_exercise(made | value, stored, index, exercise.id, counted)


def _faults(stored: StoredSession, index: int, counted: list[SetResult]) -> Resource:
    seen: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for each in counted:
        for code, times in each.faults.items():
            seen[code] = seen.get(code, 0) + times
        reasons.update(each.not_judged)
    exercise_id = stored.message.items[index].exercise_id
    said = [f"{fault_text(code)} {times} times" for code, times in seen.items()]
    said += [
        f"{fault_text(code)} not judged in every set: {not_judged_text(reason)}"
        for code, reason in reasons.items()
    ]
    made = observation(
        stored, f"e{index + 1}-faults", category="therapy", method="camera",
        code=own_concept("observation", "faults"),
        said=f"{exercise_name(exercise_id)}, form: {'; '.join(said)}.",
    )  # fmt: skip
    made["component"] = [
        *({"code": _fault(code), "valueInteger": times} for code, times in seen.items()),
        *(
            {"code": _fault(code), "dataAbsentReason": absent("unknown", not_judged_text(reason))}
            for code, reason in reasons.items()
            if code not in seen
        ),
    ]
    return of_exercise(made, stored, index, exercise_id, counted)


def _fault(code: str) -> Part:
    return concept(coding(FAULTS, code, fault_text(code)), text=fault_text(code))


def _length_s(result: SetResult) -> float:
    return (result.ended_at - result.started_at).total_seconds()


def _sets(number: int) -> str:
    return "1 set" if number == 1 else f"{number} sets"
