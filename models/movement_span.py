"""What trimming looks at, and where it finds the movement's begin and end.

The same code prepares what the network is trained on and what it is given on the device. Trimming
by a rule alone, which the network was measured against, is here, too.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from models.exercises.table import Fraction, Table
from models.standard_body import VALUES, standardised

RATE_HZ: Final = 15.0
"""Frames a second of what is looked at, whatever the camera's rate."""
INPUTS: Final = VALUES + 1
"""Values of one frame: the standardised body, and how far it is along the main movement."""

_SMOOTHED_S: Final = 0.1
_RESTS, _PEAKS = 5.0, 97.0
"""Percentiles of the main movement's signal that count as its rest and its peak."""

Array = NDArray[np.float64]


LIMITS_FILE: Final = Path(__file__).with_name("movement_span.toml")

Seconds = Annotated[float, Field(gt=0, le=60)]


class SpanLimits(Table):
    """When a signal from 0 to 1 is the movement.

    It is where the signal is above ``surely``, and from there on both sides as far as it stays
    above ``still``. Such times less than ``gap_s`` apart are one; the one that counts has the
    largest sum, and is no movement when it is shorter than ``shortest_s``.
    """

    surely: Fraction
    still: Fraction
    gap_s: Seconds
    shortest_s: Seconds


class TrimmingLimits(Table):
    """All of movement_span.toml."""

    schema_version: Literal[1]
    network: SpanLimits
    rule: SpanLimits


@cache
def trimming_limits() -> TrimmingLimits:
    """The limits; raises ``pydantic.ValidationError`` for a file of another shape."""
    return TrimmingLimits.model_validate(tomllib.loads(LIMITS_FILE.read_text(encoding="utf-8")))


def sampled(
    joints_m: NDArray[np.floating], times_s: NDArray[np.float64]
) -> tuple[NDArray[np.float32], Array]:
    """float32 [N, 40] at :data:`RATE_HZ`, and the times float64 [N] in seconds.

    ``joints_m`` is [T, 13, 3] at ``times_s`` [T], which increase; T is at least 2.
    """
    count = max(2, round((times_s[-1] - times_s[0]) * RATE_HZ) + 1)
    at_s = np.linspace(times_s[0], times_s[-1], count)
    after = np.clip(np.searchsorted(times_s, at_s), 1, len(times_s) - 1)
    share = (at_s - times_s[after - 1]) / (times_s[after] - times_s[after - 1])
    share = share[:, None, None]
    places = (1.0 - share) * joints_m[after - 1] + share * joints_m[after]
    body = standardised(places).reshape(count, VALUES)
    return np.column_stack([body, main_movement(body)]).astype(np.float32), at_s


def main_movement(body: NDArray[np.floating]) -> Array:
    """float64 [N]: how far the posture is along the recording's main movement, 0 rest, 1 peak.

    That is the first principal component of ``body`` [N, 39] at :data:`RATE_HZ` (Jolliffe,
    Principal Component Analysis, 2002), between two percentiles. Rest is the side on which the
    recording begins and ends. All 0 where nothing moves.
    """
    places = _smoothed(np.asarray(body, np.float64), _SMOOTHED_S * RATE_HZ)
    away = places - places.mean(axis=0)
    _, directions = np.linalg.eigh(away.T @ away)
    signal = away @ directions[:, -1]
    ends = max(1, round(0.5 * RATE_HZ))
    resting = np.median(np.concatenate([signal[:ends], signal[-ends:]]))
    if resting > 0.5 * (signal.max() + signal.min()):
        signal = -signal
    rest, peak = np.percentile(signal, [_RESTS, _PEAKS])
    return np.asarray((signal - rest) / (peak - rest)) if peak > rest else np.zeros(len(signal))


def span(signal: NDArray[np.floating], limits: SpanLimits) -> tuple[int, int] | None:
    """First and last frame of the movement in ``signal`` [N] at :data:`RATE_HZ`, or ``None``."""
    sure = _runs(signal > limits.surely)
    wide = _runs(signal > limits.still)
    found: list[tuple[int, int]] = []
    for begin, end in wide:
        if not any(begin <= first <= end for first, _ in sure):
            continue
        if found and begin - found[-1][1] < limits.gap_s * RATE_HZ:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    if not found:
        return None
    first, last = max(found, key=lambda run: float(signal[run[0] : run[1] + 1].sum()))
    return (first, last) if last - first >= limits.shortest_s * RATE_HZ else None


def _runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _smoothed(values: Array, deviation: float) -> Array:
    """``values`` [N, V] under a Gaussian of that deviation in frames, its ends held."""
    reach = max(1, int(np.ceil(3 * deviation)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
    return np.asarray(windows @ (weights / weights.sum()))
