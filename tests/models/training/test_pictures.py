"""A data set's pictures come back from its files as they were put in."""

import numpy as np
import pytest

from models.training.errors import TrainingDataError
from models.training.pictures import PICTURE_SIZE, Pictures, load_pictures, save_shard


def pictures_of(*reds: int) -> Pictures:
    images = np.zeros((len(reds), PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
    images[..., 0] = np.array(reds)[:, None, None]
    keypoints = np.random.default_rng(len(reds)).random((len(reds), 17, 2), np.float32)
    return Pictures(images, keypoints, np.array(reds, np.float32) / 255)


def test_shards_come_back_in_order_with_their_keypoints(tmp_path):
    first, second = pictures_of(10, 200), pictures_of(90)
    save_shard(tmp_path, "training", 1, second)
    save_shard(tmp_path, "training", 0, first)
    save_shard(tmp_path, "validation", 0, pictures_of(50))
    loaded = load_pictures(tmp_path, "training")
    assert len(loaded) == 3
    assert np.array_equal(loaded.keypoints, np.concatenate([first.keypoints, second.keypoints]))
    assert np.array_equal(loaded.torso, np.concatenate([first.torso, second.torso]))
    # JPEG is not exact; and red stays red.
    reds = loaded.images.reshape(3, -1, 3).mean(axis=1)
    assert np.allclose(reds, [[10, 0, 0], [200, 0, 0], [90, 0, 0]], atol=3)


def test_a_folder_without_pictures_says_how_they_are_made(tmp_path):
    with pytest.raises(TrainingDataError, match=r"validation.*training_pictures"):
        load_pictures(tmp_path, "validation")


@pytest.mark.parametrize("content", [b"", b"no shard"])
def test_a_file_that_is_no_shard_is_named(tmp_path, content):
    (tmp_path / "training-0000.npz").write_bytes(content)
    with pytest.raises(TrainingDataError, match="training-0000"):
        load_pictures(tmp_path, "training")


def test_a_shard_with_a_broken_picture_is_named(tmp_path):
    path = save_shard(tmp_path, "training", 0, pictures_of(10))
    with np.load(path) as shard:
        content = dict(shard)
    content["bytes"] = np.zeros(200, np.uint8)
    content["ends"] = np.array([200])
    np.savez(path, **content)
    with pytest.raises(TrainingDataError, match="training-0000"):
        load_pictures(tmp_path, "training")
