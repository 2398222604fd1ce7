"""What the tests of the FHIR mapping share."""

import pytest

from tests.cloud_bridge.exports.fhir.official_r4 import OfficialR4


@pytest.fixture(scope="session")
def official() -> OfficialR4:
    """The official definitions of FHIR R4."""
    return OfficialR4()
