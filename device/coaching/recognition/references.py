"""Opens the index of reference poses, made anew when the library has changed."""

from pathlib import Path

import structlog

from device.coaching.recognition.index import ReferenceIndex, References
from device.coaching.recognition.library_references import library_references, references_version
from models.exercises.library import ExerciseLibrary

INDEX_FILE = "reference_poses.sqlite"
"""In the device's data folder."""

log = structlog.get_logger()


def load_references(folder: Path, library: ExerciseLibrary) -> References:
    """All reference poses: the library's, and those that the clinic taught.

    Raises :class:`~device.errors.RecognitionError` when the index in ``folder`` cannot be used.
    """
    index = ReferenceIndex(folder / INDEX_FILE)
    try:
        exercises = library.all_measured()
        version = references_version(exercises)
        if index.version_of("library") != version:
            index.replace("library", version, library_references(exercises))
            log.info("reference_poses_made", exercises=len(exercises), version=version)
        return index.load()
    finally:
        index.close()
