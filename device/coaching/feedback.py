"""What the coach tells the patient's screen about one frame."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from device.camera.frame import CameraKind
from models.messages import Side

Question = Literal["pain_after", "rpe", "stop_reason"]


class Phase(StrEnum):
    """Where in the course of a session the patient is."""

    WAITING = "waiting_for_prescription"
    READY = "ready"
    FRAMING = "framing"
    COUNTDOWN = "countdown"
    EXERCISING = "exercising"
    RESTING = "resting"
    PAUSED = "paused"
    CHECKING = "checking"
    EMERGENCY = "emergency"
    QUESTIONS = "questions"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class SetSummary:
    """One line of the summary; ``rom_peak_deg`` is ``None`` where it was not measured.

    Nothing was counted in a set that was ``guided_by_clock``.
    """

    exercise_id: str
    side: Side
    set_number: int
    reps_counted: int
    reps_target: int
    reps_full_rom: int
    rom_peak_deg: float | None
    expected_error_deg: float | None
    guided_by_clock: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """Everything the screen shows, as message ids and numbers, never as text.

    ``instruction`` is the one thing to do now; ``cue`` is a correction or praise, at most one at a
    time; ``note`` stands smaller beside the instruction; ``looks_like`` names another exercise that
    is done instead of the planned one. ``seconds_left`` counts a countdown, a
    rest, a timed set, or the time to answer "Are you all right?". What changes with every frame
    (the keypoints, the progress through the range) travels beside it, so that an unchanged screen
    stays the same object and costs nothing.
    """

    phase: Phase
    instruction: str
    camera: CameraKind
    network_is_stand_in: bool
    exercise_id: str | None = None
    exercise_name: str | None = None
    side: Side | None = None
    set_number: int = 0
    sets: int = 0
    reps_counted: int = 0
    reps_target: int = 0
    guided_by_clock: bool = False
    cue: str | None = None
    note: str | None = None
    looks_like: str | None = None
    seconds_left: int | None = None
    question: Question | None = None
    session_id: str | None = None
    summary: tuple[SetSummary, ...] = ()
