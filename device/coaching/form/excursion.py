"""Rules about a quantity that can be read from every frame: how far it went, and stayed, astray."""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from device.coaching.body_frame import SIDES, BodyFrame, BodySide
from device.coaching.form.rule import Ended, Limit, NotJudged, Sight
from device.coaching.repetition import Movement
from models.exercises.form_rules import ONLY_VIEW, View
from models.messages import FaultCode

LASTS_S = 0.25
"""What is shorter is a keypoint that jumped, not a fault."""
LEAST_SEEN_FRACTION = 0.6
"""A quantity must be seen in this fraction of the frames that it is judged by."""

_LONGEST_GAP_S = 0.4
_REMEMBERED_S = 150.0
_BASELINE_WINDOW_S = 30.0
_LEAST_BASELINE_FRAMES = 5
_LEAST_BASELINE_S = 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """A quantity on each side in one frame, ``None`` where it was not seen well enough.

    ``belonging`` are the sides on which the fault could be made just then.
    """

    time_s: float
    in_view: bool
    values: dict[BodySide, float | None]
    belonging: tuple[BodySide, ...]


class ExcursionRule(ABC):
    """A quantity that must not go astray for longer than ``lasts_s``.

    Where ``against_baseline``, it is compared with the patient's own resting pose: the median of
    the frames at rest in the half minute before the movement, so that it follows the patient, and
    neither a first frame in mid-movement nor a few wild ones decide it.
    """

    lasts_s: float = LASTS_S
    against_baseline: bool = True
    one_sided: bool = False
    """Whether left and right are read apart; otherwise only ``left`` is asked for. Seen from the
    side, of both only the one towards the camera is judged: what is behind it is guessed."""

    def __init__(self, code: FaultCode, limit: Limit, view: View | None = None) -> None:
        self.code = code
        self.limit = limit
        self.view: View | None = ONLY_VIEW.get(code, view)
        self._samples: deque[Sample] = deque()
        self._resting: deque[Sample] = deque()
        self._near: BodySide | None = None

    @abstractmethod
    def value(self, body: BodyFrame, side: BodySide) -> float | None:
        """The quantity in this frame; ``None`` where its keypoints are not seen."""

    def excursion(self, value: float, baseline: float) -> float:
        """How far ``value`` is astray, on the limit's scale; ``baseline`` is 0 where none is."""
        return value - baseline

    def settle(self, values: Sequence[float]) -> None:
        """Look at all values of the movement before any is judged."""
        del values

    def judged_sides(self, ended: Ended) -> tuple[BodySide, ...]:
        """The sides whose quantity is judged, where all of them are seen."""
        return ended.sides if self.one_sided else ("left",)

    def window_s(self, movement: Movement) -> tuple[float, float]:
        """From when to when the quantity is judged."""
        return movement.began_s, movement.ended_s

    def belongs(self, sight: Sight) -> bool:
        """Whether this frame is of a phase in which the fault can be made."""
        del sight
        return True

    def belongs_to_side(self, body: BodyFrame, side: BodySide) -> bool:
        """The same for one side alone."""
        del body, side
        return True

    def observe(self, sight: Sight) -> None:
        """Take one frame."""
        facing = sight.body.facing
        self._near = None if not facing else "right" if facing > 0 else "left"
        belongs = self.belongs(sight)
        if not belongs and not sight.at_rest:
            return
        in_view = self.view is None or sight.body.view == self.view
        sides = SIDES if self.one_sided else SIDES[:1]
        values = {side: self.value(sight.body, side) if in_view else None for side in sides}
        belonging = tuple(side for side in sides if self.belongs_to_side(sight.body, side))
        sample = Sample(sight.body.captured_at_s, in_view, values, belonging)
        if belongs:
            _append(self._samples, sample, _REMEMBERED_S)
        if sight.at_rest and self.against_baseline:
            _append(self._resting, sample, _BASELINE_WINDOW_S)

    def read(self, ended: Ended) -> float | NotJudged:
        """The furthest excursion that lasted, of the sides that are judged."""
        began_s, ended_s = self.window_s(ended.movement)
        samples = [each for each in self._samples if began_s <= each.time_s <= ended_s]
        if not samples:
            return "phase_not_seen"
        in_view = [each for each in samples if each.in_view]
        if len(in_view) < LEAST_SEEN_FRACTION * len(samples):
            return "view"
        sides = self.judged_sides(ended)
        if len(sides) > 1 and self.view == "sagittal" and self._near is not None:
            sides = (self._near,)
        readings = [self._read_side(side, in_view, ended) for side in sides]
        read = [each for each in readings if isinstance(each, float)]
        unread = [each for each in readings if isinstance(each, str)]
        if not unread:
            return max(read)
        # One side that is seen can show a fault, but cannot clear the other.
        at_fault = bool(read) and self.limit.judge(max(read), 0.0) is True
        return max(read) if at_fault else unread[0]

    def _read_side(
        self, side: BodySide, samples: Sequence[Sample], ended: Ended
    ) -> float | NotJudged:
        samples = [each for each in samples if side in each.belonging]
        if not samples:
            return "phase_not_seen"
        seen = [
            (each.time_s, value) for each in samples if (value := each.values.get(side)) is not None
        ]
        if len(seen) < LEAST_SEEN_FRACTION * len(samples):
            return "not_visible"
        self.settle([value for _, value in seen])
        baseline = self._baseline(side, ended) if self.against_baseline else 0.0
        if baseline is None:
            return "no_baseline"
        furthest = lasting(
            [(time_s, self.excursion(value, baseline)) for time_s, value in seen], self.lasts_s
        )
        return "phase_not_seen" if furthest is None else furthest

    def _baseline(self, side: BodySide, ended: Ended) -> float | None:
        """The median at rest; a return that is just being finished is no rest.

        A movement whose beginning was dated back into the rest before it is given the frames that
        were taken for rest at the time.
        """
        movement, previous = ended.movement, ended.previous
        resting = [
            (each.time_s, value)
            for each in self._resting
            if (value := each.values.get(side)) is not None
            and not (previous is not None and previous.began_s < each.time_s < previous.ended_s)
        ]
        for until_s in (movement.began_s, movement.peak_s):
            before = [each for each in resting if each[0] <= until_s]
            if (
                len(before) >= _LEAST_BASELINE_FRAMES
                and before[-1][0] - before[0][0] >= _LEAST_BASELINE_S
            ):
                return median(value for _, value in before)
        return None


def lasting(samples: Sequence[tuple[float, float]], lasts_s: float) -> float | None:
    """The highest level that ``samples`` (time, value) stayed at or above for ``lasts_s``.

    ``None`` where no stretch without a gap is that long.
    """
    highest: float | None = None
    gaps = [second[0] - first[0] > _LONGEST_GAP_S for first, second in pairwise(samples)]
    for start, (began_s, _) in enumerate(samples):
        lowest = math.inf
        for index in range(start, len(samples)):
            if index > start and gaps[index - 1]:
                break
            time_s, value = samples[index]
            lowest = min(lowest, value)
            if highest is not None and lowest <= highest:
                break
            if time_s - began_s >= lasts_s - 1e-6:
                highest = lowest
                break
    return highest


def _append(samples: deque[Sample], sample: Sample, remembered_s: float) -> None:
    samples.append(sample)
    while sample.time_s - samples[0].time_s > remembered_s:
        samples.popleft()
