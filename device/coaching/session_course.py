"""What one session is made of: its plan, how far it has come, and the messages that come of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from device.camera.frame import CameraKind
from device.coaching.command import Question
from device.coaching.feedback import SetSummary
from device.coaching.framing import Complaint
from device.coaching.session_result import set_summary
from models.event import Event, EventEvidence, EventKind
from models.exercises.definition import Exercise, TimerExercise
from models.exercises.library import ExerciseLibrary
from models.messages import (
    ExerciseResult,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Session,
    SetResult,
    StopReason,
)
from models.quality import SetQuality

Status = Literal["completed", "stopped", "interrupted"]
_EVENT_OF: dict[StopReason, EventKind] = {
    "pain": "stopped_for_pain",
    "chest_pain": "stopped_for_chest_pain",
    "breathless": "stopped_breathless",
    "dizzy": "stopped_dizzy",
}
_EMERGENCIES: frozenset[StopReason] = frozenset(
    {"chest_pain", "breathless", "dizzy", "needs_help", "no_answer"}
)


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """What every session of this device carries."""

    device_id: str
    software_version: str
    network: NetworkVersion
    network_is_stand_in: bool
    camera: CameraKind


@dataclass(frozen=True, slots=True)
class SessionTimings:
    """Waiting times in seconds, those of session_limits.toml where they are ``None``; a
    demonstration without a patient shortens them.
    """

    question_s: float | None = None
    demonstration_s: float | None = None
    longest_rest_s: float = 1800.0
    starts_by_itself_s: float | None = None


@dataclass(slots=True, eq=False)
class Course:
    """One session under way.

    ``begun`` once the question before it is answered or skipped. ``accepted`` are framing
    complaints that the patient went on with, by the item's number; ``demonstrated`` the numbers of
    those shown. A set that was broken off by a restart is kept and goes on in a result of its own:
    ``broken_off`` has how many results of an item are such beginnings.
    """

    prescription: Prescription
    library: ExerciseLibrary
    started_at: datetime
    id: UUID = field(default_factory=uuid4)
    number: int = 0
    begun: bool = False
    results: list[list[SetResult]] = field(init=False)
    summary: list[SetSummary] = field(default_factory=list)
    accepted: dict[int, set[Complaint]] = field(default_factory=dict)
    demonstrated: set[int] = field(default_factory=set)
    broken_off: dict[int, int] = field(default_factory=dict)
    reps_done: int = 0
    """Of the set that was broken off and is to go on."""
    latest_result: SetResult | None = None
    """Of the set done last, whose rest it is; the exercise under way may be the next one."""
    status: Status = "completed"
    stop_reason: StopReason | None = None
    answers: dict[Question, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.results = [[] for _ in self.prescription.items]

    @property
    def item(self) -> PrescriptionItem:
        """The prescribed item under way."""
        return self.prescription.items[self.number]

    @property
    def next_set(self) -> PrescriptionItem:
        """The item with what is left to do of the next set."""
        if not self.reps_done:
            return self.item
        return self.item.model_copy(update={"reps": max(1, self.item.reps - self.reps_done)})

    @property
    def exercise(self) -> Exercise:
        """Its exercise."""
        return self.library[self.item.exercise_id]

    @property
    def sets_done(self) -> int:
        """How many sets of this item are done."""
        return len(self.results[self.number]) - self.broken_off.get(self.number, 0)

    def add_set(self, result: SetResult) -> None:
        """Keep a set's result and its line of the summary."""
        self.results[self.number].append(result)
        self.latest_result = result
        self.reps_done = 0
        self.add_summary(result)

    def add_summary(self, result: SetResult) -> None:
        """The summary's line of the newest set of this item."""
        exercise = self.exercise
        if isinstance(exercise, TimerExercise):
            line = SetSummary(
                exercise_id=exercise.id,
                side=self.item.side,
                set_number=self.sets_done,
                reps_counted=0,
                reps_target=result.reps_target,
                reps_full_rom=0,
                rom_peak_deg=None,
                expected_error_deg=None,
                guided_by_clock=True,
            )
        else:
            line = set_summary(self.item, exercise, self.sets_done, result)
        self.summary.append(line)

    def set_quality(self, item: int, number: int, quality: SetQuality) -> None:
        """What the analysis of a set that is done has given; items and sets count from 0."""
        sets = self.results[item]
        sets[number] = sets[number].model_copy(update={"quality": quality})

    @property
    def qualities(self) -> list[SetQuality]:
        """Of all sets that have been analysed, in the order of the plan."""
        return [each.quality for sets in self.results for each in sets if each.quality is not None]

    def go_on(self) -> bool:
        """Go on to the next set; false when all are done."""
        if self.sets_done < self.item.sets:
            return True
        # A session that the patient began in the middle of the plan comes back to its beginning.
        count = len(self.prescription.items)
        later = ((self.number + step) % count for step in range(1, count))
        left = next((number for number in later if self._is_left(number)), None)
        if left is None:
            return False
        self.number = left
        return True

    def _is_left(self, number: int) -> bool:
        done = len(self.results[number]) - self.broken_off.get(number, 0)
        return done < self.prescription.items[number].sets

    def session(self, identity: SessionIdentity, status: Status, now: datetime) -> Session:
        """The session as far as it has come, with that status."""
        return Session(
            id=self.id,
            prescription_id=self.prescription.id,
            prescription_version=self.prescription.version,
            patient_id=self.prescription.patient_id,
            device_id=identity.device_id,
            software_version=identity.software_version,
            networks=(identity.network,),
            camera=identity.camera,
            started_at=self.started_at,
            ended_at=max(now, self.started_at),
            status=status,
            stop_reason=self.stop_reason,
            pain_before=self.answers.get("pain_before"),
            pain_after=self.answers.get("pain_after"),
            rpe=self.answers.get("rpe"),
            items=tuple(
                ExerciseResult(exercise_id=item.exercise_id, side=item.side, sets=tuple(sets))
                for item, sets in zip(self.prescription.items, self.results, strict=True)
                if sets
            ),
        )

    @property
    def is_emergency(self) -> bool:
        """Whether the session ended so that the patient must be told to get help."""
        return self.status == "stopped" and self.stop_reason in _EMERGENCIES

    def event_of_stop(self, identity: SessionIdentity, now: datetime) -> Event | None:
        """What the clinic should know of the patient's own reason to stop, if anything."""
        if self.status != "stopped" or self.stop_reason not in _EVENT_OF:
            return None
        evidence = EventEvidence(pain=self.answers.get("pain_after"))
        return self.event(identity, _EVENT_OF[self.stop_reason], evidence, now)

    def event(
        self,
        identity: SessionIdentity,
        kind: EventKind,
        evidence: EventEvidence,
        occurred_at: datetime,
    ) -> Event:
        """An event of this session."""
        return Event(
            id=uuid4(),
            device_id=identity.device_id,
            patient_id=self.prescription.patient_id,
            prescription_id=self.prescription.id,
            session_id=self.id,
            exercise_id=self.item.exercise_id,
            event_kind=kind,
            occurred_at=occurred_at,
            evidence=evidence,
            camera=identity.camera,
            software_version=identity.software_version,
            networks=(identity.network,),
        )
