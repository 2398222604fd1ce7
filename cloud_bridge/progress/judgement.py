"""How well sets were done from session to session, the faults seen, and what was not judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from cloud_bridge.progress.plan import ExerciseKey
from cloud_bridge.progress.session_figures import SIMULATED_CAMERAS
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import FaultCode, FramingComplaint, Session, SetResult
from models.quality import Reason


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """The median of a session's set scores, 0 perfect to 4 poor, and their largest deviation.

    ``deviation`` is ``None`` where one of the ``sets`` has none.
    """

    session_id: UUID
    at: datetime
    score: float
    deviation: float | None
    sets: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How often a fault was seen, in how many repetitions of sets in which it was judged."""

    code: FaultCode
    seen: int
    repetitions: int


@dataclass(frozen=True, slots=True)
class NotJudged:
    """What could not be judged of one exercise, and why, with the number of sets or repetitions.

    ``angles`` are counted repetitions whose angle was not measured.
    """

    key: ExerciseKey
    sets: int
    by_clock: int
    faults: Mapping[tuple[FaultCode, str], int]
    quality: Mapping[Reason, int]
    framing: Mapping[FramingComplaint, int]
    angles: int
    repetitions: int

    @property
    def anything(self) -> bool:
        """Whether there is something to say."""
        return bool(self.by_clock or self.faults or self.quality or self.framing or self.angles)


def quality_courses(sessions: Sequence[Session]) -> Mapping[ExerciseKey, tuple[QualityPoint, ...]]:
    """Each exercise's scored sessions in order of time."""
    found: dict[ExerciseKey, list[QualityPoint]] = {}
    for session in sorted(sessions, key=lambda each: each.started_at):
        for item in session.items:
            scored = [
                each.quality
                for each in item.sets
                if each.quality is not None and each.quality.score is not None
            ]
            if not scored:
                continue
            deviations = [each.deviation for each in scored if each.deviation is not None]
            point = QualityPoint(
                session_id=session.id,
                at=session.started_at,
                score=median(each.score for each in scored if each.score is not None),
                deviation=max(deviations) if len(deviations) == len(scored) else None,
                sets=len(scored),
                simulated=session.camera in SIMULATED_CAMERAS,
            )
            found.setdefault((item.exercise_id, item.side), []).append(point)
    return {key: tuple(points) for key, points in found.items()}


def fault_counts(sessions: Sequence[Session]) -> Mapping[ExerciseKey, tuple[FaultCount, ...]]:
    """Each exercise's faults, the most frequent first; those never seen are left out."""
    sets = _sets(sessions)
    found = {}
    for key, results in sets.items():
        codes = dict.fromkeys(
            code for each in results for code, seen in each.faults.items() if seen
        )
        counts = [
            FaultCount(
                code=code,
                seen=sum(each.faults.get(code, 0) for each in results),
                repetitions=sum(
                    each.reps_counted for each in results if code not in each.not_judged
                ),
            )
            for code in codes
        ]
        if counts:
            found[key] = tuple(sorted(counts, key=lambda each: (-each.seen, each.code)))
    return found


def not_judged(sessions: Sequence[Session]) -> tuple[NotJudged, ...]:
    """What could not be judged, for each exercise of which there is something to say."""
    found = (_not_judged(key, results) for key, results in _sets(sessions).items())
    return tuple(each for each in found if each.anything)


def _not_judged(key: ExerciseKey, results: Sequence[SetResult]) -> NotJudged:
    filmed = [each for each in results if each.guided_by == "camera"]
    exercise = load_library().find(key[0])
    measured = isinstance(exercise, ExerciseDefinition) and exercise.kind == "repetitions"
    faults = Counter(pair for each in filmed for pair in each.not_judged.items())
    quality = Counter(
        each.quality.reason or "no_reason"
        for each in filmed
        if each.quality is not None and each.quality.score is None
    )
    framing = Counter(complaint for each in filmed for complaint in each.framing_complaints)
    repetitions = sum(each.reps_counted for each in filmed)
    seen = sum(peak is not None for each in filmed for peak in each.rom_peak_deg)
    return NotJudged(
        key=key,
        sets=len(results),
        by_clock=len(results) - len(filmed),
        faults=dict(faults.most_common()),
        quality=dict(quality.most_common()),
        framing=dict(framing.most_common()),
        angles=repetitions - seen if measured else 0,
        repetitions=repetitions,
    )


def _sets(sessions: Sequence[Session]) -> dict[ExerciseKey, list[SetResult]]:
    found: dict[ExerciseKey, list[SetResult]] = {}
    for session in sessions:
        for item in session.items:
            if item.sets:
                found.setdefault((item.exercise_id, item.side), []).extend(item.sets)
    return found
