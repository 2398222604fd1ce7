"""Counts repetitions of one side's measure, live: REST, OUT, then RETURNED, with hysteresis.

The measure is taken as *reach*: 0 at the person's own rest, 1 where the exercise begins to count
(``easy_deg``). A movement leaves rest, must reach ``enter``, and is counted when it has come most
of the way back, so that a pause, a tremble at the top or a half-finished movement is not a count.
"""

import itertools
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from models.exercises.definition import RangeOfMotion, RepetitionThresholds

_STILL_REACH = 0.1
"""A movement begins where it was last this near to its lowest of the last seconds."""
_LOOK_BACK_S = 4.0
_LONGEST_WAY_TO_ENTER_S = 4.0
"""A measure that rests between ``leave`` and ``enter`` this long is a posture, not a movement."""
_RETURNED_FRACTION = 0.35
"""A movement has returned when it is this fraction of its own peak above rest, or below leave."""
_RISE_WITHOUT_REST = 0.45
"""How far reach must rise again to be a new movement when rest was not reached in between."""
_REST_FALLS_S, _REST_RISES_S = 0.3, 8.0
_LARGEST_REST_SHIFT = 0.5
_LEAST_VALID_FRACTION = 0.6
"""A movement seen in fewer of its frames than this is not counted."""
_RETURN_LASTS_S = 0.15
"""A return shorter than this is a keypoint that jumped, not a movement that ended."""
_PEAK_WINDOW_S = 0.2
"""The peak is the mean of the furthest samples of this long, so that noise does not raise it."""


class CounterPhase(Enum):
    """Where the measure is."""

    REST = "rest"
    OUT = "out"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement away from rest and back.

    ``peak_deg`` is the measure at its furthest. ``out_s`` and ``return_s`` are the durations of the
    two phases, ``None`` where one was not seen whole. ``complete`` is false when the recording
    ended at the top.
    """

    kind: Literal["repetition", "attempt"]
    began_s: float
    peak_s: float
    ended_s: float
    peak_deg: float
    out_s: float | None
    hold_s: float
    return_s: float | None
    complete: bool = True

    @property
    def duration_s(self) -> float:
        """From leaving rest to being counted."""
        return self.ended_s - self.began_s


@dataclass(slots=True)
class _Sample:
    time_s: float
    angle_deg: float
    reach: float


class RepetitionCounter:
    """Finds movements in one side's measure; one instance for one side of one set."""

    def __init__(self, thresholds: RepetitionThresholds, range_of_motion: RangeOfMotion) -> None:
        self._thresholds = thresholds
        self._start_deg = range_of_motion.start_deg
        self._per_reach_deg = range_of_motion.easy_deg - range_of_motion.start_deg
        self._rest = 0.0
        self._previous_s: float | None = None
        self._ended_s = -math.inf
        self._phase: CounterPhase | None = None
        self._valley = 0.0
        self._began = _Sample(0.0, 0.0, 0.0)
        self._recent: deque[_Sample] = deque()
        self._samples: list[_Sample] = []
        self._peak = 0.0
        self._seen = 0
        self._frames = 0
        self._hips: list[float] = []
        self._returned_s: float | None = None

    @property
    def phase(self) -> CounterPhase:
        """REST until the first sample says otherwise."""
        return self._phase or CounterPhase.REST

    def update(
        self, time_s: float, angle_deg: float | None, hips_x: float | None
    ) -> Movement | None:
        """Take one frame's measure, ``None`` when not visible; a movement when one has ended.

        ``hips_x`` is the middle of the hips along the picture in torso lengths.
        """
        if angle_deg is None:
            self._frames += 1
            return None
        raw = (angle_deg - self._start_deg) / self._per_reach_deg
        self._follow_rest(time_s, raw)
        sample = _Sample(time_s, angle_deg, raw - self._rest)
        if self._phase is None:
            # The first sight may be in mid-movement: what began unseen is not counted.
            began_at_rest = sample.reach <= self._thresholds.leave
            self._phase = CounterPhase.REST if began_at_rest else CounterPhase.RETURNING
            self._valley = sample.reach
        if self._phase is CounterPhase.OUT:
            return self._while_out(sample, hips_x)
        self._while_in(sample, hips_x)
        return None

    def finish(self) -> Movement | None:
        """The set or recording has ended: a movement that had reached its top still counts."""
        if self._phase is not CounterPhase.OUT:
            return None
        movement = self._close(self._samples[-1], complete=False)
        return movement if movement is not None and movement.kind == "repetition" else None

    def _follow_rest(self, time_s: float, raw: float) -> None:
        step_s = 0.0 if self._previous_s is None else max(time_s - self._previous_s, 0.0)
        self._previous_s = time_s
        if self._phase is CounterPhase.OUT:
            return
        time_constant_s = _REST_FALLS_S if raw < self._rest else _REST_RISES_S
        self._rest += (raw - self._rest) * (1.0 - math.exp(-step_s / time_constant_s))
        self._rest = max(-_LARGEST_REST_SHIFT, min(self._rest, _LARGEST_REST_SHIFT))

    def _while_in(self, sample: _Sample, hips_x: float | None) -> None:
        self._recent.append(sample)
        while sample.time_s - self._recent[0].time_s > _LOOK_BACK_S:
            self._recent.popleft()
        if sample.reach <= self._thresholds.leave:
            self._phase = CounterPhase.REST
        self._valley = min(self._valley, sample.reach)
        from_rest = self._phase is CounterPhase.REST
        rise = sample.reach if from_rest else sample.reach - self._valley
        if rise > (self._thresholds.leave if from_rest else _RISE_WITHOUT_REST):
            self._phase = CounterPhase.OUT
            self._began = _beginning(tuple(self._recent))
            self._recent.clear()
            self._samples = [sample]
            self._peak = sample.reach
            self._seen, self._frames = 1, 1
            self._returned_s = None
            self._hips = [] if hips_x is None else [hips_x]

    def _while_out(self, sample: _Sample, hips_x: float | None) -> Movement | None:
        self._samples.append(sample)
        self._seen += 1
        self._frames += 1
        if hips_x is not None:
            self._hips.append(hips_x)
        self._peak = peak = max(self._peak, sample.reach)
        returned_at = max(self._thresholds.leave, _RETURNED_FRACTION * peak)
        out_s = sample.time_s - self._samples[0].time_s
        too_long = out_s > (
            self._thresholds.longest_s
            if peak >= self._thresholds.enter
            else _LONGEST_WAY_TO_ENTER_S
        )
        if sample.reach > returned_at:
            self._returned_s = None
        elif self._returned_s is None:
            self._returned_s = sample.time_s
        returned = self._returned_s is not None and (
            sample.time_s - self._returned_s >= _RETURN_LASTS_S
        )
        if not returned and not too_long:
            return None
        movement = None if too_long else self._close(sample, complete=True)
        self._phase = CounterPhase.RETURNING
        self._valley = sample.reach
        return movement

    def _close(self, last: _Sample, *, complete: bool) -> Movement | None:
        thresholds = self._thresholds
        top = max(self._samples, key=lambda each: each.reach)
        peak_deg = _robust_peak_deg(self._samples)
        # How far below the single furthest sample the lasting peak lies, in reach.
        peak = top.reach - abs(top.angle_deg - peak_deg) / abs(self._per_reach_deg)
        duration_s = last.time_s - self._began.time_s
        drift = max(self._hips) - min(self._hips) if self._hips else 0.0
        if (
            peak < thresholds.attempt
            or duration_s < thresholds.shortest_s
            or last.time_s - self._ended_s < thresholds.refractory_s
            or drift > thresholds.maximum_hip_drift_torso
            or self._seen < _LEAST_VALID_FRACTION * self._frames
        ):
            return None
        self._ended_s = last.time_s
        return Movement(
            kind="repetition" if peak >= thresholds.enter else "attempt",
            began_s=self._began.time_s,
            peak_s=top.time_s,
            ended_s=last.time_s,
            peak_deg=peak_deg,
            out_s=self._out_s(top),
            hold_s=_time_above(self._samples, 0.9 * top.reach),
            return_s=self._return_s(top, last) if complete else None,
            complete=complete,
        )

    def _out_s(self, top: _Sample) -> float | None:
        reached = next(s for s in self._samples if s.reach >= 0.9 * top.reach)
        return _whole_phase_s(
            reached.time_s - self._began.time_s,
            self._began.reach / top.reach,
            reached.reach / top.reach,
        )

    def _return_s(self, top: _Sample, last: _Sample) -> float | None:
        left = next(s for s in reversed(self._samples) if s.reach >= 0.9 * top.reach)
        # The return is timed to where it was first seen, not to where it was believed.
        last = next((s for s in self._samples if s.time_s == self._returned_s), last)
        return _whole_phase_s(
            last.time_s - left.time_s, last.reach / top.reach, left.reach / top.reach
        )


def _beginning(recent: Sequence[_Sample]) -> _Sample:
    """The last sample near the foot of the rise that ends ``recent``."""
    lowest, foot = math.inf, 0
    for index in range(len(recent) - 1, -1, -1):
        if recent[index].reach > lowest + 2 * _STILL_REACH:
            break
        lowest = min(lowest, recent[index].reach)
        foot = index
    return next(
        s for s in reversed(recent) if s.reach <= lowest + _STILL_REACH or s is recent[foot]
    )


def _robust_peak_deg(samples: Sequence[_Sample]) -> float:
    furthest_first = sorted(samples, key=lambda each: -each.reach)
    span_s = samples[-1].time_s - samples[0].time_s
    interval_s = span_s / max(len(samples) - 1, 1)
    count = max(1, min(len(samples), round(_PEAK_WINDOW_S / interval_s) if interval_s else 1))
    return sum(each.angle_deg for each in furthest_first[:count]) / count


def _time_above(samples: Sequence[_Sample], reach: float) -> float:
    return sum(
        second.time_s - first.time_s
        for first, second in itertools.pairwise(samples)
        if first.reach >= reach and second.reach >= reach
    )


def _whole_phase_s(part_s: float, lower: float, upper: float) -> float | None:
    """The duration of a whole phase of which a part between two fractions of the way was timed.

    Unhurried movements follow the minimum-jerk course (Flash and Hogan 1985), which spends much of
    its time near its ends; dividing by the part's share of that course gives the whole.
    """
    share = _minimum_jerk_time(upper) - _minimum_jerk_time(lower)
    return part_s / share if share > 0.1 and part_s > 0 else None


def _minimum_jerk_time(way: float) -> float:
    """The fraction of the duration, 0 to 1, after which ``way``, 0 to 1, is covered."""
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        if middle**3 * (10 - 15 * middle + 6 * middle**2) < way:
            low = middle
        else:
            high = middle
    return (low + high) / 2
