"""Turns a stored session into what a doctor reads: each figure with where it comes from."""

from dataclasses import dataclass

from cloud_bridge.portal.exercise_notes import NormTable, exercise_name, norm_table
from cloud_bridge.portal.session_words import complaint_text, stop_warning
from cloud_bridge.portal.set_quality import QualityBlock, quality_block
from models.exercises.catalogue import exercise_text, fault_text, not_judged_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import ExerciseResult, Session, SetResult

_CHART_WIDTH, _CHART_HEIGHT, _CHART_TOP = 640, 180, 16


@dataclass(frozen=True, slots=True)
class SetLine:
    """One set in words: a cell for each of the exercise's columns, and what was not judged."""

    number: int
    done: str
    cells: tuple[str, ...]
    not_judged: tuple[str, ...]
    framing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredTest:
    """What a standard test gave, beside its norms."""

    result: str
    norms: NormTable


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One repetition's peak angle in the chart; lengths in the chart's units."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class ExerciseSummary:
    """One exercise of a session."""

    name: str
    side: str
    measure: str
    columns: tuple[str, ...]
    sets: tuple[SetLine, ...]
    bars: tuple[ChartBar, ...]
    target_y: float
    target_label: str
    how: str
    notes: tuple[str, ...]
    test: ScoredTest | None = None
    qualities: tuple[QualityBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as a doctor reads it; ``warnings`` say what it must not be taken for."""

    exercises: tuple[ExerciseSummary, ...]
    reported: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    networks: str


def summarise(session: Session) -> SessionSummary:
    """The summary of one session."""
    warnings = []
    if session.camera == "simulated":
        warnings.append("Simulated patient: no person did this.")
    if session.camera == "clip":
        warnings.append("Recorded video: not a live session.")
    if (stopped := stop_warning(session)) is not None:
        warnings.append(stopped)
    if session.status == "interrupted":
        warnings.append("Interrupted: the device was switched off before the end.")
    return SessionSummary(
        exercises=tuple(_exercise(result) for result in session.items),
        reported=(
            ("Pain after, 0 to 10", _rating(session.pain_after)),
            ("Effort, 0 to 10", _rating(session.rpe)),
        ),
        warnings=tuple(warnings),
        networks=", ".join(network.name for network in session.networks) or "not stated",
    )


def best_peak_deg(session: Session) -> float | None:
    """The furthest measured angle of a session's first exercise; ``None`` when none was."""
    if not session.items:
        return None
    result = session.items[0]
    exercise = load_library().find(result.exercise_id)
    if not isinstance(exercise, ExerciseDefinition):
        return None
    angles = [
        peak.value_deg for each in result.sets for peak in each.rom_peak_deg if peak is not None
    ]
    return _furthest(exercise, angles)


def done_in_words(exercise_id: str, result: SetResult) -> str:
    """What was done in a set: counted of prescribed, or the time where the clock decided."""
    if result.guided_by == "clock":
        return f"{_in_words_s(_length_s(result))} by the clock"
    exercise = load_library().find(exercise_id)
    test = exercise.test if isinstance(exercise, ExerciseDefinition) else None
    if test is not None and test.result == "repetitions":
        return f"{result.reps_counted} in {_in_words_s(_length_s(result))}"
    return f"{result.reps_counted} of {result.reps_target}"


def _furthest(exercise: ExerciseDefinition, angles: list[float]) -> float | None:
    span = exercise.range_of_motion
    return max(angles, key=span.progress, default=None)


def _exercise(result: ExerciseResult) -> ExerciseSummary:
    name = exercise_name(result.exercise_id)
    exercise = load_library().find(result.exercise_id)
    side = {"left": "left", "right": "right", "both": "both sides"}[result.side]
    if not isinstance(exercise, ExerciseDefinition):
        notes = () if exercise is None else tuple(map(exercise_text, exercise.cannot_judge))
        how = f"{name} is not in this library." if exercise is None else "Guided by the clock."
        sets = enumerate(result.sets, 1)
        return ExerciseSummary(
            name=name, side=side, measure="", columns=("Done",),
            sets=tuple(_bare_set(number, each, name) for number, each in sets),
            bars=(), target_y=0.0, target_label="", how=how, notes=notes,
        )  # fmt: skip
    notes = tuple(map(exercise_text, exercise.cannot_judge))
    span = exercise.range_of_motion
    accuracy = exercise.accuracy
    measured_on = () if accuracy is None else (f"± is from: {accuracy.measured_on}.",)
    measure = exercise.measure.replace("_", " ").capitalize()
    return ExerciseSummary(
        name=name,
        side=side,
        measure=measure,
        columns=_columns(exercise, measure),
        sets=tuple(_set(number, each, exercise) for number, each in enumerate(result.sets, 1)),
        bars=_bars(result, exercise),
        target_y=_y(exercise, span.full_deg),
        target_label=f"full range {span.full_deg:g}°",
        how="Measured by camera.",
        notes=(*notes, *measured_on),
        test=_test(result, exercise),
        qualities=tuple(
            quality_block(number, each.quality, exercise.id)
            for number, each in enumerate(result.sets, 1)
            if each.quality is not None
        ),
    )


def _columns(exercise: ExerciseDefinition, measure: str) -> tuple[str, ...]:
    counted = "Holds" if exercise.kind == "hold" else "Repetitions"
    time = "Held" if exercise.kind == "hold" else "Mean repetition"
    return (
        counted, "Full range", "Attempts", f"Peak {measure.lower()}", time, "Faults seen",
        "Frames usable", "Keypoint score",
    )  # fmt: skip


def _set(number: int, result: SetResult, exercise: ExerciseDefinition) -> SetLine:
    if result.guided_by == "clock":
        return _bare_set(number, result, exercise.id, len(_columns(exercise, "")) - 1)
    judged_range = "incomplete_range" not in result.not_judged
    score = result.mean_keypoint_score
    faults = ", ".join(f"{fault_text(code)} ({n})" for code, n in result.faults.items())
    return SetLine(
        number=number,
        done=done_in_words(exercise.id, result),
        cells=(
            str(result.reps_full_rom) if judged_range else "not judged",
            str(result.attempts),
            _peak(result, exercise),
            _time(result, exercise),
            faults or "none seen",
            f"{result.valid_frame_pct:.0f} %",
            "-" if score is None else f"{score:.2f}",
        ),
        not_judged=tuple(
            f"{fault_text(code)}: {not_judged_text(reason)}"
            for code, reason in result.not_judged.items()
        ),
        framing=tuple(map(complaint_text, result.framing_complaints)),
    )


def _bare_set(number: int, result: SetResult, exercise_id: str, more_cells: int = 0) -> SetLine:
    """A set of which no more can be said than that it was done."""
    return SetLine(
        number=number,
        done=done_in_words(exercise_id, result),
        cells=("not measured",) * more_cells,
        not_judged=(),
    )


def _time(result: SetResult, exercise: ExerciseDefinition) -> str:
    if exercise.kind == "hold":
        return ", ".join(f"{each:.1f} s" for each in result.hold_s) or "not measured"
    if not result.tempo_s:
        return "-"
    return f"{sum(result.tempo_s) / len(result.tempo_s):.1f} s"


def _test(result: ExerciseResult, exercise: ExerciseDefinition) -> ScoredTest | None:
    counted = [each for each in result.sets if each.guided_by == "camera"]
    if exercise.test is None or not counted:
        return None
    if exercise.test.result == "longest_hold_s":
        holds = [held for each in counted for held in each.hold_s]
        said = f"Longest hold {max(holds):.1f} s" if holds else "No hold was measured"
    else:
        best = max(counted, key=lambda each: each.reps_counted)
        said = (
            f"{best.reps_counted} repetitions in a set of {_length_s(best):.0f} s; the test lasts"
            f" {exercise.test.duration_s:g} s"
        )
    return ScoredTest(f"{said}.", norm_table(exercise.test))


def _length_s(result: SetResult) -> float:
    return (result.ended_at - result.started_at).total_seconds()


def _in_words_s(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _peak(result: SetResult, exercise: ExerciseDefinition) -> str:
    measured = [peak for peak in result.rom_peak_deg if peak is not None]
    furthest = _furthest(exercise, [peak.value_deg for peak in measured])
    if furthest is None:
        return "not measured"
    error = measured[0].expected_error_deg
    return f"{furthest:.0f}° ± {error:.0f}°" if error else f"{furthest:.0f}° (error unknown)"


def _bars(result: ExerciseResult, exercise: ExerciseDefinition) -> tuple[ChartBar, ...]:
    peaks = [peak for each in result.sets for peak in each.rom_peak_deg]
    width = _CHART_WIDTH / max(len(peaks), 1)
    bars = []
    for index, peak in enumerate(peaks):
        if peak is None:
            continue
        y = _y(exercise, peak.value_deg)
        bars.append(
            ChartBar(
                x=round(index * width + width * 0.15, 1),
                y=y,
                width=round(min(width * 0.7, 60), 1),
                height=round(_CHART_HEIGHT - y, 1),
                label=f"{peak.value_deg:.0f}°",
            )
        )
    return tuple(bars)


def _y(exercise: ExerciseDefinition, angle_deg: float) -> float:
    progress = min(max(exercise.range_of_motion.progress(angle_deg), 0.02), 1.15)
    return round(_CHART_HEIGHT - progress / 1.15 * (_CHART_HEIGHT - _CHART_TOP), 1)


def _rating(rating: int | None) -> str:
    return "not answered" if rating is None else str(rating)
