"""One set from its first second to its result: counted by camera, or guided by the clock alone."""

from collections.abc import Sequence
from datetime import datetime

from device.coaching.cues import CueSelector
from device.coaching.framing import Complaint
from device.coaching.light import Light
from device.coaching.live_values import LiveValues
from device.coaching.session_result import set_result
from device.coaching.set_coach import SetCoach
from device.coaching.set_progress import SetProgress
from device.coaching.set_recording import RecordedSet, SetRecording
from device.coaching.tempo_guide import TempoGuide
from device.pose.pose import Pose
from models.exercises.definition import Exercise, ExerciseDefinition
from models.messages import PrescriptionItem, SetResult

STILL_AFTER_LAST_REPETITION_S = 1.2
"""A set ends this long after its last repetition, so that the return is seen to its end."""


class SetUnderWay:
    """Fed with smoothed poses and with the time; times in seconds on one monotonic clock."""

    def __init__(
        self,
        item: PrescriptionItem,
        exercise: Exercise,
        started_at: datetime,
        complaints: Sequence[Complaint] = (),
    ) -> None:
        self._item = item
        self._exercise = exercise
        self._started_at = started_at
        self._complaints = tuple(complaints)
        self._coach: SetCoach | None = None
        self._recording = SetRecording()
        if isinstance(exercise, ExerciseDefinition):
            self._coach = SetCoach(exercise, item.side, item.tempo, item.target_rom_deg)
            self._cues = CueSelector(exercise)
        self._tempo = TempoGuide(item.tempo or exercise.tempo)
        self._progress: SetProgress | None = None
        self._elapsed_s = 0.0
        self._ticked_s: float | None = None
        self._complete_s: float | None = None

    @property
    def by_clock(self) -> bool:
        """Whether no camera counts."""
        return self._coach is None

    @property
    def reps_counted(self) -> int:
        """How many repetitions have been counted."""
        return 0 if self._coach is None else self._coach.reps_counted

    def live(self, now_s: float) -> LiveValues:
        """Where the patient is in the repetition; nothing of it where no camera counts."""
        if self._coach is None or self._progress is None:
            return LiveValues()
        hold_s = self._hold_s()
        return LiveValues(
            rom_progress=self._progress.rom_progress,
            hold_share=min(1.0, self._progress.held_s / hold_s) if hold_s else None,
            tempo_phase=None if self._exercise.kind == "hold" else self._tempo.phase,
            tempo_share=self._tempo.share(now_s),
            too_fast=self._tempo.too_fast,
        )

    def _hold_s(self) -> float:
        if self._exercise.kind == "hold":
            return self._item.hold_s or self._exercise.dose.hold_s
        return self._item.hold_s

    @property
    def seconds_left(self) -> int | None:
        """Whole seconds left of a set with a set length, or of the hold; ``None`` for any other."""
        length_s = set_length_s(self._item, self._exercise)
        if length_s is not None:
            return max(0, round(length_s - self._elapsed_s))
        if self._exercise.kind != "hold":
            return None
        held_s = 0.0 if self._progress is None else self._progress.held_s
        return max(0, round(self._hold_s() - held_s))

    def cue(self, now_s: float) -> str | None:
        """The cue on the screen now."""
        return None if self._coach is None else self._cues.current(now_s)

    def take(self, pose: Pose, now_s: float, unsmoothed: Pose | None = None) -> None:
        """One smoothed pose, and the same one unsmoothed, which is kept for the analysis."""
        if self._coach is None:
            return
        self._recording.take(pose if unsmoothed is None else unsmoothed)
        self._progress = self._coach.take(pose)
        self._tempo.take(self._progress.rom_progress, now_s)
        if self._progress.ended is not None:
            self._cues.after(self._progress.ended, now_s)

    def see_light(self, light: Light) -> None:
        """The light in a picture of the set."""
        self._recording.see_light(light)

    def recorded(self) -> RecordedSet | None:
        """The set's keypoints once it is over; ``None`` where no camera counted."""
        if self._coach is None:
            return None
        return self._recording.recorded(
            self._exercise.id, self._item.side, self._coach.repetitions, self._complaints
        )

    def tick(self, now_s: float) -> bool:
        """Let time pass while the patient exercises; whether the set is over."""
        if self._ticked_s is not None:
            self._elapsed_s += now_s - self._ticked_s
        self._ticked_s = now_s
        length_s = set_length_s(self._item, self._exercise)
        if length_s is not None and self._elapsed_s >= length_s:
            return True
        if not self._is_complete():
            return False
        if self._complete_s is None:
            self._complete_s = now_s
        return now_s - self._complete_s >= STILL_AFTER_LAST_REPETITION_S

    def pause(self) -> None:
        """Time that passes from now until the next tick does not count."""
        self._ticked_s = None
        self._progress = None

    def result(self, ended_at: datetime) -> SetResult | None:
        """End the set; ``None`` when nothing of it took place."""
        if self._coach is None or not isinstance(self._exercise, ExerciseDefinition):
            return self._by_clock(ended_at) if self._elapsed_s > 0 else None
        self._coach.finish()
        if not self._coach.frames:
            return None
        result = set_result(self._item, self._exercise, self._coach, self._started_at, ended_at)
        return result.model_copy(
            update={"framing_complaints": tuple(each.value for each in self._complaints)}
        )

    def _is_complete(self) -> bool:
        return self._coach is not None and self._coach.is_complete(self._item)

    def _by_clock(self, ended_at: datetime) -> SetResult:
        return SetResult(
            guided_by="clock",
            reps_target=self._item.reps,
            reps_counted=0,
            reps_full_rom=0,
            attempts=0,
            valid_frame_pct=0.0,
            started_at=self._started_at,
            ended_at=max(ended_at, self._started_at),
        )


def set_length_s(item: PrescriptionItem, exercise: Exercise) -> float | None:
    """How long a set lasts by the clock; ``None`` where repetitions or holds decide."""
    if not isinstance(exercise, ExerciseDefinition):
        return exercise.set_duration_s(item)
    # A stance's test limits one hold, not the set with its repeated holds.
    if exercise.test is None or exercise.test.result == "longest_hold_s":
        return None
    return exercise.test.duration_s


def still_allowed_s(item: PrescriptionItem, exercise: Exercise) -> float | None:
    """How long the exercise itself keeps still; ``None`` where the clock guides it."""
    if not isinstance(exercise, ExerciseDefinition):
        return None
    hold_s = item.hold_s or exercise.dose.hold_s
    if exercise.kind == "hold" and exercise.test is not None:
        hold_s = max(hold_s, exercise.test.duration_s)
    return hold_s
