"""Reference motions: an exercise's joint angles over one repetition, as data.

Angles are degrees in clinical convention: 0 is the anatomical position, standing upright with the
arms hanging. Progress is 0 in the starting pose and 1 at the exercise's full range; every angle is
linear in it unless a waypoint bends its way. Times are seconds.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.exercises.joint_angles import JointAngles, SideAngle, SideAngles, Support
from models.exercises.table import Table
from models.messages import AngleDeg, Side, Tempo

__all__ = [
    "CarriedBy",
    "JointAngles",
    "Keyframe",
    "Lead",
    "Prop",
    "ReferenceMotion",
    "SideAngle",
    "SideAngles",
    "Support",
    "TempoPhase",
    "Waypoint",
    "minimum_jerk",
    "phase_at",
    "progress_at",
    "repetition_duration_s",
]

CarriedBy = Literal[
    "feet",
    "toes",
    "moving_foot",
    "other_foot",
    "seat",
    "back",
    "shoulders_and_feet",
    "other_side",
    "hands_and_knees",
    "hands_and_feet",
]
Lead = Literal["both", "moving", "knees"]
Prop = Literal["chair", "step", "wall", "mat"]
TempoPhase = Literal["out", "hold", "return", "pause"]


class Keyframe(Table):
    """A pose: the trunk, the side trained, and the other side, which does the same if left out.

    Sideways angles of the trunk are those of training the left side; they are mirrored for the
    right.
    """

    trunk_flexion_deg: AngleDeg = 0.0
    trunk_lateral_flexion_deg: AngleDeg = 0.0
    trunk_rotation_deg: AngleDeg = 0.0
    moving: SideAngles = SideAngles()
    other: SideAngles | None = None

    def side(self, which: Literal["moving", "other"]) -> SideAngles:
        """The limbs of the side trained, or of the other one."""
        return self.moving if which == "moving" or self.other is None else self.other


class Waypoint(Table):
    """Angles that do not go straight from start to peak, and where they pass at ``progress``."""

    progress: Annotated[float, Field(gt=0, lt=1)]
    trunk_flexion_deg: AngleDeg | None = None
    moving: dict[SideAngle, AngleDeg] = Field(default_factory=dict)
    other: dict[SideAngle, AngleDeg] | None = None

    def side(self, which: Literal["moving", "other"]) -> dict[SideAngle, float]:
        """The angles named of the side trained, or of the other one."""
        return self.moving if which == "moving" or self.other is None else self.other


class ReferenceMotion(Table):
    """How a body moves in one repetition of an exercise.

    ``carried_by`` says what bears the body: ``feet`` (both flat on the floor), ``toes`` (the heels
    may rise), ``moving_foot`` and ``other_foot`` (that of the side trained, or of the other one),
    ``seat`` (the pelvis stays on the chair), ``back``, ``shoulders_and_feet`` (lying on the back,
    the hips may rise), ``other_side`` (lying on the side that is not trained), ``hands_and_knees``
    or ``hands_and_feet`` (on the floor or, of a body nearer to upright, on a wall). What carries
    the body stays where the start has it. Where both feet do, ``lead`` says whose angles are kept
    while the body goes down: those of both legs, those of the side trained, which the other leg
    follows, or the knees' alone, between which the hips go where they can. The hip flexion of a
    leg that bears an upright or sitting body follows from the rest and is left out of the file.

    With ``circles`` the limbs pass the waypoint on its other side on the way back.
    ``step_height_m`` is how high the foot that carries stands. The camera stands around the body,
    0 in front, 90 at the side (``camera_azimuth_deg``), at ``camera_height_m``.
    """

    carried_by: CarriedBy
    lead: Lead = "both"
    circles: bool = False
    camera_azimuth_deg: Annotated[float, Field(ge=0, le=90)]
    camera_height_m: Annotated[float, Field(ge=0.2, le=2.0)] | None = None
    step_height_m: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    props: tuple[Prop, ...] = ()
    start: Keyframe
    waypoint: Waypoint | None = None
    peak: Keyframe

    @model_validator(mode="after")
    def _hips_follow(self) -> Self:
        for name, keyframe in (("start", self.start), ("peak", self.peak)):
            for leg in _LEGS_THAT_CARRY.get(self.carried_by, ()):
                if keyframe.side(leg).hip_flexion_deg:
                    raise ValueError(
                        f"{name}.{leg}.hip_flexion_deg: leave it out, it follows from what carries"
                        " the body"
                    )
        return self

    def angles_at(
        self,
        progress: float,
        side: Side = "both",
        other_progress: float | None = None,
        *,
        returning: bool = False,
    ) -> JointAngles:
        """The pose at ``progress``: 0 start, 1 full range, beyond that carried on straight.

        With ``both`` the two sides move alike, or the right one as far as ``other_progress``.
        ``returning`` is on the way back, which differs where it ``circles``. Raises
        :class:`ValueError` when both should move in a motion that one of them has to carry.
        """
        if self.one_sided and side == "both":
            raise ValueError("one side carries the body: side must be left or right")
        round_about = returning and self.circles
        angles = self._pose_at(progress, side, other_progress, round_about=round_about)
        if progress == 0.0 and not other_progress:
            return angles
        return angles.model_copy(update={"stance": self._pose_at(0.0, side, None)})

    def _pose_at(
        self,
        progress: float,
        side: Side,
        other_progress: float | None,
        *,
        round_about: bool = False,
    ) -> JointAngles:
        moving = self._side_at(progress, "moving", round_about=round_about)
        if side == "both":
            other = moving
            if other_progress is not None:
                other = self._side_at(other_progress, "moving")
        else:
            other = self._side_at(progress, "other", round_about=round_about)
        left, right = (other, moving) if side == "right" else (moving, other)
        trunk = self.waypoint.trunk_flexion_deg if self.waypoint else None
        sideways = -1.0 if side == "right" else 1.0
        angles = JointAngles(
            trunk_flexion_deg=self._angle(
                self.start.trunk_flexion_deg, self.peak.trunk_flexion_deg, trunk, progress
            ),
            trunk_lateral_flexion_deg=sideways
            * _between(
                self.start.trunk_lateral_flexion_deg, self.peak.trunk_lateral_flexion_deg, progress
            ),
            trunk_rotation_deg=sideways
            * _between(self.start.trunk_rotation_deg, self.peak.trunk_rotation_deg, progress),
            step_height_m=self.step_height_m,
            left=left,
            right=right,
            support=self._support(side),
            lead=side if self.lead == "moving" else self.lead,
        )
        return angles.leaning(0.0, 0.0)

    def camera_azimuth_for(self, side: Side) -> float:
        """Degrees around the body, positive to its own left: the side trained faces the camera."""
        return -self.camera_azimuth_deg if side == "right" else self.camera_azimuth_deg

    @property
    def one_sided(self) -> bool:
        """Whether the two sides cannot move at once, because one of them carries the body."""
        return self.carried_by in ("moving_foot", "other_foot", "other_side")

    def _support(self, side: Side) -> Support:
        right = side == "right"
        if self.carried_by == "other_foot":
            return "left_foot" if right else "right_foot"
        if self.carried_by == "moving_foot":
            return "right_foot" if right else "left_foot"
        if self.carried_by == "other_side":
            return "left_side" if right else "right_side"
        return self.carried_by

    def _side_at(
        self, progress: float, which: Literal["moving", "other"], *, round_about: bool = False
    ) -> SideAngles:
        peak = self.peak.side(which)
        passed = self.waypoint.side(which) if self.waypoint else {}
        return SideAngles(
            **{
                name: self._angle(
                    value,
                    getattr(peak, name),
                    passed.get(name),  # type: ignore[call-overload]
                    progress,
                    round_about=round_about,
                )
                for name, value in self.start.side(which).model_dump().items()
            }
        )

    def _angle(
        self,
        start: float,
        peak: float,
        passed: float | None,
        progress: float,
        *,
        round_about: bool = False,
    ) -> float:
        straight = _between(start, peak, progress)
        if passed is None or self.waypoint is None or not 0.0 < progress < 1.0:
            return straight
        middle = self.waypoint.progress
        aside = (passed - _between(start, peak, middle)) * _bump(progress, middle)
        return straight - aside if round_about else straight + aside


_LEGS_THAT_CARRY: dict[CarriedBy, tuple[Literal["moving", "other"], ...]] = {
    "feet": ("moving", "other"),
    "toes": ("moving", "other"),
    "seat": ("moving", "other"),
    "moving_foot": ("moving",),
    "other_foot": ("other",),
}


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
