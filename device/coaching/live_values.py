"""What changes with every frame, beside the screen that stays the same."""

from dataclasses import dataclass
from typing import Literal

GestureKind = Literal["yes", "stop", "choose", "next"]
TempoPhase = Literal["out", "hold", "return", "pause"]


@dataclass(frozen=True, slots=True)
class LiveValues:
    """Shares are 0 to 1; ``None`` where there is nothing of the kind, or it is not visible.

    ``rom_progress`` is 0 at rest, 1 at the target, and may go beyond. ``hold_share`` is of the
    prescribed hold, ``tempo_share`` of the prescribed time of ``tempo_phase``; ``too_fast`` says
    that the last way out or back took less than half its time. ``gesture_share`` is how long
    ``gesture`` has been held of the time that makes it count; ``ready_share`` how long the patient
    has stood as asked before the countdown.
    """

    rom_progress: float | None = None
    hold_share: float | None = None
    tempo_phase: TempoPhase | None = None
    tempo_share: float = 0.0
    too_fast: bool = False
    gesture: GestureKind | None = None
    gesture_share: float = 0.0
    ready_share: float | None = None
