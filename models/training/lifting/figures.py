"""How far lifted joints are from where they were, by view, movement and joint."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.lifting.baselines import Lift
from models.training.lifting.filming import Clips
from models.training.motion.motion import Motion

VIEWS_DEG: Final = ((0, 20), (20, 45), (45, 90))

Figures = dict[str, Any]
Errors = NDArray[np.float64]


def figures_of(lifts: Mapping[str, Lift], clips: Clips, motions: Sequence[Motion]) -> Figures:
    """Of each lift: ``mpjpe_cm`` with the body's true size, and ``scaled_cm`` when each frame has
    the one scale that fits best; of all, by view, by movement and by joint."""
    inputs = clips.inputs()
    flat = inputs.reshape(-1, inputs.shape[-1])
    movements = np.array([motions[at].exercise_id for at in clips.motion])
    found: Figures = {"clips": len(clips), "frames": int(clips.times_s.size)}
    for name, lift in lifts.items():
        joints = lift(flat)[:, : JOINT_COUNT * 3].reshape(clips.joints.shape)
        true_cm, scaled_cm = errors_cm(joints, clips.joints, clips.torso_m)
        found[name] = {
            **_means(true_cm, scaled_cm),
            "by_view": {
                f"{low}-{high}": _means(true_cm[there], scaled_cm[there])
                for low, high in VIEWS_DEG
                if (there := seen_from(clips, low, high)).any()
            },
            "by_movement": {
                movement: _means(true_cm[movements == movement], scaled_cm[movements == movement])
                for movement in sorted(set(movements.tolist()))
            },
            "by_joint_cm": dict(zip(JOINTS, _rounded(true_cm.mean(axis=(0, 1))), strict=True)),
        }
    return found


def errors_cm(
    lifted: NDArray[np.float32], joints: NDArray[np.float32], torso_m: NDArray[np.float64]
) -> tuple[Errors, Errors]:
    """[N, T, 13] twice: distances with the body's true size, and after the best scale."""
    size_cm = 100.0 * torso_m[:, None, None]
    agreeing = (lifted * joints).sum(axis=(-2, -1), keepdims=True, dtype=np.float64)
    length = np.square(lifted).sum(axis=(-2, -1), keepdims=True, dtype=np.float64)
    scaled = lifted * (agreeing / np.maximum(length, 1e-9))
    return (
        np.linalg.norm(lifted - joints, axis=-1) * size_cm,
        np.linalg.norm(scaled - joints, axis=-1) * size_cm,
    )


def seen_from(clips: Clips, low: float, high: float) -> NDArray[np.bool_]:
    """[N]: which clips' cameras stood that many degrees aside, on either side."""
    turned = np.abs(clips.yaw_deg)
    return np.asarray((turned >= low) & (turned < high))


def _means(true_cm: Errors, scaled_cm: Errors) -> dict[str, float]:
    return {"mpjpe_cm": _rounded(true_cm.mean()), "scaled_cm": _rounded(scaled_cm.mean())}


def _rounded(values: Any) -> Any:  # noqa: ANN401
    return np.round(np.asarray(values, np.float64), 3).tolist()
