"""Recorded people of UI-PRMD as a camera would see them: projected, with a network's noise.

UI-PRMD (Vakanski et al. 2018, public domain): Kinect v2 at 30 Hz, one repetition in each recording.
Recordings of one person are joined, so that the true count is their number.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.keypoint_recording import MOVENET_LIKE, KeypointNoise, seen_by_network
from device.camera.simulated.view import COCO_JOINTS, View
from device.recording import KeypointRecording
from models.exercises.definition import ExerciseDefinition
from models.exercises.motion import minimum_jerk
from models.training.motion.ui_prmd import EXERCISES

__all__ = ["EXERCISES", "camera_azimuth_deg", "filmed", "moving_side", "repetitions", "subjects"]

Places = NDArray[np.float64]
"""[T, 22, 3], metres."""

FPS = 15.0
_RECORDED_HZ = 30.0
_BETWEEN_S, _REST_S = 1.0, 1.5
_STATURE_M = 1.7
_JOINTS = {
    "pelvis": 0, "neck": 3, "head": 4,
    "left_shoulder": 7, "left_elbow": 8, "left_wrist": 9,
    "right_shoulder": 11, "right_elbow": 12, "right_wrist": 13,
    "left_hip": 14, "left_knee": 15, "left_ankle": 16,
    "right_hip": 18, "right_knee": 19, "right_ankle": 20,
}  # fmt: skip
# Left, up and forward of the head's centre, metres.
_FACE = {
    "nose": (0.0, 0.03, 0.11),
    "left_eye": (0.03, 0.06, 0.09),
    "right_eye": (-0.03, 0.06, 0.09),
    "left_ear": (0.07, 0.04, 0.0),
    "right_ear": (-0.07, 0.04, 0.0),
}


@dataclass(frozen=True, slots=True)
class _Body:
    time_s: float
    joints: dict[str, NDArray[np.float64]]
    keypoints: NDArray[np.float64]


def subjects(archive: Path) -> list[str]:
    """The people recorded."""
    with np.load(archive) as kept:
        return sorted({name[4:7] for name in kept.files})


def repetitions(archive: Path, movement: str, subject: str) -> list[Places]:
    """Every correctly done recording of one person, each [T, 22, 3], metres."""
    with np.load(archive) as kept:
        names = [f"{movement}_{subject}_e{number:02d}_c" for number in range(1, 11)]
        return [kept[name] / 1000.0 for name in names if name in kept.files]


def moving_side(recordings: list[Places]) -> str:
    """The side whose hand and foot travel further: it is the one to film from."""
    motion = np.concatenate(recordings)
    travelled = {
        side: sum(
            float(np.ptp(motion[:, _JOINTS[f"{side}_{joint}"]] - motion[:, 0], axis=0).max())
            for joint in ("wrist", "ankle")
        )
        for side in ("left", "right")
    }
    return max(travelled, key=lambda side: travelled[side])


def camera_azimuth_deg(exercise: ExerciseDefinition, recordings: list[Places]) -> float:
    """Where a camera sees the exercise as its library entry asks for, from the working side."""
    if exercise.view == "frontal":
        return 0.0
    return 90.0 if moving_side(recordings) == "left" else -90.0


def filmed(
    recordings: list[Places],
    azimuth_deg: float,
    height_m: float,
    seed: int,
    noise: KeypointNoise = MOVENET_LIKE,
) -> KeypointRecording:
    """The recordings one after another, seen by a camera at 3 m, whose place round the person is
    ``azimuth_deg``, positive towards their left."""
    motion = _joined(recordings)
    feet_y = float(np.quantile(motion[:, [_JOINTS["left_ankle"], _JOINTS["right_ankle"]], 1], 0.1))
    middle = motion[:, 0].mean(axis=0)
    motion = _facing_forward(motion - np.array([middle[0], feet_y - 0.08, middle[2]]))
    view = View(azimuth_deg, distance_m=3.0, height_m=height_m)
    bodies = [_body(frame, index / FPS, view) for index, frame in enumerate(motion)]
    return seen_by_network(bodies, view, _STATURE_M, noise, np.random.default_rng(seed))


def _joined(recordings: list[Places]) -> NDArray[np.float64]:
    """At :data:`FPS`, with a walk of one second from each recording's end to the next one's start,
    which is set down where the last one ended."""
    step = round(_RECORDED_HZ / FPS)
    parts = [np.repeat(recordings[0][:1], round(_REST_S * FPS), axis=0)]
    for recording in recordings:
        ahead = recording[::step]
        moved = parts[-1][-1, 0] - ahead[0, 0]
        ahead = ahead + moved * (1.0, 0.0, 1.0)
        shares = [minimum_jerk((i + 1) / (_BETWEEN_S * FPS)) for i in range(int(_BETWEEN_S * FPS))]
        last = parts[-1][-1]
        parts.append(np.array([last + (ahead[0] - last) * share for share in shares]))
        parts.append(ahead)
    parts.append(np.repeat(parts[-1][-1:], round(_REST_S * FPS), axis=0))
    return np.concatenate(parts)


def _facing_forward(motion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turned so that the person looks along z, as most of the time seen from their hips."""
    across = np.median(motion[:, _JOINTS["left_hip"]] - motion[:, _JOINTS["right_hip"]], axis=0)
    angle = np.arctan2(across[2], across[0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    return np.asarray(motion @ turn.T)


def _body(frame: NDArray[np.float64], time_s: float, view: View) -> _Body:
    joints = {name: frame[index] for name, index in _JOINTS.items()}
    across = joints["left_shoulder"] - joints["right_shoulder"]
    left = across / np.linalg.norm(across)
    forward = np.cross(left, (0.0, 1.0, 0.0))
    for name, (to_left, up, ahead) in _FACE.items():
        joints[name] = joints["head"] + left * to_left + np.array([0, up, 0]) + forward * ahead
    seen = view.project(np.array([joints[name] for name in COCO_JOINTS]))
    keypoints = seen[:, 1::-1] / np.array([view.height, view.width])
    return _Body(time_s, joints, keypoints)
