"""What five frames of raw keypoints say of how far each part of the body can be relied on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.pose.pose import Keypoint
from device.recording import KeypointRecording
from models.quality import BODY_BLOCKS, BodyBlock

WINDOW_FRAMES: Final = 5
"""As many frames as the published gate of the squat pipeline takes together."""

BLOCK_KEYPOINTS: Final[Mapping[BodyBlock, tuple[Keypoint, Keypoint, Keypoint]]] = MappingProxyType(
    {
        "top_left": (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
        "top_right": (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
        "bottom_left": (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
        "bottom_right": (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
    }
)
_OTHER_SIDE: Final = (1, 0, 3, 2)
_LIMBS: Final = np.array([BLOCK_KEYPOINTS[block] for block in BODY_BLOCKS])
_SHOULDERS: Final = [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]
_HIPS: Final = [Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]

SIGNS: Final = (
    "score",
    "least_score",
    "jitter",
    "step",
    "longer",
    "shorter",
    "length_varies",
    "near_other_side",
    "asymmetry",
    "torso_differs",
    "hips_jump",
)
"""The signs of good keypoints, in the order of the last axis of :attr:`KeypointWindows.signs`:
the network's score, that of the block's least sure keypoint, the jitter and the longest step of a
frame (logarithms), how much longer (excess) and shorter (logarithm) the limbs are than they usually
are in the set, how much their length varies, how near they are to the other side's, how much they
differ from the other side's in length, how much the torso's length differs from the set's usual one
and how far the hips jump (logarithm). Lengths in torso lengths."""

_TRUNK_SEEN_SCORE = 0.3
_LEAST_LENGTH_TORSO = 0.05
_SHORTENED_TO = 0.5
"""A limb that points at the camera looks short: that it is shorter than half says no more. Chosen
on the squats, filmed from the front: without it 12 % of the good legs' windows were refused, with
it 3 %; on the simulated patient it changes next to nothing."""
_LOGARITHM_FROM = 0.005
_NEAR_TORSO = 0.15
_USUAL_LENGTH_PERCENTILE = 90.0


@dataclass(frozen=True, slots=True)
class KeypointWindows:
    """The windows of a recording, which follow on one another.

    ``begins_s`` and ``ends_s`` float64 [N]; ``signs`` float64 [N, 4, len(SIGNS)], blocks in the
    order of :data:`models.quality.BODY_BLOCKS`; ``confidence`` float64 [N, 4] the mean score, 0 to
    1; ``jitter_torso`` float64 [N, 4]; ``torso_px`` the usual torso length.
    """

    begins_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    signs: NDArray[np.float64]
    confidence: NDArray[np.float64]
    jitter_torso: NDArray[np.float64]
    torso_px: float

    def __len__(self) -> int:
        return len(self.begins_s)


def keypoint_windows(recording: KeypointRecording) -> KeypointWindows:
    """The windows of raw, unsmoothed keypoints; frames left over at the end go with the last one.

    A recording of fewer than five frames has none.
    """
    count = len(recording) // WINDOW_FRAMES
    if not count:
        return _no_windows()
    keypoints = recording.keypoints.astype(np.float64)
    places_px = keypoints[..., 1::-1] * np.array([recording.width, recording.height])
    torso_px = _torso_px(places_px)
    usual_px = _usual_torso_px(torso_px, keypoints[..., 2])
    places = places_px / usual_px
    limbs, scores = places[:, _LIMBS], keypoints[..., 2][:, _LIMBS]
    jitter, steps = _jitter(limbs), _steps(limbs)
    lengths = np.linalg.norm(np.diff(limbs, axis=2), axis=3)
    hips = places[:, _HIPS].mean(axis=1)
    whole = np.array([torso_px / usual_px, _steps(hips)])
    cut = _Cut(count)
    jitter_torso = cut(jitter).mean(axis=(1, 3))
    signs = np.concatenate(
        [
            np.stack(_of_scores(cut(scores)), axis=2),
            np.stack([_logarithm(jitter_torso), _logarithm(cut(steps).max(axis=(1, 3)))], axis=2),
            np.stack(_of_lengths(cut, lengths), axis=2),
            np.stack(_of_sides(cut, limbs, lengths), axis=2),
            np.repeat(np.stack(_of_the_whole(cut, whole), axis=1)[:, None], 4, axis=1),
        ],
        axis=2,
    )
    times_s = recording.times_s
    last = np.append(np.arange(1, count) * WINDOW_FRAMES, len(times_s) - 1)[:count]
    return KeypointWindows(
        begins_s=times_s[: count * WINDOW_FRAMES : WINDOW_FRAMES],
        ends_s=times_s[last],
        signs=signs,
        confidence=cut(scores).mean(axis=(1, 3)),
        jitter_torso=jitter_torso,
        torso_px=usual_px,
    )


def _no_windows() -> KeypointWindows:
    none, blocks = np.empty(0), (0, len(BODY_BLOCKS))
    return KeypointWindows(
        none, none, np.empty((*blocks, len(SIGNS))), np.empty(blocks), np.empty(blocks), 1.0
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    """Cuts [T, ...] into [count, 5, ...]."""

    count: int

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = values[: self.count * WINDOW_FRAMES]
        return whole.reshape(self.count, WINDOW_FRAMES, *values.shape[1:])


def _torso_px(places_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T]: middle of the shoulders to middle of the hips, or the shoulders' breadth if longer."""
    shoulders, hips = places_px[:, _SHOULDERS], places_px[:, _HIPS]
    length = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    breadth = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    return np.asarray(np.maximum(np.maximum(length, breadth), 1.0))


def _usual_torso_px(torso_px: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    seen = scores[:, _SHOULDERS + _HIPS].min(axis=1) >= _TRUNK_SEEN_SCORE
    return float(np.median(torso_px[seen] if seen.any() else torso_px))


def _jitter(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each point is from the middle between the frames before and after; 0 at the ends."""
    jitter = np.zeros(places.shape[:-1])
    between = (places[2:] + places[:-2]) / 2
    jitter[1:-1] = np.linalg.norm(places[1:-1] - between, axis=-1)
    return jitter


def _steps(places: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.zeros(places.shape[:-1])
    steps[1:] = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    return steps


def _of_scores(scores: NDArray[np.float64]) -> Sequence[NDArray[np.float64]]:
    return scores.mean(axis=(1, 3)), scores.mean(axis=1).min(axis=2)


def _of_lengths(cut: _Cut, lengths: NDArray[np.float64]) -> Sequence[NDArray[np.float64]]:
    both_sides = np.concatenate([lengths, lengths[:, _OTHER_SIDE]])
    usual = np.maximum(np.percentile(both_sides, _USUAL_LENGTH_PERCENTILE, axis=0), 0.05)
    against_usual = cut(lengths / usual)
    longer = np.maximum(against_usual - 1.0, 0.0).max(axis=(1, 3))
    shortest = against_usual.mean(axis=1).min(axis=2)
    varies = cut(lengths).std(axis=1).max(axis=2)
    return longer, np.log(np.maximum(shortest, _SHORTENED_TO)), varies


def _of_sides(
    cut: _Cut, limbs: NDArray[np.float64], lengths: NDArray[np.float64]
) -> Sequence[NDArray[np.float64]]:
    apart = np.linalg.norm(limbs - limbs[:, _OTHER_SIDE], axis=3)[:, :, 1:].min(axis=2)
    lengths = np.maximum(lengths, _LEAST_LENGTH_TORSO)
    differ = np.abs(np.log(lengths / lengths[:, _OTHER_SIDE]))
    near = np.exp(-cut(apart).mean(axis=1) / _NEAR_TORSO)
    return near, cut(differ).mean(axis=1).max(axis=2)


def _of_the_whole(cut: _Cut, whole: NDArray[np.float64]) -> Sequence[NDArray[np.float64]]:
    torso, hip_steps = whole
    return cut(np.abs(np.log(torso))).mean(axis=1), _logarithm(cut(hip_steps).max(axis=1))


def _logarithm(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(_LOGARITHM_FROM + values))
