"""Numpy archives of the data sets, opened with errors that say what to do."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from models.training.errors import TrainingDataError


@contextmanager
def open_archive(path: Path) -> Iterator[NpzFile]:
    """The archive at ``path``, closed afterwards.

    Raises :class:`~models.training.errors.TrainingDataError` where it is missing, is no archive, or
    what is read from it is broken.
    """
    if not path.is_file():
        raise TrainingDataError(f"{path} is missing: name the folder that holds {path.name}")
    try:
        with np.load(path) as archive:
            if not isinstance(archive, NpzFile):
                raise TrainingDataError(f"{path} is no .npz archive: fetch it again")
            yield archive
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingDataError(f"{path} cannot be read ({error}): fetch it again") from error
