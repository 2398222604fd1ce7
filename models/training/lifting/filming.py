"""Movements in space as cameras and a pose network would see them, many side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from models.converted_joints import JointConversion
from models.depth_window import LENGTHS, VALUES, LimbLengths, windows
from models.kinect_joints import JOINT_COUNT
from models.training.lifting.bodies import (
    mirrored,
    other_body,
    otherwise_bent,
    torso_length,
    with_arms_of,
)
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise
from models.training.motion.projection import Camera, seen

Array = NDArray[np.float64]

_OTHER_ARMS, _OTHERWISE_BENT = 0.4, 0.6
"""Shares of clips."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How clips are filmed; ranges are drawn from evenly, for each clip anew.

    ``tempo`` is how much faster than recorded the movement is; ``dropped`` the share of frames
    that never came. With ``bodies_vary`` limbs have other lengths and half of the clips are
    mirrored. A camera is drawn as :meth:`Camera.drawn` does.
    """

    widest_yaw_deg: float = 90.0
    fps: tuple[float, float] = (10.0, 30.0)
    tempo: tuple[float, float] = (0.8, 1.25)
    dropped: float = 0.04
    bodies_vary: bool = True
    noise: Noise = field(default_factory=Noise.measured)


@dataclass(frozen=True, slots=True)
class Clips:
    """N clips of T frames.

    ``converted`` float32 [N, T, 13, 3] as :mod:`models.converted_joints` makes it, at ``times_s``
    [N, T], with the running ``lengths`` [N, T, 7] of :class:`models.depth_window.LimbLengths`;
    ``joints`` float32 [N, T, 13, 3] is where the joints were in space, as
    :meth:`Camera.turned` has them but in torso lengths. ``torso_m`` [N] is that body's; ``yaw_deg``
    [N] the camera's; ``motion`` [N] which of the motions it was.
    """

    converted: NDArray[np.float32]
    lengths: NDArray[np.float32]
    times_s: Array
    joints: NDArray[np.float32]
    torso_m: Array
    yaw_deg: Array
    motion: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.converted)

    def of(self, chosen: NDArray[np.bool_]) -> "Clips":
        """Some of the clips."""
        return Clips(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def inputs(self) -> NDArray[np.float32]:
        """float32 [N, T, VALUES]: the network's input at every frame."""
        found = np.empty((*self.times_s.shape, VALUES), np.float32)
        found[..., -len(LENGTHS) :] = self.lengths
        for clip, converted, times_s in zip(found, self.converted, self.times_s, strict=True):
            clip[:, : -len(LENGTHS)] = windows(converted, times_s)
        return found


def film(
    motions: Sequence[Motion],
    chosen: NDArray[np.intp],
    frames: int,
    conditions: Conditions,
    random: np.random.Generator,
) -> Clips:
    """A clip of ``frames`` frames of each of the ``chosen`` motions, seen by a camera of its own.

    A clip begins with the motion or, every other time, somewhere in it; where the motion ends, the
    body stays as it is.
    """
    shape = (len(chosen), frames)
    places, scores = np.empty((*shape, JOINT_COUNT, 2)), np.empty((*shape, JOINT_COUNT))
    joints = np.empty((*shape, JOINT_COUNT, 3), np.float32)
    times_s, yaw_deg, torso_m = np.empty(shape), np.empty(shape[0]), np.empty(shape[0])
    by_person: dict[str, list[int]] = {}
    for at, motion in enumerate(motions):
        by_person.setdefault(motion.subject, []).append(at)
    for at, index in enumerate(chosen):
        kept = np.cumsum(random.geometric(1.0 - conditions.dropped, frames)) - 1
        same_person = by_person[motions[index].subject]
        motion = _acted(motions, int(index), same_person, int(kept[-1]) + 1, conditions, random)
        camera = Camera.drawn(random, conditions.widest_yaw_deg)
        picture, picture_scores = seen(motion, camera, conditions.noise, random)
        places[at], scores[at] = picture[kept], picture_scores[kept]
        times_s[at], yaw_deg[at] = motion.times_s[kept], camera.yaw_deg
        torso_m[at] = np.median(torso_length(motion.joints_m))
        joints[at] = camera.turned(motion.joints_m[kept]) / torso_m[at]
    converted, lengths = _as_device_does(places, scores, times_s)
    return Clips(converted, lengths, times_s, joints, torso_m, yaw_deg, chosen)


def _as_device_does(
    places: Array, scores: Array, times_s: Array
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Converted joints [N, T, 13, 3] and running lengths [N, T, 7]."""
    count, frames = times_s.shape
    conversion, limb_lengths = JointConversion(count), LimbLengths(count)
    converted = np.empty((count, frames, JOINT_COUNT, 3), np.float32)
    lengths = np.empty((count, frames, len(LENGTHS)), np.float32)
    for frame in range(frames):
        now_s = times_s[:, frame]
        converted[:, frame] = conversion.step(places[:, frame], scores[:, frame], now_s)
        lengths[:, frame] = limb_lengths.step(converted[:, frame], now_s)
    return converted, lengths


def _acted(
    motions: Sequence[Motion],
    index: int,
    same_person: Sequence[int],
    frames: int,
    conditions: Conditions,
    random: np.random.Generator,
) -> Motion:
    """A movement at another rate and tempo and, where bodies vary, by another body."""
    fps = float(random.uniform(*conditions.fps))
    joints, hips = _sampled(motions[index], frames, fps, conditions, random)
    if conditions.bodies_vary:
        if random.random() < _OTHER_ARMS:
            # Of the same person's, so that nobody who is held out lends an arm.
            other = motions[int(random.choice(same_person))]
            joints = with_arms_of(joints, _sampled(other, frames, fps, conditions, random)[0])
        if random.random() < _OTHERWISE_BENT:
            joints = otherwise_bent(joints, random)
        joints = other_body(joints, random)
        if random.random() < 0.5:
            joints, hips = mirrored(joints), hips * (-1.0, 1.0, 1.0)
    return replace(
        motions[index], joints_m=joints.astype(np.float32), hips_m=hips.astype(np.float32), fps=fps
    )


def _sampled(
    motion: Motion, frames: int, fps: float, conditions: Conditions, random: np.random.Generator
) -> tuple[Array, Array]:
    """Joints [T, 13, 3] and the hips' way [T, 3] at ``frames`` instants."""
    step = float(random.uniform(*conditions.tempo)) * motion.fps / fps
    last = len(motion.joints_m) - 1
    begin = float(random.random()) * max(0.0, last - frames * step) * float(random.random() < 0.5)
    frame = np.minimum(begin + step * np.arange(frames), last)
    before = np.minimum(frame.astype(np.intp), max(0, last - 1))
    after, share = np.minimum(before + 1, last), (frame - before)[:, None]
    hips_m = np.zeros((last + 1, 3)) if motion.hips_m is None else motion.hips_m
    return (
        _between(motion.joints_m, before, after, share[..., None]),
        _between(hips_m, before, after, share),
    )


def _between(
    places: NDArray[np.floating], before: NDArray[np.intp], after: NDArray[np.intp], share: Array
) -> Array:
    return np.asarray((1.0 - share) * places[before] + share * places[after], np.float64)
