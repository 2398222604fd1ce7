"""The phases of a repetition; this module needs no numbers, for the portal shows its words."""

from typing import Final, Literal

Phase = Literal["out", "hold", "return"]
PHASES: Final[tuple[Phase, ...]] = ("out", "hold", "return")
