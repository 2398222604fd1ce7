"""Runs a clip or a recording through the very code that coaches live, as fast as it goes."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from device.camera.clip import ClipCamera
from device.coaching.set_coach import SetCoach
from device.coaching.set_progress import JudgedMovement
from device.coaching.set_recording import RecordedSet, RepetitionTimes, SetRecording
from device.pose.pose import Pose, PoseEstimator
from device.pose.smoothing import KeypointSmoother
from models.exercises.definition import ExerciseDefinition, RangeOfMotion
from models.messages import Side

SET_PAUSE_S = 20.0
"""A pause between repetitions longer than this begins a new set."""


@dataclass(frozen=True, slots=True)
class RepetitionReport:
    """One repetition of a recording; ``peak_deg`` is ``None`` where the view did not measure it.

    ``out_s``, ``hold_s`` and ``return_s`` are its tempo, ``None`` where a phase was not seen whole.
    ``expected_error_deg`` is ``None`` while unknown; an angle with ``low_confidence`` was hardly
    seen, or from where its error was never measured.
    """

    began_s: float
    peak_s: float
    ended_s: float
    side: Side
    peak_deg: float | None
    full_rom: bool | None
    faults: tuple[str, ...]
    out_s: float | None
    hold_s: float
    return_s: float | None
    expected_error_deg: float | None
    low_confidence: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one recording holds of one exercise.

    ``rom_peak_deg`` is the furthest the measure got in any counted repetition, ``None`` where no
    repetition was measured, with its ``expected_error_deg`` and ``low_confidence``; ``rep_times_s``
    are the times of the repetitions' peaks.
    """

    exercise_id: str
    frames: int
    fps: float
    reps_counted: int
    reps_full_rom: int
    attempts: int
    sets: int
    rom_peak_deg: float | None
    expected_error_deg: float | None
    low_confidence: bool
    rep_times_s: tuple[float, ...]
    faults: dict[str, int]
    not_judged: dict[str, str]
    valid_frame_pct: float
    mean_keypoint_score: float | None
    network: str
    repetitions: tuple[RepetitionReport, ...]

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object."""
        return asdict(self)


def analyse_poses(
    poses: Iterable[Pose],
    exercise: ExerciseDefinition,
    side: Side | None,
    network: str,
    fps: float | None = None,
    recording: SetRecording | None = None,
) -> Analysis:
    """Coach raw poses as one set; ``fps`` is taken from the poses' times when not given.

    ``recording`` keeps them for :func:`recorded_set`.
    """
    smoother, coach = KeypointSmoother(), SetCoach(exercise, side)
    first_s = last_s = 0.0
    for index, pose in enumerate(poses):
        first_s = pose.captured_at_s if index == 0 else first_s
        last_s = pose.captured_at_s
        if recording is not None:
            recording.take(pose)
        coach.take(smoother.smooth(pose))
    coach.finish()
    measured_fps = (coach.frames - 1) / (last_s - first_s) if last_s > first_s else 0.0
    repetitions = coach.repetitions
    furthest = _furthest(repetitions, exercise.range_of_motion)
    score = coach.mean_keypoint_score
    return Analysis(
        exercise_id=exercise.id,
        frames=coach.frames,
        fps=round(fps or measured_fps, 3),
        reps_counted=coach.reps_counted,
        reps_full_rom=coach.reps_full_rom,
        attempts=coach.attempts,
        sets=_count_sets(repetitions),
        rom_peak_deg=None if furthest is None else _rounded(furthest.peak_deg, 1),
        expected_error_deg=None if furthest is None else furthest.expected_error_deg,
        low_confidence=furthest is not None and furthest.low_confidence,
        rep_times_s=tuple(round(each.movement.peak_s, 3) for each in repetitions),
        faults=dict(coach.faults),
        not_judged=dict(coach.not_judged),
        valid_frame_pct=round(coach.valid_frame_pct, 2),
        mean_keypoint_score=None if score is None else round(score, 4),
        network=network,
        repetitions=tuple(_report(each) for each in repetitions),
    )


def recorded_set(
    recording: SetRecording, analysis: Analysis, side: Side | None
) -> RecordedSet | None:
    """What the quality analysis is given of what was just analysed; ``None`` for hardly a frame."""
    kept = recording.recorded(analysis.exercise_id, side, (), ())
    if kept is None:
        return None
    times = tuple(
        RepetitionTimes(each.began_s, each.peak_s, each.ended_s, each.side)
        for each in analysis.repetitions
    )
    return replace(kept, repetitions=times)


def clip_poses(clip: ClipCamera, estimator: PoseEstimator) -> Iterator[Pose]:
    """The unsmoothed pose of every frame of a clip."""
    estimator.reset()
    for frame in clip.frames():
        yield estimator.estimate(frame)


def _furthest(repetitions: Iterable[JudgedMovement], span: RangeOfMotion) -> JudgedMovement | None:
    measured = [(each.peak_deg, each) for each in repetitions if each.peak_deg is not None]
    return max(measured, key=lambda pair: span.progress(pair[0]), default=(None, None))[1]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _count_sets(repetitions: Iterable[JudgedMovement]) -> int:
    sets, last_s = 0, float("-inf")
    for each in repetitions:
        sets += each.movement.began_s - last_s > SET_PAUSE_S
        last_s = each.movement.ended_s
    return sets


def _report(judged: JudgedMovement) -> RepetitionReport:
    movement = judged.movement
    return RepetitionReport(
        began_s=round(movement.began_s, 3),
        peak_s=round(movement.peak_s, 3),
        ended_s=round(movement.ended_s, 3),
        side=judged.side,
        peak_deg=_rounded(judged.peak_deg, 1),
        full_rom=judged.judgement.full_range,
        faults=judged.judgement.faults,
        out_s=_rounded(movement.out_s, 2),
        hold_s=round(movement.hold_s, 2),
        return_s=_rounded(movement.return_s, 2),
        expected_error_deg=judged.expected_error_deg,
        low_confidence=judged.low_confidence,
    )
