"""Short shots of the simulated patient as the real MoveNet sees them, beside the truth.

``models.training.motion.measure_noise`` measures on them how MoveNet errs. No picture is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.camera.frame import Frame
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.camera.simulated.training_motion.points import points_of
from device.pose.movenet import MoveNet
from models.exercises.library import load_library
from models.messages import Side
from models.networks.find import NetworkFile

# No test, benchmark or demonstration uses these bodies and rooms.
FIRST_SEED: Final = 400_000
FPS: Final = 30.0
FRAMES: Final = 60
_WARM_UP_FRAMES: Final = 8
_DEGRADED_SHARE: Final = 0.3
_WIDEST_YAW_DEG: Final = 90.0
_LYING: Final = ("supine", "side_lying", "prone", "hands_and_knees")


@dataclass(frozen=True, slots=True)
class Shot:
    """Two seconds of one exercise.

    ``yaw_deg`` is where the camera stands round the body, 0 in front, positive to its left.
    ``points_m`` float64 [T, 18, 3]: right, up and away from the camera; ``true_px`` [T, 17, 2] and
    ``keypoints`` [T, 17, 3] (x, y in pixels, score).
    """

    exercise_id: str
    yaw_deg: float
    degraded: bool
    points_m: NDArray[np.float64]
    true_px: NDArray[np.float64]
    keypoints: NDArray[np.float32]


def shots(count: int, network: NetworkFile) -> Iterator[Shot]:
    """The same ``count`` gives the same shots."""
    estimator = MoveNet(network, threads=1)
    for number in range(count):
        yield _shot(FIRST_SEED + number, estimator)


def write_film(path: Path, count: int, network: NetworkFile) -> None:
    """Film ``count`` shots and keep the numbers at ``path``."""
    done = list(tqdm(shots(count, network), total=count, desc="filming", unit=" shots"))
    np.savez_compressed(
        path,
        exercise_id=np.array([shot.exercise_id for shot in done]),
        yaw_deg=np.array([shot.yaw_deg for shot in done]),
        degraded=np.array([shot.degraded for shot in done]),
        points_m=np.array([shot.points_m for shot in done], np.float32),
        true_px=np.array([shot.true_px for shot in done], np.float32),
        keypoints=np.array([shot.keypoints for shot in done], np.float32),
        fps=np.float64(FPS),
    )


def _shot(seed: int, estimator: MoveNet) -> Shot:
    random = np.random.default_rng(seed)
    exercises = load_library().all_measured()
    exercise = exercises[seed % len(exercises)]
    side: Side = "left" if random.random() < 0.5 else "right"
    performance = Performance(exercise, side, 2, natural_variation_seed=seed)
    degraded = bool(random.random() < _DEGRADED_SHARE)
    lying = exercise.position in _LYING
    conditions = Conditions.from_seed(seed, degraded, lying=lying)
    if not lying:
        yaw_deg = float(random.uniform(-_WIDEST_YAW_DEG, _WIDEST_YAW_DEG))
        off_deg = yaw_deg - performance.camera_azimuth_deg
        conditions = replace(conditions, obliqueness_deg=(off_deg + 180.0) % 360.0 - 180.0)
    conditions = replace(conditions, fps=FPS, drop_share=0.0)
    patient = SimulatedPatient(performance, seed, conditions=conditions)
    latest_s = max(performance.duration_s - FRAMES / FPS, 1.0)
    begins_s = float(random.uniform(1.0, latest_s))
    view = patient.view
    size = np.array([view.width, view.height], np.float64)
    points, true, seen = [], [], []
    for index in range(_WARM_UP_FRAMES + FRAMES):
        time_s = begins_s + (index - _WARM_UP_FRAMES) / FPS
        image, truth = patient.frame_at(time_s)
        pose = estimator.estimate(Frame(index + 1, time_s, image))
        if index < _WARM_UP_FRAMES:
            continue
        skeleton = performance.skeleton_at(patient.body.stature_m, time_s)
        points.append(view.from_camera(points_of(skeleton)))
        true.append(truth.keypoints[:, ::-1] * size)
        y, x, score = pose.keypoints.T
        seen.append(np.stack([x * view.width, y * view.height, score], axis=1))
    return Shot(
        exercise.id, view.azimuth_deg, degraded, np.array(points), np.array(true), np.array(seen)
    )
