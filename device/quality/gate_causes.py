"""Why keypoints could not be relied on: the likely cause of each stretch of bad windows."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.coaching.body_frame import VISIBLE_SCORE
from device.coaching.framing import Complaint, SecondPerson
from device.coaching.light import Light
from device.pose.pose import Keypoint
from device.quality.keypoint_windows import BLOCK_KEYPOINTS
from device.recording import KeypointRecording
from models.quality import BodyBlock, GateCause
from models.quality_limits import CauseLimits

_LIGHT_COMPLAINTS: Final = (Complaint.BACKLIT, Complaint.TOO_DARK)
_LEAST_KEYPOINTS: Final = 8
"""So many keypoints must be seen to say that all of them shifted."""
_FEET: Final = [Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]
_SHOULDERS: Final = [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]
_HIPS: Final = [Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]
_TRUNK: Final = _SHOULDERS + _HIPS
_LEAST_FRAMES: Final = 3
_QUIET_FRAMES: Final = 3
"""So many frames without a jump before, during and after make a second person."""
_STEADY_TORSO: Final = 0.1
_LEAST_LENGTH_TORSO: Final = 0.05
_SETTLED_S, _SETTLED_TORSO = 0.4, 0.15
_LOOKED_EVERY_S: Final = 0.1
_CAMERA_MOVED_WITHIN_S: Final = 1.0
_NEAR_BORDER_TORSO: Final = 0.35
"""A keypoint that is not seen, next to one this near to the border, is taken to be beyond it."""


class CauseFinder:
    """Looks at one set's raw keypoints, the light measured in it and what was asked for in vain."""

    def __init__(
        self,
        recording: KeypointRecording,
        torso_px: float,
        limits: CauseLimits,
        lights: Sequence[Light] = (),
        complaints: Collection[Complaint] = (),
    ) -> None:
        self._recording = recording
        self._limits = limits
        self._torso_px = torso_px
        self._light = _light_cause(lights, complaints, limits)
        self._distance = _distance_cause(torso_px / recording.height, limits)
        self._other_bodies_s = np.array(other_bodies(recording, torso_px)).ravel()
        self.camera_moved_s = camera_moves(recording, torso_px, limits)
        """When the camera was moved, seconds on the recording's clock."""

    def cause(self, block: BodyBlock, begins_s: float, ends_s: float) -> GateCause:
        """The likeliest cause of a stretch of bad windows in a part of the body."""
        limits = self._limits
        within_s = limits.second_person_within_s
        if _any_within(self._other_bodies_s, begins_s - within_s, ends_s + within_s):
            return "second_person"
        if _any_within(
            self.camera_moved_s, begins_s - _CAMERA_MOVED_WITHIN_S, ends_s + _CAMERA_MOVED_WITHIN_S
        ):
            return "camera_moved"
        if self._light is not None:
            return self._light
        if self._distance == "too_far":
            return "too_far"
        if self._at_border_share(block, begins_s, ends_s) >= limits.at_border_share:
            return "out_of_frame"
        return self._distance or "unclear"

    def _at_border_share(self, block: BodyBlock, begins_s: float, ends_s: float) -> float:
        """The share of frames in which the block's limb leaves the picture."""
        times_s = self._recording.times_s
        frames = self._recording.keypoints[(times_s >= begins_s) & (times_s <= ends_s)]
        if block == "whole" or not len(frames):
            return 0.0
        limb = frames[:, list(BLOCK_KEYPOINTS[block])]
        size_px = np.array([self._recording.height, self._recording.width])
        border = np.minimum(limb[..., :2], 1 - limb[..., :2])
        unseen = limb[..., 2] < VISIBLE_SCORE
        beyond = np.any(border < self._limits.border, axis=2)
        near = ((border * size_px).min(axis=2) < _NEAR_BORDER_TORSO * self._torso_px) & ~unseen
        # The next joint towards the hand or foot.
        lost_beside = near[:, :-1] & unseen[:, 1:]
        return float((beyond.any(axis=1) | lost_beside.any(axis=1)).mean())


def camera_moves(
    recording: KeypointRecording, torso_px: float, limits: CauseLimits
) -> NDArray[np.float64]:
    """When all keypoints shifted alike, faster than a body could, and stayed; float64 [K].

    The time before and after is compared, in which the body must have been settled. Both feet must
    be seen to shift as the rest does: who squats keeps them where they are, and who steps aside
    moves one after the other.
    """
    points, scores = _points_torso(recording, torso_px), recording.keypoints[..., 2]
    times_s = recording.times_s
    moves: list[float] = []
    first, last = times_s[0] + _SETTLED_S, times_s[-1] - _SETTLED_S - limits.camera_moves_within_s
    for time_s in np.arange(first, last, _LOOKED_EVERY_S):
        if moves and time_s - moves[-1] < _CAMERA_MOVED_WITHIN_S:
            continue
        after_s = time_s + limits.camera_moves_within_s
        before = _frames(times_s, time_s - _SETTLED_S, time_s)
        after = _frames(times_s, after_s, after_s + _SETTLED_S)
        if _shifted(points, scores, before, after, limits):
            moves.append(float(time_s))
    return np.array(moves)


def _frames(times_s: NDArray[np.float64], begins_s: float, ends_s: float) -> slice:
    begin, end = np.searchsorted(times_s, (begins_s, ends_s))
    return slice(int(begin), int(end))


def _shifted(
    points: NDArray[np.float64],
    scores: NDArray[np.float32],
    before: slice,
    after: slice,
    limits: CauseLimits,
) -> bool:
    if min(before.stop - before.start, after.stop - after.start) < _LEAST_FRAMES:
        return False
    seen = (np.median(scores[before], axis=0) >= VISIBLE_SCORE) & (
        np.median(scores[after], axis=0) >= VISIBLE_SCORE
    )
    if seen.sum() < _LEAST_KEYPOINTS or not seen[_FEET].all():
        return False
    was, now = points[before], points[after]
    shifts = np.median(now, axis=0) - np.median(was, axis=0)
    common = np.median(shifts[seen], axis=0)
    apart = np.linalg.norm(shifts - common, axis=1)
    spread = max(float(np.median(apart[seen])), float(apart[_FEET].max()))
    settled = max(_wander(was[:, seen]), _wander(now[:, seen]))
    far = float(np.hypot(*common)) >= limits.camera_shift_torso
    return far and spread <= limits.camera_spread_torso and settled <= _SETTLED_TORSO


def _wander(points: NDArray[np.float64]) -> float:
    """How far the keypoints move within some frames: of the median one the median distance."""
    return float(np.median(np.linalg.norm(points - np.median(points, axis=0), axis=2)))


def _points_torso(recording: KeypointRecording, torso_px: float) -> NDArray[np.float64]:
    size = np.array([recording.height, recording.width], np.float64)
    return recording.keypoints[..., :2].astype(np.float64) * size / torso_px


def other_bodies(recording: KeypointRecording, torso_px: float) -> list[tuple[float, float]]:
    """From when to when the pose was another body's: it jumped there, stayed, and came back.

    The network sees one person at a time. Between two frames the middle of the hips jumps further
    than a torso length, or the torso's length changes by more than 40 % (the limits of the framing
    instructions); then the pose moves as a body does, and jumps back to where it was. Keypoints
    that jump about all the time are no second person.
    """
    limits = SecondPerson
    points = _points_torso(recording, torso_px)
    trunk = recording.keypoints[:, _TRUNK, 2].min(axis=1) >= VISIBLE_SCORE
    frames = np.flatnonzero(trunk)
    if len(frames) < 2 * _QUIET_FRAMES:
        return []
    hips = points[frames][:, _HIPS].mean(axis=1)
    length = np.linalg.norm(hips - points[frames][:, _SHOULDERS].mean(axis=1), axis=1)
    ratio = np.abs(np.diff(np.log(np.maximum(length, _LEAST_LENGTH_TORSO))))
    far = np.linalg.norm(np.diff(hips, axis=0), axis=1) > limits.JUMP_TORSO
    jumps = np.flatnonzero(far | (ratio > np.log(limits.LENGTH_RATIO))) + 1
    times_s, found = recording.times_s[frames], list[tuple[float, float]]()
    edges = [0, *jumps.tolist(), len(frames)]
    for before, goes, returns, after in zip(edges, edges[1:], edges[2:], edges[3:], strict=False):
        quiet = min(goes - before, returns - goes, after - returns) >= _QUIET_FRAMES
        soon = times_s[returns] - times_s[goes] <= limits.LASTS_S
        back = float(np.linalg.norm(hips[returns] - hips[goes - 1])) < limits.JUMP_TORSO
        if quiet and soon and back and _jitter(hips[goes:returns]) < _STEADY_TORSO:
            found.append((float(times_s[goes]), float(times_s[returns])))
    return found


def _jitter(places: NDArray[np.float64]) -> float:
    between = (places[2:] + places[:-2]) / 2
    return float(np.median(np.linalg.norm(places[1:-1] - between, axis=1)))


def _light_cause(
    lights: Sequence[Light], complaints: Collection[Complaint], limits: CauseLimits
) -> GateCause | None:
    """Dark in most of what was measured; else what was asked for in vain before the set."""
    causes = [_of_light(light, limits) for light in lights]
    for cause in ("backlit", "dark"):
        if causes.count(cause) * 2 > len(causes):
            return cause
    if lights:
        return None
    for complaint in _LIGHT_COMPLAINTS:
        if complaint in complaints:
            return "backlit" if complaint is Complaint.BACKLIT else "dark"
    return None


def _of_light(light: Light, limits: CauseLimits) -> GateCause | None:
    dark_person = light.person is not None and light.person < limits.dark_person_below
    if dark_person and light.bright_share >= limits.backlit_bright_share:
        return "backlit"
    if light.mean < limits.dark_below or (dark_person and light.mean < limits.light_room_from):
        return "dark"
    return None


def _distance_cause(torso_of_height: float, limits: CauseLimits) -> GateCause | None:
    if torso_of_height < limits.too_far_below:
        return "too_far"
    return "too_near" if torso_of_height > limits.too_near_above else None


def _any_within(times_s: NDArray[np.float64], begins_s: float, ends_s: float) -> bool:
    return bool(((times_s >= begins_s) & (times_s <= ends_s)).any())
