"""What the coach of a set says of a frame, and of each movement that has ended."""

from dataclasses import dataclass

from device.coaching.form.judge import Judgement
from device.coaching.joint_angles import CameraView
from device.coaching.repetition import Movement
from models.messages import Side


@dataclass(frozen=True, slots=True)
class JudgedMovement:
    """A movement with its judgement.

    ``peak_deg`` is ``None`` where the view did not allow the angle to be measured;
    ``obliqueness_deg`` how far the camera was from the exercise's view then, and
    ``expected_error_deg`` the error measured there, both ``None`` while unknown. The angle has
    ``low_confidence`` where its keypoints were hardly seen or its error was never measured.
    """

    movement: Movement
    judgement: Judgement
    side: Side
    peak_deg: float | None
    obliqueness_deg: float | None = None
    expected_error_deg: float | None = None
    low_confidence: bool = False


@dataclass(frozen=True, slots=True)
class SetProgress:
    """Where a set stands after one frame.

    ``ended`` is the movement that ended in this frame, if one did. ``rom_progress`` is 0 at rest
    and 1 at the target, ``None`` where the measure is not visible. ``held_s`` is how long the
    movement under way has been held in the range that counts.
    """

    reps_counted: int
    ended: JudgedMovement | None
    rom_progress: float | None
    visible: bool
    view: CameraView | None
    held_s: float = 0.0
