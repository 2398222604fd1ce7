"""Pictures for training: the same each time, labelled where joints are, other than the tests'."""

import numpy as np
import pytest

from device.camera.simulated.training_pictures import (
    FIRST_SEED,
    PICTURES_OF_ONE_PATIENT,
    training_pictures,
    write_shards,
)
from models.networks.find import find_network
from models.networks.manifest import STAND_IN
from models.training.figures import figures_of
from models.training.pictures import PICTURE_SIZE, load_pictures


@pytest.fixture(scope="module")
def patient():
    return list(training_pictures("validation", 3))


def test_the_same_patient_gives_the_same_pictures(patient):
    again = list(training_pictures("validation", 3))
    assert len(again) == PICTURES_OF_ONE_PATIENT
    for first, second in zip(patient, again, strict=True):
        assert np.array_equal(first.image, second.image)
        assert np.array_equal(first.keypoints, second.keypoints)


def test_each_pose_is_another_and_most_joints_are_in_the_picture(patient):
    assert {each.image.shape for each in patient} == {(PICTURE_SIZE, PICTURE_SIZE, 3)}
    shown = [each.keypoints for each in patient if each.torso > 0]
    assert len(shown) > PICTURES_OF_ONE_PATIENT // 2
    inside = np.mean([((each >= 0) & (each <= 1)).all(axis=-1).mean() for each in shown])
    assert inside > 0.8
    assert len({each.tobytes() for each in shown}) == len(shown)


def test_no_body_of_the_tests_is_trained_on():
    most_patients = 10_000
    tested = range(1000)
    for first in FIRST_SEED.values():
        assert not set(tested) & set(range(first, first + most_patients))
    first, second = sorted(FIRST_SEED.values())
    assert second - first > most_patients


def test_the_stand_in_finds_the_joints_of_bodies_it_was_not_trained_on(tmp_path):
    count = write_shards(tmp_path, "validation", 6)
    assert count == 6 * PICTURES_OF_ONE_PATIENT
    figures = figures_of(find_network(STAND_IN).path, load_pictures(tmp_path, "validation"))
    assert figures["kept_pck_0_2"] > 0.65
    assert figures["median_error_torso"] < 0.15
