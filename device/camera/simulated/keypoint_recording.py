"""Keypoints of a simulated patient without pictures: projected, with the noise of a pose network.

Quick: thousands of frames a second, for large tests of counting, form and recognition. The noise is
modelled on MoveNet's, not measured on a picture: what is proven on it alone is labelled so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.skeleton import SIDES, Vector
from device.camera.simulated.truth import Truth
from device.camera.simulated.view import COCO_JOINTS, NEAREST_M, View
from device.pose.pose import KEYPOINT_COUNT, Keypoint
from device.recording import KeypointRecording

Points = NDArray[np.float64]

# What may hide a joint: segments with their half widths as fractions of stature.
_COVERS: tuple[tuple[str, str, float], ...] = (
    ("neck", "pelvis", 0.075),
    *((f"{side}_hip", f"{side}_knee", 0.042) for side in SIDES),
    *((f"{side}_knee", f"{side}_ankle", 0.026) for side in SIDES),
    *((f"{side}_shoulder", f"{side}_elbow", 0.028) for side in SIDES),
    *((f"{side}_elbow", f"{side}_wrist", 0.020) for side in SIDES),
)
_NEARER_BY_M = 0.07
_FACE = range(Keypoint.NOSE, Keypoint.RIGHT_EAR + 1)
_LIMBS = range(Keypoint.LEFT_SHOULDER, KEYPOINT_COUNT)
_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
_HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
_PAIRS = (
    (Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW),
    (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST),
    (Keypoint.LEFT_KNEE, Keypoint.RIGHT_KNEE),
    (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE),
)
# Left and right are mistaken where both lie nearly one behind the other.
_SWAPPED_WITHIN_TORSO = 0.35
_OUT_OF_PICTURE_SCORE = 0.08
_LONGEST_SCORE_MEMORY = 0.9


@dataclass(frozen=True, slots=True)
class KeypointNoise:
    """How a pose network errs.

    ``deviation_torso`` is the standard deviation, in torso lengths, of a keypoint with a score of
    0.8 or more, ``deviation_per_score`` what each point of score below that adds. ``memory`` is how
    much of an error stays until the next frame (first-order autoregression). ``swapped`` and
    ``dropped`` are the probabilities, per frame, that a pair of joints seen from the side changes
    places and that a keypoint is not found. Scores are normally distributed about
    ``visible_score`` or ``hidden_score``.
    """

    deviation_torso: float = 0.02
    deviation_per_score: float = 0.06
    memory: float = 0.7
    swapped: float = 0.02
    dropped: float = 0.05
    visible_score: float = 0.74
    hidden_score: float = 0.40
    score_deviation: float = 0.08


MOVENET_LIKE = KeypointNoise()
NO_NOISE = KeypointNoise(
    deviation_torso=0.0,
    deviation_per_score=0.0,
    swapped=0.0,
    dropped=0.0,
    visible_score=0.9,
    hidden_score=0.9,
    score_deviation=0.0,
)


class BodyInSpace(Protocol):
    """A body at one time."""

    @property
    def time_s(self) -> float:
        """Seconds."""

    @property
    def joints(self) -> Mapping[str, Vector]:
        """Its joints by name, metres in the view's axes."""

    @property
    def keypoints(self) -> Points:
        """float64 [17, 2]: where they are in the picture, y and x normalised, in COCO order."""


@dataclass(frozen=True, slots=True)
class KeypointTake:
    """Keypoints beside the truth of the same frames."""

    recording: KeypointRecording
    truths: tuple[Truth, ...]

    @property
    def measure_deg(self) -> NDArray[np.float64]:
        """The exercise's true measure, float64 [T]."""
        return np.array([truth.measure_deg for truth in self.truths])


def record_keypoints(
    patient: SimulatedPatient,
    seed: int = 0,
    noise: KeypointNoise = MOVENET_LIKE,
    fps: float | None = None,
) -> KeypointTake:
    """What a network would say of that patient; the same ``seed`` gives the same keypoints.

    Frames are those of the patient's conditions, at ``fps`` instead of their rate where given. The
    body hides its own limbs; bystanders, furniture and light are for pictures.
    """
    truths = tuple(patient.truths(fps))
    random = np.random.default_rng((seed, patient.body_seed))
    recording = seen_by_network(truths, patient.view, patient.body.stature_m, noise, random)
    return KeypointTake(recording, truths)


def seen_by_network(
    bodies: Sequence[BodyInSpace],
    view: View,
    stature_m: float,
    noise: KeypointNoise,
    random: np.random.Generator,
) -> KeypointRecording:
    """What a network would say of a body whose places are known, frame by frame."""
    true = np.array([body.keypoints for body in bodies])
    hidden = _hidden(bodies, view, stature_m)
    scores = _scores(hidden, noise, random)
    size = np.array([view.height, view.width], np.float64)
    true_px = true * size
    places = true_px + _errors(scores, _torso_px(true_px), noise, random)
    _drop(places, scores, noise, random)
    _swap(places, scores, _seen_from_the_side(true_px), noise, random)
    places /= size
    outside = ((true < 0) | (true > 1)).any(axis=2) | ~np.isfinite(true).all(axis=2)
    scores[outside] = np.minimum(scores[outside], _OUT_OF_PICTURE_SCORE)
    places = np.clip(places, 0.0, 1.0)
    keypoints = np.concatenate([places, scores[..., None]], axis=2).astype(np.float32)
    times_s = np.array([body.time_s for body in bodies])
    return KeypointRecording(keypoints, times_s, view.width, view.height)


def _torso_px(places: Points) -> NDArray[np.float64]:
    """[T]: middle of the shoulders to middle of the hips, or the shoulders' breadth if longer."""
    shoulders, hips = places[:, _SHOULDERS].mean(axis=1), places[:, _HIPS].mean(axis=1)
    breadth = np.linalg.norm(places[:, _SHOULDERS[0]] - places[:, _SHOULDERS[1]], axis=1)
    return np.asarray(np.maximum(np.linalg.norm(shoulders - hips, axis=1), breadth))


def _hidden(bodies: Sequence[BodyInSpace], view: View, stature_m: float) -> NDArray[np.bool_]:
    """Whether the body itself, or the back of the head, is before each keypoint; [T, 17]."""
    seen = {
        name: view.from_camera(np.array([body.joints[name] for body in bodies]))
        for name in bodies[0].joints
    }
    hidden = np.zeros((len(bodies), KEYPOINT_COUNT), np.bool_)
    for keypoint in _LIMBS:
        name = COCO_JOINTS[keypoint]
        for start, end, width in _COVERS:
            if name not in (start, end):
                hidden[:, keypoint] |= _behind(
                    seen[name], seen[start], seen[end], width * stature_m
                )
    head = seen["head"]
    sight = head / np.linalg.norm(head, axis=1, keepdims=True)
    for keypoint in _FACE:
        outward = seen[COCO_JOINTS[keypoint]] - head
        away = np.einsum("ij,ij->i", outward, sight) / np.linalg.norm(outward, axis=1)
        hidden[:, keypoint] = away > 0.2
    return hidden


def _behind(point: Points, start: Points, end: Points, radius_m: float) -> NDArray[np.bool_]:
    """Whether a rod from ``start`` to ``end`` lies between the camera and ``point``; all [T, 3]."""
    flat, first, last = (p[:, :2] / np.maximum(p[:, 2:], NEAREST_M) for p in (point, start, end))
    along = last - first
    length = np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    share = np.clip(np.einsum("ij,ij->i", flat - first, along) / length, 0.0, 1.0)
    depth = start[:, 2] + (end[:, 2] - start[:, 2]) * share
    beside_m = np.linalg.norm(flat - first - along * share[:, None], axis=1) * depth
    return np.asarray((beside_m < radius_m) & (depth < point[:, 2] - _NEARER_BY_M))


def _scores(
    hidden: NDArray[np.bool_], noise: KeypointNoise, random: np.random.Generator
) -> NDArray[np.float64]:
    level = np.where(hidden, noise.hidden_score, noise.visible_score)
    wander = _remembering(random.standard_normal(hidden.shape), _LONGEST_SCORE_MEMORY)
    return np.clip(level + noise.score_deviation * wander, 0.02, 0.97)


def _errors(
    scores: NDArray[np.float64],
    torso_px: NDArray[np.float64],
    noise: KeypointNoise,
    random: np.random.Generator,
) -> Points:
    deviation = noise.deviation_torso + noise.deviation_per_score * np.maximum(0.8 - scores, 0.0)
    wander = _remembering(random.standard_normal((*scores.shape, 2)), noise.memory)
    return np.asarray(wander * (deviation * torso_px[:, None])[..., None])


def _remembering(drawn: Points, memory: float) -> Points:
    """Noise of unit variance whose value in one frame is ``memory`` of the last one's."""
    wander, fresh = drawn.copy(), np.sqrt(1.0 - memory * memory)
    for index in range(1, len(wander)):
        wander[index] = memory * wander[index - 1] + fresh * drawn[index]
    return wander


def _drop(
    places: Points, scores: NDArray[np.float64], noise: KeypointNoise, random: np.random.Generator
) -> None:
    """Keypoints not found: a low score, somewhere near."""
    dropped = random.random(scores.shape) < noise.dropped
    scores[dropped] = random.uniform(0.03, 0.2, int(dropped.sum()))
    near_px = 0.2 * np.broadcast_to(_torso_px(places)[:, None], scores.shape)[dropped]
    places[dropped] += random.standard_normal((int(dropped.sum()), 2)) * near_px[:, None]


def _seen_from_the_side(places: Points) -> NDArray[np.bool_]:
    breadth = np.linalg.norm(places[:, _HIPS[0]] - places[:, _HIPS[1]], axis=1)
    return np.asarray(breadth < _SWAPPED_WITHIN_TORSO * _torso_px(places))


def _swap(
    places: Points,
    scores: NDArray[np.float64],
    from_the_side: NDArray[np.bool_],
    noise: KeypointNoise,
    random: np.random.Generator,
) -> None:
    """Left taken for right, of joints that lie one behind the other."""
    for left, right in _PAIRS:
        swapped = from_the_side & (random.random(len(places)) < noise.swapped)
        for table in (places, scores):
            kept = table[swapped, left].copy()
            table[swapped, left] = table[swapped, right]
            table[swapped, right] = kept
