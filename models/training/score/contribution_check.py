"""Whether the contributions name the joint that was made wrong, on simulated faults."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np

from models.exercises.library import load_library
from models.movement_score.contributions import TEMPO
from models.movement_score.forest_score import ForestScore
from models.training.score.examples import Example

CLEARLY: Final = 1.3
"""Faults from this multiple of their limit on must be named."""
_NAMED: Final = 3

_OF_MEASURE: Final[Mapping[str, frozenset[str]]] = {
    "knee": frozenset({"knee", "hip"}),
    "hip": frozenset({"hip", "knee"}),
    "shoulder": frozenset({"shoulder"}),
    "elbow": frozenset({"elbow"}),
    "trunk": frozenset({"trunk", "shoulders"}),
    "pelvis": frozenset({"pelvis", "trunk", "hip"}),
}
_OF_FAULT: Final[Mapping[str, frozenset[str]]] = {
    "trunk_lean_forward": frozenset({"trunk", "hip"}),
    "trunk_lean_backward": frozenset({"trunk", "hip"}),
    "trunk_lean_sideways": frozenset({"trunk", "hip"}),
    "knee_valgus": frozenset({"knee"}),
    "knee_bent": frozenset({"knee"}),
    "hip_flexed": frozenset({"hip"}),
    "elbow_bent": frozenset({"elbow"}),
    "elbow_angle": frozenset({"elbow"}),
    "shoulder_hike": frozenset({"shoulders", "head", "shoulder"}),
    "pelvic_drop": frozenset({"pelvis", "hip"}),
    "pelvis_roll": frozenset({"pelvis", "hip"}),
    "sway": frozenset({"hip", "knee"}),
    "hand_support": frozenset({"shoulder", "elbow"}),
    "touch_down": frozenset({"hip", "knee"}),
    "too_fast": frozenset({TEMPO}),
    "too_slow": frozenset({TEMPO}),
    "fast_lowering": frozenset({TEMPO}),
}


def joints_of_fault(fault: str, exercise_id: str) -> frozenset[str]:
    """The joints, without their side, of which at least one is wrong with the fault."""
    if fault in _OF_FAULT:
        return _OF_FAULT[fault]
    measure = load_library().measured(exercise_id).measure
    return _OF_MEASURE[measure.partition("_")[0]]


def named_rightly(score: ForestScore, examples: Sequence[Example]) -> dict[str, Any]:
    """Shares of clear faults whose joint comes first, or among the first three, by fault."""
    first: dict[str, list[bool]] = defaultdict(list)
    among: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        fault, size = next(iter(example.motion.faults.items()), ("", 0.0))
        if size < CLEARLY:
            continue
        right = joints_of_fault(fault, example.exercise_id)
        found = score.contributions(example.repetition, example.exercise_id)
        named = [_without_side(each.joint) for each in found]
        first[fault].append(named[:1] != [] and named[0] in right)
        among[fault].append(bool(right & set(named[:_NAMED])))
    return {
        fault: {
            "faults": len(first[fault]),
            "first": round(float(np.mean(first[fault])), 2),
            "among_three": round(float(np.mean(among[fault])), 2),
        }
        for fault in sorted(first)
    } | {
        "all": {
            "faults": sum(map(len, first.values())),
            "first": round(float(np.mean(list(chain.from_iterable(first.values())))), 2),
            "among_three": round(float(np.mean(list(chain.from_iterable(among.values())))), 2),
        }
    }


def _without_side(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")
