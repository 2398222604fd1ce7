"""What people do just before and after a set: everyday movement, or fidgeting where they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.everyday_poses import AT_EASE
from device.camera.simulated.rotation import about_up
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.training_motion.points import POINTS, points_of
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import JointAngles, SideAngles, Support, minimum_jerk
from models.messages import Side

STANDING: Final = ("feet", "toes", "left_foot", "right_foot")

_TRANSITION_S: Final = (0.7, 1.4)
_POSE_S: Final = (0.5, 1.6)
_STILL_SHARE: Final = 0.35
_BEGUN_SHARE: Final = 0.2
_ARM_SHARE: Final = 0.4
# Standard deviations of what a fidgeting person changes, degrees.
_ARM_DEG, _LEG_DEG, _TRUNK_DEG = 25.0, 6.0, 5.0
_LEGS_FREE: Final = ("back", "seat", "left_side", "right_side")
_HANDS_FREE: Final = (*STANDING, "back", "seat", "shoulders_and_feet")
_LONGEST_S: Final = 12.0


@dataclass(frozen=True, slots=True)
class Spell:
    """Some seconds of movement: the points float64 [T, 18, 3] and what carries the body [T]."""

    points_m: NDArray[np.float64]
    supports: list[Support]

    def joined(self, after: "Spell") -> "Spell":
        """This one, then the other."""
        return Spell(
            np.concatenate([self.points_m, after.points_m]), self.supports + after.supports
        )


def posed(
    angles_at: Callable[[float], JointAngles], stature_m: float, times_s: NDArray[np.float64]
) -> Spell:
    """A body in those poses, where what carries it has it."""
    angles = [angles_at(float(time_s)) for time_s in times_s]
    points = np.array([points_of(skeleton_of(stature_m, each)) for each in angles])
    return Spell(points.reshape(-1, len(POINTS), 3), [each.support for each in angles])


def fidgeting(
    exercise: ExerciseDefinition,
    side: Side,
    stature_m: float,
    lasts_s: float,
    fps: float,
    random: np.random.Generator,
) -> Spell:
    """From the exercise's starting pose and back to it, by poses near it.

    Now and then the exercise is begun and given up before it would count.
    """
    rest = exercise.motion.angles_at(0.0, side)
    keyed: list[tuple[float, JointAngles]] = []
    while sum(seconds for seconds, _ in keyed) < lasts_s:
        keyed.append((float(random.uniform(*_POSE_S)), _near(exercise, side, rest, random)))
    keyed.append((float(random.uniform(*_POSE_S)), rest))
    return _through(rest, keyed, stature_m, fps)


def everyday_before(
    exercise: ExerciseDefinition,
    side: Side,
    stature_m: float,
    lasts_s: float,
    fps: float,
    seed: int,
) -> Spell:
    """Everyday movement, then into the exercise's starting pose; the last frame is that pose where
    the exercise has it. For exercises that begin upright on the feet."""
    random = np.random.default_rng((seed, 1))
    rest = exercise.motion.angles_at(0.0, side)
    goes = _through(AT_EASE, [(float(random.uniform(*_TRANSITION_S)), rest)], stature_m, fps)
    return _moved_to(_everyday(exercise, side, stature_m, lasts_s, fps, seed), goes, 0).joined(goes)


def everyday_after(
    exercise: ExerciseDefinition,
    side: Side,
    stature_m: float,
    lasts_s: float,
    fps: float,
    seed: int,
) -> Spell:
    """Out of the exercise's starting pose, then everyday movement."""
    random = np.random.default_rng((seed, 2))
    rest = exercise.motion.angles_at(0.0, side)
    leaves = _through(rest, [(float(random.uniform(*_TRANSITION_S)), AT_EASE)], stature_m, fps)
    everyday = _everyday(exercise, side, stature_m, lasts_s, fps, seed)
    return leaves.joined(_moved_to(everyday, leaves, -1))


def roaming(movement: EverydayMovement, stature_m: float, times_s: NDArray[np.float64]) -> Spell:
    """Everyday movement all over the room."""
    points = [points_of(movement.skeleton_at(stature_m, float(time_s))) for time_s in times_s]
    supports = [movement.angles_at(float(time_s)).support for time_s in times_s]
    return Spell(np.array(points).reshape(-1, len(POINTS), 3), supports)


def _everyday(
    exercise: ExerciseDefinition,
    side: Side,
    stature_m: float,
    lasts_s: float,
    fps: float,
    seed: int,
) -> Spell:
    """Whole activities, so that it begins and ends standing at ease."""
    movement = EverydayMovement(exercise, seed, _LONGEST_S, side)
    ends_s = [0.0]
    for activity in movement.activities:
        if ends_s[-1] >= lasts_s or activity.ends_s > _LONGEST_S:
            break
        ends_s.append(activity.ends_s)
    return roaming(movement, stature_m, np.arange(0.0, ends_s[-1], 1.0 / fps))


def _near(
    exercise: ExerciseDefinition, side: Side, rest: JointAngles, random: np.random.Generator
) -> JointAngles:
    chance = float(random.random())
    if chance < _STILL_SHARE:
        return rest
    if chance < _STILL_SHARE + _BEGUN_SHARE:
        return exercise.motion.angles_at(float(random.uniform(0.08, 0.3)), side)
    changed = rest.model_copy(
        update={
            "left": _limbs_near(rest.left, rest.support, random),
            "right": _limbs_near(rest.right, rest.support, random),
            "stance": rest,
        }
    )
    if rest.support not in (*STANDING, "seat"):
        return changed
    forward_deg, sideways_deg = random.normal(0.0, _TRUNK_DEG, 2).tolist()
    return changed.leaning(forward_deg, sideways_deg)


def _limbs_near(limbs: SideAngles, support: Support, random: np.random.Generator) -> SideAngles:
    update: dict[str, float] = {}
    if support in _HANDS_FREE and random.random() < _ARM_SHARE:
        update = {
            "shoulder_flexion_deg": limbs.shoulder_flexion_deg + abs(random.normal(0, _ARM_DEG)),
            "shoulder_abduction_deg": limbs.shoulder_abduction_deg
            + abs(random.normal(0, _ARM_DEG / 2)),
            "elbow_flexion_deg": limbs.elbow_flexion_deg + abs(random.normal(0, 2 * _ARM_DEG)),
        }
    if support in _LEGS_FREE:
        update["knee_flexion_deg"] = max(
            limbs.knee_flexion_deg + float(random.normal(0, _LEG_DEG)), 0.0
        )
    return limbs.model_copy(update=update)


def _through(
    first: JointAngles, keyed: list[tuple[float, JointAngles]], stature_m: float, fps: float
) -> Spell:
    """From ``first`` through the keyed poses, each reached after its seconds."""
    ends_s = np.cumsum([seconds for seconds, _ in keyed])

    def angles_at(time_s: float) -> JointAngles:
        at = min(int(np.searchsorted(ends_s, time_s, side="right")), len(keyed) - 1)
        seconds, goal = keyed[at]
        before = keyed[at - 1][1] if at else first
        share = (time_s - (float(ends_s[at]) - seconds)) / seconds
        return before.towards(goal, minimum_jerk(share))

    return posed(angles_at, stature_m, np.arange(0.0, float(ends_s[-1]), 1.0 / fps))


def _moved_to(everyday: Spell, neighbour: Spell, frame: int) -> Spell:
    """``everyday`` turned and moved as a whole so that it meets ``neighbour`` at that frame of
    it (0 its first, -1 its last)."""
    if not len(everyday.points_m):
        return everyday
    meets = everyday.points_m[-1 if frame == 0 else 0]
    target = neighbour.points_m[frame]
    turn = about_up(_heading_deg(target) - _heading_deg(meets))
    turned = everyday.points_m @ turn.T
    by = _between_feet(target) - _between_feet(meets @ turn.T)
    return Spell(turned + by, everyday.supports)


def _heading_deg(points_m: NDArray[np.float64]) -> float:
    left, right = (points_m[POINTS.index(f"{side}_shoulder")] for side in ("left", "right"))
    x, _, z = left - right
    return float(np.degrees(np.arctan2(-z, x)))


def _between_feet(points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    feet = points_m[[POINTS.index("left_ankle"), POINTS.index("right_ankle")]].mean(axis=0)
    return np.asarray(feet * np.array([1.0, 0.0, 1.0]))
