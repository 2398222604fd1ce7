"""One take: a set of one exercise by one body, with what they do before and after it."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.body import Body
from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.performance import FaultNotPossibleError
from device.camera.simulated.training_motion.fidgeting import (
    STANDING,
    Spell,
    everyday_after,
    everyday_before,
    fidgeting,
    posed,
    roaming,
)
from device.camera.simulated.training_motion.graded_faults import (
    GradedFault,
    GradedPerformance,
    drawn_fault,
)
from device.camera.simulated.training_motion.proportions import Proportions
from models.exercises.definition import ExerciseDefinition
from models.messages import Side

FPS: Final = 30.0

_SAMPLED_FPS: Final = 10.0
"""Simulated movement has nothing above a few hertz: the frames between are read off a curve."""
_REPS: Final = 4
_CLEAN_SHARE: Final = 0.15
_REST_S: Final = (0.3, 1.2)
_AROUND_S: Final = (0.5, 5.0)
_HOLD_S: Final = (4.0, 8.0)
_SLOWEST, _FASTEST = 1.25, 0.8
_NOTHING_AROUND_SHARE: Final = 0.1
_EVERYDAY_SHARE: Final = 0.5
_EVERYDAY_ALONE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition as it was done: seconds from the take's beginning, the fault and its size as
    a multiple of its limit (:class:`.graded_faults.GradedFault`); ``None`` and 0 without one."""

    number: int
    begins_s: float
    peaks_s: float
    returned_s: float
    side: Side
    fault: str | None
    size: float


@dataclass(frozen=True, slots=True)
class SimulatedTake:
    """``points_m`` float64 [T, 18, 3] at 30 frames a second (:data:`.points.POINTS`; x to the
    body's left as the set begins, y up from the floor, z forward), and what is true of them.

    The set lasts from ``begins_s`` to ``ends_s``; both ``None`` where there is none.
    """

    exercise_id: str
    side: Side
    points_m: NDArray[np.float64]
    begins_s: float | None
    ends_s: float | None
    repetitions: tuple[Repetition, ...]

    def truth(self) -> dict[str, Any]:
        """All but the points, for JSON."""
        return {
            "exercise_id": self.exercise_id,
            "side": self.side,
            "begins_s": self.begins_s,
            "ends_s": self.ends_s,
            "repetitions": [asdict(repetition) for repetition in self.repetitions],
        }


def take_of(exercise: ExerciseDefinition, body_seed: int) -> SimulatedTake:
    """A set of ``exercise``; the same body does it the same way again."""
    random = np.random.default_rng([body_seed, *exercise.id.encode()])
    stature_m = Body.from_seed(body_seed).stature_m
    performance = _performance(exercise, body_seed, random)
    times_s = np.arange(0.0, performance.duration_s, 1.0 / _SAMPLED_FPS)
    doing = posed(performance.angles_at, stature_m, times_s)
    before, after = _around(exercise, performance.moving_side, stature_m, random)
    whole = doing if before is None else before.joined(doing)
    whole = whole if after is None else whole.joined(after)
    offset_s = 0.0 if before is None else len(before.supports) / _SAMPLED_FPS
    planned = performance.repetitions
    return SimulatedTake(
        exercise_id=exercise.id,
        side=performance.side,
        points_m=_built(whole, body_seed),
        begins_s=offset_s + planned[0].begins_s,
        ends_s=offset_s + planned[-1].returned_s,
        repetitions=tuple(
            Repetition(
                number=each.number,
                begins_s=offset_s + each.begins_s,
                peaks_s=offset_s + each.peaks_s,
                returned_s=offset_s + each.returned_s,
                side=each.side,
                fault=fault.code if fault else None,
                size=fault.times_limit if fault else 0.0,
            )
            for each in planned
            for fault in [performance.graded.get(each.number)]
        ),
    )


def everyday_of(exercise: ExerciseDefinition, body_seed: int) -> SimulatedTake:
    """Everyday movement alone, before the camera as it stands for ``exercise``."""
    stature_m = Body.from_seed(body_seed).stature_m
    movement = EverydayMovement(exercise, body_seed, _EVERYDAY_ALONE_S)
    times_s = np.arange(0.0, movement.duration_s, 1.0 / _SAMPLED_FPS)
    spell = roaming(movement, stature_m, times_s)
    return SimulatedTake("everyday", "both", _built(spell, body_seed), None, None, ())


def _performance(
    exercise: ExerciseDefinition, body_seed: int, random: np.random.Generator
) -> GradedPerformance:
    one_sided = exercise.motion.one_sided or exercise.side in ("unilateral", "either")
    sides: tuple[Side, ...] = ("both",)
    if exercise.side == "alternating":
        sides = ("left", "right", "both")
    elif one_sided:
        sides = ("left", "right")
    side = sides[int(random.integers(len(sides)))]
    pace = float(random.uniform(_FASTEST, _SLOWEST))
    tempo = exercise.tempo.model_copy(
        update={"out_s": exercise.tempo.out_s * pace, "return_s": exercise.tempo.return_s * pace}
    )
    hold_s = float(random.uniform(*_HOLD_S)) if exercise.kind == "hold" else None
    reps = 2 if exercise.kind == "hold" else _REPS
    plain = GradedPerformance(
        exercise,
        side,
        reps,
        tempo=tempo,
        hold_s=hold_s,
        natural_variation_seed=body_seed,
        rest_s=float(random.uniform(*_REST_S)),
    )
    return _with_faults(plain, random)


def _with_faults(plain: GradedPerformance, random: np.random.Generator) -> GradedPerformance:
    """One repetition stays clean; the others have a fault each that this body can make."""
    codes = plain.exercise.form.fault_codes()
    clean = int(random.integers(1, plain.reps + 1))
    graded: dict[int, GradedFault] = {}
    for number in range(1, plain.reps + 1):
        if number == clean or not codes or random.random() < _CLEAN_SHARE:
            continue
        code = codes[int(random.integers(len(codes)))]
        fault = drawn_fault(plain.exercise, code, random)
        if _possible(replace(plain, graded={number: fault})):
            graded[number] = fault
    return replace(plain, graded=graded)


def _possible(performance: GradedPerformance) -> bool:
    try:
        return bool(performance.repetitions)
    except FaultNotPossibleError:
        return False


def _around(
    exercise: ExerciseDefinition, side: Side, stature_m: float, random: np.random.Generator
) -> tuple[Spell | None, Spell | None]:
    upright = exercise.motion.angles_at(0.0, side).support in STANDING
    upright = upright and not exercise.motion.start.moving.knee_flexion_deg
    found: list[Spell | None] = []
    for everyday in (everyday_before, everyday_after):
        lasts_s, seed = float(random.uniform(*_AROUND_S)), int(random.integers(1 << 30))
        chance = float(random.random())
        if chance < _NOTHING_AROUND_SHARE:
            found.append(None)
        elif upright and chance < _NOTHING_AROUND_SHARE + _EVERYDAY_SHARE:
            found.append(everyday(exercise, side, stature_m, lasts_s, _SAMPLED_FPS, seed))
        else:
            found.append(fidgeting(exercise, side, stature_m, lasts_s, _SAMPLED_FPS, random))
    return found[0], found[1]


def _built(spell: Spell, body_seed: int) -> NDArray[np.float64]:
    """With the body's own proportions, at :data:`FPS`."""
    proportions = Proportions.drawn(np.random.default_rng((body_seed, 0xB0)))
    built = proportions.of(spell.points_m, spell.supports)
    return denser(built, round(FPS / _SAMPLED_FPS))


def denser(points_m: NDArray[np.float64], times: int) -> NDArray[np.float64]:
    """[times · (T - 1) + 1, ...]: between each two frames as many more, on a Catmull-Rom curve."""
    ends = np.concatenate(
        [2 * points_m[:1] - points_m[1:2], points_m, 2 * points_m[-1:] - points_m[-2:-1]]
    )
    before, here, there, after = (ends[at : len(ends) - 3 + at] for at in range(4))
    dense = np.empty((times * (len(points_m) - 1) + 1, *points_m.shape[1:]))
    for step in range(times):
        u = step / times
        dense[step:-1:times] = 0.5 * (
            2 * here
            + (there - before) * u
            + (2 * before - 5 * here + 4 * there - after) * u**2
            + (3 * here - 3 * there + after - before) * u**3
        )
    dense[-1] = points_m[-1]
    return dense
