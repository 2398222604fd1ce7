"""Pictures of simulated patients with the true keypoints, for training a pose network.

``python -m device.camera.simulated.training_pictures``; the same seed gives the same pictures. Each
shows what the network would be given live: the whole picture in a letterbox, or a region round the
person that is a little wrong.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.camera.frame import Image
from device.camera.simulated.improvisation import FIRST_POSE_S, Improvisation
from device.camera.simulated.patient import PLAIN, Conditions, SimulatedPatient
from device.pose.pose import KEYPOINT_COUNT, Keypoint
from device.pose.region import Region, next_region, whole_picture
from models.exercises.library import load_library
from models.messages import Side
from models.training.pictures import INPUT_SIZE, PICTURE_SIZE, Part, Pictures, save_shard

# No test and no demonstration uses these bodies and rooms, and the two parts share none.
FIRST_SEED: dict[Part, int] = {"training": 100_000, "validation": 50_000}
PICTURES_OF_ONE_PATIENT = 16
_PATIENTS_IN_SHARD = 64

_EMPTY_SHARE, _WHOLE_SHARE = 0.04, 0.3
_MISPLACED, _MISSIZED = 0.05, 0.13
"""Standard deviations of the region's place and of its size's logarithm, of its size."""
_PLAIN_SHARE, _DEGRADED_SHARE = 0.3, 0.3
"""How many patients are filmed as in the demonstration, and how many in bad conditions."""
_DISTANCES_M = (2.2, 3.6)
_BYSTANDER_AFTER_S = 3.0
_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)
_HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One picture as it is stored; ``torso`` 0 where nobody is in it."""

    image: Image
    keypoints: NDArray[np.float32]
    torso: float


def training_pictures(part: Part, patient: int) -> Iterator[_Labelled]:
    """All pictures of one patient, counted from 0; the same number gives the same pictures."""
    seed = FIRST_SEED[part] + patient
    random = np.random.default_rng(seed)
    filmed = _patient(random, seed)
    for index in range(PICTURES_OF_ONE_PATIENT):
        image, truth = filmed.frame_at(FIRST_POSE_S + index + 0.5)
        if random.random() < _EMPTY_SHARE:
            yield _empty(image, truth.keypoints, random)
        else:
            yield _seen(image, truth.keypoints, _region(image, truth.keypoints, random))


def _patient(random: np.random.Generator, seed: int) -> SimulatedPatient:
    exercises = load_library().all_measured()
    exercise = exercises[int(random.integers(len(exercises)))]
    side: Side = "left" if random.random() < 0.5 else "right"
    performance = Improvisation(exercise, side, 1, seed=seed)
    plain = SimulatedPatient(performance, seed)
    kind = random.random()
    if kind < _PLAIN_SHARE:
        conditions = replace(PLAIN, distance_m=float(random.uniform(*_DISTANCES_M)))
    else:
        degraded = kind < _PLAIN_SHARE + _DEGRADED_SHARE
        conditions = Conditions.from_seed(seed, degraded, lying=plain.surroundings.lies)
    # Whoever walks through does so while the poses are taken up.
    conditions = replace(conditions, bystander_enters_s=FIRST_POSE_S + _BYSTANDER_AFTER_S)
    return SimulatedPatient(performance, seed, conditions=conditions)


def _region(image: Image, keypoints: NDArray[np.float64], random: np.random.Generator) -> Region:
    """Where the live search would look, or about there."""
    height, width = image.shape[:2]
    region = whole_picture(width, height)
    misplaced, missized = _MISPLACED / 4, _MISSIZED / 4
    if random.random() >= _WHOLE_SHARE:
        region = next_region([[y, x, 1.0] for y, x in keypoints.tolist()], width, height)
        misplaced, missized = _MISPLACED, _MISSIZED
    size = region.size * float(np.exp(random.normal(0, missized)))
    off_x, off_y = random.normal(0, misplaced, 2) * region.size
    return Region(
        region.left + (region.size - size) / 2 + off_x,
        region.top + (region.size - size) / 2 + off_y,
        size,
    )


def _seen(image: Image, keypoints: NDArray[np.float64], region: Region) -> _Labelled:
    """What the network is shown of ``region``, with the margin round it."""
    height, width = image.shape[:2]
    scale = INPUT_SIZE / region.size
    margin = (PICTURE_SIZE - INPUT_SIZE) / 2
    # Pixel centres meet as cv2.resize has them meet, so that nothing is half a pixel off.
    to_picture = np.array(
        [
            [scale, 0.0, (0.5 - region.left) * scale + margin - 0.5],
            [0.0, scale, (0.5 - region.top) * scale + margin - 0.5],
        ]
    )
    picture = cv2.warpAffine(
        image, to_picture, (PICTURE_SIZE, PICTURE_SIZE), flags=cv2.INTER_LINEAR
    )
    top_left = np.array([region.top, region.left])
    places = ((keypoints * (height, width) - top_left) * scale + margin) / PICTURE_SIZE
    shoulders, hips = places[list(_SHOULDERS)].mean(axis=0), places[list(_HIPS)].mean(axis=0)
    # From above or below a torso looks short; the breadth of the shoulders bounds it from below.
    torso = max(
        float(np.linalg.norm(shoulders - hips)),
        float(np.linalg.norm(places[_SHOULDERS[0]] - places[_SHOULDERS[1]])),
    )
    return _Labelled(_red_first(picture), places.astype(np.float32), torso)


def _empty(image: Image, keypoints: NDArray[np.float64], random: np.random.Generator) -> _Labelled:
    """The room beside the person, stretched over the whole picture, or hardly anything."""
    width = image.shape[1]
    margin = 0.06
    left = image[:, : max(int((keypoints[:, 1].min() - margin) * width), 0)]
    right = image[:, max(int((keypoints[:, 1].max() + margin) * width), 0) :]
    room = left if left.shape[1] > right.shape[1] else right
    size = (PICTURE_SIZE, PICTURE_SIZE)
    if room.shape[1] < width // 8 or random.random() < 0.3:
        flat = random.uniform(0, 255, 3) + random.normal(0, 3, (*size, 3))
        picture = np.clip(flat, 0, 255).astype(np.uint8)
    else:
        picture = np.asarray(cv2.resize(room, size), np.uint8)
    nowhere = np.full((KEYPOINT_COUNT, 2), -1.0, np.float32)
    return _Labelled(_red_first(picture), nowhere, 0.0)


def _red_first(image: NDArray[Any]) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def write_shards(folder: Path, part: Part, patients: int) -> int:
    """Film that many patients; returns how many pictures there are."""
    bar = tqdm(total=patients, desc=f"{part} pictures", unit=" patients", file=sys.stderr)
    count = 0
    with bar:
        for number, first in enumerate(range(0, patients, _PATIENTS_IN_SHARD)):
            pictures: list[_Labelled] = []
            for patient in range(first, min(first + _PATIENTS_IN_SHARD, patients)):
                pictures += training_pictures(part, patient)
                bar.update()
            save_shard(folder, part, number, _joined(pictures))
            count += len(pictures)
    return count


def _joined(pictures: list[_Labelled]) -> Pictures:
    return Pictures(
        np.array([each.image for each in pictures]),
        np.array([each.keypoints for each in pictures], np.float32),
        np.array([each.torso for each in pictures], np.float32),
    )


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--patients", type=click.IntRange(1), default=1500, show_default=True)
@click.option("--validation-patients", type=click.IntRange(1), default=96, show_default=True)
def main(out: Path, patients: int, validation_patients: int) -> None:
    """Film simulated patients for the trainer: one body, one room and 16 poses each."""
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("*.npz"):
        stale.unlink()
    validation = write_shards(out, "validation", validation_patients)
    training = write_shards(out, "training", patients)
    click.echo(f"{training} training and {validation} validation pictures in {out}")


if __name__ == "__main__":
    main()
