"""Coaches one set of one exercise: the same code live and for a recording."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device.coaching.form.judge import FormJudge, Judgement, is_measured
from device.coaching.joint_angles import (
    SIDES,
    CameraView,
    JointAngleEstimator,
    JointAngles,
    plane_of,
)
from device.coaching.repetition import CounterPhase, Movement, RepetitionCounter
from device.pose.pose import Pose
from models.exercises.definition import ExerciseDefinition, View
from models.messages import FaultCode, Side, Tempo

_SAME_MOVEMENT_OVERLAP = 0.3
"""Movements of the two sides that share this fraction of the shorter one are one repetition."""


_EXCHANGED_AT_MOST_S = 0.6
"""Exchanged legs right themselves within this; a return is counted that much later."""
# An exercise that is counted from one view only is not counted from the other.
_OTHER_VIEW: Mapping[CameraView | None, tuple[View, ...]] = {
    "sagittal": ("frontal",),
    "frontal": ("sagittal",),
}


@dataclass(frozen=True, slots=True)
class JudgedMovement:
    """A movement with its judgement.

    ``peak_deg`` is ``None`` where the view did not allow the angle to be measured.
    """

    movement: Movement
    judgement: Judgement
    side: Side
    peak_deg: float | None


@dataclass(frozen=True, slots=True)
class SetProgress:
    """Where a set stands after one frame.

    ``ended`` is the movement that ended in this frame, if one did. ``rom_progress`` is 0 at rest
    and 1 at the target, ``None`` where the measure is not visible.
    """

    reps_counted: int
    ended: JudgedMovement | None
    rom_progress: float | None
    visible: bool
    view: CameraView | None


class SetCoach:
    """Follows one set; feed it every smoothed pose, then call :meth:`finish`.

    ``side`` ``None`` counts whichever side moves; both sides moving together are one repetition.
    Seen from the side, the side reported then is the one that faces the camera.
    ``target_deg`` is the prescribed range, the exercise's full range when ``None``.
    """

    def __init__(
        self,
        exercise: ExerciseDefinition,
        side: Side | None = None,
        tempo: Tempo | None = None,
        target_deg: float | None = None,
    ) -> None:
        self._exercise = exercise
        full_deg = exercise.range_of_motion.full_deg
        self._target_deg = full_deg if target_deg is None else target_deg
        self._estimator = JointAngleEstimator(exercise.measure, exercise.range_of_motion.start_deg)
        self._judge = FormJudge(exercise, tempo, self._target_deg)
        self._counters: dict[Side, RepetitionCounter] = {
            each: RepetitionCounter(exercise.repetition, exercise.range_of_motion)
            for each in _counted_sides(exercise, side)
        }
        self._movements: list[JudgedMovement] = []
        self._reps_counted = 0
        self._lately: deque[tuple[float, float]] = deque()
        self._last_angles: JointAngles | None = None
        self._not_judged: dict[FaultCode, str] = {}
        self._frames = 0
        self._visible_frames = 0
        self._score_sum = 0.0

    def take(self, pose: Pose) -> SetProgress:
        """Take the next frame's smoothed pose, whose time must be later than the last one's."""
        angles = self._estimator.estimate(pose)
        self._last_angles = angles
        at_rest = all(counter.phase is CounterPhase.REST for counter in self._counters.values())
        self._judge.observe(self._estimator.body, angles, at_rest=at_rest)
        hips_x = (
            angles.hips_x_px / angles.torso_px
            if angles.hips_x_px is not None and angles.torso_px
            else None
        )
        ended: JudgedMovement | None = None
        furthest: float | None = None
        for side, counter in self._counters.items():
            angle_deg = self._angle_of(side, angles)
            movement = counter.update(angles.captured_at_s, angle_deg, hips_x)
            if movement is not None:
                ended = self._add(side, movement, angles) or ended
            if angle_deg is not None:
                furthest = max(
                    self._rom_progress(angle_deg), -1.0 if furthest is None else furthest
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
        )

    def finish(self) -> None:
        """The set is over: a repetition that had reached its top is counted."""
        if self._last_angles is None:
            return
        for side, counter in self._counters.items():
            movement = counter.finish()
            if movement is not None:
                self._add(side, movement, self._last_angles)

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

    def _angle_of(self, side: Side, angles: JointAngles) -> float | None:
        if angles.view in _OTHER_VIEW and _OTHER_VIEW[angles.view] == self._exercise.count_views:
            return None
        left_deg, right_deg = angles.left_deg, angles.right_deg
        if left_deg is None or right_deg is None:
            if side == "both" or angles.view == "sagittal":
                return left_deg if right_deg is None else right_deg
            return left_deg if side == "left" else right_deg
        if self._exercise.side != "bilateral" and angles.view == "sagittal":
            # From the side the network confuses left and right; the limb that works is the one
            # that has come furthest.
            return self._furthest_lately(
                angles.captured_at_s, max(left_deg, right_deg, key=self._rom_progress)
            )
        if side == "both":
            return (left_deg + right_deg) / 2
        return left_deg if side == "left" else right_deg

    def _furthest_lately(self, time_s: float, angle_deg: float) -> float:
        """For moments the network puts both legs where the resting one is: look a little back."""
        self._lately.append((time_s, angle_deg))
        while time_s - self._lately[0][0] > _EXCHANGED_AT_MOST_S:
            self._lately.popleft()
        return max((angle for _, angle in self._lately), key=self._rom_progress)

    def _rom_progress(self, angle_deg: float) -> float:
        start_deg = self._exercise.range_of_motion.start_deg
        return (angle_deg - start_deg) / (self._target_deg - start_deg)

    def _add(self, side: Side, movement: Movement, angles: JointAngles) -> JudgedMovement | None:
        if twin := self._same_movement(side, movement):
            if twin.movement.kind == "repetition" or movement.kind == "attempt":
                return None
            self._movements.remove(twin)
        measured = is_measured(self._exercise, angles)
        if side == "both" and self._exercise.side == "unilateral" and angles.facing:
            side = "right" if angles.facing > 0 else "left"
        judgement = self._judge.judge(movement, angles, side)
        self._not_judged.update(judgement.not_judged)
        judged = JudgedMovement(movement, judgement, side, movement.peak_deg if measured else None)
        self._movements.append(judged)
        self._reps_counted += movement.kind == "repetition"
        return judged

    def _same_movement(self, side: Side, movement: Movement) -> JudgedMovement | None:
        for other in reversed(self._movements[-2:]):
            shared_s = min(movement.ended_s, other.movement.ended_s) - max(
                movement.began_s, other.movement.began_s
            )
            shorter_s = min(movement.duration_s, other.movement.duration_s)
            if other.side != side and shared_s > _SAME_MOVEMENT_OVERLAP * shorter_s:
                return other
        return None


def _counted_sides(exercise: ExerciseDefinition, side: Side | None) -> tuple[Side, ...]:
    if side is not None:
        return (side,)
    one_counter = exercise.side == "bilateral" or plane_of(exercise.measure) == "sagittal"
    return ("both",) if one_counter else SIDES
