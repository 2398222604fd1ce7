"""Guessing: locked after so many failures, longer each time, and alike for every address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from cloud_bridge.accounts.attempts import AttemptGuard
from cloud_bridge.settings import SignInSettings
from cloud_bridge.store.database import Database

NOW = datetime(2026, 1, 2, 10, tzinfo=UTC)
SETTINGS = SignInSettings(failures_before_lock=3, first_lock_s=30, longest_lock_s=100)
GUARD = AttemptGuard(SETTINGS)
EMAIL = "a@b.c"


def begin(database: Database, now: datetime = NOW, email: str = EMAIL) -> bool:
    with database.transaction() as transaction:
        return GUARD.begin(transaction, email, now)


def lasts(database: Database, now: datetime) -> float:
    with database.transaction() as transaction:
        until = GUARD.locked_until(transaction, EMAIL, now)
    return 0.0 if until is None else (until - now).total_seconds()


def test_locks_after_so_many_failures_and_twice_as_long_each_time(database: Database) -> None:
    assert [begin(database) for _ in range(3)] == [True] * 3
    now, found = NOW, []
    for _ in range(4):
        found.append(lasts(database, now))
        assert not begin(database, now)
        now += timedelta(seconds=found[-1])
        assert begin(database, now)
    assert found == [30, 60, 100, 100]


def test_trying_while_locked_does_not_lengthen_the_lock(database: Database) -> None:
    for _ in range(3):
        begin(database)
    for _ in range(10):
        assert not begin(database, NOW + timedelta(seconds=29))
    assert begin(database, NOW + timedelta(seconds=30))


def test_upper_and_lower_case_are_one_address_and_others_are_not_locked(
    database: Database,
) -> None:
    for email in ("a@b.c", "A@B.C ", "a@B.c"):
        begin(database, email=email)
    assert not begin(database)
    assert begin(database, email="other@b.c")


def test_who_has_passed_begins_anew(database: Database) -> None:
    for _ in range(2):
        begin(database)
    with database.transaction() as transaction:
        GUARD.passed(transaction, EMAIL)
    assert [begin(database) for _ in range(4)] == [True, True, True, False]


def test_a_right_password_does_not_forget_the_wrong_codes(database: Database) -> None:
    found = []
    for _ in range(4):
        # The password, which is right, and then a code, which is not.
        found.append(begin(database))
        if found[-1]:
            with database.transaction() as transaction:
                GUARD.half_passed(transaction, EMAIL)
            found.append(begin(database))
    assert found == [True] * 6 + [False]


def test_failures_are_forgotten_after_a_day(database: Database) -> None:
    for _ in range(3):
        begin(database)
    assert [begin(database, NOW + timedelta(days=1, seconds=1)) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("known", [False, True])
def test_many_at_once_do_not_slip_through(database: Database, known: bool) -> None:
    if known:
        begin(database)
    with ThreadPoolExecutor(8) as pool:
        let_through = sum(pool.map(lambda _: begin(database), range(16)))
    assert let_through == 3 - known
