"""What every form rule is: told every frame, asked for one number when a movement has ended."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from device.coaching.body_frame import BodyFrame, BodySide
from device.coaching.joint_angles import JointAngles
from device.coaching.repetition import Movement
from models.exercises.form_rules import View
from models.messages import FaultCode, Side

NotJudged = Literal["view", "not_visible", "phase_not_seen", "no_baseline", "error_above_limit"]
"""Why a fault was not judged: the camera stood elsewhere, the keypoints were not seen well enough,
the part of the movement it belongs to was not seen, the patient had not been seen at rest before,
or the measurement errs more than the limit allows."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame as the rules see it.

    ``at_rest`` while no movement is under way; ``measured`` where the view measures the exercise's
    angle, rather than only letting it be counted.
    """

    body: BodyFrame
    angles: JointAngles
    at_rest: bool
    measured: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A movement that has just ended, the side that did it, and the movement before it."""

    movement: Movement
    side: Side
    previous: Movement | None

    @property
    def sides(self) -> tuple[BodySide, ...]:
        """The sides that moved."""
        return ("left", "right") if self.side == "both" else (self.side,)


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a reading becomes a fault: at ``at`` or beyond; or, ``nearness``, at ``at`` or less.

    Every reading is taken so that both its limit and its measurement's error are on one scale.
    """

    at: float
    nearness: bool = False

    def judge(self, reading: float, error: float) -> bool | NotJudged:
        """Whether ``reading`` is a fault, given the error that 95 of 100 readings stay within.

        A limit finer than the error is not believed: what is beyond it by more than the error is
        still a fault, but anything less neither shows nor rules out a fault.
        """
        if self.nearness:
            return "error_above_limit" if error > self.at else reading <= self.at
        if error <= self.at:
            return reading >= self.at
        return True if reading >= self.at + error else "error_above_limit"


class Rule(Protocol):
    """One fault of one exercise.

    ``view`` is the only view in which it can be seen, ``None`` where either will do.
    """

    code: FaultCode
    limit: Limit
    view: View | None

    def observe(self, sight: Sight) -> None:
        """Take one frame, later than the one before."""

    def read(self, ended: Ended) -> float | NotJudged:
        """How far the movement went wrong, on the limit's scale, or why that is not known."""


def other_side(side: BodySide) -> BodySide:
    """Left of right, right of left."""
    return "right" if side == "left" else "left"


def signed_degrees(x: float, y: float) -> float:
    """A direction in the picture against straight down, positive to the right, -180 to 180."""
    return math.degrees(math.atan2(x, y))


def arc_cosine_deg(cosine: float) -> float:
    """0 to 180 degrees; what noise put beyond 1 is 0."""
    return math.degrees(math.acos(max(-1.0, min(cosine, 1.0))))
