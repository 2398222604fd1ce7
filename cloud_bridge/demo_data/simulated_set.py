"""One set of a simulated patient, with the errors and gaps of a real measurement."""

from datetime import datetime, timedelta
from math import pi, sqrt
from random import Random
from typing import Final

from models.exercises.definition import LYING, Exercise, ExerciseDefinition, TimerExercise
from models.messages import MeasuredAngle, PrescriptionItem, SetResult
from models.quality import Contribution, GateFinding, SetQuality, StageVersion, not_analysed

_VIEWS_OFF_DEG: Final = (3.0, 8.0, 14.0, 22.0, 38.0)
_DEVIATION: Final = (0.35, 0.9)


def simulated_set(
    random: Random,
    exercise: Exercise,
    item: PrescriptionItem,
    began: datetime,
    *,
    range_share: float,
    score: float,
    whole: bool,
) -> SetResult:
    """A set of ``item``; ``range_share`` is 0 where a repetition begins to count, 1 in full.

    A set that is not ``whole`` ends early.
    """
    counted = item.reps if whole else random.randint(1, max(1, item.reps - 2))
    if whole and random.random() < 0.12:
        counted = max(1, item.reps - random.randint(1, 3))
    if isinstance(exercise, TimerExercise):
        lasts_s = exercise.set_duration_s(item)
        return SetResult(
            guided_by="clock", reps_target=item.reps, reps_counted=0, reps_full_rom=0, attempts=0,
            valid_frame_pct=0.0, started_at=began, ended_at=began + timedelta(seconds=lasts_s),
        )  # fmt: skip
    tempo = [round(random.gauss(5.0, 0.6), 1) for _ in range(counted)]
    holds = [round(max(1.0, random.gauss(item.hold_s, 1.5)), 1) for _ in range(counted)]
    is_hold = exercise.kind == "hold"
    peaks = () if is_hold else _peaks(random, exercise, counted, range_share)
    full = sum(
        peak is not None and exercise.range_of_motion.progress(peak.value_deg) >= 0.9
        for peak in peaks
    )
    seen = random.random()
    return SetResult(
        reps_target=item.reps,
        reps_counted=counted,
        reps_full_rom=full,
        attempts=random.choice((0, 0, 0, 1, 2)),
        rom_peak_deg=peaks,
        tempo_s=() if is_hold else tuple(tempo),
        hold_s=tuple(holds) if is_hold else (),
        faults=_faults(random, exercise, counted, score),
        not_judged=_not_judged(random, exercise),
        framing_complaints=("too_near",) if random.random() < 0.03 else (),
        valid_frame_pct=round(80 + 19 * seen, 1),
        mean_keypoint_score=round(0.6 + 0.25 * seen, 2),
        started_at=began,
        ended_at=began + timedelta(seconds=sum(holds) if is_hold else sum(tempo)),
        quality=_quality(random, exercise, counted, score),
    )


def _peaks(
    random: Random, exercise: ExerciseDefinition, counted: int, range_share: float
) -> tuple[MeasuredAngle | None, ...]:
    span, accuracy = exercise.range_of_motion, exercise.accuracy
    off_deg = random.choice(_VIEWS_OFF_DEG)
    error_deg = None if accuracy is None else accuracy.expected_error_deg(off_deg)
    # A mean absolute error of e belongs to a normal error of e * sqrt(pi / 2); most of it is the
    # same for all repetitions of a set.
    spread_deg = (error_deg or 12.0) * sqrt(pi / 2)
    common_deg = random.gauss(0.0, 0.8 * spread_deg)
    out = span.easy_deg + (span.full_deg - span.easy_deg) * range_share
    peaks: list[MeasuredAngle | None] = []
    for _ in range(counted):
        if random.random() < 0.04:
            peaks.append(None)
            continue
        value = out + common_deg + random.gauss(0.0, 0.6 * spread_deg)
        peaks.append(
            MeasuredAngle(
                value_deg=round(min(max(value, -359.0), 359.0), 1),
                expected_error_deg=error_deg,
                low_confidence=error_deg is None or random.random() < 0.03,
            )
        )
    return tuple(peaks)


def _faults(
    random: Random, exercise: ExerciseDefinition, counted: int, score: float
) -> dict[str, int]:
    codes = list(exercise.form.fault_codes())
    seen = {code: sum(random.random() < score / 14 for _ in range(counted)) for code in codes[:4]}
    return {code: count for code, count in seen.items() if count}


def _not_judged(random: Random, exercise: ExerciseDefinition) -> dict[str, str]:
    codes = list(exercise.form.fault_codes())
    if random.random() < 0.8 or len(codes) < 2:
        return {}
    return {codes[-1]: random.choice(("view", "not_visible"))}


def _quality(
    random: Random, exercise: ExerciseDefinition, counted: int, score: float
) -> SetQuality:
    if exercise.position in LYING:
        return SetQuality(status="analysed", reason="lying", not_judged_repetitions=counted)
    if exercise.kind == "hold":
        return not_analysed("exercise_not_measured")
    if random.random() < 0.06:
        finding = GateFinding(
            block="bottom_left", cause="dark", begins_s=2, ends_s=9, goodness=0.21,
            confidence=0.3, jitter_torso=0.19,
        )  # fmt: skip
        return SetQuality(
            status="gate_stopped", reason="dark", usable_pct=38.0, findings=(finding,)
        )
    good = sum(random.random() > score / 5 for _ in range(counted))
    return SetQuality(
        status="analysed",
        score=round(min(4.0, max(0.0, random.gauss(score, 0.35))), 2),
        deviation=round(random.uniform(*_DEVIATION), 2),
        good_repetitions=good,
        bad_repetitions=counted - good,
        contributions=(Contribution(joint="trunk", phase="out", share=0.4),),
        usable_pct=round(random.uniform(82, 100), 1),
        stages=(StageVersion(name="score", version="demo-data", kind="rule"),),
    )
