"""All joint angles of a body, and what carries it.

Degrees in clinical convention: 0 is the anatomical position, standing upright, the arms hanging.
"""

from typing import Annotated, Literal, Self

from pydantic import Field

from models.exercises.table import Fraction, Table
from models.messages import AngleDeg, Side

Support = Literal[
    "feet",
    "toes",
    "left_foot",
    "right_foot",
    "seat",
    "back",
    "shoulders_and_feet",
    "left_side",
    "right_side",
    "hands_and_knees",
    "hands_and_feet",
]
SideAngle = Literal[
    "hip_flexion_deg",
    "hip_abduction_deg",
    "hip_rotation_deg",
    "knee_flexion_deg",
    "knee_valgus_deg",
    "ankle_dorsiflexion_deg",
    "girdle_elevation_deg",
    "shoulder_flexion_deg",
    "shoulder_abduction_deg",
    "shoulder_horizontal_flexion_deg",
    "shoulder_rotation_deg",
    "elbow_flexion_deg",
]


class SideAngles(Table):
    """The limbs of one side of the body.

    Hip and shoulder are measured against the trunk, the knee against the thigh, the ankle against
    the shank (positive when the shank leans over the toes), the elbow against the upper arm.
    Rotation of hip and shoulder is about the limb's own axis, positive outward; at the shoulder it
    turns the forearm. ``shoulder_horizontal_flexion_deg`` turns a raised arm forward about the
    trunk's axis: 30 is the plane of the shoulder blade. ``girdle_elevation_deg`` lifts the shoulder
    towards the ear. ``knee_valgus_deg`` brings the knee inward of the line from hip to ankle.
    """

    hip_flexion_deg: AngleDeg = 0.0
    hip_abduction_deg: AngleDeg = 0.0
    hip_rotation_deg: AngleDeg = 0.0
    knee_flexion_deg: AngleDeg = 0.0
    knee_valgus_deg: AngleDeg = 0.0
    ankle_dorsiflexion_deg: AngleDeg = 0.0
    girdle_elevation_deg: AngleDeg = 0.0
    shoulder_flexion_deg: AngleDeg = 0.0
    shoulder_abduction_deg: AngleDeg = 0.0
    shoulder_horizontal_flexion_deg: AngleDeg = 0.0
    shoulder_rotation_deg: AngleDeg = 0.0
    elbow_flexion_deg: AngleDeg = 0.0

    def towards(self, other: Self, fraction: float) -> Self:
        """The angles ``fraction`` (0 to 1) of the way to ``other``."""
        return type(self)(
            **{
                name: value + (getattr(other, name) - value) * fraction
                for name, value in self.model_dump().items()
            }
        )


class JointAngles(Table):
    """All joint angles of a body, and what carries it.

    ``trunk_flexion_deg`` is the trunk against the vertical, positive forward (-90 lying on the
    back, 90 face down); ``trunk_lateral_flexion_deg`` positive to the body's own left, as are the
    turns of the shoulders against the pelvis, ``trunk_rotation_deg``, and of the head against the
    shoulders, ``head_rotation_deg``. ``pelvic_obliquity_deg`` is positive when the left hip is the
    higher one; ``pelvis_rotation_deg`` turns the pelvis about the body's long axis to its left
    and takes the trunk along, while the legs stay. ``step_height_m`` is how high the foot that
    carries stands above the floor. ``hands_on_thighs`` is how far the hands have left where the
    arms' angles have them for the thighs, 0 to 1.

    ``stance`` is the pose in which what carries the body was set down, and where it stays;
    ``None``: this one. ``lead`` is the leg by whose angles the body goes down while both feet
    stand: the other one follows. With ``knees`` both knees are as bent as said, and the hips go
    where that is.
    """

    trunk_flexion_deg: AngleDeg = 0.0
    trunk_lateral_flexion_deg: AngleDeg = 0.0
    trunk_rotation_deg: AngleDeg = 0.0
    head_rotation_deg: AngleDeg = 0.0
    pelvic_obliquity_deg: AngleDeg = 0.0
    pelvis_rotation_deg: AngleDeg = 0.0
    step_height_m: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    hands_on_thighs: Fraction = 0.0
    left: SideAngles
    right: SideAngles
    support: Support
    lead: Side | Literal["knees"] = "both"
    stance: "JointAngles | None" = None

    def towards(self, other: Self, fraction: float) -> Self:
        """The angles ``fraction`` (0 to 1) of the way to ``other``, carried as ``other`` is."""
        numbers = {
            name: getattr(self, name) + (getattr(other, name) - getattr(self, name)) * fraction
            for name in type(self).model_fields
            if name not in ("left", "right", "support", "lead", "stance")
        }
        return type(self)(
            **numbers,
            left=self.left.towards(other.left, fraction),
            right=self.right.towards(other.right, fraction),
            support=other.support,
            lead=other.lead,
            stance=other.stance,
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
        """Whether that leg stands: its foot or toes on the floor, or its thigh on the seat."""
        return self.support in ("feet", "toes", "seat", f"{side}_foot")

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
        """Hip flexion that keeps the thigh on the seat, or the foot flat on the floor.

        On the toes bent knees go forward as far as the hips go back.
        """
        if self.support == "seat":
            return 90.0 + self.trunk_flexion_deg
        if self.support == "toes":
            return leg.knee_flexion_deg / 2 + self.trunk_flexion_deg
        return leg.knee_flexion_deg - leg.ankle_dorsiflexion_deg + self.trunk_flexion_deg
