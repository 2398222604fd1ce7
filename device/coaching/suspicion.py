"""What the device may suspect about a patient, with the figures that speak for it."""

from dataclasses import dataclass

from models.event import EventEvidence, EventKind


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is suspected, and the figures that speak for it."""

    kind: EventKind
    evidence: EventEvidence
