"""Whether the rest of the body does what the exercise's own movement makes it do.

Somebody who walks about, sits down, bends or turns round moves arms and knees too. A movement
counts only while hips, trunk and breadth of the body keep within what the exercise's reference
motion moves them, and a margin: bad form is still a repetition.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.body_frame import FRONTAL_WIDTHS_TORSO, BodyFrame, Point
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition, Position
from models.exercises.motion import ReferenceMotion
from models.messages import Side

Disturbance = Literal["walked", "sat_or_rose", "bent", "turned", "other_posture"]
"""Why a movement is no repetition: the hips travelled along the picture, or up or down; the trunk
bent; the body turned; or it did not stand, sit or lie as the exercise does."""

_HIPS_RISE_TORSO = 0.35
_TILT_DEG = 35.0
_POSTURE_DEG = 40.0
_SHORTER_TRUNK = 0.3
_STAYS_TORSO, _STAYS_UPRIGHT_DEG = 0.25, 12.0
_TURN_DEG = 50.0
_REMEMBERED_S = 30.0
_OUTLIERS = 0.1
"""This share of a movement's frames at either end of each feature may be the network's errors."""
_TRUNK = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)
_LEAST_FRAMES = 3
_STATURE_M = 1.68
_PROGRESS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LYING: frozenset[Position] = frozenset({"supine", "side_lying", "prone", "hands_and_knees"})


@dataclass(frozen=True, slots=True)
class _Stand:
    """One frame: times in seconds, places in pixels; ``turn_deg`` 0 from the front, 90 side on."""

    time_s: float
    hips: Point
    tilt_deg: float
    trunk_px: float
    turn_deg: float


@dataclass(frozen=True, slots=True)
class _Travel:
    """How much each feature changes: hips in torso lengths, angles in degrees, the trunk's length
    as a share; ``tilts_deg`` are the least and the largest tilt from the vertical."""

    along: float
    upward: float
    tilt_deg: float
    shorter: float
    turn_deg: float
    tilts_deg: tuple[float, float]


class PostureWatch:
    """Fed with every frame of a set; asked when a movement has ended."""

    def __init__(self, exercise: ExerciseDefinition) -> None:
        self._along_torso = exercise.repetition.maximum_hip_drift_torso
        sides: tuple[Side, ...] = ("both",) if exercise.side == "bilateral" else ("left", "right")
        off_view_deg = (0.0, 45.0, 90.0) if len(exercise.count_views) > 1 else (0.0, 45.0)
        self._expected = _expected_travel(exercise.motion.model_dump_json(), sides, off_view_deg)
        self._lies = exercise.position in _LYING
        self._upright = not self._lies and self._expected.tilts_deg[1] < _STAYS_UPRIGHT_DEG
        self._stands: deque[_Stand] = deque()
        self._torso_px: float | None = None

    def observe(self, body: BodyFrame) -> None:
        """Take one frame; one in which the trunk is not seen whole says nothing."""
        if not body.torso_px or not body.visible(*_TRUNK):
            return
        self._torso_px = body.torso_px
        stand = _stand(body.captured_at_s, body.points, body.torso_px)
        if stand is None:
            return
        self._stands.append(stand)
        while body.captured_at_s - self._stands[0].time_s > _REMEMBERED_S:
            self._stands.popleft()

    def disturbance(self, began_s: float, ended_s: float) -> Disturbance | None:
        """What made a movement between these times something else; ``None`` for nothing."""
        during = [each for each in self._stands if began_s <= each.time_s <= ended_s]
        if len(during) < _LEAST_FRAMES or not self._torso_px:
            return None
        return next(self._disturbances(_travel(during, self._torso_px, _OUTLIERS)), None)

    def _disturbances(self, seen: _Travel) -> Iterator[Disturbance]:
        expected = self._expected
        lowest_deg, highest_deg = expected.tilts_deg
        if seen.along > self._along_torso:
            yield "walked"
        # Where hips or trunk move by themselves, how far they go is the patient's own affair.
        if expected.upward < _STAYS_TORSO and seen.upward > expected.upward + _HIPS_RISE_TORSO:
            yield "sat_or_rose"
        if seen.tilt_deg > expected.tilt_deg + _TILT_DEG:
            yield "bent"
        if self._upright and seen.shorter > expected.shorter + _SHORTER_TRUNK:
            yield "bent"
        if seen.turn_deg > expected.turn_deg + _TURN_DEG and not self._lies:
            yield "turned"
        least_deg, most_deg = seen.tilts_deg
        if least_deg > highest_deg + _POSTURE_DEG or most_deg < lowest_deg - _POSTURE_DEG:
            yield "other_posture"


def _stand(time_s: float, points: Sequence[Point], torso_px: float) -> _Stand | None:
    left_shoulder, right_shoulder = points[Keypoint.LEFT_SHOULDER], points[Keypoint.RIGHT_SHOULDER]
    left_hip, right_hip = points[Keypoint.LEFT_HIP], points[Keypoint.RIGHT_HIP]
    hips = ((left_hip[0] + right_hip[0]) / 2, (left_hip[1] + right_hip[1]) / 2)
    x = hips[0] - (left_shoulder[0] + right_shoulder[0]) / 2
    y = hips[1] - (left_shoulder[1] + right_shoulder[1]) / 2
    trunk_px = math.hypot(x, y)
    if trunk_px < 1.0 or torso_px < 1.0:
        return None
    widths = math.dist(left_shoulder, right_shoulder) + math.dist(left_hip, right_hip)
    turn_deg = math.degrees(math.acos(min(widths / torso_px / FRONTAL_WIDTHS_TORSO, 1.0)))
    return _Stand(time_s, hips, math.degrees(math.atan2(abs(x), y)), trunk_px, turn_deg)


def _travel(stands: Sequence[_Stand], torso_px: float, outliers: float) -> _Travel:
    tilts = sorted(each.tilt_deg for each in stands)
    cut = int(outliers * len(stands))
    last = len(stands) - 1 - cut
    trunks = sorted(each.trunk_px for each in stands)
    return _Travel(
        along=_spread((each.hips[0] for each in stands), cut) / torso_px,
        upward=_spread((each.hips[1] for each in stands), cut) / torso_px,
        tilt_deg=tilts[last] - tilts[cut],
        shorter=1.0 - trunks[cut] / trunks[last],
        turn_deg=_spread((each.turn_deg for each in stands), cut),
        tilts_deg=(tilts[cut], tilts[last]),
    )


def _spread(values: Iterable[float], cut: int) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) - 1 - cut] - ordered[cut]


@cache
def _expected_travel(
    motion_json: str, sides: tuple[Side, ...], off_view_deg: tuple[float, ...]
) -> _Travel:
    """What the reference motion does, whichever side it is done with, in and beside its view."""
    motion = ReferenceMotion.model_validate_json(motion_json)
    travels = [_reference_travel(motion, side, off) for side in sides for off in off_view_deg]
    return _Travel(
        along=max(each.along for each in travels),
        upward=max(each.upward for each in travels),
        tilt_deg=max(each.tilt_deg for each in travels),
        shorter=max(each.shorter for each in travels),
        turn_deg=max(each.turn_deg for each in travels),
        tilts_deg=(
            min(each.tilts_deg[0] for each in travels),
            max(each.tilts_deg[1] for each in travels),
        ),
    )


def _reference_travel(motion: ReferenceMotion, side: Side, off_deg: float) -> _Travel:
    view = View(motion.camera_azimuth_for(side) + off_deg)
    stands: list[_Stand] = []
    longest_px = 1.0
    for progress in _PROGRESS:
        skeleton = skeleton_of(_STATURE_M, motion.angles_at(progress, side))
        points = [
            (float(x) * view.width, float(y) * view.height) for y, x in keypoints_of(skeleton, view)
        ]
        stand = _stand(progress, points, longest_px)
        if stand is not None:
            longest_px = max(longest_px, stand.trunk_px)
            stands.append(_stand(progress, points, longest_px) or stand)
    return _travel(stands, longest_px, 0.0)
