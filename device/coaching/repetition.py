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
_STILL_AT_PEAK, _SEEN_LATELY_S = 0.7, 0.4
_JUMPS_COUNT_AFTER_S = 2.0
_REST_FALLS_S, _REST_RISES_S = 0.3, 8.0
_LOWEST_REST, _HIGHEST_REST = -0.3, 0.5
_LEAST_VALID_FRACTION = 0.6
"""A movement seen in fewer of its frames than this is not counted."""
_RETURN_LASTS_S = 0.15
"""A return shorter than this is a keypoint that jumped, not a movement that ended."""
_PEAK_WINDOW_S = 0.3
"""The peak is the furthest running median over this long, so that single wild frames are nothing.
"""
_SUDDEN_S, _SUDDEN_FRACTION = 0.45, 0.3
"""A return within both this time and this fraction of the way out's is sudden, as is one that was
not seen to happen: the network may have lost the limb, or put it where the resting one is ..."""
_SUDDEN_RETURN_LASTS_S = 0.8
"""... and is believed when it lasts this long: a count must not come later than 1 s."""


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

    def __init__(
        self,
        thresholds: RepetitionThresholds,
        range_of_motion: RangeOfMotion,
        *,
        is_hold: bool = False,
    ) -> None:
        self._thresholds = thresholds
        self._is_hold = is_hold
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
        self._returned_s: float | None = None
        self._jumped_back = False

    @property
    def phase(self) -> CounterPhase:
        """REST until the first sample says otherwise."""
        return self._phase or CounterPhase.REST

    def at_peak_since_s(self, time_s: float) -> float | None:
        """When the movement under way began, if it has gone as far as counts and is seen not to
        have turned back; ``None`` otherwise."""
        if self._phase is not CounterPhase.OUT:
            return None
        last, risen = self._samples[-1], self._peak - self._began.reach
        if risen < self._thresholds.enter or time_s - last.time_s > _SEEN_LATELY_S:
            return None
        return self._began.time_s if last.reach >= _STILL_AT_PEAK * self._peak else None

    @property
    def held_s(self) -> float:
        """How long the movement under way has been beyond the range that counts."""
        if self._phase is not CounterPhase.OUT:
            return 0.0
        return self._time_held(self._samples)

    def update(
        self, time_s: float, angle_deg: float | None, *, jumped: bool = False
    ) -> Movement | None:
        """Take one frame's measure, ``None`` when not visible; a movement when one has ended.

        ``jumped`` when the measure was lost and is elsewhere now: soon after a repetition that is
        no new one, but the same that had been lost.
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
            return self._while_out(sample, jumped=jumped)
        if jumped and time_s - self._ended_s < _JUMPS_COUNT_AFTER_S:
            self._phase, self._valley = CounterPhase.RETURNING, sample.reach
            self._recent.clear()
        self._while_in(sample)
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
        self._rest = max(_LOWEST_REST, min(self._rest, _HIGHEST_REST))

    def _while_in(self, sample: _Sample) -> None:
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

    def _while_out(self, sample: _Sample, *, jumped: bool) -> Movement | None:
        self._samples.append(sample)
        self._seen += 1
        self._frames += 1
        self._peak = peak = max(self._peak, sample.reach)
        returned_at = max(self._thresholds.leave, _RETURNED_FRACTION * peak)
        out_s = sample.time_s - self._samples[0].time_s
        too_long = out_s > (
            self._thresholds.longest_s
            if peak >= self._thresholds.enter
            else _LONGEST_WAY_TO_ENTER_S
        )
        if sample.reach > returned_at:
            self._returned_s, self._jumped_back = None, False
        elif self._returned_s is None:
            self._returned_s, self._jumped_back = sample.time_s, jumped
        returned = self._returned_s is not None and (
            sample.time_s - self._returned_s >= self._return_lasts_s()
        )
        if not returned and not too_long:
            return None
        movement = None if too_long else self._close(sample, complete=True)
        self._phase = CounterPhase.RETURNING
        self._valley = sample.reach
        return movement

    def _close(self, last: _Sample, *, complete: bool) -> Movement | None:
        thresholds = self._thresholds
        top = _robust_peak(self._samples)
        duration_s = last.time_s - self._began.time_s
        if (
            top.reach < thresholds.attempt
            or duration_s < thresholds.shortest_s
            or last.time_s - self._ended_s < thresholds.refractory_s
            or self._seen < _LEAST_VALID_FRACTION * self._frames
        ):
            return None
        self._ended_s = last.time_s
        return Movement(
            kind="repetition" if top.reach >= thresholds.enter else "attempt",
            began_s=self._began.time_s,
            peak_s=top.time_s,
            ended_s=last.time_s,
            peak_deg=top.angle_deg,
            out_s=self._out_s(top),
            hold_s=self._hold_s(top),
            return_s=self._return_s(top, last) if complete else None,
            complete=complete,
        )

    def _return_lasts_s(self) -> float:
        """How long this return must last to be believed."""
        reached_s, left_s = self._at_top_s()
        if self._returned_s is None:
            return _RETURN_LASTS_S
        back_s, out_s = self._returned_s - left_s, reached_s - self._began.time_s
        sudden = self._jumped_back or _is_sudden(back_s, out_s)
        return _SUDDEN_RETURN_LASTS_S if sudden else _RETURN_LASTS_S

    def _at_top_s(self) -> tuple[float, float]:
        """When the movement under way came to its top and when it left it."""
        top_reach = 0.8 * self._peak
        at_top_s = [each.time_s for each in self._samples if each.reach >= top_reach]
        return at_top_s[0], at_top_s[-1]

    def _hold_s(self, top: _Sample) -> float:
        if self._is_hold:
            return self._time_held(self._samples)
        return _time_above(self._samples, 0.9 * top.reach)

    def _time_held(self, samples: Sequence[_Sample]) -> float:
        """From when the range that counts was reached until it was left, the longest such time."""
        longest_s, since_s = 0.0, None
        for each in samples:
            if since_s is None and each.reach >= self._thresholds.enter:
                since_s = each.time_s
            elif since_s is not None and each.reach < self._thresholds.leave:
                since_s = None
            if since_s is not None:
                longest_s = max(longest_s, each.time_s - since_s)
        return longest_s

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


def _is_sudden(way_s: float, out_s: float) -> bool:
    return way_s < _SUDDEN_S and way_s < _SUDDEN_FRACTION * out_s


def _beginning(recent: Sequence[_Sample]) -> _Sample:
    """The last sample near the foot of the rise that ends ``recent``."""
    lowest, foot = math.inf, 0
    # What lies below rest is no part of the rise: it may be the other side's movement.
    reaches = [max(each.reach, 0.0) for each in recent]
    for index in range(len(recent) - 1, -1, -1):
        if reaches[index] > lowest + 2 * _STILL_REACH:
            break
        lowest = min(lowest, reaches[index])
        foot = index
    near_foot = (i for i in range(len(recent) - 1, foot, -1) if reaches[i] <= lowest + _STILL_REACH)
    return recent[next(near_foot, foot)]


def _robust_peak(samples: Sequence[_Sample]) -> _Sample:
    """The sample whose running median is the furthest."""
    span_s = samples[-1].time_s - samples[0].time_s
    interval_s = span_s / max(len(samples) - 1, 1)
    half = round(_PEAK_WINDOW_S / interval_s) // 2 if interval_s else 0
    half = min(half, (len(samples) - 1) // 2)
    middles = range(half, len(samples) - half)
    windows = (samples[middle - half : middle + half + 1] for middle in middles)
    medians = [sorted(each, key=lambda s: s.reach)[half] for each in windows]
    return max(medians, key=lambda each: each.reach)


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
