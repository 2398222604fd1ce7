"""What is sent of a set's movement where the patient agreed: the analysed set as a short track."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from device.coaching.set_recording import RecordedSet
from device.errors import QualityError
from device.quality.pipeline import SetAnalysis
from models.messages import MAXIMUM_PAYLOAD_BYTES
from models.motion import (
    MOST_FRAMES,
    MOST_REPETITIONS,
    MotionRepetition,
    SetMotion,
    Span,
    WorstWindow,
)
from models.motion_track import Track, packed
from models.quality import RepetitionQuality, SetQuality

_MOST_TRACK_BYTES: Final = MAXIMUM_PAYLOAD_BYTES - 40 * 1024
"""The rest is for 200 repetitions of at most 160 bytes, and for ids and names that cannot grow."""
_LEAST_APART_S: Final = 0.001
_FEWEST_FRAMES: Final = 2
_FEWEST_COMPARED: Final = 2


def set_motion(recorded: RecordedSet, analysis: SetAnalysis) -> SetMotion:
    """The movement of a set, with every second frame, every fourth and so on where it is too large.

    Raises :class:`QualityError` where the recording cannot be sent.
    """
    times_s = recorded.recording.times_s - recorded.recording.times_s[0]
    kept = _kept(times_s)
    repetitions = _repetitions(recorded, analysis.quality)
    every = 1
    while len(frames := kept[::every]) >= _FEWEST_FRAMES:
        track = _track(recorded, analysis, times_s, frames) if len(frames) <= MOST_FRAMES else None
        if track is not None and len(track) <= _MOST_TRACK_BYTES:
            return SetMotion(
                frames=len(frames),
                every=every,
                recorded_frames_per_s=min(recorded.recording.fps, 1000.0),
                width=recorded.recording.width,
                height=recorded.recording.height,
                joints="none" if analysis.in_space is None else "depth",
                track=track,
                trimmed=_trimmed(recorded, analysis),
                repetitions=repetitions,
                worst=worst_window(repetitions),
            )
        every *= 2
    raise QualityError("the set's movement has no two frames that fit into a message")


def worst_window(repetitions: Sequence[MotionRepetition]) -> WorstWindow | None:
    """The repetition that stands out as least good, by its score or else by the form gate.

    By the score, where the poorest is further from the best than the standard deviation of its
    error; by the form, where one was judged not good. ``None`` where none stands out, and where
    fewer than two were judged: the worst of one would say nothing.
    """
    scored = [(each.score, each) for each in repetitions if each.score is not None]
    if len(scored) >= _FEWEST_COMPARED:
        best, worst = (choose(scored, key=lambda pair: pair[0]) for choose in (min, max))
        stands_out = worst[0] - best[0] > (worst[1].deviation or 0.0)
        return _window(worst[1], "score") if stands_out else None
    judged = [each for each in repetitions if each.good is not None]
    bad = [each for each in judged if not each.good]
    if len(judged) < _FEWEST_COMPARED or not bad:
        return None
    return _window(min(bad, key=lambda each: each.probability_good or 0.0), "form")


def _window(repetition: MotionRepetition, by: Literal["score", "form"]) -> WorstWindow:
    return WorstWindow(begins_s=repetition.begins_s, ends_s=repetition.ends_s, by=by)


def _kept(times_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """The frames that differ in their millisecond."""
    milliseconds = np.round(times_s / _LEAST_APART_S).astype(np.int64)
    return np.flatnonzero(np.diff(milliseconds, prepend=-1) > 0)


def _track(
    recorded: RecordedSet,
    analysis: SetAnalysis,
    times_s: NDArray[np.float64],
    frames: NDArray[np.intp],
) -> str:
    joints_m = None if analysis.in_space is None else analysis.in_space.joints_m[frames]
    try:
        return packed(Track(times_s[frames], recorded.recording.keypoints[frames], joints_m))
    except ValueError as error:
        raise QualityError(f"the set's movement cannot be written: {error}") from error


def _trimmed(recorded: RecordedSet, analysis: SetAnalysis) -> Span | None:
    if analysis.in_space is None or analysis.in_space.trimmed_s is None:
        return None
    begins_s, ends_s = analysis.in_space.trimmed_s
    began_s = float(recorded.recording.times_s[0])
    return Span(begins_s=_since(begins_s, began_s), ends_s=_since(ends_s, began_s))


def _repetitions(recorded: RecordedSet, quality: SetQuality) -> tuple[MotionRepetition, ...]:
    """The coach's repetitions with what was said of each; where it counted none, trimming's."""
    return tuple(_each_repetition(recorded, quality))[:MOST_REPETITIONS]


def _each_repetition(recorded: RecordedSet, quality: SetQuality) -> Iterator[MotionRepetition]:
    began_s = float(recorded.recording.times_s[0])
    if not recorded.repetitions:
        for judged in quality.repetitions:
            yield _repetition(judged.begins_s, judged.ends_s, "both", judged)
        return
    for index, times in enumerate(recorded.repetitions):
        said = quality.repetitions[index] if index < len(quality.repetitions) else None
        begins_s, ends_s = _since(times.begins_s, began_s), _since(times.ends_s, began_s)
        yield _repetition(begins_s, ends_s, times.side, said)


def _repetition(
    begins_s: float, ends_s: float, side: str, judged: RepetitionQuality | None
) -> MotionRepetition:
    said = {} if judged is None else judged.model_dump(
        include={"good", "probability_good", "score", "deviation"}
    )  # fmt: skip
    return MotionRepetition.model_validate(
        {"begins_s": begins_s, "ends_s": ends_s, "side": side} | said
    )


def _since(time_s: float, began_s: float) -> float:
    return round(max(time_s - began_s, 0.0), 3)
