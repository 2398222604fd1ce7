"""The weeks of one simulated patient: prescriptions, sessions and events, the same for one seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cloud_bridge.demo_data.courses import Programme, SimulatedCourse
from cloud_bridge.demo_data.simulated_set import simulated_set
from models.event import Event, EventEvidence
from models.exercises.library import load_library
from models.messages import (
    ExerciseResult,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Session,
    SetResult,
    StopReason,
)

SOFTWARE_VERSION: Final = "demo-data"
# No network has seen anything: the name says so, and the sum is of nothing.
NETWORK: Final = NetworkVersion(name="demo-data-nothing-was-seen", sha256="0" * 64)
_SECOND_VERSION_AFTER: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class SimulatedPatient:
    """Who it is and what happens; versions come with the moment at which the device has them."""

    patient_id: str
    device_id: str
    course: str
    versions: tuple[Prescription, ...]
    sessions: tuple[Session, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``begins`` to ``ends``, in a time zone."""

    begins: date
    ends: date
    zone: tzinfo

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.ends - self.begins).days + 1

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A moment of the day that many days after the first."""
        local = datetime.combine(
            self.begins + timedelta(days=day), time(hour, minute), tzinfo=self.zone
        )
        return local.astimezone(UTC)


def simulated_patient(
    seed: str, course: SimulatedCourse, programme: Programme, period: Period, author_id: str
) -> SimulatedPatient:
    """One patient; ``seed`` makes all ids and all chance, and must be the patient's own."""
    random = Random(seed)  # noqa: S311
    names = uuid5(NAMESPACE_URL, f"physiopi-demo-data/{seed}")
    patient_id = f"simulated-{names.hex[:12]}"
    weeks = _Weeks(random, names, patient_id, course, programme, period, author_id)
    sessions, events = weeks.live()
    return SimulatedPatient(
        patient_id=patient_id,
        device_id=patient_id,
        course=course.name,
        versions=weeks.versions,
        sessions=tuple(sessions),
        events=tuple(events),
    )


class _Weeks:
    def __init__(
        self,
        random: Random,
        names: UUID,
        patient_id: str,
        course: SimulatedCourse,
        programme: Programme,
        period: Period,
        author_id: str,
    ) -> None:
        self._random, self._names, self._patient_id = random, names, patient_id
        self._course, self._period = course, period
        self._days_per_week = programme.days_per_week
        self.versions = tuple(self._versions(programme, author_id))
        self._falls_on = set(
            random.sample(range(period.days // 4, period.days), min(course.falls, period.days // 2))
        )

    def _versions(self, programme: Programme, author_id: str) -> Iterator[Prescription]:
        later = round(self._period.days * _SECOND_VERSION_AFTER)
        for version, (day, more) in enumerate(((0, 0), (later, 2)), 1):
            yield Prescription(
                id=uuid5(self._names, "prescription"),
                version=version,
                patient_id=self._patient_id,
                author_id=author_id,
                issued_at=self._period.at(day, 7),
                items=tuple(
                    item.model_copy(
                        update={
                            "reps": item.reps if item.hold_s else item.reps + more,
                            "days_per_week": programme.days_per_week,
                        }
                    )
                    for item in programme.items
                ),
            )

    def live(self) -> tuple[list[Session], list[Event]]:
        """All sessions and events of the period."""
        sessions, events = [], []
        for day in range(self._period.days):
            done = day / max(1, self._period.days - 1)
            if done > self._course.ends_after or not self._trains_on(day, done):
                continue
            session, happened = self._session(day, done)
            sessions.append(session)
            events += happened
        return sessions, events

    def _trains_on(self, day: int, done: float) -> bool:
        if day in self._falls_on:
            return True
        planned = self._days_per_week * (day % 7) % 7 < self._days_per_week
        wanted = _between(self._course.trains, done) if planned else 0.03
        return self._random.random() < wanted

    def _session(self, day: int, done: float) -> tuple[Session, list[Event]]:
        random, course = self._random, self._course
        began = self._period.at(day, random.randint(8, 18), random.randint(0, 59))
        session_id = uuid5(self._names, f"session {day}")
        version = [each for each in self.versions if each.issued_at <= began][-1]
        pain = _between(course.pain, done)
        before = _rating(random, pain)
        falls = day in self._falls_on
        stops = falls or random.random() < course.stops
        items, ended = self._items(version.items, began, done, stops)
        after = None if stops and random.random() < 0.3 else _rating(random, pain + 0.4)
        reason: StopReason | None = ("no_answer" if falls else "pain") if stops else None
        if reason == "pain" and after is not None:
            after = max(after, 6)
        session = Session(
            id=session_id, prescription_id=version.id, prescription_version=version.version,
            patient_id=self._patient_id, device_id=self._patient_id,
            software_version=SOFTWARE_VERSION, networks=(NETWORK,), camera="simulated",
            started_at=began, ended_at=ended, status="stopped" if stops else "completed",
            stop_reason=reason, pain_before=before, pain_after=after,
            rpe=_rating(random, _between(course.effort, done)), items=items,
        )  # fmt: skip
        return session, self._events(session, falls)

    def _items(
        self, wanted: tuple[PrescriptionItem, ...], began: datetime, done: float, stops: bool
    ) -> tuple[tuple[ExerciseResult, ...], datetime]:
        random, course = self._random, self._course
        share = _between(course.range, done)
        if course.drops_at_last and done > 0.93:
            share = max(0.0, share - course.drops_at_last)
        score = _between(course.score, done)
        now = began + timedelta(seconds=60)
        sets_left = random.randint(1, 3) if stops else sum(item.sets for item in wanted)
        if not stops and random.random() < 0.08:
            sets_left -= 1
        results = []
        for item in wanted:
            sets: list[SetResult] = []
            exercise = load_library()[item.exercise_id]
            # The same body every day, a little better or worse on some.
            day_share = min(1.1, max(0.0, share + random.gauss(0.0, 0.05)))
            for _ in range(min(item.sets, sets_left)):
                sets_left -= 1
                one = simulated_set(
                    random, exercise, item, now, range_share=day_share, score=score,
                    whole=not (stops and sets_left == 0),
                )  # fmt: skip
                sets.append(one)
                now = one.ended_at + timedelta(seconds=item.rest_s)
            if sets:
                results.append(
                    ExerciseResult(exercise_id=item.exercise_id, side=item.side, sets=tuple(sets))
                )
        return tuple(results), now

    def _events(self, session: Session, falls: bool) -> list[Event]:
        if session.status != "stopped":
            return []
        random = self._random
        last = session.items[-1]
        said = EventEvidence(pain=session.pain_after)
        if falls:
            said = EventEvidence(
                drop_torso=round(random.uniform(0.9, 1.3), 2),
                drop_s=round(random.uniform(0.4, 0.8), 2),
                trunk_deg=round(random.uniform(62, 85), 1),
                low_s=2.0,
            )
        event = Event(
            id=uuid5(session.id, "event"), device_id=session.device_id,
            patient_id=session.patient_id, prescription_id=session.prescription_id,
            session_id=session.id, exercise_id=last.exercise_id,
            event_kind="fall_suspected" if falls else "stopped_for_pain",
            occurred_at=last.sets[-1].ended_at, answer="no_answer" if falls else None,
            answered_after_s=15.0 if falls else None, evidence=said, camera="simulated",
            software_version=SOFTWARE_VERSION, networks=(NETWORK,),
        )  # fmt: skip
        return [event]


def _between(values: tuple[float, float], done: float) -> float:
    return values[0] + (values[1] - values[0]) * done


def _rating(random: Random, mean: float) -> int | None:
    if random.random() < 0.08:
        return None
    return min(10, max(0, round(random.gauss(mean, 0.4))))
