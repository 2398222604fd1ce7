"""The data set a pose network is trained on: pictures with keypoints, as shards in a folder.

Whoever can make pictures writes them; the trainer reads them. A shard is one ``.npz`` file of JPEG
pictures, so that twenty thousand fit where a few hundred uncompressed ones would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.training.errors import TrainingDataError

Part = Literal["training", "validation"]

INPUT_SIZE = 192
"""Pixels along a side of the network's input."""
MARGIN = 8
"""Pixels stored beyond each border of the input, for shifting the picture while training."""
PICTURE_SIZE = INPUT_SIZE + 2 * MARGIN
KEYPOINTS = 17
_FORMAT = 1
# High, so that what is learnt is the picture and not the compression.
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Pictures:
    """N pictures and what is so in each.

    ``images``: uint8 [N, 208, 208, 3], red first. ``keypoints``: float32 [N, 17, 2], y and x in
    COCO order as fractions of the picture; outside 0 to 1 they are not in the picture. ``torso``:
    float32 [N], shoulder to hip as a fraction of the picture, 0 where nobody is in it.
    """

    images: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    torso: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


def save_shard(folder: Path, part: Part, number: int, pictures: Pictures) -> Path:
    """Write one shard; the name tells the part and the number."""
    files = [_encoded(image) for image in pictures.images]
    path = folder / f"{part}-{number:04d}.npz"
    np.savez(
        path,
        format=np.int64(_FORMAT),
        bytes=np.concatenate(files),
        ends=np.cumsum([len(each) for each in files], dtype=np.int64),
        keypoints=pictures.keypoints,
        torso=pictures.torso,
    )
    return path


def load_pictures(folder: Path, part: Part) -> Pictures:
    """All pictures of a part, in the shards' order; raises :class:`TrainingDataError`."""
    paths = sorted(folder.glob(f"{part}-*.npz"))
    if not paths:
        raise TrainingDataError(
            f"{folder}: holds no {part} pictures: make them with"
            " python -m device.camera.simulated.training_pictures"
        )
    shards = [_load_shard(path) for path in tqdm(paths, desc=f"{part} pictures", unit=" shards")]
    return Pictures(
        np.concatenate([shard.images for shard in shards]),
        np.concatenate([shard.keypoints for shard in shards]),
        np.concatenate([shard.torso for shard in shards]),
    )


def _load_shard(path: Path) -> Pictures:
    try:
        with np.load(path, allow_pickle=False) as shard:
            if int(shard["format"]) != _FORMAT:
                raise TrainingDataError(f"{path}: is of format {shard['format']}: make it again")
            files = np.split(shard["bytes"], shard["ends"][:-1])
            return Pictures(_decoded(path, files), shard["keypoints"], shard["torso"])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise TrainingDataError(f"{path}: is no shard of pictures: {error}") from error


def _encoded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return np.asarray(encoded, np.uint8).reshape(-1)


def _decoded(path: Path, files: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    images = np.empty((len(files), PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
    for image, file in zip(images, files, strict=True):
        picture = cv2.imdecode(file, cv2.IMREAD_COLOR)
        if picture is None or picture.shape != image.shape:
            raise TrainingDataError(f"{path}: holds a picture that cannot be read: make it again")
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, image)
    return images
