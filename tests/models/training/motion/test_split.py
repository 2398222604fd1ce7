"""No person is both in training and in test, however a split is made."""

import numpy as np
import pytest

from models.training.errors import TrainingDataError
from models.training.motion.motion import Motion
from models.training.motion.split import (
    Split,
    SubjectLeakError,
    random_split_for_comparison_only,
    split_by_subject,
    subject_folds,
)


def motion_of(subject: str, number: int) -> Motion:
    return Motion(
        key=f"{subject}-{number}",
        source="simulated",
        subject=subject,
        exercise_id="squat_deep",
        joints_m=np.zeros((5, 13, 3), np.float32),
        fps=30.0,
    )


MOTIONS = tuple(motion_of(f"person {number % 7}", number) for number in range(50))


def subjects(motions: tuple[Motion, ...]) -> set[str]:
    return {motion.subject for motion in motions}


def keys(*sides: tuple[Motion, ...]) -> list[str]:
    return sorted(motion.key for side in sides for motion in side)


def test_a_split_with_one_person_on_both_sides_is_refused():
    with pytest.raises(SubjectLeakError, match="person 3"):
        Split((motion_of("person 3", 0),), (motion_of("person 3", 1), motion_of("person 4", 2)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_every_person_is_on_one_side_and_nothing_is_lost(share, seed):
    split = split_by_subject(MOTIONS, share, seed)
    assert split.train
    assert split.test
    assert not subjects(split.train) & subjects(split.test)
    assert keys(split.train, split.test) == keys(MOTIONS)
    assert len(subjects(split.test)) == max(1, min(6, round(share * 7)))


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_every_person_is_tested_once(folds):
    splits = list(subject_folds(MOTIONS, folds))
    assert len(splits) == folds
    assert keys(*(split.test for split in splits)) == keys(MOTIONS)
    for split in splits:
        assert not subjects(split.train) & subjects(split.test)
        assert keys(split.train, split.test) == keys(MOTIONS)


def test_the_same_seed_splits_alike_whatever_the_order():
    first = split_by_subject(MOTIONS, 0.3, 4)
    again = split_by_subject(MOTIONS[::-1], 0.3, 4)
    assert subjects(first.test) == subjects(again.test)


def test_a_random_split_says_that_it_is_for_comparison_only():
    split = random_split_for_comparison_only(MOTIONS, 0.3, 0)
    assert split.for_comparison_only
    assert subjects(split.train) & subjects(split.test)
    assert len(split.test) == 15
    assert keys(split.train, split.test) == keys(MOTIONS)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_that_leaves_one_side_empty_is_refused(share):
    with pytest.raises(TrainingDataError, match="share"):
        split_by_subject(MOTIONS, share, 0)


def test_too_few_people_are_refused():
    with pytest.raises(TrainingDataError, match="too few"):
        list(subject_folds(MOTIONS, 8))
    with pytest.raises(TrainingDataError, match="too few"):
        split_by_subject(MOTIONS[:1], 0.5, 0)
