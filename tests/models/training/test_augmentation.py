"""However a picture is varied, its keypoints stay on what they mark."""

import numpy as np
import pytest

from models.training.augmentation import plain_batch, varied_batch
from models.training.pictures import INPUT_SIZE, MARGIN, PICTURE_SIZE, Pictures

LEFT_WRIST, RIGHT_WRIST = 9, 10


def picture_with_a_dot(y_px: float, x_px: float) -> Pictures:
    """A bright patch of 4 by 4 pixels whose middle is the left wrist."""
    image = np.zeros((PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
    image[int(y_px) - 2 : int(y_px) + 2, int(x_px) - 2 : int(x_px) + 2] = 255
    keypoints = np.full((17, 2), -1.0, np.float32)
    keypoints[LEFT_WRIST] = y_px / PICTURE_SIZE, x_px / PICTURE_SIZE
    return Pictures(image[None], keypoints[None], np.array([0.25], np.float32))


def dot_in(image: np.ndarray) -> np.ndarray:
    """The bright patch's middle, y and x as fractions."""
    bright = np.argwhere(image.mean(axis=-1) > 0.5)
    return (bright.mean(axis=0) + 0.5) / len(image)


def test_without_variation_the_margin_is_cut_off():
    images, keypoints, torso = plain_batch(picture_with_a_dot(100, 60), np.array([0]))
    assert images.shape == (1, INPUT_SIZE, INPUT_SIZE, 3)
    assert np.allclose(
        keypoints[0, LEFT_WRIST] * INPUT_SIZE, [100 - MARGIN, 60 - MARGIN], atol=1e-3
    )
    assert np.allclose(dot_in(images[0]), keypoints[0, LEFT_WRIST], atol=1e-3)
    assert torso[0] == pytest.approx(0.25 * PICTURE_SIZE / INPUT_SIZE)


def test_keypoints_move_with_the_picture_and_sides_change_in_the_mirror():
    pictures = picture_with_a_dot(90, 130)
    places, sides = set(), set()
    for seed in range(40):
        images, keypoints, _ = varied_batch(pictures, np.array([0]), np.random.default_rng(seed))
        on_right = keypoints[0, RIGHT_WRIST, 0] > 0
        marked = keypoints[0, RIGHT_WRIST if on_right else LEFT_WRIST]
        found = dot_in(images[0])
        if np.isfinite(found).all() and (images[0].mean(axis=-1) > 0.5).sum() == 16:
            assert np.allclose(found, marked, atol=1e-3)
            places.add(tuple(np.rint(found * INPUT_SIZE)))
            sides.add(bool(on_right))
    assert len(places) > 10
    assert sides == {False, True}


def test_the_same_seed_varies_a_picture_in_the_same_way():
    pictures = picture_with_a_dot(90, 130)
    first, second = (
        varied_batch(pictures, np.array([0, 0]), np.random.default_rng(5)) for _ in range(2)
    )
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert not np.array_equal(first[0][0], first[0][1])
