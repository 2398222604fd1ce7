"""Recordings of several repetitions cut into single ones, by a rule."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.motion.motion import Motion

_SMOOTHED_S: Final = 0.15
_PEAK_SHARE: Final = 0.5
_SHORTEST_S: Final = 0.8
_HIGH_PERCENTILE: Final = 95.0


def repetitions(motion: Motion) -> list[Motion]:
    """The repetitions in ``motion``, numbered from 1; none where nothing is repeated.

    The signal is the way the joints are from their resting posture (the median of the first half
    second), root mean square over the joints, with the hips' height. A repetition is a time above
    half the signal's range (its 95th percentile over its least), at least 0.8 s from the one
    before; it goes from the least signal before to the least one after.
    """
    signal = excursion_m(motion)
    return [
        motion.cut(begin, end + 1, number)
        for number, (begin, end) in enumerate(cuts(signal, motion.fps), start=1)
    ]


def excursion_m(motion: Motion) -> NDArray[np.float64]:
    """float64 [T]: how far the joints are from where they were at the start, smoothed."""
    places = motion.joints_m.astype(np.float64)
    if motion.hips_m is not None:
        height = np.zeros((len(places), 1, 3))
        height[:, 0, 1] = motion.hips_m[:, 1]
        places = np.concatenate([places, height], axis=1)
    rest = np.median(places[: max(1, round(0.5 * motion.fps))], axis=0)
    away = np.sqrt(((places - rest) ** 2).sum(axis=-1).mean(axis=-1))
    return smoothed(away, _SMOOTHED_S * motion.fps)


def cuts(signal: NDArray[np.float64], fps: float) -> list[tuple[int, int]]:
    """First and last frame of each repetition in a signal that is low at rest."""
    low, high = float(signal.min()), float(np.percentile(signal, _HIGH_PERCENTILE))
    above = signal > low + _PEAK_SHARE * (high - low)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(int)))
    spans: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if spans and begin - spans[-1][1] < _SHORTEST_S * fps:
            spans[-1] = (spans[-1][0], int(end))
        else:
            spans.append((int(begin), int(end)))
    found: list[tuple[int, int]] = []
    for at, (begin, end) in enumerate(spans):
        before = spans[at - 1][1] if at else 0
        after = spans[at + 1][0] if at + 1 < len(spans) else len(signal)
        first = before + int(np.argmin(signal[before : begin + 1]))
        last = end - 1 + int(np.argmin(signal[end - 1 : after]))
        if last - first >= _SHORTEST_S * fps:
            found.append((first, last))
    return found


def smoothed(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    """``values`` [T] under a Gaussian of that deviation in frames, its ends held."""
    reach = max(1, int(np.ceil(3 * deviation)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(deviation, 1e-6)) ** 2)
    padded = np.concatenate([np.full(reach, values[0]), values, np.full(reach, values[-1])])
    return np.asarray(np.convolve(padded, weights / weights.sum(), mode="valid"))
