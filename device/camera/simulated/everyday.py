"""Everyday movement before the camera: nothing of it is an exercise, nothing may be counted.

Walking about, turning round, sitting down and getting up, reaching, bending, drinking, leaving the
picture and coming back, in an order drawn by chance.
"""

import bisect
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from device.camera.simulated.everyday_poses import AT_EASE, ON_THE_SPOT, Keyed
from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.skeleton import Skeleton, skeleton_of
from device.camera.simulated.walking import SPEED_M_S, over_the_origin, stride_at, walking
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import JointAngles, TempoPhase, minimum_jerk
from models.messages import Side

# Where people are, metres from the middle: right and left, towards the camera and away.
_ASIDE_M, _TOWARDS_M, _AWAY_M = 0.9, 0.5, 0.9
_OUT_OF_PICTURE_M = 3.4
_TURN_DEG_S = 110.0
_STARTS_WITHIN_M = 0.25
_SHORTEST_WALK_M = 0.3
_SHARE_WALKED, _SHARE_LEFT, _SHARE_TURNED = 0.34, 0.06, 0.12
_FACES_CAMERA_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class _Place:
    """On the floor: metres right of the middle and towards the camera; the heading is 0 facing the
    camera, positive to the body's own left."""

    right_m: float
    towards_m: float
    heading_deg: float


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing done: its name, when it begins and ends, and from where to where it leads."""

    name: str
    begins_s: float
    ends_s: float
    start: _Place
    end: _Place
    poses: tuple[tuple[float, JointAngles], ...] = ()


@dataclass(frozen=True)
class EverydayMovement:
    """``duration_s`` seconds of everyday movement; the same ``seed`` gives the same.

    ``exercise`` is what the patient is watched for, and gives the camera's place; the patient does
    none of it, so there are no repetitions.
    """

    exercise: ExerciseDefinition
    seed: int
    duration_s: float
    side: Side = "both"

    @property
    def moving_side(self) -> Side:
        """The side watched."""
        one_sided = self.exercise.side == "unilateral" or self.exercise.motion.one_sided
        return "left" if self.side == "both" and one_sided else self.side

    @property
    def repetitions(self) -> tuple[PlannedRepetition, ...]:
        """None."""
        return ()

    @property
    def roams(self) -> bool:
        """All over the room."""
        return True

    @property
    def camera_azimuth_deg(self) -> float:
        """Where the camera stands for the exercise's view."""
        return self.exercise.motion.camera_azimuth_for(self.moving_side)

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """All that is done, in order."""
        random = np.random.default_rng(self.seed)
        # The patient begins as for the exercise, and turns to the camera or away.
        place = _Place(0.0, 0.0, -self.camera_azimuth_deg)
        done: list[Activity] = []
        while not done or done[-1].ends_s < self.duration_s:
            begins_s = done[-1].ends_s if done else 0.0
            for activity in _drawn(random, begins_s, place):
                done.append(activity)
                place = activity.end
        return tuple(done)

    def activity_at(self, time_s: float) -> Activity:
        """What is done at that time."""
        index = bisect.bisect_right(self._begins_s, time_s) - 1
        return self.activities[max(index, 0)]

    def side_at(self, time_s: float) -> Side:
        """The side watched."""
        return self.moving_side

    def repetition_at(self, time_s: float) -> PlannedRepetition | None:
        """None is ever under way."""
        return None

    def progress_at(self, time_s: float) -> tuple[float, TempoPhase, int]:
        """No progress, and nothing completed."""
        return 0.0, "pause", 0

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles at that time."""
        activity = self.activity_at(time_s)
        since_s = time_s - activity.begins_s
        if activity.name in ("walk", "turn"):
            return _gait_at(activity, since_s)
        before, reached_s = AT_EASE, 0.0
        for lasts_s, pose in activity.poses:
            if since_s < reached_s + lasts_s:
                return before.towards(pose, minimum_jerk((since_s - reached_s) / lasts_s))
            before, reached_s = pose, reached_s + lasts_s
        return before

    def skeleton_at(self, stature_m: float, time_s: float) -> Skeleton:
        """The joints of a body of that stature, where it is in the room."""
        activity, angles = self.activity_at(time_s), self.angles_at(time_s)
        place = _place_at(activity, time_s - activity.begins_s)
        azimuth = math.radians(self.camera_azimuth_deg)
        right = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
        towards = np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])
        if activity.name in ("walk", "turn"):
            body = over_the_origin(stature_m, angles)
        else:
            body = skeleton_of(stature_m, angles)
        turned = body.turned(self.camera_azimuth_deg + place.heading_deg)
        return turned.moved(right * place.right_m + towards * place.towards_m)

    @cached_property
    def _begins_s(self) -> list[float]:
        return [activity.begins_s for activity in self.activities]


def _drawn(random: np.random.Generator, begins_s: float, place: _Place) -> list[Activity]:
    """The next thing done, with the turns and steps that belong to it."""
    chance = float(random.random())
    if chance < _SHARE_WALKED:
        return _walk_to(random, begins_s, place, _somewhere(random))
    if chance < _SHARE_WALKED + _SHARE_LEFT:
        return _leave_and_return(random, begins_s, place)
    if chance < _SHARE_WALKED + _SHARE_LEFT + _SHARE_TURNED:
        return [_turn(begins_s, place, place.heading_deg + float(random.uniform(60.0, 300.0)))]
    names = list(ON_THE_SPOT)
    name = names[int(random.integers(len(names)))]
    return [_on_the_spot(name, begins_s, place, ON_THE_SPOT[name](random))]


def _somewhere(random: np.random.Generator) -> _Place:
    heading_deg = float(random.uniform(-180.0, 180.0))
    if random.random() < _FACES_CAMERA_SHARE:
        heading_deg = float(random.choice([0.0, 90.0, -90.0])) + float(random.normal(0.0, 12.0))
    return _Place(
        float(random.uniform(-_ASIDE_M, _ASIDE_M)),
        float(random.uniform(-_AWAY_M, _TOWARDS_M)),
        heading_deg,
    )


def _walk_to(
    random: np.random.Generator, begins_s: float, place: _Place, goal: _Place
) -> list[Activity]:
    right_m, towards_m = goal.right_m - place.right_m, goal.towards_m - place.towards_m
    far_m = math.hypot(right_m, towards_m)
    if far_m < _SHORTEST_WALK_M:
        return [_turn(begins_s, place, goal.heading_deg)]
    ahead = _turn(begins_s, place, math.degrees(math.atan2(right_m, towards_m)))
    speed_m_s = SPEED_M_S * float(random.uniform(0.75, 1.2))
    there = _Place(goal.right_m, goal.towards_m, ahead.end.heading_deg)
    walk = Activity("walk", ahead.ends_s, ahead.ends_s + far_m / speed_m_s, ahead.end, there)
    return [ahead, walk, _turn(walk.ends_s, there, goal.heading_deg)]


def _leave_and_return(
    random: np.random.Generator, begins_s: float, place: _Place
) -> list[Activity]:
    aside_m = _OUT_OF_PICTURE_M * (1.0 if random.random() < 0.5 else -1.0)
    gone = _walk_to(random, begins_s, place, _Place(aside_m, place.towards_m, 0.0))
    out = gone[-1]
    stays_s = float(random.uniform(2.0, 8.0))
    away = _on_the_spot("stand", out.ends_s, out.end, [(stays_s, AT_EASE)])
    return [*gone, away, *_walk_to(random, away.ends_s, away.end, _somewhere(random))]


def _turn(begins_s: float, place: _Place, heading_deg: float) -> Activity:
    """A turn on the spot with small steps, the shorter way."""
    turn_deg = (heading_deg - place.heading_deg + 180.0) % 360.0 - 180.0
    end = _Place(place.right_m, place.towards_m, place.heading_deg + turn_deg)
    lasts_s = max(abs(turn_deg) / _TURN_DEG_S, 0.2)
    return Activity("turn", begins_s, begins_s + lasts_s, place, end)


def _on_the_spot(name: str, begins_s: float, place: _Place, keyed: Keyed) -> Activity:
    lasts_s = sum(seconds for seconds, _ in keyed)
    return Activity(name, begins_s, begins_s + lasts_s, place, place, tuple(keyed))


def _share_gone(activity: Activity, since_s: float) -> float:
    """How much of the way has been gone: a walk sets off and stops gently."""
    whole_s = activity.ends_s - activity.begins_s
    share = min(max(since_s / whole_s, 0.0), 1.0)
    return share if activity.name == "walk" else minimum_jerk(share)


def _place_at(activity: Activity, since_s: float) -> _Place:
    share, start, end = _share_gone(activity, since_s), activity.start, activity.end
    return _Place(
        start.right_m + (end.right_m - start.right_m) * share,
        start.towards_m + (end.towards_m - start.towards_m) * share,
        start.heading_deg + (end.heading_deg - start.heading_deg) * share,
    )


def _gait_at(activity: Activity, since_s: float) -> JointAngles:
    share, start, end = _share_gone(activity, since_s), activity.start, activity.end
    if activity.name == "turn":
        turned_deg = abs(end.heading_deg - start.heading_deg)
        vigour = 0.5 * math.sin(math.pi * share) * min(turned_deg / 60.0, 1.0)
        return walking(stride_at(turned_deg * share / 60.0 * 0.5), vigour)
    whole_m = math.hypot(end.right_m - start.right_m, end.towards_m - start.towards_m)
    gone_m = whole_m * share
    vigour = min(gone_m, whole_m - gone_m) / _STARTS_WITHIN_M
    return walking(stride_at(gone_m), min(vigour, 1.0))
