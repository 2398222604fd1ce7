"""How the whole body moved in one movement, beside the exercise's reference motion.

Everyday movement bends elbows and lifts legs too. What tells it from a repetition is the rest of
the body: whether what moves is what the exercise moves, and as far, and what else moves. How the
body is held is no part of it: people hold themselves in their own ways.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from device.coaching.reference_views import ReferenceViews, reference_views
from device.coaching.repetition import Movement
from device.coaching.stand import Stand
from device.pose.pose import KEYPOINT_COUNT, Keypoint
from models.exercises.definition import ExerciseDefinition

Array = NDArray[np.float64]

BEFORE_S: Final = 0.35
"""So long before a movement its frames are asked for."""
_BEGUN_S, _AT_PEAK_S, _AT_END_S = 0.1, 0.15, 0.2
_LEAST_JOINTS, _LEAST_FRAMES = 5, 4
_KEPT_STILL_TORSO = 0.12
_OUTLIERS_PCT = 8.0
"""A joint's travel leaves out this share of its frames at either end: the network's errors."""
_LEAST_TORSO = 1e-3

_JOINTS = np.array([Keypoint.NOSE, *range(Keypoint.LEFT_SHOULDER, KEYPOINT_COUNT)])
_SHOULDERS = np.array([Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER])
_HIPS = np.array([Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP])
_PARTS: Mapping[str, NDArray[np.intp]] = {
    "hands": np.array([Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST]),
    "feet": np.array([Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]),
    "hips": _HIPS,
    "shoulders": _SHOULDERS,
    "head": np.array([Keypoint.NOSE]),
}


def features_of(
    stands: Sequence[Stand], torso_px: float, movement: Movement, exercise: ExerciseDefinition
) -> dict[str, float] | None:
    """The features of one movement by name; ``None`` when too little of the body was seen.

    ``stands`` are the frames from :data:`BEFORE_S` before the movement to its end, ``torso_px``
    the trunk's full length in pixels. Lengths are in torso lengths.

    ``likeness`` is the cosine between the joints' displacement, from beginning to peak, and the
    reference's, in the view where that is greatest; ``along`` and ``beside`` are the displacement
    along the reference's and across it, as multiples of it, and ``expected`` its length.
    ``away`` is how far the joints ended from where they began, ``away_share`` the same
    as a multiple of their displacement. ``travel_`` features are how far parts of the body went,
    and ``beyond_`` what of it the reference does not explain; ``travel_still`` that of joints which
    the reference keeps still. ``breadth`` is how much the breadth of shoulders and hips changed,
    ``reach`` the measure's peak, 1 where it begins to count.
    """
    if len(stands) < _LEAST_FRAMES or torso_px <= 0.0:
        return None
    times_s = np.array([each.time_s for each in stands])
    missing = (np.nan, np.nan)
    points = np.array([[each or missing for each in stand.points] for stand in stands]) / torso_px
    began_s, peak_s, ended_s = movement.began_s, movement.peak_s, movement.ended_s
    start = _pose_between(times_s, points, began_s - BEFORE_S, began_s + _BEGUN_S)
    peak = _pose_between(times_s, points, peak_s - _AT_PEAK_S, peak_s + _AT_PEAK_S)
    end = _pose_between(times_s, points, ended_s - _AT_END_S, ended_s)
    moved = peak - start
    seen = _JOINTS[~np.isnan(moved[_JOINTS, 0])]
    if len(seen) < _LEAST_JOINTS:
        return None
    references, span = reference_views(exercise), exercise.range_of_motion
    expected = references.at(span.progress(movement.peak_deg)) - references.start
    away = float(np.sqrt(np.nansum((end - start)[_JOINTS] ** 2)))
    return {
        **_displacement(moved[seen], expected[:, seen]),
        **_travels(points, references),
        "away": away,
        "away_share": away / (float(np.linalg.norm(moved[seen])) + _LEAST_TORSO),
        "breadth": _breadth(points),
        "reach": (movement.peak_deg - span.start_deg) / (span.easy_deg - span.start_deg),
    }


def _displacement(moved: Array, expected: Array) -> dict[str, float]:
    """What is said of a displacement [J, 2] beside those of the reference [V, J, 2]."""
    size = np.linalg.norm(expected, axis=(1, 2)) + _LEAST_TORSO
    inner = np.einsum("jx,vjx->v", moved, expected)
    likeness = inner / (size * (float(np.linalg.norm(moved)) + _LEAST_TORSO))
    best = int(likeness.argmax())
    along = float(inner[best] / size[best] ** 2)
    beside = float(np.linalg.norm(moved - along * expected[best]))
    return {
        "likeness": float(likeness[best]),
        "along": along,
        "beside": beside / float(size[best]),
        "beside_torso": beside,
        "expected": float(size[best]),
    }


def _travels(points: Array, references: ReferenceViews) -> dict[str, float]:
    """Of frames [T, 17, 2]."""
    low = _without_unseen(np.nanpercentile, points, 0, q=_OUTLIERS_PCT)
    high = _without_unseen(np.nanpercentile, points, 0, q=100.0 - _OUTLIERS_PCT)
    travels = np.nan_to_num(np.linalg.norm(high - low, axis=1))
    still = _JOINTS[references.travels[_JOINTS] < _KEPT_STILL_TORSO]
    features = {"travel_still": float(travels[still].max(initial=0.0))}
    for name, joints in _PARTS.items():
        features[f"travel_{name}"] = float(travels[joints].max())
        features[f"beyond_{name}"] = float(travels[joints].max() - references.travels[joints].max())
    return features


def _breadth(points: Array) -> float:
    across = sum(
        np.abs(points[:, left, 0] - points[:, right, 0]) for left, right in (_SHOULDERS, _HIPS)
    )
    low, high = np.nan_to_num(np.nanpercentile(across, (_OUTLIERS_PCT, 100.0 - _OUTLIERS_PCT)))
    return float(high - low)


def _pose_between(times_s: Array, points: Array, first_s: float, last_s: float) -> Array:
    """[17, 2], the median of the frames between; the nearest one when there is none."""
    chosen = (times_s >= first_s) & (times_s <= last_s)
    if not chosen.any():
        chosen[np.abs(times_s - (first_s + last_s) / 2).argmin()] = True
    return _without_unseen(np.nanmedian, points[chosen], 0)


def _without_unseen(
    statistic: Callable[..., Any], values: Array, axis: int, **settings: float
) -> Array:
    """Of the values that are seen along ``axis``; NaN where none is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(statistic(values, axis=axis, **settings))
