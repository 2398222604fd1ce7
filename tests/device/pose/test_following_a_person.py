"""The search region follows a person through the picture, over its border, and after a loss."""

import numpy as np
import pytest

from device.camera.frame import Frame

pytestmark = [pytest.mark.network_model, pytest.mark.shared_data]

HEIGHT, WIDTH = 720, 1280
BODY = slice(5, 17)


@pytest.fixture(scope="module")
def person(photograph):
    """The photograph of a squatting person, 305 px high."""
    return np.ascontiguousarray(photograph[::2, ::2])


def picture_with(person, top, left):
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    place = image[max(top, 0) : top + person.shape[0], max(left, 0) : left + person.shape[1]]
    place[:] = person[max(-top, 0) :, max(-left, 0) :][: place.shape[0], : place.shape[1]]
    return image


def estimate(movenet, image, times=3):
    return [movenet.estimate(Frame(n, n / 30, image)) for n in range(1, times + 1)][-1]


def on_person(pose, top, left, person):
    """Keypoints [12, 2] as fractions of the photograph."""
    x_y = pose.points_px()[BODY].astype(float) - [left, top]
    return x_y / [person.shape[1], person.shape[0]]


def errors(found, reference):
    return np.linalg.norm(found - reference[BODY, 1::-1], axis=1)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (200, 500), (415, 1030), (57, 333), (415, 0)])
def test_keypoints_are_mapped_back_to_where_the_person_is(
    movenet, person, reference_keypoints, top, left
):
    found = estimate(movenet, picture_with(person, top, left))
    found_errors = errors(on_person(found, top, left, person), reference_keypoints)
    seen = (reference_keypoints[BODY, 2] > 0.4) & (found.scores[BODY] > 0.3)
    assert seen.sum() >= 7
    assert np.median(found_errors[seen]) < 0.04


def test_looking_at_the_region_finds_more_than_looking_at_the_whole(
    movenet, person, reference_keypoints
):
    image = picture_with(person, 200, 500)
    whole = estimate(movenet, image, times=1)
    followed = estimate(movenet, image, times=3)
    seen = reference_keypoints[BODY, 2] > 0.4
    before = errors(on_person(whole, 200, 500, person), reference_keypoints)[seen]
    after = errors(on_person(followed, 200, 500, person), reference_keypoints)[seen]
    assert after.mean() < before.mean()
    assert followed.scores[BODY].mean() > whole.scores[BODY].mean()


def test_the_region_follows_a_person_who_walks_across(movenet, person, reference_keypoints):
    for n, left in enumerate(range(100, 1000, 15)):
        found = movenet.estimate(Frame(n + 1, n / 30, picture_with(person, 200, left)))
    seen = (reference_keypoints[BODY, 2] > 0.4) & (found.scores[BODY] > 0.3)
    found_errors = errors(on_person(found, 200, left, person), reference_keypoints)
    assert seen.sum() >= 7
    assert np.median(found_errors[seen]) < 0.04


def test_a_person_lost_is_found_again_elsewhere(movenet, person, reference_keypoints):
    estimate(movenet, picture_with(person, 300, 100))
    empty = estimate(movenet, np.zeros((HEIGHT, WIDTH, 3), np.uint8), times=2)
    assert empty.scores.max() < 0.3
    found = estimate(movenet, picture_with(person, 50, 900))
    found_errors = errors(on_person(found, 50, 900, person), reference_keypoints)
    seen = (reference_keypoints[BODY, 2] > 0.4) & (found.scores[BODY] > 0.3)
    assert seen.sum() >= 7
    assert np.median(found_errors[seen]) < 0.04


def test_a_person_who_leaves_over_the_border_stops_nothing(movenet, person):
    for n, left in enumerate(range(1000, 1290, 10)):
        found = movenet.estimate(Frame(n + 1, n / 30, picture_with(person, 200, left)))
        assert np.isfinite(found.keypoints).all()
    assert found.scores.max() < 0.3


def test_after_reset_the_past_has_no_influence(movenet, person):
    image = picture_with(person, 200, 500)
    first = movenet.estimate(Frame(1, 0.0, image)).keypoints
    estimate(movenet, picture_with(person, 50, 900))
    movenet.reset()
    assert np.array_equal(movenet.estimate(Frame(9, 1.0, image)).keypoints, first)


def test_the_picture_is_left_as_it_was_and_the_pose_keeps_its_frame(movenet, person):
    image = picture_with(person, 200, 500)
    before = image.copy()
    pose = movenet.estimate(Frame(42, 1.25, image))
    assert np.array_equal(image, before)
    assert (pose.sequence, pose.captured_at_s, pose.width, pose.height) == (42, 1.25, 1280, 720)


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (192, 192), (90, 100), (1, 300)])
def test_pictures_of_any_shape_are_taken(movenet, shape):
    image = np.full((*shape, 3), 127, np.uint8)
    assert estimate(movenet, image).keypoints.shape == (17, 3)
