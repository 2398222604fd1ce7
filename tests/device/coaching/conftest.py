"""What the tests of coaching share."""

import pytest

from device.coaching.recognition.index import References
from device.coaching.recognition.library_references import library_references
from models.exercises.library import load_library


@pytest.fixture(scope="session")
def references() -> References:
    """The reference poses of the whole library; they take seconds to make."""
    return References.of(list(library_references(load_library().all_measured())))
