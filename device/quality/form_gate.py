"""Whether one repetition was done well, as far as joints in space show it, or why nothing is said.

What it was trained on, and how often it errs with new people, stands in
``models/networks/form_gate.md``.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.trimming import checked
from models.errors import ModelsError
from models.form_features import features, ten_frames
from models.form_gate import FormWeights, form_gate_limits, load_weights
from models.networks.find import find_stage

STAGE: Final = "form_gate"
"""The rule's name in the manifest."""

NOT_TRAINED: Final = "form_not_trained_for_exercise"
TOO_SHORT: Final = "too_few_frames"
UNLIKE: Final = "form_unlike_training"
UNSURE: Final = "form_unsure"


@dataclass(frozen=True, slots=True)
class FormJudgement:
    """``good`` is ``None`` where it was not judged; then ``reason`` says why.

    ``probability_good`` is 0 to 1, also where it was too near the middle to judge; ``None`` where
    it would mean nothing.
    """

    good: bool | None
    probability_good: float | None
    reason: str | None


def judge(
    joints_m: NDArray[np.floating], times_s: NDArray[np.float64], exercise_id: str
) -> FormJudgement:
    """The judgement of one repetition, from its begin to its end.

    ``joints_m`` [T, 13, 3] is as in :mod:`models.kinect_joints`, ``times_s`` [T] increases. Raises
    :class:`QualityError` for other shapes, for values that are not finite, and where the gate's
    file is missing or wrong.
    """
    checked(joints_m, times_s)
    limits = form_gate_limits()
    weights = _weights().get(exercise_id)
    if weights is None:
        return FormJudgement(None, None, NOT_TRAINED)
    if len(joints_m) < limits.fewest_frames:
        return FormJudgement(None, None, TOO_SHORT)
    values = features(ten_frames(joints_m))
    if float(weights.share_outside(values)) > limits.most_outside:
        return FormJudgement(None, None, UNLIKE)
    probability = float(weights.probability_good(values))
    if limits.bad_to < probability < limits.good_from:
        return FormJudgement(None, probability, UNSURE)
    return FormJudgement(probability >= limits.good_from, probability, None)


@cache
def _weights() -> dict[str, FormWeights]:
    try:
        stage = find_stage(STAGE)
        if stage.path is None:
            raise QualityError(f"stage {STAGE} has no file in the manifest: install PhysioPi again")
        return load_weights(stage.path)
    except ModelsError as error:
        raise QualityError(f"stage {STAGE}: {error}") from error
