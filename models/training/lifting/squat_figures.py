"""MoveNet on real people beside a Kinect: how far the conversion and the depth are from it.

The squats are only measured on, never trained on. The Kinect errs too, and it looked from another
place than the camera of the clips in some of them: these are differences between two instruments.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.converted_joints import MEAN_TORSO_M, JointConversion, joints_of_keypoints
from models.depth_window import BAND, LENGTHS, VALUES, LimbLengths, windows
from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.lifting.baselines import Lift
from models.training.lifting.bodies import torso_length
from models.training.motion.squats import FPS, Squat

Figures = dict[str, Any]

_HIPS: Final = (JOINTS.index("left_hip"), JOINTS.index("right_hip"))
_RIGHT_AND_UP: Final = np.array([1.0, -1.0])
_KINECT_SCORE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Pairs:
    """One clip: the network's ``inputs`` [T, VALUES]; ``true_m`` [T, 13, 3], where the Kinect had
    the joints, relative to the middle of the hips; ``torso_m`` of this body."""

    person: str
    inputs: NDArray[np.float32]
    true_m: NDArray[np.float64]
    torso_m: float


def pairs_of(squat: Squat) -> Pairs:
    """The frames that have a picture; what came before them in the clip is known, too."""
    frames, _ = squat.pairs()
    inputs = _inputs(
        *joints_of_keypoints(
            squat.keypoints[..., :2] * _RIGHT_AND_UP, squat.keypoints[..., 2].astype(np.float64)
        )
    )
    true_m, torso_m = _true(squat)
    return Pairs(squat.motion.subject, inputs[squat.at[frames]], true_m[frames], torso_m)


def pairs_of_kinect(squat: Squat) -> Pairs:
    """As if the Kinect's x and y were a picture: what is left is the error of the depth alone."""
    true_m, torso_m = _true(squat)
    inputs = _inputs(true_m[..., :2], np.full(true_m.shape[:2], _KINECT_SCORE))
    return Pairs(squat.motion.subject, inputs, true_m, torso_m)


def _true(squat: Squat) -> tuple[NDArray[np.float64], float]:
    true_m = squat.camera_m.astype(np.float64)
    true_m -= true_m[:, _HIPS].mean(axis=1, keepdims=True)
    return true_m, float(np.median(torso_length(true_m)))


def _inputs(places: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """[T, VALUES] of joints in every frame, [T, 13, 2] and [T, 13]."""
    conversion, limb_lengths = JointConversion(), LimbLengths()
    times_s = np.arange(len(places)) / FPS
    converted = np.empty((len(times_s), JOINT_COUNT, 3), np.float32)
    inputs = np.empty((len(times_s), VALUES), np.float32)
    for frame, time_s in enumerate(times_s.tolist()):
        converted[frame] = conversion.step(places[frame], scores[frame], time_s)
        inputs[frame, -len(LENGTHS) :] = limb_lengths.step(converted[frame], time_s)
    inputs[:, : -len(LENGTHS)] = windows(converted, times_s)
    return inputs


def squat_figures(
    lifts: Mapping[str, Lift],
    squats: Sequence[Squat],
    pairs: Callable[[Squat], Pairs] = pairs_of,
) -> Figures:
    """Of each lift, the mean over persons of each person's clips, in centimetres.

    ``mpjpe_cm`` in space and ``picture_cm`` of x and y alone with the body's true torso length,
    ``depth_cm`` of z alone (absolute); ``scaled_cm`` when each frame has the scale that fits best;
    ``guessed_cm`` with the torso length that the device takes for whoever was not measured.
    ``picture_by_joint_cm`` has x and y of each joint.
    """
    clips = [pairs(squat) for squat in squats if squat.pair_ok]
    found: Figures = {"clips": len(clips), "frames": sum(len(clip.inputs) for clip in clips)}
    for name, lift in lifts.items():
        by_person: dict[str, list[NDArray[np.float64]]] = {}
        for clip in clips:
            lifted = lift(clip.inputs)[:, : JOINT_COUNT * 3].reshape(-1, JOINT_COUNT, 3)
            by_person.setdefault(clip.person, []).append(_errors_cm(lifted, clip))
        persons = {person: np.mean(clips, axis=0) for person, clips in sorted(by_person.items())}
        mean = np.mean(list(persons.values()), axis=0)
        found[name] = {
            **_named(mean),
            "by_person": {person: _named(values) for person, values in persons.items()},
            "picture_by_joint_cm": dict(
                zip(JOINTS, mean[len(_NAMES) :].round(2).tolist(), strict=True)
            ),
        }
    return found


_NAMES: Final = ("mpjpe_cm", "scaled_cm", "guessed_cm", "picture_cm", "depth_cm")


def band_on_squats(lift: Lift, squats: Sequence[Squat]) -> dict[str, float]:
    """By person: the share of errors within :data:`BAND` deviations, with the true torso length."""
    within: dict[str, list[float]] = {}
    for clip in (pairs_of(squat) for squat in squats if squat.pair_ok):
        places, deviations = np.split(lift(clip.inputs), [JOINT_COUNT * 3], axis=1)
        apart = places.reshape(-1, JOINT_COUNT, 3) - clip.true_m / clip.torso_m
        share = (np.linalg.norm(apart, axis=-1) <= BAND * deviations).mean()
        within.setdefault(clip.person, []).append(float(share))
    return {person: round(float(np.mean(clips)), 3) for person, clips in sorted(within.items())}


def _errors_cm(lifted: NDArray[np.float32], clip: Pairs) -> NDArray[np.float64]:
    """The five of :data:`_NAMES`, then x and y joint by joint."""
    apart = lifted * clip.torso_m - clip.true_m
    fit = (lifted * clip.true_m).sum(axis=(1, 2), keepdims=True)
    fit /= np.maximum(np.square(lifted).sum(axis=(1, 2), keepdims=True), 1e-9)
    in_picture = np.linalg.norm(apart[..., :2], axis=-1).mean(axis=0)
    means = [
        np.linalg.norm(apart, axis=-1).mean(),
        np.linalg.norm(lifted * fit - clip.true_m, axis=-1).mean(),
        np.linalg.norm(lifted * MEAN_TORSO_M - clip.true_m, axis=-1).mean(),
        in_picture.mean(),
        np.abs(apart[..., 2]).mean(),
    ]
    return 100.0 * np.concatenate([means, in_picture])


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(_NAMES, values[: len(_NAMES)].round(2).tolist(), strict=True))
