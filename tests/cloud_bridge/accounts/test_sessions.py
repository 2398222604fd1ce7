"""Sessions: they end when idle, when old, and when somebody ends them."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud_bridge.accounts.sessions import SignInSessions, Visitor
from cloud_bridge.settings import SignInSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account, SignInSession

NOW = datetime(2026, 1, 2, 10, tzinfo=UTC)
SESSIONS = SignInSessions(SignInSettings(idle_minutes=30, absolute_hours=2))


def start(database: Database, account: Account) -> str:
    with database.transaction() as transaction:
        visitor = Visitor("Browser", "192.0.2.0/24")
        return SESSIONS.start(transaction, account, "password", False, visitor, NOW)


def stands(database: Database, token: str, after: timedelta) -> bool:
    with database.transaction() as transaction:
        return SESSIONS.find(transaction, token, NOW + after) is not None


@pytest.mark.parametrize(("minutes", "expected"), [(0, True), (29, True), (31, False)])
def test_left_idle_it_ends(
    database: Database, doctor: Account, minutes: int, expected: bool
) -> None:
    assert stands(database, start(database, doctor), timedelta(minutes=minutes)) is expected


def test_used_it_goes_on_but_not_for_ever(database: Database, doctor: Account) -> None:
    token = start(database, doctor)
    used = [stands(database, token, timedelta(minutes=each)) for each in range(0, 140, 20)]
    assert used == [True] * 6 + [False]


def test_the_table_has_no_token(database: Database, doctor: Account) -> None:
    token = start(database, doctor)
    with database.transaction() as transaction:
        row = transaction.query(SignInSession).one()
        assert token not in str(vars(row))
        assert SESSIONS.find(transaction, row.token_sha256, NOW) is None


def test_one_or_all_others_can_be_ended(database: Database, doctor: Account) -> None:
    mine, other, third = (start(database, doctor) for _ in range(3))
    with database.transaction() as transaction:
        found = SESSIONS.find(transaction, other, NOW)
        own = SESSIONS.find(transaction, mine, NOW)
        assert found is not None
        assert own is not None
        assert SESSIONS.end(transaction, doctor, found.record.id, NOW)
        assert not SESSIONS.end(transaction, doctor, found.record.id, NOW)
    assert [stands(database, each, timedelta()) for each in (mine, other, third)] == [
        True, False, True,
    ]  # fmt: skip
    with database.transaction() as transaction:
        assert SESSIONS.end_all(transaction, doctor, NOW, but=own.record.id) == 1
        assert [each.id for each in SESSIONS.of(transaction, doctor, NOW)] == [own.record.id]


def test_another_person_cannot_end_it(database: Database, doctor: Account) -> None:
    token = start(database, doctor)
    with database.transaction() as transaction:
        other = Account(clinic_id=doctor.clinic_id, email="o@b.c", name="O", role="doctor")
        transaction.add(other)
        transaction.flush()
        session = transaction.query(SignInSession).one()
        assert not SESSIONS.end(transaction, other, session.id, NOW)
    assert stands(database, token, timedelta())


def test_who_may_no_longer_sign_in_is_out_at_once(database: Database, doctor: Account) -> None:
    token = start(database, doctor)
    with database.transaction() as transaction:
        transaction.get_one(Account, doctor.id).disabled_at = NOW
    assert not stands(database, token, timedelta())
