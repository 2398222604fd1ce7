"""A person of a clinic, on each kind of database."""

import pytest

from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account
from tests.cloud_bridge.portal_clients import add_person


@pytest.fixture
def doctor(database: Database) -> Account:
    """Without a password."""
    return add_person(database, "Clinic", "doctor@clinic.invalid")
