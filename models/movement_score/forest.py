"""The score as trees on joint-angle features: plain data, and what walks through it.

Extremely randomised trees (Geurts, Ernst and Wehenkel 2006), one forest for each exercise, in one
numpy archive. The mean over a forest's trees is the score; how far they differ says how sure it is.
"""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.movement_score.errors import ScoreFilesError

LEAF: Final = -1
"""Stands for the feature of a node that has no children."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Forests:
    """All nodes of all trees of all ``exercises``.

    ``feature`` int16 [N] is the column asked for in a node, :data:`LEAF` in a leaf; at most
    ``threshold`` float32 [N] goes to node ``left`` int32 [N], more than it to ``right``.
    ``value`` float16 [N] is a leaf's score. ``roots`` int32 [E, trees] are where the trees of each
    exercise begin. ``features`` are the columns' names, ``widening`` how many times as large as the
    trees' spread the error's standard deviation is.
    """

    exercises: NDArray[np.str_]
    features: NDArray[np.str_]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float16]
    roots: NDArray[np.int32]
    widening: NDArray[np.float64]

    @classmethod
    def load(cls, path: Path) -> "Forests":
        """Read what :meth:`save` wrote; raises :class:`ScoreFilesError` for another file."""
        try:
            with np.load(path, allow_pickle=False) as archive:
                forests = cls(**{each.name: archive[each.name] for each in fields(cls)})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ScoreFilesError(
                f"{path} cannot be read ({error}): install PhysioPi again"
            ) from error
        if not forests.holds_together:
            raise ScoreFilesError(f"{path} is no file of forests: install PhysioPi again")
        return forests

    def save(self, path: Path) -> None:
        """Write the file; the same forests give the same bytes."""
        arrays = {each.name: getattr(self, each.name) for each in fields(self)}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @property
    def holds_together(self) -> bool:
        """Whether every node leads to a later one, so that each walk ends in a leaf."""
        nodes = len(self.feature)
        inner = np.flatnonzero(self.feature != LEAF)
        follows = [
            bool(((children[inner] > inner) & (children[inner] < nodes)).all())
            for children in (self.left, self.right)
        ]
        return (
            all(follows)
            and all(len(each) == nodes for each in (self.threshold, self.value))
            and bool(((self.feature >= LEAF) & (self.feature < len(self.features))).all())
            and self.roots.shape[:1] == self.exercises.shape
            and bool(((self.roots >= 0) & (self.roots < nodes)).all())
        )

    def scores(self, values: NDArray[np.floating], exercise_id: str) -> tuple[Array, Array]:
        """Score and standard deviation of its error, [B], for features ``values`` [B, F].

        Raises :class:`KeyError` for an exercise that has no forest.
        """
        if exercise_id not in self.exercises:
            raise KeyError(exercise_id)
        own = np.flatnonzero(self.exercises == exercise_id)[0]
        # As the trees were grown: a feature in single precision is compared.
        asked = values.astype(np.float32)
        nodes = np.repeat(self.roots[own][None], len(asked), axis=0)
        rows = np.arange(len(asked))[:, None]
        while True:
            columns = self.feature[nodes]
            under_way = columns != LEAF
            if not under_way.any():
                break
            lower = asked[rows, np.maximum(columns, 0)] <= self.threshold[nodes]
            onwards = np.where(lower, self.left[nodes], self.right[nodes])
            nodes = np.where(under_way, onwards, nodes)
        found = self.value[nodes].astype(np.float64)
        return found.mean(axis=1), float(self.widening) * found.std(axis=1)
