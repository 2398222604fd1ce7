"""Turns a stored session into what a doctor reads: each figure with where it comes from."""

from dataclasses import dataclass

from models.exercises.catalogue import exercise_text
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import ExerciseResult, Session, SetResult

_REASONS = {
    "view": "the camera's view does not show it",
    "not_visible": "the body part was not visible",
    "phase_not_seen": "the movement was not seen whole",
}
_FAULTS = {
    "trunk_lean_forward": "Trunk leans forward",
    "trunk_lean_backward": "Trunk leans backward",
    "trunk_lean_sideways": "Trunk leans sideways",
    "incomplete_range": "Incomplete range",
    "too_fast": "Too fast",
}
_CHART_WIDTH, _CHART_HEIGHT, _CHART_TOP = 640, 180, 16


@dataclass(frozen=True, slots=True)
class SetLine:
    """One set in words."""

    number: int
    done: str
    full_range: str
    attempts: int
    peak: str
    mean_repetition: str
    faults: str
    not_judged: tuple[str, ...]
    valid_frames: str
    score: str


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
    sets: tuple[SetLine, ...]
    bars: tuple[ChartBar, ...]
    target_y: float
    target_label: str
    notes: tuple[str, ...]


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
    if session.status == "stopped":
        warnings.append(f"Stopped by the patient: {session.stop_reason or 'no reason given'}.")
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
    if not session.items or session.items[0].exercise_id not in load_library():
        return None
    result = session.items[0]
    angles = [
        peak.value_deg for each in result.sets for peak in each.rom_peak_deg if peak is not None
    ]
    exercise = load_library().measured(result.exercise_id)
    return _furthest(exercise, angles)


def _furthest(exercise: ExerciseDefinition, angles: list[float]) -> float | None:
    span = exercise.range_of_motion
    return max(angles, key=span.progress, default=None)


def _exercise(result: ExerciseResult) -> ExerciseSummary:
    exercise = load_library().measured(result.exercise_id)
    span = exercise.range_of_motion
    return ExerciseSummary(
        name=exercise_text(exercise.name),
        side={"left": "left", "right": "right", "both": "both sides"}[result.side],
        measure=exercise.measure.replace("_", " ").capitalize(),
        sets=tuple(_set(number, each, exercise) for number, each in enumerate(result.sets, 1)),
        bars=_bars(result, exercise),
        target_y=_y(exercise, span.full_deg),
        target_label=f"full range {span.full_deg:g}°",
        notes=(
            *(exercise_text(note) for note in exercise.cannot_judge),
            *(
                ()
                if exercise.accuracy is None
                else (f"± is from: {exercise.accuracy.measured_on}.",)
            ),
        ),
    )


def _set(number: int, result: SetResult, exercise: ExerciseDefinition) -> SetLine:
    judged_range = "incomplete_range" not in result.not_judged
    score = result.mean_keypoint_score
    return SetLine(
        number=number,
        done=f"{result.reps_counted} of {result.reps_target}",
        full_range=str(result.reps_full_rom) if judged_range else "not judged",
        attempts=result.attempts,
        peak=_peak(result, exercise),
        mean_repetition=(
            f"{sum(result.tempo_s) / len(result.tempo_s):.1f} s" if result.tempo_s else "-"
        ),
        faults=", ".join(f"{_FAULTS.get(k, k)} ({n})" for k, n in result.faults.items())
        or "none seen",
        not_judged=tuple(
            f"{_FAULTS.get(code, code)}: {_REASONS.get(reason, reason)}"
            for code, reason in result.not_judged.items()
        ),
        valid_frames=f"{result.valid_frame_pct:.0f} %",
        score="-" if score is None else f"{score:.2f}",
    )


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
