"""Coaches one set of one exercise: the same code live and for a recording."""

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device.coaching.form.judge import FormJudge
from device.coaching.joint_angles import JointAngles
from device.coaching.measure_counting import Counted, MeasureCounting
from device.coaching.passer_by import Absence, PasserByWatch, Rewind
from device.coaching.posture import Disturbance, PostureWatch, RepetitionTest
from device.coaching.repetition import Movement
from device.coaching.repetition_forest import is_repetition
from device.coaching.set_progress import JudgedMovement, SetProgress
from device.pose.pose import Pose
from models.exercises.definition import ExerciseDefinition
from models.messages import FaultCode, PrescriptionItem, Side, Tempo

_SAME_MOVEMENT_OVERLAP = 0.3
"""Movements of the two sides that share this fraction of the shorter one are one repetition."""
_SURE_SCORE = 0.45
"""An angle whose keypoints score less than this on average has low confidence."""
_PEAK_LASTS_S = 0.3
_SET_OUT_WITHIN_S = 1.5
_DECIDED_AFTER_S = 0.6
"""So long the other limb may take to come back with the one that has."""
_VIEW_SETTLES_S = 1.0
"""What was over so soon after the beginning, and was measured in the plane before and by shortening
after, or the other way round, was the view that was not known yet, and no movement."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    """How well the measure was seen in one frame, and on which sides."""

    time_s: float
    score: float
    obliqueness_deg: float | None
    measured: bool
    sides: frozenset[Side]


class SetCoach:
    """Follows one set; feed it every smoothed pose, then call :meth:`finish`.

    ``side`` ``None`` counts whichever side moves; both sides moving together are one repetition.
    Seen from the side, the side reported then is the one that faces the camera.
    ``target_deg`` is the prescribed range, the exercise's full range when ``None``.
    ``is_repetition`` has the last word, by how the whole body moved.
    """

    def __init__(
        self,
        exercise: ExerciseDefinition,
        side: Side | None = None,
        tempo: Tempo | None = None,
        target_deg: float | None = None,
        *,
        is_repetition: RepetitionTest = is_repetition,
    ) -> None:
        self._exercise = exercise
        self._last_angles: JointAngles | None = None
        full_deg = exercise.range_of_motion.full_deg
        self._target_deg = full_deg if target_deg is None else target_deg
        self._counting = MeasureCounting(exercise, side)
        self._passer_by = PasserByWatch()
        self._rewind: Rewind[MeasureCounting] = Rewind()
        self._absences: list[Absence] = []
        self._judge = FormJudge(exercise, tempo, self._target_deg)
        self._posture = PostureWatch(exercise, is_repetition)
        self._prescribed: Side | None = side
        self._movements: list[JudgedMovement] = []
        self._disturbed: list[tuple[float, Disturbance]] = []
        self._undecided: list[tuple[Side, Movement]] = []
        self._reps_counted = 0
        self._sightings: deque[_Sighting] = deque()
        self._not_judged: dict[FaultCode, str] = {}
        self._frames = 0
        self._settled_s = math.inf
        self._changed_s = -math.inf
        self._visible_frames = 0
        self._score_sum = 0.0

    def take(self, pose: Pose) -> SetProgress:
        """Take the next frame's smoothed pose, whose time must be later than the last one's."""
        counted = self._counting.take(pose)
        absence = self._passer_by.observe(self._counting.body)
        if absence is not None:
            self._forget(absence)
            counted = self._counting.take(pose)
        self._rewind.keep(pose, lambda: self._counting)
        angles = counted.angles
        self._note_way_of_measuring(angles)
        self._last_angles = angles
        self._judge.observe(self._counting.body, angles, at_rest=counted.at_rest)
        self._posture.observe(self._counting.body)
        self._remember(counted)
        self._undecided.extend(counted.ended)
        ended = self._decide(angles, angles.captured_at_s)
        furthest = max(
            (self._rom_progress(each.angle_deg) for each in counted.followed.values()),
            default=None,
        )
        self._frames += 1
        self._visible_frames += furthest is not None
        self._score_sum += angles.score
        return SetProgress(
            reps_counted=self.reps_counted,
            ended=ended,
            rom_progress=furthest,
            visible=furthest is not None,
            view=angles.view,
            held_s=self._counting.held_s,
        )

    def finish(self) -> None:
        """The set is over: a repetition that had reached its top is counted."""
        if self._last_angles is None:
            return
        self._undecided.extend(self._counting.finish())
        self._decide(self._last_angles, self._last_angles.captured_at_s + _DECIDED_AFTER_S)

    @property
    def movements(self) -> Sequence[JudgedMovement]:
        """The counted repetitions and the attempts, in order of their ends."""
        return tuple(self._movements)

    @property
    def repetitions(self) -> Sequence[JudgedMovement]:
        """The counted repetitions, in order of their ends."""
        return [each for each in self._movements if each.movement.kind == "repetition"]

    @property
    def reps_counted(self) -> int:
        """How many repetitions have been counted."""
        return self._reps_counted

    @property
    def attempts(self) -> int:
        """How many movements began but did not reach the range that counts."""
        return len(self._movements) - self.reps_counted

    @property
    def reps_full_rom(self) -> int:
        """How many repetitions were seen to reach the target range."""
        return sum(each.judgement.full_range is True for each in self.repetitions)

    @property
    def disturbed(self) -> Mapping[Disturbance, int]:
        """How many movements were no repetitions because the body did something else, by why."""
        return Counter(why for _, why in self._disturbed)

    def is_complete(self, item: PrescriptionItem) -> bool:
        """Whether as many repetitions as prescribed are done, each held as long as prescribed.

        A set that lasts by the clock, such as a timed test, is never complete before its end.
        """
        exercise = self._exercise
        if exercise.test is not None and exercise.test.result == "repetitions":
            return False
        if exercise.kind != "hold":
            return self.reps_counted >= item.reps
        hold_s = item.hold_s or exercise.dose.hold_s
        return sum(each.movement.hold_s >= hold_s for each in self.repetitions) >= item.reps

    @property
    def faults(self) -> Mapping[FaultCode, int]:
        """How many movements, attempts included, had each fault."""
        return Counter(code for each in self._movements for code in each.judgement.faults)

    @property
    def not_judged(self) -> Mapping[FaultCode, str]:
        """Per fault why it could not be judged in at least one movement."""
        return dict(self._not_judged)

    @property
    def frames(self) -> int:
        """How many frames the set had."""
        return self._frames

    @property
    def valid_frame_pct(self) -> float:
        """Frames in which the measure was visible, in per cent of all."""
        return 100.0 * self._visible_frames / self._frames if self._frames else 0.0

    @property
    def mean_keypoint_score(self) -> float | None:
        """Mean score of the measure's keypoints, 0 to 1; ``None`` before the first frame."""
        return self._score_sum / self._frames if self._frames else None

    def _note_way_of_measuring(self, angles: JointAngles) -> None:
        """In a set's first moments the view may turn out to be another than it seemed."""
        last = self._last_angles
        if last is None:
            self._settled_s = angles.captured_at_s + _VIEW_SETTLES_S
        elif last.in_plane != angles.in_plane and angles.captured_at_s < self._settled_s:
            self._changed_s = angles.captured_at_s

    def _remember(self, counted: Counted) -> None:
        angles = counted.angles
        self._sightings.append(
            _Sighting(
                angles.captured_at_s,
                max(angles.left_score, angles.right_score),
                angles.obliqueness_deg,
                angles.measured,
                frozenset(counted.followed),
            )
        )
        oldest_s = angles.captured_at_s - self._exercise.repetition.longest_s - 5.0
        while self._sightings[0].time_s < oldest_s:
            self._sightings.popleft()

    def _forget(self, absence: Absence) -> None:
        """Take back what somebody else was seen to do."""
        before = self._rewind.back_to(absence.since_s)
        if before is None:
            return
        self._counting, poses = before
        for pose in poses:
            self._counting.take(pose)
        self._absences.append(absence)
        since_s = absence.since_s
        self._undecided = [each for each in self._undecided if each[1].ended_s <= since_s]
        self._disturbed = [each for each in self._disturbed if each[0] <= since_s]
        self._movements = [each for each in self._movements if each.movement.ended_s <= since_s]
        self._reps_counted = len(self.repetitions)
        while self._sightings and self._sightings[-1].time_s > since_s:
            self._sightings.pop()
        self._posture.forget_since(since_s)

    def _rom_progress(self, angle_deg: float) -> float:
        start_deg = self._exercise.range_of_motion.start_deg
        return (angle_deg - start_deg) / (self._target_deg - start_deg)

    def _decide(self, angles: JointAngles, now_s: float) -> JudgedMovement | None:
        """Take up the movements that have ended, but let one wait that the other limb may be doing
        too: where one works at a time, and the other stays at its peak, it is the other's."""
        ended: JudgedMovement | None = None
        waiting: list[tuple[Side, Movement]] = []
        for side, movement in self._undecided:
            if not self._is_overshadowed(side, movement, angles.captured_at_s):
                ended = self._add(side, movement, angles) or ended
            elif now_s - movement.ended_s < _DECIDED_AFTER_S:
                waiting.append((side, movement))
        self._undecided = waiting
        return ended

    def _add(self, side: Side, movement: Movement, angles: JointAngles) -> JudgedMovement | None:
        if movement.began_s <= self._changed_s <= movement.ended_s < self._settled_s:
            return None
        disturbance = self._posture.disturbance(movement)
        if disturbance is not None:
            self._disturbed.append((movement.ended_s, disturbance))
            return None
        if self._is_other_limb(side, movement):
            return None
        twin = self._same_movement(side, movement)
        if twin is not None and not self._better(side, movement, twin):
            return None
        judged = self._judged(side, movement, angles)
        self._not_judged.update(judged.judgement.not_judged)
        if twin is not None:
            self._movements.remove(twin)
            self._reps_counted -= twin.movement.kind == "repetition"
        self._movements.append(judged)
        self._reps_counted += movement.kind == "repetition"
        return None if twin is not None and twin.movement.kind == movement.kind else judged

    def _is_other_limb(self, side: Side, movement: Movement) -> bool:
        """Whether the limb that is not prescribed moved, while the prescribed one was in sight."""
        prescribed = self._prescribed
        if prescribed is None or prescribed == "both" or side in (prescribed, "both"):
            return False
        during = [
            prescribed in each.sides
            for each in self._sightings
            if movement.began_s <= each.time_s <= movement.ended_s
        ]
        return sum(during) * 2 >= len(during)

    def _is_overshadowed(self, side: Side, movement: Movement, now_s: float) -> bool:
        """Whether the other limb has moved meanwhile and is still at its peak."""
        if self._exercise.side not in ("unilateral", "alternating"):
            return False
        shared_s = _SAME_MOVEMENT_OVERLAP * movement.duration_s
        return any(
            movement.ended_s - max(movement.began_s, began_s) > shared_s
            # A prescribed limb is another's only if it seemed to set out with it.
            and (side != self._prescribed or abs(began_s - movement.began_s) < _SET_OUT_WITHIN_S)
            for began_s in self._counting.others_at_peak_since_s(side, now_s)
        )

    def _better(self, side: Side, movement: Movement, than: JudgedMovement) -> bool:
        """Of two sides that moved at once: a repetition, or else the prescribed side."""
        if movement.kind != than.movement.kind:
            return movement.kind == "repetition"
        return side == self._prescribed

    def _judged(self, side: Side, movement: Movement, angles: JointAngles) -> JudgedMovement:
        hidden = any(each.touches(movement.began_s, movement.ended_s) for each in self._absences)
        judgement = self._judge.judge(movement, angles, side, hidden=hidden)
        at_peak = [
            each for each in self._sightings if abs(each.time_s - movement.peak_s) <= _PEAK_LASTS_S
        ]
        if hidden or not at_peak or sum(each.measured for each in at_peak) * 2 <= len(at_peak):
            return JudgedMovement(movement, judgement, side, None)
        known = [each.obliqueness_deg for each in at_peak if each.obliqueness_deg is not None]
        obliqueness_deg = sum(known) / len(known) if known else None
        accuracy = self._exercise.accuracy
        error_deg = None
        if accuracy is not None and obliqueness_deg is not None:
            error_deg = accuracy.expected_error_deg(obliqueness_deg)
        score = sum(each.score for each in at_peak) / len(at_peak)
        return JudgedMovement(
            movement,
            judgement,
            side,
            movement.peak_deg,
            obliqueness_deg,
            error_deg,
            low_confidence=score < _SURE_SCORE or (accuracy is not None and error_deg is None),
        )

    def _same_movement(self, side: Side, movement: Movement) -> JudgedMovement | None:
        for other in reversed(self._movements[-2:]):
            shared_s = min(movement.ended_s, other.movement.ended_s) - max(
                movement.began_s, other.movement.began_s
            )
            shorter_s = min(movement.duration_s, other.movement.duration_s)
            if other.side != side and shared_s > _SAME_MOVEMENT_OVERLAP * shorter_s:
                return other
        return None
