"""Recordings of several repetitions cut into single ones, by a rule.

The rule, for a signal that grows with the movement: what lies above half of its range is a peak; a
repetition goes from the lowest place before its peak to the lowest one after it, without the rest
there (until 5 % of its own rise). One that begins or ends in mid-movement is left out. A movement
to both sides swings about the middle of its range, and each side is a repetition, as the exercise
library counts.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINTS
from models.training.motion.motion import Motion

Signal = NDArray[np.float64]

_SMOOTHED_S: Final = 0.15
_GLITCH_FRAMES: Final = 5
_PEAK_SHARE: Final = 0.5
_REST_SHARE: Final = 0.05
_COMPLETE_SHARE: Final = 0.35
_SHORTEST_S: Final = 0.6
_PERCENTILES: Final = (3.0, 97.0)
_START_S: Final = 0.5

_LEFT_SHOULDER, _RIGHT_SHOULDER = 1, 2
_SHOULDERS, _HANDS, _HIPS, _FEET = (
    [JOINTS.index(f"{side}_{name}") for side in ("left", "right")]
    for name in ("shoulder", "hand", "hip", "foot")
)


def repetitions(motion: Motion) -> list[Motion]:
    """The repetitions in ``motion``, numbered from 1; none where nothing is repeated."""
    return [
        motion.cut(begin, end + 1, number)
        for number, (begin, end) in enumerate(cuts(motion), start=1)
    ]


def cuts(motion: Motion) -> list[tuple[int, int]]:
    """First and last frame of each repetition."""
    measure = MEASURES.get(motion.exercise_id, along_principal_component)
    signal = _smooth(measure(motion), motion.fps)
    if motion.exercise_id not in TO_BOTH_SIDES:
        return _cuts_of(signal, motion.fps)
    swing = signal - float(np.mean(np.percentile(signal, _PERCENTILES)))
    sides = [_cuts_of(np.maximum(side * swing, 0.0), motion.fps) for side in (1.0, -1.0)]
    return sorted(sides[0] + sides[1])


def hands_over_shoulders_m(motion: Motion) -> Signal:
    """How far the hands are above the shoulders."""
    return _middle(motion, _HANDS)[:, 1] - _middle(motion, _SHOULDERS)[:, 1]


def trunk_tilt_deg(motion: Motion) -> Signal:
    """The trunk against the vertical, sideways, positive to the left."""
    x, y, _ = _middle(motion, _SHOULDERS).T
    return np.asarray(np.degrees(np.arctan2(x, y)))


def trunk_turn_deg(motion: Motion) -> Signal:
    """The line of the shoulders seen from above, positive turned to the left."""
    joints = motion.joints_m.astype(np.float64)
    x, _, z = (joints[:, _LEFT_SHOULDER] - joints[:, _RIGHT_SHOULDER]).T
    return np.asarray(np.degrees(np.arctan2(-z, x)))


def pelvis_shift_deg(motion: Motion) -> Signal:
    """The line from the ankles' middle to the hips' against the vertical, positive to the left."""
    x, y, _ = -_middle(motion, _FEET).T
    return np.asarray(np.degrees(np.arctan2(x, y)))


def hips_drop_m(motion: Motion) -> Signal:
    """How near the hips are to the ankles' height, from below: higher is deeper."""
    return _middle(motion, _FEET)[:, 1]


def along_principal_component(motion: Motion) -> Signal:
    """The joints, with the hips' way, along the line on which they move most, from the start."""
    places = motion.places_m.reshape(len(motion.joints_m), -1).astype(np.float64)
    _, axes = np.linalg.eigh(np.cov(places, rowvar=False))
    along = places @ axes[:, -1]
    start = float(np.median(along[: max(1, round(_START_S * motion.fps))]))
    low, high = np.percentile(along, _PERCENTILES)
    return np.asarray(along if start - low < high - start else -along)


MEASURES: Final[Mapping[str, Callable[[Motion], Signal]]] = {
    "arm_lift": hands_over_shoulders_m,
    "trunk_side_tilt": trunk_tilt_deg,
    "trunk_rotation": trunk_turn_deg,
    "pelvis_rotation": pelvis_shift_deg,
    "squat_deep": hips_drop_m,
}
"""The signal of each of KIMORE's exercises, in the sense of the library's measure; of any other the
principal component."""

TO_BOTH_SIDES: Final = frozenset({"trunk_side_tilt", "trunk_rotation", "pelvis_rotation"})


def _cuts_of(signal: Signal, fps: float) -> list[tuple[int, int]]:
    low, high = np.percentile(signal, _PERCENTILES)
    above = signal > low + _PEAK_SHARE * (high - low)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(int)))
    peaks = [
        (int(begin), int(end))
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
        if end - begin >= _SHORTEST_S * fps / 2
    ]
    found = []
    for at, (begin, end) in enumerate(peaks):
        after = peaks[at + 1][0] if at + 1 < len(peaks) else len(signal)
        before = peaks[at - 1][1] if at else 0
        cut = _around(signal, before, begin, end, after)
        complete = low + _COMPLETE_SHARE * (high - low)
        long_enough = cut[1] - cut[0] >= _SHORTEST_S * fps
        if long_enough and max(signal[cut[0]], signal[cut[1]]) <= complete:
            found.append(cut)
    return found


def _around(signal: Signal, before: int, begin: int, end: int, after: int) -> tuple[int, int]:
    """The lowest places round a peak, moved to where the rest ends and begins again."""
    peak = float(signal[begin:end].max())
    first = before + int(np.argmin(signal[before : begin + 1]))
    last = end - 1 + int(np.argmin(signal[end - 1 : after]))
    rising = signal[first] + _REST_SHARE * (peak - signal[first])
    falling = signal[last] + _REST_SHARE * (peak - signal[last])
    below_before = np.flatnonzero(signal[first:begin] <= rising)
    below_after = np.flatnonzero(signal[end - 1 : last + 1] <= falling)
    if len(below_before):
        first += int(below_before[-1])
    if len(below_after):
        last = end - 1 + int(below_after[0])
    return first, last


def _middle(motion: Motion, joints: list[int]) -> NDArray[np.float64]:
    return np.asarray(motion.joints_m[:, joints].astype(np.float64).mean(axis=1))


def _smooth(signal: Signal, fps: float) -> Signal:
    """Without single glitches (median of five frames), under a Gaussian."""
    half = _GLITCH_FRAMES // 2
    padded = np.pad(signal, half, mode="edge")
    steady = np.median(np.lib.stride_tricks.sliding_window_view(padded, _GLITCH_FRAMES), axis=1)
    deviation = _SMOOTHED_S * fps
    reach = max(1, int(np.ceil(3 * deviation)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(steady, reach, mode="edge")
    return np.asarray(np.convolve(padded, weights / weights.sum(), mode="valid"))
