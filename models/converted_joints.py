"""Thirteen joints in a picture in torso lengths about the middle of the hips, frame by frame.

The same code prepares what the device has seen and what the depth network is trained on, so that
the two cannot drift apart. It looks at no later frame.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.kinect_joints import JOINT_COUNT

SEEN_SCORE: Final = 0.2
"""Below this score a joint counts as unseen; the smoothing of the screen drops it there, too."""
CARRIED_S: Final = 0.3
"""So long an unseen joint stays where it was last seen."""
TORSO_RISES_S: Final = 0.5
TORSO_FALLS_S: Final = 5.0
"""Time constants of the running torso length: a trunk that bends towards the camera or away from it
looks shorter and is not, so that the length falls far more slowly than it rises."""

MEAN_TORSO_M: Final = 0.49
"""From the middle of the shoulders to the middle of the hips of a body of 1.70 m: 0.288 of the
stature (Winter 2009, after Drillis and Contini 1966). A guess for whoever was not measured."""

_LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP = 1, 2, 7, 8
_TRUNK = [_LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP]
_LEAST_TORSO = 1e-6

# COCO's order. The ears lie beside the skull's middle from every side; the nose lies before it.
_FACE_PARTS: Final = ((3, 4), (1, 2), (0, 0))
_COCO_LIMBS: Final = slice(5, 17)
_LEAST_WEIGHT = 1e-6

Array = NDArray[np.float64]


def joints_of_keypoints(
    places: NDArray[np.floating], scores: NDArray[np.floating]
) -> tuple[Array, Array]:
    """The places [..., 13, 2] and scores [..., 13] of the joints, of 17 COCO keypoints likewise.

    The head is between the ears, nearer to the one with the higher score; where no ear is seen,
    between the eyes, and then the nose. Its score is the better one's. Shoulders to ankles stand in
    COCO's order; a hand is the wrist, a foot the ankle.
    """
    head = np.asarray(places[..., 0, :], np.float64)
    score = np.asarray(scores[..., 0], np.float64)
    for left, right in reversed(_FACE_PARTS):
        pair = np.asarray(scores[..., (left, right)], np.float64)
        weights = np.maximum(pair, _LEAST_WEIGHT)[..., None]
        middle = (places[..., (left, right), :] * weights).sum(axis=-2) / weights.sum(axis=-2)
        best = pair.max(axis=-1)
        seen = best >= SEEN_SCORE
        head = np.where(seen[..., None], middle, head)
        score = np.where(seen, best, score)
    joints = np.concatenate([head[..., None, :], places[..., _COCO_LIMBS, :]], axis=-2)
    return joints, np.concatenate([score[..., None], scores[..., _COCO_LIMBS]], axis=-1)


class JointConversion:
    """What is remembered of one person, or of several at once, from frame to frame.

    ``several`` is how many persons are converted side by side; ``None`` for one, whose arrays then
    have no leading axis.
    """

    def __init__(self, several: int | None = None) -> None:
        self._shape: tuple[int, ...] = () if several is None else (several,)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._places = np.zeros((*self._shape, JOINT_COUNT, 2))
        self._scores = np.zeros((*self._shape, JOINT_COUNT))
        self._seen_s = np.full((*self._shape, JOINT_COUNT), -np.inf)
        self._torso = np.zeros(self._shape)
        self._torso_s = np.full(self._shape, -np.inf)

    def step(
        self, places: NDArray[np.floating], scores: NDArray[np.floating], time_s: float | Array
    ) -> NDArray[np.float32]:
        """The next frame, float32 [..., 13, 3]: x to the right, y up, score 0 to 1.

        ``places`` [..., 13, 2] has x to the right and y up in any unit that is the same for both;
        ``scores`` [..., 13] is 0 to 1. ``time_s`` must not go back; for several persons it is [N].
        A joint that is not seen keeps its last place in the picture for :data:`CARRIED_S` while
        its score falls to 0; then it has the place the pose network names, with the score 0.
        """
        now_s = np.asarray(time_s, np.float64)
        raw = np.asarray(places, np.float64)
        seen = np.asarray(scores) >= SEEN_SCORE
        self._places = np.where(seen[..., None], raw, self._places)
        self._scores = np.where(seen, scores, self._scores)
        self._seen_s = np.where(seen, now_s[..., None], self._seen_s)
        fresh = np.clip(1.0 - (now_s[..., None] - self._seen_s) / CARRIED_S, 0.0, 1.0)
        here = np.where((fresh > 0.0)[..., None], self._places, raw)
        torso = self._follow_torso(here, np.asarray(seen[..., _TRUNK].all(axis=-1)), now_s)
        middle = 0.5 * (here[..., _LEFT_HIP, :] + here[..., _RIGHT_HIP, :])
        converted = np.empty((*self._shape, JOINT_COUNT, 3), np.float32)
        converted[..., :2] = (here - middle[..., None, :]) / torso[..., None, None]
        converted[..., 2] = self._scores * fresh
        return converted

    def _follow_torso(self, here: Array, seen: NDArray[np.bool_], now_s: Array) -> Array:
        """The running torso length; it stands still while a part of the trunk is not seen."""
        shoulders = here[..., _LEFT_SHOULDER, :] + here[..., _RIGHT_SHOULDER, :]
        hips = here[..., _LEFT_HIP, :] + here[..., _RIGHT_HIP, :]
        breadth = here[..., _LEFT_SHOULDER, :] - here[..., _RIGHT_SHOULDER, :]
        # Nobody's shoulders are broader than the trunk is long: a trunk that points at the camera
        # is found out by it.
        length = np.maximum(
            0.5 * np.hypot(*np.moveaxis(shoulders - hips, -1, 0)),
            np.hypot(*np.moveaxis(breadth, -1, 0)),
        )
        passed_s = np.where(np.isfinite(self._torso_s), now_s - self._torso_s, 0.0)
        constant_s = np.where(length > self._torso, TORSO_RISES_S, TORSO_FALLS_S)
        followed = self._torso + (length - self._torso) * -np.expm1(-passed_s / constant_s)
        begun = np.isfinite(self._torso_s)
        self._torso = np.where(seen, np.where(begun, followed, length), self._torso)
        self._torso_s = np.where(seen, now_s, self._torso_s)
        return np.maximum(np.where(np.isfinite(self._torso_s), self._torso, length), _LEAST_TORSO)
