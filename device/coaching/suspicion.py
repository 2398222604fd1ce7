"""What the device may suspect about a patient, with the figures that speak for it."""

from dataclasses import dataclass

from models.event import EventEvidence, EventKind
from models.exercises.definition import Position

LYING: frozenset[Position] = frozenset({"supine", "side_lying", "prone", "hands_and_knees"})
"""Positions in which a lying trunk is what was asked for."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is suspected, and the figures that speak for it."""

    kind: EventKind
    evidence: EventEvidence
