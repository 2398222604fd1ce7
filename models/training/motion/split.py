"""Training and test data apart by person, so that no figure is won by knowing the person.

A split by repetition lets a network recognise the body instead of the movement: on KIMORE and
UI-PRMD that makes the error several times smaller than it is for a new patient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.training.errors import TrainingDataError, TrainingError
from models.training.motion.motion import Motion

_SHOWN: Final = 3


class SubjectLeakError(TrainingError):
    """One person is on both sides of a split."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is trained on, and what is tested on.

    Raises :class:`SubjectLeakError` where one subject is on both sides, however the split was
    made, unless it is said to be ``for_comparison_only``.
    """

    train: tuple[Motion, ...]
    test: tuple[Motion, ...]
    for_comparison_only: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        both = {motion.subject for motion in self.train} & {motion.subject for motion in self.test}
        if both and not self.for_comparison_only:
            some = ", ".join(sorted(both)[:_SHOWN])
            raise SubjectLeakError(
                f"{len(both)} subjects ({some}) are in training and in test: split by subject"
            )


def split_by_subject(motions: Sequence[Motion], held_out_share: float, seed: int) -> Split:
    """Every subject on one side; about ``held_out_share`` (0 … 1) of them, at least one, in test.

    Raises :class:`~models.training.errors.TrainingDataError` for fewer than two subjects or a share
    that leaves one side empty.
    """
    if not 0.0 < held_out_share < 1.0:
        raise TrainingDataError(f"the share held out must be between 0 and 1: {held_out_share}")
    subjects = _shuffled_subjects(motions, 2, seed)
    count = min(max(1, round(held_out_share * len(subjects))), len(subjects) - 1)
    return _held_out(motions, set(subjects[:count]))


def subject_folds(motions: Sequence[Motion], folds: int, seed: int = 0) -> Iterator[Split]:
    """``folds`` splits, in each of which other subjects are in test; each is so exactly once.

    With as many folds as subjects, one subject is left out at a time. Raises
    :class:`~models.training.errors.TrainingDataError` for fewer subjects than folds.
    """
    if folds < 2:
        raise TrainingDataError(f"at least 2 folds are needed, not {folds}")
    subjects = _shuffled_subjects(motions, folds, seed)
    for fold in range(folds):
        yield _held_out(motions, set(subjects[fold::folds]))


def random_split_for_comparison_only(
    motions: Sequence[Motion], held_out_share: float, seed: int
) -> Split:
    """Split by recording, whoever is in it: only to compare with papers that did so.

    Its figures are too good and say nothing of a new patient.
    """
    order = np.random.default_rng(seed).permutation(len(motions))
    count = min(max(1, round(held_out_share * len(motions))), len(motions) - 1)
    test = set(order[:count].tolist())
    return Split(
        tuple(motion for at, motion in enumerate(motions) if at not in test),
        tuple(motion for at, motion in enumerate(motions) if at in test),
        for_comparison_only=True,
    )


def _held_out(motions: Sequence[Motion], subjects: set[str]) -> Split:
    return Split(
        tuple(motion for motion in motions if motion.subject not in subjects),
        tuple(motion for motion in motions if motion.subject in subjects),
    )


def _shuffled_subjects(motions: Sequence[Motion], least: int, seed: int) -> list[str]:
    subjects = sorted({motion.subject for motion in motions})
    if len(subjects) < least:
        raise TrainingDataError(f"{len(subjects)} subjects are too few: at least {least} needed")
    order = np.random.default_rng(seed).permutation(len(subjects))
    return [subjects[at] for at in order]
