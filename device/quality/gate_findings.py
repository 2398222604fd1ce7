"""What the gate found, as stretches of time: which part of the body, when, why, and how much."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.quality.gate_causes import CauseFinder
from device.quality.keypoint_gate import GatedWindows
from models.quality import BODY_BLOCKS, GateFinding
from models.quality_limits import GateLimits

MOST_FINDINGS: Final = 20
_SHIFT_LASTS_S: Final = 0.4


def gate_findings(
    gated: GatedWindows, causes: CauseFinder, limits: GateLimits, began_s: float
) -> tuple[GateFinding, ...]:
    """The findings of a set that began at ``began_s`` on its recording's clock, longest first."""
    found = [
        _finding(gated, causes, column, stretch, began_s)
        for column in range(len(BODY_BLOCKS))
        for stretch in _stretches(gated, column, limits)
    ]
    found += [_shift(gated, time_s, began_s) for time_s in causes.camera_moved_s.tolist()]
    # The camera's move is said even where the keypoints were as good after it.
    return tuple(
        sorted(found, key=lambda each: (each.block != "whole", each.begins_s - each.ends_s))
    )


def _stretches(gated: GatedWindows, column: int, limits: GateLimits) -> list[tuple[int, int]]:
    """First and last window of each stretch in which a block is blamed, joined over short gaps."""
    windows, stretches = gated.windows, list[tuple[int, int]]()
    for index in np.flatnonzero(gated.blamed[:, column]).tolist():
        if stretches:
            first, last = stretches[-1]
            if windows.begins_s[index] - windows.ends_s[last] <= limits.finding_joins_s:
                stretches[-1] = (first, index)
                continue
        stretches.append((index, index))
    return [
        (first, last)
        for first, last in stretches
        if windows.ends_s[last] - windows.begins_s[first] >= limits.finding_lasts_s
    ]


def _finding(
    gated: GatedWindows,
    causes: CauseFinder,
    column: int,
    stretch: tuple[int, int],
    began_s: float,
) -> GateFinding:
    windows, block = gated.windows, BODY_BLOCKS[column]
    begins_s, ends_s = float(windows.begins_s[stretch[0]]), float(windows.ends_s[stretch[1]])
    blamed = np.zeros(len(windows), np.bool_)
    blamed[stretch[0] : stretch[1] + 1] = gated.blamed[stretch[0] : stretch[1] + 1, column]
    return GateFinding(
        block=block,
        cause=causes.cause(block, begins_s, ends_s),
        begins_s=_since(begins_s, began_s),
        ends_s=_since(ends_s, began_s),
        goodness=_share(gated.goodness[blamed, column]),
        confidence=_share(windows.confidence[blamed, column]),
        jitter_torso=round(min(float(windows.jitter_torso[blamed, column].mean()), 1000.0), 3),
    )


def _shift(gated: GatedWindows, time_s: float, began_s: float) -> GateFinding:
    windows = gated.windows
    near = (windows.ends_s >= time_s) & (windows.begins_s <= time_s + _SHIFT_LASTS_S)
    near = near if near.any() else np.ones(len(windows), np.bool_)
    return GateFinding(
        block="whole",
        cause="camera_moved",
        begins_s=_since(time_s, began_s),
        ends_s=_since(time_s + _SHIFT_LASTS_S, began_s),
        goodness=_share(gated.goodness[near]),
        confidence=_share(windows.confidence[near]),
        jitter_torso=round(min(float(windows.jitter_torso[near].mean()), 1000.0), 3),
    )


def _since(time_s: float, began_s: float) -> float:
    return round(max(time_s - began_s, 0.0), 2)


def _share(values: NDArray[np.float64]) -> float:
    return round(float(np.clip(values.mean(), 0.0, 1.0)), 3)
