"""The few figures of one session that lists, courses and flags need, and how they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Final, Literal
from uuid import UUID

from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import ExerciseId, ExerciseResult, Session, SetResult, Side

FIGURES_VERSION: Final = 2
"""Stored with the figures: those of another version are made anew from the session."""

MEDIAN_OF: Final = "median of the measured peaks of the session"
"""What :class:`RangeFigures` gives, in words."""
SIMULATED_CAMERAS: Final = ("simulated", "clip")
_STAND_IN: Final = "stand-in-not-for-people"


@dataclass(frozen=True, slots=True)
class SetFigures:
    """Repetitions counted and prescribed; by the clock nothing was counted."""

    counted: int
    target: int
    guided_by: Literal["camera", "clock"]

    @property
    def full(self) -> bool:
        """Whether the set was done as prescribed."""
        return self.guided_by == "clock" or self.counted >= self.target


@dataclass(frozen=True, slots=True)
class RangeFigures:
    """The range of motion of one exercise in one session, in degrees.

    ``value_deg`` is the median of the ``measured`` peaks that are sure, or of the unsure ones where
    there is no other; ``low_confidence`` says which. ``expected_error_deg`` is the mean absolute
    error of one peak, the largest of those used; ``None`` where one of them has none.
    """

    value_deg: float
    expected_error_deg: float | None
    low_confidence: bool
    measured: int


@dataclass(frozen=True, slots=True)
class ExerciseFigures:
    """One exercise of a session, on one side; ``range`` is ``None`` where none was measured.

    ``counts`` has the sets as they are stored, for a list of hundreds of patients looks at none of
    them. ``longest_hold_s`` is of a posture that is held, ``None`` where no hold was measured.
    """

    exercise_id: ExerciseId
    side: Side
    counts: Sequence[tuple[int, int, Literal["camera", "clock"]]]
    range: RangeFigures | None
    longest_hold_s: float | None

    @property
    def sets(self) -> tuple[SetFigures, ...]:
        """The finished sets in order."""
        return tuple(SetFigures(*each) for each in self.counts)


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """One session; the ratings are the patient's, 0 to 10, ``None`` where not answered.

    ``simulated``: no person did it before a camera. ``stand_in``: measured by the network that must
    not be used with people.
    """

    id: UUID
    started_at: datetime
    status: str
    stop_reason: str | None
    prescription_id: UUID
    prescription_version: int
    pain_before: int | None
    pain_after: int | None
    rpe: int | None
    simulated: bool
    stand_in: bool
    networks: tuple[str, ...]
    exercises: tuple[ExerciseFigures, ...]

    @property
    def sets_done(self) -> int:
        """How many sets were finished."""
        return sum(len(each.counts) for each in self.exercises)


def figures_of(session: Session) -> SessionFigures:
    """The figures of a session."""
    return read_figures(session.id, session.started_at, session.status, _document(session))


def stored_figures(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a session, from its payload; raises as the payload's validation does."""
    return _document(Session.model_validate(payload))


def _document(session: Session) -> dict[str, Any]:
    names = sorted({network.name for network in session.networks})
    return {
        "v": FIGURES_VERSION,
        "stop": session.stop_reason,
        "plan": [str(session.prescription_id), session.prescription_version],
        "rated": [session.pain_before, session.pain_after, session.rpe],
        "simulated": session.camera in SIMULATED_CAMERAS,
        "networks": names,
        "items": [_exercise_document(result) for result in session.items],
    }


def _exercise_document(result: ExerciseResult) -> list[Any]:
    return [
        result.exercise_id,
        result.side,
        [[each.reps_counted, each.reps_target, each.guided_by] for each in result.sets],
        _range_document(result),
        _longest_hold_s(result),
    ]


def _kind(exercise_id: ExerciseId) -> str:
    exercise = load_library().find(exercise_id)
    return exercise.kind if isinstance(exercise, ExerciseDefinition) else ""


def _longest_hold_s(result: ExerciseResult) -> float | None:
    if _kind(result.exercise_id) != "hold":
        return None
    filmed = [each for each in result.sets if each.guided_by == "camera"]
    return max((held for each in filmed for held in each.hold_s), default=None)


def _range_document(result: ExerciseResult) -> list[Any] | None:
    if _kind(result.exercise_id) != "repetitions":
        return None
    peaks = [peak for each in result.sets for peak in _peaks(each) if peak is not None]
    sure = [peak for peak in peaks if not peak.low_confidence]
    used = sure or peaks
    if not used:
        return None
    errors = [peak.expected_error_deg for peak in used]
    known = [error for error in errors if error is not None]
    return [
        round(median(peak.value_deg for peak in used), 2),
        max(known) if len(known) == len(errors) else None,
        not sure,
        len(used),
    ]


def _peaks(result: SetResult) -> Any:  # noqa: ANN401
    return result.rom_peak_deg if result.guided_by == "camera" else ()


def read_figures(
    session_id: UUID, started_at: datetime, status: str, document: Mapping[str, Any]
) -> SessionFigures:
    """The figures as they were stored by :func:`stored_figures`, with the session's columns."""
    pain_before, pain_after, rpe = document["rated"]
    return SessionFigures(
        id=session_id,
        started_at=started_at,
        status=status,
        stop_reason=document["stop"],
        prescription_id=UUID(document["plan"][0]),
        prescription_version=document["plan"][1],
        pain_before=pain_before,
        pain_after=pain_after,
        rpe=rpe,
        simulated=document["simulated"],
        stand_in=_STAND_IN in document["networks"],
        networks=tuple(document["networks"]),
        exercises=tuple(
            ExerciseFigures(
                exercise_id=exercise_id,
                side=side,
                counts=counts,
                range=None if measured is None else RangeFigures(*measured),
                longest_hold_s=longest_hold_s,
            )
            for exercise_id, side, counts, measured, longest_hold_s in document["items"]
        ),
    )
