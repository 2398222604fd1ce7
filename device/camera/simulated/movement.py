"""What a simulated patient can do: exercise, or whatever else people do in a room."""

from collections.abc import Sequence
from typing import Protocol

from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.skeleton import Skeleton
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import JointAngles, TempoPhase
from models.messages import Side


class Movement(Protocol):
    """Poses over time, in seconds from the beginning, and what is true of them."""

    @property
    def exercise(self) -> ExerciseDefinition:
        """What is done or watched for."""

    @property
    def moving_side(self) -> Side:
        """The side trained, the first one where they alternate."""

    @property
    def repetitions(self) -> Sequence[PlannedRepetition]:
        """All repetitions in order; none of everyday movement."""

    @property
    def duration_s(self) -> float:
        """From beginning to end."""

    @property
    def roams(self) -> bool:
        """Whether the patient walks about, away from the exercise's chair, mat or step."""

    @property
    def camera_azimuth_deg(self) -> float:
        """Where the camera stands for the exercise's view."""

    def side_at(self, time_s: float) -> Side:
        """The side trained by the repetition under way."""

    def repetition_at(self, time_s: float) -> PlannedRepetition | None:
        """The repetition under way; ``None`` at rest."""

    def progress_at(self, time_s: float) -> tuple[float, TempoPhase, int]:
        """Progress, phase and number of repetitions completed."""

    def angles_at(self, time_s: float) -> JointAngles:
        """All joint angles."""

    def skeleton_at(self, stature_m: float, time_s: float) -> Skeleton:
        """The joints of a body of that stature, where it is in the room."""
