"""Whether the deviations a network gives are as large as its errors."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.depth_window import BAND
from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.lifting.figures import VIEWS_DEG, seen_from
from models.training.lifting.filming import Clips

_SHARE: Final = 0.9

Answers = NDArray[np.float32]


def widening_of(answers: Answers, clips: Clips) -> NDArray[np.float32]:
    """[13]: by how much each joint's deviations must be multiplied to hold nine tenths.

    ``answers`` [N · T, 52] are those of clips that the network was not trained on.
    """
    distances, deviations = _errors(answers, clips)
    ratios = (distances / (BAND * deviations)).reshape(-1, JOINT_COUNT)
    return np.quantile(ratios, _SHARE, axis=0).astype(np.float32)


def band_coverage(answers: Answers, clips: Clips) -> dict[str, Any]:
    """The share of errors that are within :data:`models.depth_window.BAND` deviations."""
    distances, deviations = _errors(answers, clips)
    within = distances <= BAND * deviations
    return {
        "all": round(float(within.mean()), 3),
        "by_view": {
            f"{low}-{high}": round(float(within[seen].mean()), 3)
            for low, high in VIEWS_DEG
            if (seen := seen_from(clips, low, high)).any()
        },
        "by_joint": dict(zip(JOINTS, within.mean(axis=(0, 1)).round(3).tolist(), strict=True)),
    }


def _errors(answers: Answers, clips: Clips) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances and deviations, both [N, T, 13], in torso lengths."""
    places, deviations = np.split(answers.astype(np.float64), [JOINT_COUNT * 3], axis=1)
    apart = places.reshape(clips.joints.shape) - clips.joints
    return np.linalg.norm(apart, axis=-1), deviations.reshape(apart.shape[:-1])
