"""An exercise's measure on both sides in one smoothed pose, in clinical convention.

In the plane of the picture an angle is measured between body segments. Where the segments move
towards the camera (a squat or an arm lift seen from the front) the plane is lost; there the angle
is estimated from how much the limb has shortened against its full length, good enough to count
repetitions by and marked as not measured.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from device.coaching.body_frame import (
    SIDES,
    VISIBLE_SCORE,
    BodyFrame,
    BodyObserver,
    BodySide,
    CameraView,
)
from device.coaching.measures.arms import (
    ARMS,
    elbow_flexion,
    shoulder_elevation,
    shoulder_extension,
    shoulder_flexion,
    shoulder_rotation,
)
from device.coaching.measures.legs import (
    LEGS,
    hip_abduction,
    hip_extension,
    hip_flexion,
    knee_flexion,
)
from device.coaching.measures.plane import CORRECTED_WITHIN_DEG, BodyInPlane, in_plane
from device.coaching.measures.shortening import FullLengths
from device.coaching.measures.stance import HeelRise, feet_apart, knee_separation, leg_lift
from device.coaching.measures.trunk import PelvisShift, TrunkRotation, trunk_lateral_flexion
from device.pose.pose import Keypoint, Pose
from models.exercises.definition import Measure, Position, View

__all__ = ["SIDES", "VISIBLE_SCORE", "BodySide", "CameraView"]

Angles = tuple[float | None, float | None]

_BY_SIDE: dict[Measure, Callable[[BodyInPlane, BodySide], float | None]] = {
    "knee_flexion": knee_flexion,
    "hip_flexion": hip_flexion,
    "hip_extension": hip_extension,
    "hip_abduction": hip_abduction,
    "shoulder_flexion": shoulder_flexion,
    "shoulder_extension": shoulder_extension,
    "shoulder_abduction": shoulder_elevation,
    "shoulder_rotation": shoulder_rotation,
    "elbow_flexion": elbow_flexion,
    "trunk_lateral_flexion": trunk_lateral_flexion,
    "leg_lift": leg_lift,
}
_OF_BOTH: dict[Measure, Callable[[BodyInPlane], float | None]] = {
    "knee_separation": knee_separation,
    "feet_apart": feet_apart,
}
SIGNED: frozenset[Measure] = frozenset(
    {"trunk_lateral_flexion", "trunk_rotation", "pelvis_shift", "leg_lift"}
)
"""Measures whose one side is the other's negative."""
SYMMETRIC: frozenset[Measure] = frozenset({"heel_rise", "knee_separation", "feet_apart"})
"""Measures that both sides share."""
_FROM_THE_FRONT: frozenset[Measure] = frozenset(
    {
        "hip_abduction",
        "shoulder_abduction",
        "trunk_lateral_flexion",
        "trunk_rotation",
        "pelvis_shift",
        "knee_separation",
        "leg_lift",
        "feet_apart",
    }
)
_SHORTENING: frozenset[Measure] = frozenset({"knee_flexion", "hip_flexion", "shoulder_flexion"})
# The turn is the median of some ten seconds without raised arms, which narrow the shoulders.
_TURN_EVERY_S, _TURNS = 0.4, 25


@dataclass(frozen=True, slots=True)
class JointAngles:
    """What one pose says about an exercise's measure.

    ``left_deg`` and ``right_deg`` are the measure on each side, ``None`` where its keypoints are
    not visible. ``in_plane`` is false when they were estimated from shortening although the
    exercise is measured from another view. ``trunk_tilt_deg`` is the trunk against the vertical,
    positive to the right of the picture; ``facing`` is 1 when the person looks to the right of the
    picture, -1 to the left, 0 when unknown. ``hips_x_px`` is the middle of the hips along the
    picture and ``torso_px`` the trunk's length when upright, both in pixels. ``score`` is the mean
    score, 0 to 1, of the measure's keypoints on both sides. ``obliqueness_deg`` is how far the
    camera is from the exercise's view, 0 to 90, ``None`` where it is not known. ``measured`` is
    false where this view does not measure the exercise's angle, but only lets it be counted.
    ``left_score`` and ``right_score`` are the mean scores of one side's keypoints.
    """

    captured_at_s: float
    left_deg: float | None
    right_deg: float | None
    in_plane: bool
    view: CameraView | None
    trunk_tilt_deg: float | None
    facing: int
    hips_x_px: float | None
    torso_px: float | None
    score: float
    obliqueness_deg: float | None = None
    measured: bool = False
    left_score: float = 0.0
    right_score: float = 0.0


class JointAngleEstimator:
    """Joint angles of one person from frame to frame, for one exercise's measure.

    It remembers the view, the torso's length and the full lengths of the limbs. ``start_deg`` is
    the measure at rest, ``view`` where the exercise is measured from: the measure's own plane when
    ``None``. ``one_sided`` when the legs do not move alike, ``other_view`` when it may be counted
    from another view too. ``expected_facing`` is how the person is asked to stand (see
    :class:`BodyObserver`). ``body`` is what the last pose showed of the body.
    """

    body: BodyFrame

    def __init__(
        self,
        measure: Measure,
        start_deg: float,
        position: Position = "standing",
        view: View | None = None,
        *,
        one_sided: bool = False,
        other_view: bool = True,
        expected_facing: int = 0,
    ) -> None:
        self._measure: Measure = measure
        self._start_deg = start_deg
        self._position: Position = position
        self._view = view or plane_of(measure)
        self._one_sided = one_sided
        # Who is only ever looked at from one view is not taken to stand in another.
        self._shortens = measure in _SHORTENING and (other_view or self._view == "frontal")
        self._keypoints = _keypoints_of(measure)
        self._observer = BodyObserver(expected_facing)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._observer.reset()
        self._lengths = FullLengths(self._start_deg)
        self._heel_rise = HeelRise()
        self._trunk_rotation = TrunkRotation()
        self._pelvis_shift = PelvisShift()
        self._turn_deg: float | None = None
        self._turns_deg: deque[float] = deque(maxlen=_TURNS)
        self._next_turn_s = -math.inf

    def estimate(self, pose: Pose) -> JointAngles:
        """The angles in ``pose``, whose times must increase."""
        body = self.body = self._observer.observe(pose)
        trunk = body.trunk
        obliqueness_deg = self._obliqueness(body)
        by_shortening = body.view == "frontal" and self._shortens
        if by_shortening:
            left_deg, right_deg = self._by_shortening(body)
        else:
            left_deg, right_deg = self._in_plane(
                in_plane(body, obliqueness_deg, self._position), obliqueness_deg
            )
        left_score, right_score = (
            sum(body.scores[each] for each in side) / len(side) for side in self._keypoints
        )
        own_view = not by_shortening or self._view == "frontal"
        return JointAngles(
            captured_at_s=pose.captured_at_s,
            left_deg=left_deg,
            right_deg=right_deg,
            in_plane=own_view,
            view=body.view,
            trunk_tilt_deg=None if trunk is None else trunk.tilt_deg,
            facing=body.facing,
            hips_x_px=None if trunk is None else trunk.hips[0],
            torso_px=body.torso_px,
            score=(left_score + right_score) / 2,
            left_score=left_score,
            right_score=right_score,
            obliqueness_deg=obliqueness_deg,
            measured=own_view
            and obliqueness_deg is not None
            and obliqueness_deg <= CORRECTED_WITHIN_DEG,
        )

    def _obliqueness(self, body: BodyFrame) -> float | None:
        """How far off the exercise's view."""
        due = body.captured_at_s >= self._next_turn_s
        if body.turn_deg is not None and due and not (self._turns_deg and _arm_raised(body)):
            self._next_turn_s = body.captured_at_s + _TURN_EVERY_S
            self._turns_deg.append(body.turn_deg)
            self._turn_deg = median(self._turns_deg)
        if self._turn_deg is None:
            return None
        return self._turn_deg if self._view == "frontal" else 90.0 - self._turn_deg

    def _in_plane(self, plane: BodyInPlane, obliqueness_deg: float | None) -> Angles:
        measure = self._measure
        if measure in _BY_SIDE:
            angle = _BY_SIDE[measure]
            return angle(plane, "left"), angle(plane, "right")
        if measure in ("trunk_rotation", "pelvis_shift"):
            to_left = self._pelvis_shift if measure == "pelvis_shift" else self._trunk_rotation
            left_deg = to_left.measure(plane)
            return left_deg, None if left_deg is None else -left_deg
        both = self._heel_rise.measure if measure == "heel_rise" else _OF_BOTH[measure]
        value = both(plane)
        return value, value

    def _by_shortening(self, body: BodyFrame) -> Angles:
        lengths = self._lengths
        if self._measure == "shoulder_flexion":
            return lengths.arm_elevation(body, "left"), lengths.arm_elevation(body, "right")
        if self._measure == "hip_flexion":
            return lengths.thigh_elevation(body, "left"), lengths.thigh_elevation(body, "right")
        if self._one_sided:
            return (
                lengths.knee_by_leg_length(body, "left"),
                lengths.knee_by_leg_length(body, "right"),
            )
        knees_deg = lengths.knees_by_hip_height(body)
        return knees_deg, knees_deg


def _arm_raised(body: BodyFrame) -> bool:
    return any(
        body.visible(shoulder, elbow) and body.points[elbow][1] < body.points[shoulder][1]
        for shoulder, elbow, _ in ARMS.values()
    )


def plane_of(measure: Measure) -> View:
    """The plane of the body in which the measure moves, which is the view it is measured from."""
    return "frontal" if measure in _FROM_THE_FRONT else "sagittal"


def _keypoints_of(measure: Measure) -> tuple[tuple[Keypoint, ...], tuple[Keypoint, ...]]:
    """Those of the left and of the right side."""
    return _one_side(measure, "left"), _one_side(measure, "right")


def _one_side(measure: Measure, side: BodySide) -> tuple[Keypoint, ...]:
    leg, (shoulder, elbow, wrist) = LEGS[side], ARMS[side]
    if measure in ("knee_flexion", "knee_separation", "leg_lift", "feet_apart", "pelvis_shift"):
        return leg
    if measure in ("hip_abduction", "hip_flexion", "hip_extension"):
        return (*leg, shoulder)
    if measure in ("elbow_flexion", "shoulder_rotation"):
        return (shoulder, elbow, wrist)
    if measure in ("trunk_lateral_flexion", "trunk_rotation", "heel_rise"):
        return (shoulder, leg[0])
    return (shoulder, elbow, leg[0])
