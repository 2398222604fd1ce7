"""Answers given by a posture held: one hand raised, both hands, both hands on the head.

A gesture counts once: it must be held, and after it, and on every new screen, both hands must have
been down before the next one begins to count. Numbers stand in gestures.toml.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from device.coaching.choices import Choice
from device.coaching.feedback import Feedback, Phase
from device.coaching.live_values import GestureKind
from device.coaching.session_limits import read_limits
from device.pose.pose import Keypoint, Pose
from models.exercises.definition import Exercise, TimerExercise
from models.exercises.table import Fraction, Table

LIMITS_FILE = Path(__file__).with_name("gestures.toml")
Torso = Annotated[float, Field(ge=0, le=5)]
Duration = Annotated[float, Field(gt=0, le=30)]
_Point = NDArray[np.float64]


class PostureLimits(Table):
    """When a hand is up, on the head, or down; see gestures.toml."""

    least_score: Fraction
    raised_torso: Torso
    above_elbow_torso: Torso
    away_from_face_torso: Torso
    on_head_torso: Torso
    elbow_up_torso: Torso
    down_torso: Torso
    faces_from_torso: Torso
    hands_apart_torso: Torso


class HoldLimits(Table):
    """How long a posture is held; see gestures.toml."""

    hold_s: Duration
    next_s: Duration
    steady_torso: Torso
    gap_s: Duration
    lowered_s: Duration


class ExerciseLimits(Table):
    """Which exercises have a raised arm in them; see gestures.toml."""

    raises_arm_from_deg: Annotated[float, Field(ge=0, le=180)]


class GestureLimits(Table):
    """All of gestures.toml."""

    posture: PostureLimits
    hold: HoldLimits
    exercise: ExerciseLimits


@cache
def load_gesture_limits(path: Path = LIMITS_FILE) -> GestureLimits:
    """The limits; raises :class:`~device.errors.CoachingLimitsError`."""
    return read_limits(path, GestureLimits)


class Posture(StrEnum):
    """What the hands say; left and right are the patient's own, and those of the mirrored screen.

    ``BOTH`` is two hands raised, ``HEAD`` two hands on the head.
    """

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    HEAD = "head"


Meaning = Mapping[Posture, GestureKind]
"""What each posture does on a screen; one that is missing does nothing."""
NOTHING: Meaning = {}
MOVING = frozenset({Phase.EXERCISING, Phase.COUNTDOWN, Phase.PAUSED})
"""Where only a set's own posture stops it."""
_TRIED = frozenset({Phase.DEMONSTRATION, Phase.FRAMING})
_YES: Meaning = {Posture.LEFT: "yes", Posture.RIGHT: "yes"}
_STOP: Meaning = {Posture.BOTH: "stop", Posture.HEAD: "stop"}
_HEAD_STOPS: Meaning = {Posture.HEAD: "stop"}


def meaning_in_set(exercise: Exercise) -> Meaning:
    """In a set no hand says yes, and where the exercise itself lifts an arm only both hands on the
    head stop it.
    """
    return _HEAD_STOPS if raises_arms(exercise) else _STOP


def meaning_of(choices: tuple[Choice, ...], focus: int | None) -> Meaning:
    """What the postures do where these choices stand, outside a set.

    Among several answers the hand on the screen's left moves the focus and the other one chooses;
    where nothing can be stopped both hands move it, and one chooses.
    """
    gestures = {each.gesture for each in choices}
    stop: Meaning = _STOP if "stop" in gestures else NOTHING
    if "yes" not in gestures and any(each.kind == "choice" for each in choices):
        return {Posture.LEFT: "next", Posture.RIGHT: "choose", **stop}
    yes: Meaning = _YES if "yes" in gestures else NOTHING
    if stop or not choices or (len(choices) == 1 and yes):
        return {**yes, **stop}
    if focus is not None:
        yes = {Posture.LEFT: "choose", Posture.RIGHT: "choose"}
    return {**yes, Posture.BOTH: "next"}


def meaning_at(
    screen: Feedback, choices: tuple[Choice, ...], exercise: Exercise | None, focus: int | None
) -> Meaning:
    """What the postures do on a screen. Who watches a demonstration, or is being framed, may try
    the exercise: there too its raised arms stop nothing.
    """
    if exercise is None or screen.page is not None:
        return meaning_of(choices, focus)
    if screen.phase in MOVING:
        return meaning_in_set(exercise)
    meaning = meaning_of(choices, focus)
    if screen.phase not in _TRIED or not raises_arms(exercise):
        return meaning
    return {
        posture: kind
        for posture, kind in meaning.items()
        if (posture, kind) != (Posture.BOTH, "stop")
    }


def raises_arms(exercise: Exercise) -> bool:
    """Whether a set of it has raised or supporting arms, which say nothing then."""
    if isinstance(exercise, TimerExercise):
        return False
    if exercise.measure.startswith(("shoulder", "elbow")):
        return True
    from_deg = load_gesture_limits().exercise.raises_arm_from_deg
    motion = exercise.motion
    sides: tuple[Literal["moving", "other"], ...] = ("moving", "other")
    return any(
        max(abs(arm.shoulder_flexion_deg), abs(arm.shoulder_abduction_deg)) >= from_deg
        for keyframe in (motion.start, motion.peak)
        for arm in map(keyframe.side, sides)
    )


class GestureWatch:
    """Feed it every smoothed pose; times in seconds on one monotonic clock."""

    def __init__(self, limits: GestureLimits | None = None) -> None:
        self._limits = limits or load_gesture_limits()
        self._posture: Posture | None = None
        self._since_s = self._seen_s = 0.0
        self._from: _Point | None = None
        self._down_since_s: float | None = None
        self._armed = False
        self.held: tuple[GestureKind, float] | None = None
        """The gesture that is being held, and the share of its time that has passed."""

    def expect_anew(self) -> None:
        """Another screen: what the hands do now was meant for the one before."""
        self._armed, self._posture, self._down_since_s, self.held = False, None, None, None

    def take(self, pose: Pose, meaning: Meaning, now_s: float) -> GestureKind | None:
        """Take one pose; the gesture that it completes, if it completes one."""
        hands = read_hands(pose, self._limits.posture)
        if hands is not None:
            self._note_lowered(hands, now_s)
        if hands is not None and self._goes_on(hands):
            self._seen_s = now_s
        elif now_s - self._seen_s > self._limits.hold.gap_s:
            # Not before: a network that errs in a frame or two has not seen the hand move.
            self._begin(hands, now_s)
        return self._count(meaning, now_s)

    def _note_lowered(self, hands: "Hands", now_s: float) -> None:
        if not hands.both_down:
            self._down_since_s = None
            return
        if self._down_since_s is None:
            self._down_since_s = now_s
        if now_s - self._down_since_s >= self._limits.hold.lowered_s:
            self._armed = True

    def _goes_on(self, hands: "Hands") -> bool:
        """Whether the posture is still the same, in the same place."""
        if self._posture is None or self._from is None or hands.posture is not self._posture:
            return False
        moved = np.linalg.norm(hands.places - self._from, axis=1)
        return bool(np.nanmax(moved, initial=0.0) <= self._limits.hold.steady_torso)

    def _begin(self, hands: "Hands | None", now_s: float) -> None:
        self._posture, self._from = None, None
        if hands is not None and hands.posture is not None:
            self._posture, self._from = hands.posture, hands.places
            self._since_s = self._seen_s = now_s

    def _count(self, meaning: Meaning, now_s: float) -> GestureKind | None:
        self.held = None
        kind = None if self._posture is None else meaning.get(self._posture)
        if kind is None or not self._armed:
            return None
        needed_s = self._limits.hold.next_s if kind == "next" else self._limits.hold.hold_s
        share = (now_s - self._since_s) / needed_s
        if share < 1.0:
            self.held = (kind, share)
            return None
        self._since_s = now_s
        if kind != "next":
            self._armed, self._down_since_s = False, None
        return kind


class Hands:
    """Where both hands are; ``places`` [2, 2] torso lengths from the hips, NaN where not raised."""

    __slots__ = ("both_down", "places", "posture")

    def __init__(self, posture: Posture | None, places: _Point, *, both_down: bool) -> None:
        self.posture = posture
        self.places = places
        self.both_down = both_down


def read_hands(pose: Pose, limits: PostureLimits) -> Hands | None:
    """What the hands of one pose say; ``None`` where the trunk is not seen."""
    scores = pose.keypoints[:, 2]
    if min(scores[each] for each in _TRUNK) < limits.least_score:
        return None
    points = pose.keypoints[:, 1::-1].astype(np.float64) * (pose.width, pose.height)
    shoulders, hips = points[[5, 6]].mean(axis=0), points[[11, 12]].mean(axis=0)
    torso = float(np.linalg.norm(shoulders - hips))
    if torso < 1.0:
        return None
    up = (shoulders - hips) / torso
    # In torso lengths from the hips: aside of the body's axis, and along it.
    body = (points - hips) @ np.array([[-up[1], up[0]], [up[0], up[1]]]).T / torso
    left = _hand(body, scores, limits, *_LEFT_ARM)
    right = _hand(body, scores, limits, *_RIGHT_ARM)
    wrists = body[[Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST]]
    places = np.where([[left in _HIGH], [right in _HIGH]], wrists, np.nan)
    both_down = left in _LOW and right in _LOW
    # Who faces the camera has their left at the picture's right.
    breadth = body[Keypoint.LEFT_SHOULDER, 0] - body[Keypoint.RIGHT_SHOULDER, 0]
    facing = bool(breadth >= limits.faces_from_torso)
    posture = _posture(left, right, facing=facing)
    apart = float(np.linalg.norm(wrists[0] - wrists[1])) >= limits.hands_apart_torso
    if posture in (Posture.BOTH, Posture.HEAD) and not apart:
        # Seen from the side a network finds the one arm twice.
        posture = None
    return Hands(posture, places, both_down=both_down)


def is_upright(pose: Pose) -> bool:
    """Whether the trunk is nearer to upright than to level, as far as it is seen."""
    points = pose.keypoints[:, 1::-1].astype(np.float64) * (pose.width, pose.height)
    across, down = points[[11, 12]].mean(axis=0) - points[[5, 6]].mean(axis=0)
    return bool(down > abs(across))


_TRUNK = (5, 6, 11, 12)
_LEFT_ARM = (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST)
_RIGHT_ARM = (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST)
_HEAD_TOP_TORSO = 0.3
"""From the nose to the top of the head (Drillis and Contini 1966: head 0.13, trunk 0.29 of the
stature; the nose is in the middle of the head)."""
_Hand = Literal["up", "head", "between", "down", "unseen"]
_HIGH, _LOW = ("up", "head"), ("down", "unseen")


def _hand(
    body: _Point,
    scores: NDArray[np.float32],
    limits: PostureLimits,
    shoulder: Keypoint,
    elbow: Keypoint,
    wrist: Keypoint,
) -> _Hand:
    if min(scores[shoulder], scores[elbow], scores[wrist]) < limits.least_score:
        return "unseen"
    above = body[wrist, 1] - body[shoulder, 1]
    if above < -limits.down_torso:
        return "down"
    nose = body[Keypoint.NOSE]
    face_seen = scores[Keypoint.NOSE] >= limits.least_score
    if face_seen and above > 0:
        head = nose + np.array([0.0, _HEAD_TOP_TORSO])
        near = float(np.linalg.norm(body[wrist] - head)) <= limits.on_head_torso
        if near and body[elbow, 1] - body[shoulder, 1] >= limits.elbow_up_torso:
            return "head"
    if above < limits.raised_torso or body[wrist, 1] - body[elbow, 1] < limits.above_elbow_torso:
        return "between"
    away = float(np.linalg.norm(body[wrist] - nose)) if face_seen else math.inf
    return "up" if away >= limits.away_from_face_torso else "between"


def _posture(left: _Hand, right: _Hand, *, facing: bool) -> Posture | None:
    """One hand speaks to the screen, and to nobody else: only of who faces it."""
    if left == right == "head":
        return Posture.HEAD
    if left in _HIGH and right in _HIGH:
        return Posture.BOTH
    if not facing:
        return None
    if left == "up" and right in _LOW:
        return Posture.LEFT
    if right == "up" and left in _LOW:
        return Posture.RIGHT
    return None
