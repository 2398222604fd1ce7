"""Whether the rest of the body does what the exercise's own movement makes it do.

Somebody who walks about, sits down, bends or turns round moves arms and knees too. A movement
counts only while feet, hips, trunk and arms keep within what the exercise's reference motion moves
them, and a margin: bad form is still a repetition.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Literal

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.body_frame import BodyFrame, Point
from device.coaching.reference_views import reference_views
from device.coaching.repetition import Movement
from device.coaching.repetition_forest import is_repetition
from device.coaching.stand import Stand
from device.coaching.whole_body import BEFORE_S, features_of
from device.pose.pose import Keypoint
from models.exercises.definition import LYING, ExerciseDefinition
from models.exercises.motion import ReferenceMotion
from models.messages import Side

Disturbance = Literal["walked", "sat_or_rose", "body_stayed", "bent", "turned", "arms_moved",
                      "other_posture", "other_movement"]  # fmt: skip
"""Why a movement is no repetition: both feet or the hips travelled; the hips rose or sank; hips
or shoulders stayed although the exercise moves them; the trunk bent; the body turned; the arms did
something else; the body did not stand, sit or lie as the exercise does; or, all together, it moved
as in no repetition."""

RepetitionTest = Callable[[Mapping[str, float]], bool]

_FOOT_STAYS_TORSO, _FOOT_STAYS_SHARE = 0.35, 0.75
_HIPS_RISE_TORSO = 0.35
_LEAST_SHARE, _MOVES_TORSO = 0.4, 0.1
_STAYS_TORSO, _STAYS_UPRIGHT_DEG = 0.15, 12.0
_LEAST_TILT_DEG, _MOST_TILT_DEG, _TILT_PER_RANGE = 18.0, 35.0, 0.6
_BEYOND_FAULT_DEG = 25.0
_POSTURE_DEG = 40.0
_SHORTER_TRUNK = 0.3
_TURN_BREADTH_TORSO = 0.6
_HANDS_TORSO, _ARM_WITH_HAND_DEG, _ARM_DEG = 0.8, 20.0, 65.0
_SMALL_RANGE_DEG = 20.0
"""In an exercise of a smaller range than this, arms that move shift the balance as far. In larger
ones people hold their arms as they like."""
_REMEMBERED_S = 30.0
_LEAST_FRAMES = 3
_OUTLIERS, _OUTLIERS_LAST_S = 0.1, 0.7
"""This share of a movement's frames at either end of each feature, and as many as come in this
time, may be the network's errors; twice as many of the arms', one of which hides the other."""
_BEFORE_AND_AFTER_S = 0.7

_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
_HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
_ANKLES = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
_ELBOWS = (Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW)
_WRISTS = (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST)
_STATURE_M = 1.68
_PROGRESS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class _Travel:
    """How far the body moved in a movement.

    Lengths in torso lengths, angles in degrees; ``shorter`` is the share by which the trunk was
    foreshortened, ``tilts_deg`` the least and the largest tilt from the vertical. ``foot_stays`` is
    the share of frames in which one of the feet is where it mostly is, 1 where they are not seen;
    ``hands`` the travel of the hand that moved more, ``arm_deg`` how much an arm was raised from
    the trunk, ``shoulders`` the travel of their middle.
    """

    along: float
    upward: float
    shorter: float
    breadth: float
    tilts_deg: tuple[float, float]
    foot_stays: float
    hands: float
    arm_deg: float
    shoulders: float


class PostureWatch:
    """Fed with every frame of a set; asked when a movement has ended.

    ``is_repetition`` decides by the features of the whole body's movement.
    """

    def __init__(
        self, exercise: ExerciseDefinition, is_repetition: RepetitionTest = is_repetition
    ) -> None:
        self._is_repetition = is_repetition
        self._exercise = exercise
        span = exercise.range_of_motion
        self._along_torso = exercise.repetition.maximum_hip_drift_torso
        sides: tuple[Side, ...] = ("both",) if exercise.side == "bilateral" else ("left", "right")
        off_view_deg = (0.0, 45.0, 90.0) if len(exercise.count_views) > 1 else (0.0, 45.0)
        motion_json = exercise.motion.model_dump_json()
        self._expected = _expected_travel(motion_json, sides, off_view_deg, 1.0)
        counts_at = exercise.repetition.enter * span.progress(span.easy_deg)
        counted = _expected_travel(motion_json, sides, (0.0,), counts_at)
        self._least_rise = _least(counted.upward)
        self._least_shoulders = _least(counted.shoulders)
        self._lies = exercise.position in LYING
        self._upright = not self._lies and self._expected.tilts_deg[1] < _STAYS_UPRIGHT_DEG
        range_deg = abs(span.full_deg - span.start_deg)
        self._tilt_deg = max(
            _LEAST_TILT_DEG,
            min(_LEAST_TILT_DEG / 1.5 + _TILT_PER_RANGE * range_deg, _MOST_TILT_DEG),
        )
        form = exercise.form
        leans = (form.trunk_lean_forward, form.trunk_lean_backward, form.trunk_lean_sideways)
        self._lean_deg = max((each.limit_deg for each in leans if each), default=0.0)
        if not self._lies:
            reference_views(exercise)  # Takes a while: now, not at the end of a repetition.
        small = range_deg <= _SMALL_RANGE_DEG and exercise.kind != "hold"
        self._small = small and exercise.view == "frontal"
        self._bends_elbow = exercise.measure == "elbow_flexion"
        self._stands: deque[Stand] = deque()
        self._torso_px: float | None = None

    def observe(self, body: BodyFrame) -> None:
        """Take one frame; one in which the trunk is not seen whole says nothing."""
        if not body.torso_px or not body.visible(*_SHOULDERS, *_HIPS):
            return
        self._torso_px = body.torso_px
        self._stands.append(Stand.of(body))
        while body.captured_at_s - self._stands[0].time_s > _REMEMBERED_S:
            self._stands.popleft()

    def forget_since(self, time_s: float) -> None:
        """Drop the frames after ``time_s``: they showed somebody else."""
        while self._stands and self._stands[-1].time_s > time_s:
            self._stands.pop()

    def disturbance(self, movement: Movement) -> Disturbance | None:
        """What made the movement something else; ``None`` for nothing."""
        began_s, ended_s = movement.began_s, movement.ended_s
        first_s = began_s - _BEFORE_AND_AFTER_S
        during = [each for each in self._stands if first_s <= each.time_s <= ended_s]
        if len(during) < _LEAST_FRAMES or not self._torso_px:
            return None
        if self._moves_too_little(began_s, ended_s):
            return "body_stayed"
        lasted_s = max(during[-1].time_s - during[0].time_s, 1e-6)
        outliers = min(_OUTLIERS, _OUTLIERS_LAST_S / lasted_s)
        found = next(self._disturbances(_travel(during, self._torso_px, outliers)), None)
        if found is None and self._moves_otherwise(movement, self._torso_px):
            return "other_movement"
        return found

    def _moves_otherwise(self, movement: Movement, torso_px: float) -> bool:
        """Whether the body as a whole moved as in no repetition. Everyday movement is done upright:
        the posture is enough to tell it from the exercises of who lies."""
        if self._lies or movement.kind != "repetition":
            return False
        first_s = movement.began_s - BEFORE_S
        during = [each for each in self._stands if first_s <= each.time_s <= movement.ended_s]
        features = features_of(during, torso_px, movement, self._exercise)
        return features is not None and not self._is_repetition(features)

    def _moves_too_little(self, began_s: float, ended_s: float) -> bool:
        """Whether hips or shoulders move far less, from just before to just after, than in a
        repetition that just counts."""
        first_s, last_s = began_s - _BEFORE_AND_AFTER_S, ended_s + _BEFORE_AND_AFTER_S
        stands = [each for each in self._stands if first_s <= each.time_s <= last_s]
        torso_px = self._torso_px or 1.0
        if _range(_middle(each, _HIPS)[1] for each in stands) < self._least_rise * torso_px:
            return True
        shoulders = [_middle(each, _SHOULDERS) for each in stands]
        moved_px = max(_range(x for x, _ in shoulders), _range(y for _, y in shoulders))
        return moved_px < self._least_shoulders * torso_px

    def _disturbances(self, seen: _Travel) -> Iterator[Disturbance]:
        expected = self._expected
        foot_stays = self._lies or seen.foot_stays >= _FOOT_STAYS_SHARE
        if seen.along > self._along_torso or not foot_stays:
            yield "walked"
        # Where hips or trunk move by themselves, how far they go is the patient's own affair.
        if expected.upward < _STAYS_TORSO and seen.upward > expected.upward + _HIPS_RISE_TORSO:
            yield "sat_or_rose"
        (least_deg, most_deg), (lowest_deg, highest_deg) = seen.tilts_deg, expected.tilts_deg
        # A lean that is a fault of form is judged; only one far beyond it is something else.
        own_deg = highest_deg - lowest_deg + self._tilt_deg
        if most_deg - least_deg > max(own_deg, self._lean_deg + _BEYOND_FAULT_DEG):
            yield "bent"
        if self._upright and seen.shorter > expected.shorter + _SHORTER_TRUNK:
            yield "bent"
        if seen.breadth > expected.breadth + _TURN_BREADTH_TORSO and not self._lies:
            yield "turned"
        # A hand that goes far without its arm is a keypoint that jumped.
        with_arm = seen.arm_deg > expected.arm_deg + _ARM_WITH_HAND_DEG
        far = seen.hands > expected.hands + _HANDS_TORSO and with_arm
        if self._small and not self._lies and far:
            yield "arms_moved"
        if self._bends_elbow and not self._lies and seen.arm_deg > expected.arm_deg + _ARM_DEG:
            yield "arms_moved"
        if most_deg > highest_deg + _POSTURE_DEG or least_deg < lowest_deg - _POSTURE_DEG:
            yield "other_posture"


def _least(expected_torso: float) -> float:
    """What must be seen of a travel; nothing where it is hardly more than a network's noise."""
    return _LEAST_SHARE * expected_torso if expected_torso >= _MOVES_TORSO else 0.0


def _travel(stands: Sequence[Stand], torso_px: float, outliers: float) -> _Travel:
    trunks = [_trunk(each) for each in stands]
    hips, shoulders = ([_middle(each, pair) for each in stands] for pair in (_HIPS, _SHOULDERS))
    trunk_px = _span((length for length, _ in trunks), outliers)
    arm_outliers = 2.0 * outliers
    return _Travel(
        along=_width(_span((x for x, _ in hips), outliers)) / torso_px,
        upward=_width(_span((y for _, y in hips), outliers)) / torso_px,
        shorter=1.0 - trunk_px[0] / max(trunk_px[1], 1e-6),
        breadth=_width(_span(map(_breadth_px, stands), outliers)) / torso_px,
        tilts_deg=_span((tilt for _, tilt in trunks), outliers),
        foot_stays=_foot_stays(stands, _FOOT_STAYS_TORSO * torso_px),
        hands=max(_travel_px(stands, each, arm_outliers) for each in _WRISTS) / torso_px,
        arm_deg=max(
            _width(_span((_arm_deg(each, side) for each in stands), arm_outliers))
            for side in (0, 1)
        ),
        shoulders=_furthest_px(shoulders, outliers) / torso_px,
    )


def _span(values: Iterable[float | None], outliers: float) -> tuple[float, float]:
    """The least and the largest without that share of outliers at either end; 0 for none."""
    known = sorted(value for value in values if value is not None)
    cut = int(outliers * len(known))
    return (known[cut], known[-1 - cut]) if known else (0.0, 0.0)


def _width(span: tuple[float, float]) -> float:
    return span[1] - span[0]


def _furthest_px(points: Sequence[Point], outliers: float) -> float:
    """How far they are apart along the larger axis."""
    return max(
        _width(_span((x for x, _ in points), outliers)),
        _width(_span((y for _, y in points), outliers)),
    )


def _travel_px(stands: Sequence[Stand], keypoint: Keypoint, outliers: float) -> float:
    """Of one keypoint; 0 where it is hardly seen."""
    seen = [point for each in stands if (point := each.points[keypoint]) is not None]
    return _furthest_px(seen, outliers) if len(seen) >= len(stands) / 2 else 0.0


def _range(values: Iterable[float]) -> float:
    """From the second least to the second largest."""
    ordered = sorted(values)
    return ordered[-2] - ordered[1]


def _middle(stand: Stand, pair: tuple[Keypoint, Keypoint]) -> Point:
    left, right = (stand.points[each] for each in pair)
    assert left is not None  # observe() sees to it
    assert right is not None
    return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2


def _trunk(stand: Stand) -> tuple[float, float]:
    """Its length in pixels and its tilt from the vertical, 0 to 180 degrees."""
    shoulders, hips = _middle(stand, _SHOULDERS), _middle(stand, _HIPS)
    x, y = hips[0] - shoulders[0], hips[1] - shoulders[1]
    return math.hypot(x, y), math.degrees(math.atan2(abs(x), y))


def _breadth_px(stand: Stand) -> float:
    """Of shoulders and hips along the picture. Which side is called left does not matter: a network
    exchanges them in a moment, but nobody turns round without showing a side.
    """
    return sum(
        abs(left[0] - right[0])
        for pair in (_SHOULDERS, _HIPS)
        for left, right in [(stand.points[pair[0]], stand.points[pair[1]])]
        if left is not None and right is not None
    )


def _foot_stays(stands: Sequence[Stand], within_px: float) -> float:
    """The share of frames in which a foot, left or right, is at the place where it mostly is.

    Which foot is called left may change from frame to frame when they are seen from the side.
    """
    feet = [[p for each in _ANKLES if (p := stand.points[each]) is not None] for stand in stands]
    feet = [each for each in feet if each]
    if len(feet) < len(stands) / 2:
        return 1.0
    by_place = [sorted(each) for each in feet]
    by_height = [sorted(each, key=lambda point: point[1]) for each in feet]
    places = [
        (median(each[end][0] for each in ordered), median(each[end][1] for each in ordered))
        for ordered in (by_place, by_height)
        for end in (0, -1)
    ]
    return max(
        sum(min(math.dist(foot, place) for foot in each) <= within_px for each in feet) / len(feet)
        for place in places
    )


def _arm_deg(stand: Stand, side: int) -> float | None:
    """The upper arm from hanging along the trunk: whoever tilts with stretched arms moves none."""
    shoulder, elbow = stand.points[_SHOULDERS[side]], stand.points[_ELBOWS[side]]
    if shoulder is None or elbow is None:
        return None
    top, bottom = _middle(stand, _SHOULDERS), _middle(stand, _HIPS)
    along, down = math.dist(shoulder, elbow), math.dist(top, bottom)
    if not along or not down:
        return None
    dot = (elbow[0] - shoulder[0]) * (bottom[0] - top[0])
    dot += (elbow[1] - shoulder[1]) * (bottom[1] - top[1])
    return math.degrees(math.acos(max(-1.0, min(dot / (along * down), 1.0))))


@cache
def _expected_travel(
    motion_json: str, sides: tuple[Side, ...], off_view_deg: tuple[float, ...], peak: float
) -> _Travel:
    """What the reference motion does up to ``peak``, whichever side does it, in and beside its
    view."""
    motion = ReferenceMotion.model_validate_json(motion_json)
    travels = [_reference_travel(motion, side, off, peak) for side in sides for off in off_view_deg]
    return _Travel(
        along=max(each.along for each in travels),
        upward=max(each.upward for each in travels),
        shorter=max(each.shorter for each in travels),
        breadth=max(each.breadth for each in travels),
        tilts_deg=(
            min(each.tilts_deg[0] for each in travels),
            max(each.tilts_deg[1] for each in travels),
        ),
        foot_stays=min(each.foot_stays for each in travels),
        hands=max(each.hands for each in travels),
        arm_deg=max(each.arm_deg for each in travels),
        shoulders=min(each.shoulders for each in travels),
    )


def _reference_travel(motion: ReferenceMotion, side: Side, off_deg: float, peak: float) -> _Travel:
    view = View(motion.camera_azimuth_for(side) + off_deg)
    stands: list[Stand] = []
    for progress in _PROGRESS:
        skeleton = skeleton_of(_STATURE_M, motion.angles_at(progress * peak, side))
        places = keypoints_of(skeleton, view).tolist()
        points = tuple((x * view.width, y * view.height) for y, x in places)
        stands.append(Stand(progress, points))
    return _travel(stands, max(_trunk(each)[0] for each in stands), 0.0)
