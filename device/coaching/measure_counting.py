"""From pose to counted movements of one measure: joint angles, followed, then counted by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device.coaching.body_frame import BodyFrame
from device.coaching.continuity import AngleFollower, Followed
from device.coaching.joint_angles import (
    SIDES,
    SIGNED,
    SYMMETRIC,
    JointAngleEstimator,
    JointAngles,
)
from device.coaching.repetition import CounterPhase, Movement, RepetitionCounter
from device.pose.pose import Pose
from models.exercises.definition import LYING, ExerciseDefinition, View
from models.messages import Side

_NOT_COUNTED_BEYOND_DEG: Mapping[View, float] = {"frontal": 60.0, "sagittal": 80.0}
"""An exercise that is counted from one view only is not counted this far from it. From the side
less is known: of who sits or lifts a leg the network sees the hips too broad."""
_BEYOND_REST = 0.3
"""A signed measure goes no further than this beyond rest: the rest is the other side's."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One frame: the measure, the sides on which it can be believed, and the movements that ended.

    ``at_rest`` when no side was on its way before this frame.
    """

    angles: JointAngles
    followed: Mapping[Side, Followed]
    ended: Sequence[tuple[Side, Movement]]
    at_rest: bool


class MeasureCounting:
    """The state of one set's counting; feed it every smoothed pose.

    ``side`` ``None`` counts whichever side moves.
    """

    def __init__(self, exercise: ExerciseDefinition, side: Side | None) -> None:
        self._exercise = exercise
        self._estimator = estimator_for(exercise, side)
        self._follower = AngleFollower(SIDES)
        self._counters: dict[Side, RepetitionCounter] = {
            each: RepetitionCounter(
                exercise.repetition, exercise.range_of_motion, is_hold=exercise.kind == "hold"
            )
            for each in _counted_sides(exercise, side)
        }

    @property
    def body(self) -> BodyFrame:
        """What the last pose showed of the body."""
        return self._estimator.body

    @property
    def held_s(self) -> float:
        """How long the movement under way has been beyond the range that counts."""
        return max(counter.held_s for counter in self._counters.values())

    def take(self, pose: Pose) -> Counted:
        """Take the next frame, whose time must be later than the last one's."""
        angles = self._estimator.estimate(pose)
        phases = {counter.phase for counter in self._counters.values()}
        followed: Mapping[Side, Followed] = self._follower.follow(
            angles.captured_at_s,
            self._seen(angles),
            sides_confused=self._exercise.view == "sagittal" and angles.view != "frontal",
            at_rest=CounterPhase.OUT not in phases,
        )
        by_counter = _together(followed) if "both" in self._counters else followed
        ended: list[tuple[Side, Movement]] = []
        for side, counter in self._counters.items():
            moved = by_counter.get(side)
            movement = counter.update(
                angles.captured_at_s,
                None if moved is None else moved.angle_deg,
                jumped=moved is not None and moved.jumped,
            )
            if movement is not None:
                ended.append((side, movement))
        return Counted(angles, by_counter, ended, phases == {CounterPhase.REST})

    def finish(self) -> list[tuple[Side, Movement]]:
        """The set is over: the repetitions that had reached their top."""
        last = [(side, counter.finish()) for side, counter in self._counters.items()]
        return [(side, movement) for side, movement in last if movement is not None]

    def others_at_peak_since_s(self, side: Side, now_s: float) -> list[float]:
        """When the movements of other sides began that are at their peak now."""
        since_s = (
            counter.at_peak_since_s(now_s)
            for other, counter in self._counters.items()
            if other != side
        )
        return [each for each in since_s if each is not None]

    def _seen(self, angles: JointAngles) -> dict[Side, float]:
        """The angles that are counted, by the counters' sides."""
        exercise = self._exercise
        # Of who lies, shoulders and hips say little of the view, and the posture is watched.
        only_view = exercise.count_views == (exercise.view,) and exercise.position not in LYING
        if only_view and exercise.view == "frontal" and angles.view == "sagittal":
            return {}
        if only_view and (angles.obliqueness_deg or 0.0) > _NOT_COUNTED_BEYOND_DEG[exercise.view]:
            return {}
        sides: list[tuple[Side, float | None]] = [
            ("left", angles.left_deg),
            ("right", angles.right_deg),
        ]
        seen = {side: angle_deg for side, angle_deg in sides if angle_deg is not None}
        if exercise.measure not in SIGNED:
            return seen
        span = exercise.range_of_motion
        beyond_deg = span.start_deg - _BEYOND_REST * (span.easy_deg - span.start_deg)
        return {side: max(angle_deg, beyond_deg) for side, angle_deg in seen.items()}


def estimator_for(exercise: ExerciseDefinition, side: Side | None = None) -> JointAngleEstimator:
    """The estimator of an exercise's measure, seen as the exercise is seen.

    Whoever trains one ``side`` is asked to turn it to the camera.
    """
    facing = 0
    if exercise.view == "sagittal" and side in ("left", "right"):
        facing = -1 if exercise.motion.camera_azimuth_for(side) > 0 else 1
    return JointAngleEstimator(
        exercise.measure,
        exercise.range_of_motion.start_deg,
        exercise.position,
        exercise.view,
        one_sided=exercise.side in ("unilateral", "alternating"),
        other_view=len(exercise.count_views) > 1,
        expected_facing=facing,
    )


def _together(followed: Mapping[Side, Followed]) -> dict[Side, Followed]:
    """Both sides as one: the mean of those that are seen."""
    if not followed:
        return {}
    angle_deg = sum(each.angle_deg for each in followed.values()) / len(followed)
    return {"both": Followed(angle_deg, all(each.jumped for each in followed.values()))}


def _counted_sides(exercise: ExerciseDefinition, side: Side | None) -> tuple[Side, ...]:
    """One counter for each side that can be told apart.

    From the side the network may call the prescribed limb the other one: both are followed.
    """
    if exercise.side == "bilateral" or exercise.measure in SYMMETRIC:
        return ("both",)
    if side == "both" and exercise.side == "either":
        return ("both",)
    if side in ("left", "right") and exercise.view == "frontal":
        return (side,)
    return SIDES
