"""The states of a prescription. A draft is the bridge's alone; every other is a version's."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from models.messages import Goal, Prescription

State = Literal["active", "on_hold", "revoked", "completed"]
STATES: Final[tuple[State, ...]] = get_args(State)
STATE_NAMES: Final[dict[State, str]] = {
    "active": "active",
    "on_hold": "on hold",
    "revoked": "revoked",
    "completed": "completed",
}
_FOLLOWS: Final[dict[State, tuple[State, ...]]] = {
    "active": ("on_hold", "completed", "revoked"),
    "on_hold": ("active", "completed", "revoked"),
    # What has ended begins again only as a plan that somebody has looked through and signed.
    "revoked": (),
    "completed": (),
}


@dataclass(frozen=True, slots=True)
class PrescriptionTerms:
    """All of a version that is not an exercise."""

    status: State = "active"
    starts_on: date | None = None
    ends_on: date | None = None
    precautions: str = ""
    goals: tuple[Goal, ...] = ()


def states_after(state: State) -> tuple[State, ...]:
    """To which states a version may be set without going through the form."""
    return _FOLLOWS[state]


def terms_of(prescription: Prescription, status: State) -> PrescriptionTerms:
    """A version's own terms, in another state."""
    return PrescriptionTerms(
        status=status,
        starts_on=prescription.starts_on,
        ends_on=prescription.ends_on,
        precautions=prescription.precautions,
        goals=prescription.goals,
    )
