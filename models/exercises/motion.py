"""Reference motions: an exercise's joint angles over one repetition, as data.

Angles are degrees in clinical convention: 0 is the anatomical position, standing upright with the
arms hanging. Progress is 0 in the starting pose and 1 at the exercise's full range; every angle of
the measured joint is linear in it. Times are seconds.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.messages import AngleDeg, Side, Tempo

Support = Literal["feet", "left_foot", "right_foot", "seat"]
TempoPhase = Literal["out", "hold", "return", "pause"]

SideAngle = Literal[
    "hip_flexion_deg",
    "hip_abduction_deg",
    "knee_flexion_deg",
    "ankle_dorsiflexion_deg",
    "shoulder_flexion_deg",
    "shoulder_abduction_deg",
    "elbow_flexion_deg",
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SideAngles(_Table):
    """The limbs of one side of the body.

    Hip and shoulder are measured against the trunk, the knee against the thigh, the ankle against
    the shank (positive when the shank leans over the toes), the elbow against the upper arm.
    """

    hip_flexion_deg: AngleDeg = 0.0
    hip_abduction_deg: AngleDeg = 0.0
    knee_flexion_deg: AngleDeg = 0.0
    ankle_dorsiflexion_deg: AngleDeg = 0.0
    shoulder_flexion_deg: AngleDeg = 0.0
    shoulder_abduction_deg: AngleDeg = 0.0
    elbow_flexion_deg: AngleDeg = 0.0

    def towards(self, other: Self, fraction: float) -> Self:
        """The angles ``fraction`` (0 to 1) of the way to ``other``."""
        return type(self)(
            **{
                name: value + (getattr(other, name) - value) * fraction
                for name, value in self.model_dump().items()
            }
        )


class JointAngles(_Table):
    """All joint angles of a body, and what carries it.

    ``trunk_flexion_deg`` is the trunk against the vertical, positive forward;
    ``trunk_lateral_flexion_deg`` positive to the body's own left.
    """

    trunk_flexion_deg: AngleDeg = 0.0
    trunk_lateral_flexion_deg: AngleDeg = 0.0
    left: SideAngles
    right: SideAngles
    support: Support

    def towards(self, other: Self, fraction: float) -> Self:
        """The angles ``fraction`` (0 to 1) of the way to ``other``, carried as ``other`` is."""
        return type(self)(
            trunk_flexion_deg=_between(self.trunk_flexion_deg, other.trunk_flexion_deg, fraction),
            trunk_lateral_flexion_deg=_between(
                self.trunk_lateral_flexion_deg, other.trunk_lateral_flexion_deg, fraction
            ),
            left=self.left.towards(other.left, fraction),
            right=self.right.towards(other.right, fraction),
            support=other.support,
        )

    def leaning(self, flexion_deg: float, lateral_flexion_deg: float) -> Self:
        """The same with the trunk bent further; legs that carry the body stay where they are."""
        changed = self.model_copy(
            update={
                "trunk_flexion_deg": self.trunk_flexion_deg + flexion_deg,
                "trunk_lateral_flexion_deg": self.trunk_lateral_flexion_deg + lateral_flexion_deg,
            }
        )
        return changed._with_hips_of_carrying_legs()

    def carries(self, side: Literal["left", "right"]) -> bool:
        """Whether that leg's foot is flat on the floor, or its thigh on the seat."""
        return self.support in ("feet", "seat", f"{side}_foot")

    def _with_hips_of_carrying_legs(self) -> Self:
        return self.model_copy(
            update={
                side: angles.model_copy(update={"hip_flexion_deg": self._closed_hip_deg(angles)})
                for side, angles in self._legs()
                if self.carries(side)
            }
        )

    def _legs(self) -> tuple[tuple[Literal["left", "right"], SideAngles], ...]:
        return ("left", self.left), ("right", self.right)

    def _closed_hip_deg(self, leg: SideAngles) -> float:
        """Hip flexion that keeps the thigh on the seat, or the foot flat on the floor."""
        if self.support == "seat":
            return 90.0 + self.trunk_flexion_deg
        return leg.knee_flexion_deg - leg.ankle_dorsiflexion_deg + self.trunk_flexion_deg


class Keyframe(_Table):
    """A pose: the trunk, the side trained, and the other side, which does the same if left out."""

    trunk_flexion_deg: AngleDeg = 0.0
    trunk_lateral_flexion_deg: AngleDeg = 0.0
    moving: SideAngles = SideAngles()
    other: SideAngles | None = None

    def side(self, which: Literal["moving", "other"]) -> SideAngles:
        """The limbs of the side trained, or of the other one."""
        return self.moving if which == "moving" or self.other is None else self.other


class Waypoint(_Table):
    """Angles that do not go straight from start to peak, and where they pass at ``progress``."""

    progress: Annotated[float, Field(gt=0, lt=1)]
    trunk_flexion_deg: AngleDeg | None = None
    moving: dict[SideAngle, AngleDeg] = Field(default_factory=dict)
    other: dict[SideAngle, AngleDeg] | None = None

    def side(self, which: Literal["moving", "other"]) -> dict[SideAngle, float]:
        """The angles named of the side trained, or of the other one."""
        return self.moving if which == "moving" or self.other is None else self.other


class ReferenceMotion(_Table):
    """How a body moves in one repetition of an exercise.

    ``carried_by`` says what bears the body: ``feet`` (both flat on the floor), ``other_foot`` (that
    of the side not trained) or ``seat`` (the pelvis stays on the chair). The hip flexion of a leg
    that bears the body follows from the rest and is left out of the file. ``camera_azimuth_deg`` is
    where the camera stands around the body: 0 in front, 90 at the side.
    """

    carried_by: Literal["feet", "other_foot", "seat"]
    camera_azimuth_deg: Annotated[float, Field(ge=0, le=90)]
    props: tuple[Literal["chair"], ...] = ()
    start: Keyframe
    waypoint: Waypoint | None = None
    peak: Keyframe

    @model_validator(mode="after")
    def _hips_follow(self) -> Self:
        for name, keyframe in (("start", self.start), ("peak", self.peak)):
            legs: tuple[Literal["moving", "other"], ...] = ("moving", "other")
            for leg in legs[1:] if self.carried_by == "other_foot" else legs:
                if keyframe.side(leg).hip_flexion_deg:
                    raise ValueError(
                        f"{name}.{leg}.hip_flexion_deg: leave it out, it follows from what carries"
                        " the body"
                    )
        return self

    def angles_at(self, progress: float, side: Side = "both") -> JointAngles:
        """The pose at ``progress``: 0 start, 1 full range, beyond that carried on straight.

        With ``both`` the two sides move alike. Raises :class:`ValueError` when both should move in
        a motion that one of them has to carry.
        """
        if self.carried_by == "other_foot" and side == "both":
            raise ValueError("the body stands on the other foot: side must be left or right")
        moving = self._side_at(progress, "moving")
        other = moving if side == "both" else self._side_at(progress, "other")
        left, right = (other, moving) if side == "right" else (moving, other)
        trunk = self.waypoint.trunk_flexion_deg if self.waypoint else None
        angles = JointAngles(
            trunk_flexion_deg=self._angle(
                self.start.trunk_flexion_deg, self.peak.trunk_flexion_deg, trunk, progress
            ),
            trunk_lateral_flexion_deg=_between(
                self.start.trunk_lateral_flexion_deg, self.peak.trunk_lateral_flexion_deg, progress
            )
            * (-1.0 if side == "right" else 1.0),
            left=left,
            right=right,
            support=self._support(side),
        )
        return angles.leaning(0.0, 0.0)

    def camera_azimuth_for(self, side: Side) -> float:
        """Degrees around the body, positive to its own left: the side trained faces the camera."""
        return -self.camera_azimuth_deg if side == "right" else self.camera_azimuth_deg

    def _support(self, side: Side) -> Support:
        if self.carried_by != "other_foot":
            return self.carried_by
        return "left_foot" if side == "right" else "right_foot"

    def _side_at(self, progress: float, which: Literal["moving", "other"]) -> SideAngles:
        peak = self.peak.side(which)
        passed = self.waypoint.side(which) if self.waypoint else {}
        return SideAngles(
            **{
                name: self._angle(value, getattr(peak, name), passed.get(name), progress)  # type: ignore[call-overload]
                for name, value in self.start.side(which).model_dump().items()
            }
        )

    def _angle(self, start: float, peak: float, passed: float | None, progress: float) -> float:
        straight = _between(start, peak, progress)
        if passed is None or self.waypoint is None or not 0.0 < progress < 1.0:
            return straight
        middle = self.waypoint.progress
        return straight + (passed - _between(start, peak, middle)) * _bump(progress, middle)


def minimum_jerk(fraction: float) -> float:
    """Fraction of the way after a fraction of the time, both 0 to 1 (Flash and Hogan 1985)."""
    x = min(max(fraction, 0.0), 1.0)
    return x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)


def repetition_duration_s(tempo: Tempo) -> float:
    """Seconds from one repetition's beginning to the next one's."""
    return tempo.out_s + tempo.hold_s + tempo.return_s + tempo.pause_s


def phase_at(time_s: float, tempo: Tempo) -> tuple[TempoPhase, float]:
    """The phase ``time_s`` after a repetition began, and the fraction of it that has passed."""
    phases: tuple[tuple[TempoPhase, float], ...] = (
        ("out", tempo.out_s),
        ("hold", tempo.hold_s),
        ("return", tempo.return_s),
    )
    for phase, duration_s in phases:
        if time_s < duration_s:
            return phase, max(time_s, 0.0) / duration_s
        time_s -= duration_s
    return "pause", min(time_s / tempo.pause_s, 1.0) if tempo.pause_s > 0 else 1.0


def progress_at(time_s: float, tempo: Tempo) -> float:
    """Progress, 0 to 1, ``time_s`` after a repetition began: minimum jerk out and back."""
    phase, fraction = phase_at(time_s, tempo)
    if phase == "out":
        return minimum_jerk(fraction)
    if phase == "return":
        return 1.0 - minimum_jerk(fraction)
    return 1.0 if phase == "hold" else 0.0


def _between(start: float, end: float, fraction: float) -> float:
    return start + (end - start) * fraction


def _bump(progress: float, middle: float) -> float:
    """Smooth, 1 at ``middle`` with slope 0, and 0 at 0 and 1: a beta distribution's shape."""
    sharpness = 1.0 / min(middle, 1.0 - middle)
    rising = (progress / middle) ** (middle * sharpness)
    falling: float = ((1.0 - progress) / (1.0 - middle)) ** ((1.0 - middle) * sharpness)
    return float(rising * falling)
