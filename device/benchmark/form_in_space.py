"""The truth of faults that not even an ideal camera shows: taken from the joints in space."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from device.camera.simulated.repetition_plan import PlannedRepetition
from device.camera.simulated.rotation import degrees_between
from device.camera.simulated.truth import Truth
from device.coaching.body_frame import SIDES, BodySide
from device.coaching.form.excursion import lasting
from models.messages import FaultCode

_RISES_M = 0.005
"""Between two frames, somebody who rises goes up further than this."""
_BENT_LASTS_S = 0.5


def true_support(truths: Sequence[Truth], repetition: PlannedRepetition) -> float | None:
    """Median distance of the nearer wrist from its thigh while the body rises, torso lengths.

    A camera at the side cannot tell an arm that hangs beside the thigh from one that rests on it.
    """
    distances = [
        min(_from_thigh(truth, side) for side in SIDES)
        for before, truth in pairwise(truths)
        if repetition.begins_s <= truth.time_s <= repetition.returned_s
        and truth.joints["pelvis"][1] - before.joints["pelvis"][1] > _RISES_M
    ]
    return float(np.median(distances)) if distances else None


def true_elbow_bend(truths: Sequence[Truth], repetition: PlannedRepetition) -> float | None:
    """How much more than at first the elbows of the arms that move are bent, degrees.

    A camera in front cannot see a forearm bend towards it.
    """
    sides = SIDES if repetition.side == "both" else (repetition.side,)
    bends = [
        lasting(
            [
                (each.time_s, _elbow_deg(each, side) - _elbow_deg(truths[0], side))
                for each in truths
                if repetition.begins_s <= each.time_s <= repetition.returned_s
            ],
            _BENT_LASTS_S,
        )
        for side in sides
    ]
    return max((each for each in bends if each is not None), default=None)


IN_SPACE: Mapping[FaultCode, Callable[[Sequence[Truth], PlannedRepetition], float | None]] = {
    "hand_support": true_support,
    "elbow_bent": true_elbow_bend,
}


def _elbow_deg(truth: Truth, side: BodySide) -> float:
    shoulder, elbow, wrist = (
        truth.joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")
    )
    return degrees_between(elbow - shoulder, wrist - elbow)


def _from_thigh(truth: Truth, side: BodySide) -> float:
    joints = truth.joints
    hip, knee, wrist = (joints[f"{side}_{name}"] for name in ("hip", "knee", "wrist"))
    thigh = knee - hip
    share = min(max(float((wrist - hip) @ thigh / (thigh @ thigh)), 0.0), 1.0)
    shoulders = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    hips = (joints["left_hip"] + joints["right_hip"]) / 2
    torso_m = float(np.linalg.norm(shoulders - hips))
    return float(np.linalg.norm(wrist - hip - share * thigh)) / torso_m
