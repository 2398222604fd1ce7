"""What the coach tells the patient's screen about one frame."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from device.camera.frame import CameraKind
from device.coaching.command import Page, Question
from models.messages import Side

Change = Literal["more", "less", "same", "unknown"]
ProgressMeasure = Literal["angle", "hold", "repetitions"]


class Phase(StrEnum):
    """Where in the course of a session the patient is."""

    WAITING = "waiting_for_prescription"
    READY = "ready"
    RESUMING = "resuming"
    DEMONSTRATION = "demonstration"
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
class PlannedExercise:
    """One line of today's plan; ``sets_done`` today, by all sessions."""

    exercise_name: str
    side: Side
    sets: int
    reps: int
    hold_s: float
    sets_done: int


@dataclass(frozen=True, slots=True)
class Introduction:
    """What is told beside a demonstration: ids of texts, and the doctor's own words.

    ``pain_above`` is the prescribed limit of pain where the patient's is above it today.
    """

    cautions: tuple[str, ...]
    not_judged: tuple[str, ...]
    precautions: str = ""
    pain_above: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One exercise against the last session in which it was measured.

    ``now`` and ``before`` are degrees, seconds or repetitions, ``error`` those of both together;
    ``same`` also where they differ by no more than that.
    """

    exercise_name: str
    side: Side
    measure: ProgressMeasure
    change: Change
    now: float | None = None
    before: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the days bring, see :class:`~device.rhythm.rhythm.Rhythm`; days and times are local, as
    ISO 8601. ``sets_done`` today by exercise and side.
    """

    due: bool = True
    day: str = ""
    next_on: str | None = None
    next_at: str | None = None
    streak_weeks: int = 0
    reminds: bool = False
    sets_done: tuple[tuple[str, Side, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenChoices:
    """What the patient has chosen about the screen; ``None`` is as configured."""

    language: str | None = None
    skeleton_only: bool | None = None
    volume: int | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """Everything the screen shows, as message ids and numbers, never as text.

    ``instruction`` is the one thing to do now; ``cue`` is a correction or praise, at most one at a
    time; ``note`` stands smaller beside the instruction; ``looks_like`` names another exercise that
    is done instead of the planned one. ``seconds_left`` counts a countdown, a
    rest, a timed set, or the time to answer "Are you all right?". What changes with every frame
    (the keypoints, the progress through the range) travels beside it, so that an unchanged screen
    stays the same object and costs nothing.

    ``moment`` is another number on each screen: a command that carries an older one changes
    nothing. ``focus`` is the choice in focus where pose chooses (see ``choices.py``), and
    ``complaint`` what the framing asks for. ``page`` covers the screen between sets.
    ``target_deg`` is the range prescribed, ``hold_s`` how long each repetition is to be held.
    ``good_repetitions`` of the last set reached it, ``None`` where that was not measured of all.
    """

    phase: Phase
    instruction: str
    camera: CameraKind
    network_is_stand_in: bool
    network_name: str = ""
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
    moment: int = 0
    focus: int | None = None
    page: Page | None = None
    plan: tuple[PlannedExercise, ...] = ()
    introduction: Introduction | None = None
    complaint: str | None = None
    target_deg: float | None = None
    hold_s: float = 0.0
    good_repetitions: int | None = None
    progress: tuple[Progress, ...] = ()
    agenda: Agenda = Agenda()
    language: str | None = None
    skeleton_only: bool | None = None
    volume: int | None = None
