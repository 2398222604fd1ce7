"""MoveNet's keypoints beside where the joints really were: what its errors are measured on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT, MIRRORED
from models.training.motion.archive import open_archive
from models.training.motion.camera_fit import fitted
from models.training.motion.hiding import hidden
from models.training.motion.motion import Source
from models.training.motion.noise import LEFTS, RIGHTS, body_axes, torso_on
from models.training.motion.squats import FPS, HEIGHT, WIDTH, Squat, squats

_EARS: Final = slice(3, 5)
_LIMBS: Final = slice(5, 17)
_NOT_BELOW: Final = 0.05
_LYING: Final = ("bird_dog", "bridge", "clamshell", "heel_slide", "push_up_floor", "slr_supine")

# A pair counts as swapped where that explains most of an error this large.
_SWAP_FROM_TORSO, _EXPLAINED, _SWAP_WITHIN_TORSO = 0.15, 0.6, 0.5
_COLLAPSED_SHARE, _APART_TORSO = 0.3, 0.25


@dataclass(frozen=True, slots=True)
class Sighting:
    """One recording.

    In torso lengths, x right and y up: ``true`` and ``seen`` [T, 13, 2]; ``scores`` [T, 13].
    ``left`` and ``up`` [T, 2] are a torso length to the body's left and up its trunk, as they look.
    ``behind`` [T, 13] says what the body hides, ``sideways`` [T] is 0 from the front and 1 from
    the side.
    """

    source: Source
    person: str
    fps: float
    true: NDArray[np.float64]
    seen: NDArray[np.float64]
    scores: NDArray[np.float64]
    left: NDArray[np.float64]
    up: NDArray[np.float64]
    behind: NDArray[np.bool_]
    sideways: NDArray[np.float64]

    @property
    def error(self) -> NDArray[np.float64]:
        """[T, 13, 2]."""
        return self.seen - self.true

    @property
    def swapped(self) -> NDArray[np.bool_]:
        """[T, 6]: which pairs are taken for each other."""
        as_said = _gap(self.seen, self.true)
        other_way = _gap(self.seen, self.true[:, MIRRORED])
        as_said = as_said[:, LEFTS] + as_said[:, RIGHTS]
        other_way = other_way[:, LEFTS] + other_way[:, RIGHTS]
        found = (other_way < _EXPLAINED * as_said) & (as_said > _SWAP_FROM_TORSO)
        return np.asarray(found & (other_way < _SWAP_WITHIN_TORSO))

    @property
    def collapsed(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """[T, 13] twice: which joints are seen where their counterpart is, and where that could be
        told, because the two are apart."""
        apart = _gap(self.true, self.true[:, MIRRORED])
        to_other = _gap(self.seen, self.true[:, MIRRORED])
        to_own = _gap(self.seen, self.true)
        could = apart > _APART_TORSO
        return could & (to_other < _COLLAPSED_SHARE * apart) & (to_other < to_own), could


def of_squats(folder: Path) -> Iterator[Sighting]:
    """The squats that were cut by hand, from the first to the last frame of the squat.

    Where the camera stood is fitted, so that the Kinect's own error is in the error measured. The
    head is left out of the fit: the Kinect's is another point than the ears' middle.
    """
    for squat in squats(folder):
        if squat.pair_ok and squat.trimmed is not None:
            yield _of_squat(squat, *squat.trimmed)


def _of_squat(squat: Squat, first: int, last: int) -> Sighting:
    frames, keypoints = squat.pairs()
    within = (frames >= first) & (frames <= last)
    places_m = squat.camera_m[frames[within]].astype(np.float64)
    seen = keypoints[within].astype(np.float64)
    joints, scores = _joints(seen, np.array([WIDTH, HEIGHT]))
    weights = np.maximum(scores, _NOT_BELOW)
    weights[:, 0] = 0.0
    picture = fitted(places_m, joints, weights)
    from_eye_m = places_m * np.array([1.0, 1.0, -1.0]) + np.array([0.0, 0.0, 2.5])
    return _sighting("squats", squat.motion.subject, FPS, picture, joints, scores, from_eye_m)


def of_film(path: Path) -> Iterator[Sighting]:
    """Shots of the simulated patient in good light, standing or sitting, from ``film.npz`` of
    ``python -m device.camera.simulated.training_motion --filmed``."""
    with open_archive(path) as film:
        arrays = {name: film[name] for name in film.files}
    usable = ~arrays["degraded"] & ~np.isin(arrays["exercise_id"], _LYING)
    fps = float(arrays["fps"])
    for shot in np.flatnonzero(usable):
        points_m = arrays["points_m"][shot].astype(np.float64)
        true = np.concatenate(
            [arrays["keypoints"][shot][..., 2:], arrays["true_px"][shot]], axis=-1
        ).astype(np.float64)[..., [1, 2, 0]]
        from_eye_m = points_m[:, [0, *range(6, 18)]]
        picture, _ = _joints(true, np.zeros(2))
        joints, scores = _joints(arrays["keypoints"][shot].astype(np.float64), np.zeros(2))
        yield _sighting("simulated", f"film-{shot}", fps, picture, joints, scores, from_eye_m)


def _joints(
    keypoints: NDArray[np.float64], size: NDArray[np.int64] | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[T, 17, 3] in pixels to [T, 13, 2], x right and y up, and scores; the head is the middle of
    the ears."""
    ears = keypoints[:, _EARS]
    head = np.concatenate([ears[..., :2].mean(axis=1), ears[..., 2:].max(axis=1)], axis=1)
    joints = np.concatenate([head[:, None], keypoints[:, _LIMBS]], axis=1)
    places = (joints[..., :2] - size / 2) * np.array([1.0, -1.0])
    return places, joints[..., 2]


def _sighting(
    source: Source,
    person: str,
    fps: float,
    picture: NDArray[np.float64],
    joints: NDArray[np.float64],
    scores: NDArray[np.float64],
    from_eye_m: NDArray[np.float64],
) -> Sighting:
    torso = torso_on(picture)[:, None, None]
    left, up, _ = body_axes(from_eye_m)
    return Sighting(
        source=source,
        person=person,
        fps=fps,
        true=picture / torso,
        seen=joints / torso,
        scores=scores,
        left=left[:, :2],
        up=up[:, :2],
        behind=hidden(from_eye_m),
        sideways=np.abs(left[:, 2]),
    )


def _gap(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(first - second, axis=-1)).reshape(-1, JOINT_COUNT)
