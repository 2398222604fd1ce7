"""The second factor: encrypted, each code once, and recovery codes for a lost telephone."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from cloud_bridge.accounts.second_factor import RECOVERY_CODES, SecondFactors
from cloud_bridge.errors import AccountError
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account, RecoveryCode, SecondFactor

NOW = datetime(2026, 1, 2, 10, 0, 5, tzinfo=UTC)
FACTORS = SecondFactors(b"k" * 32)


def app_of(database: Database, account: Account) -> pyotp.TOTP:
    with database.transaction() as transaction:
        address = FACTORS.begin(transaction, account)
    return pyotp.TOTP(parse_qs(urlsplit(address).query)["secret"][0])


def set_up(database: Database, account: Account) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    app = app_of(database, account)
    with database.transaction() as transaction:
        codes = FACTORS.confirm(transaction, account, app.at(NOW), NOW)
    assert codes is not None
    return app, codes


def check(database: Database, account: Account, given: str, now: datetime) -> bool:
    with database.transaction() as transaction:
        return FACTORS.check(transaction, account, given, now)


def test_it_stands_only_after_a_right_code(database: Database, doctor: Account) -> None:
    app = app_of(database, doctor)
    assert app_of(database, doctor).secret == app.secret
    with database.transaction() as transaction:
        assert FACTORS.confirm(transaction, doctor, "000000", NOW) is None
        assert not FACTORS.stands(transaction, doctor)
        assert not FACTORS.check(transaction, doctor, app.at(NOW), NOW)
    set_up(database, doctor)
    with database.transaction() as transaction:
        assert FACTORS.stands(transaction, doctor)
        with pytest.raises(AccountError):
            FACTORS.begin(transaction, doctor)


def test_no_code_is_taken_twice_nor_an_older_one_after_it(
    database: Database, doctor: Account
) -> None:
    app, _ = set_up(database, doctor)
    assert not check(database, doctor, app.at(NOW), NOW)
    later = NOW + timedelta(seconds=60)
    assert check(database, doctor, app.at(later), later)
    assert not check(database, doctor, app.at(later), later + timedelta(seconds=5))
    assert not check(database, doctor, app.at(later - timedelta(seconds=30)), later)


@pytest.mark.parametrize(("off_s", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(
    database: Database, doctor: Account, off_s: int, taken: bool
) -> None:
    app, _ = set_up(database, doctor)
    later = NOW + timedelta(minutes=10)
    given = app.at(later + timedelta(seconds=off_s))
    assert check(database, doctor, f"{given[:3]} {given[3:]}", later) is taken


def test_each_recovery_code_works_once_and_for_its_person_alone(
    database: Database, doctor: Account
) -> None:
    _, codes = set_up(database, doctor)
    assert len(set(codes)) == RECOVERY_CODES
    assert check(database, doctor, codes[0].upper().replace("-", " "), NOW)
    assert not check(database, doctor, codes[0], NOW)
    with database.transaction() as transaction:
        assert FACTORS.recovery_codes_left(transaction, doctor) == RECOVERY_CODES - 1
        other = Account(clinic_id=doctor.clinic_id, email="o@b.c", name="O", role="doctor")
        transaction.add(other)
        transaction.flush()
    set_up(database, other)
    assert not check(database, other, codes[1], NOW)


def test_new_recovery_codes_replace_the_old_ones(database: Database, doctor: Account) -> None:
    _, old = set_up(database, doctor)
    with database.transaction() as transaction:
        new = FACTORS.new_recovery_codes(transaction, doctor)
    assert not check(database, doctor, old[0], NOW)
    assert check(database, doctor, new[0], NOW)


def test_the_database_alone_gives_away_neither_secret_nor_codes(
    database: Database, doctor: Account
) -> None:
    app, codes = set_up(database, doctor)
    with database.transaction() as transaction:
        factor = transaction.get_one(SecondFactor, doctor.id)
        assert app.secret.encode() not in factor.secret_encrypted
        kept = {each.code_sha256 for each in transaction.query(RecoveryCode)}
        assert not kept & set(codes)
        with pytest.raises(AccountError, match="second-factor-key"):
            SecondFactors(b"x" * 32).check(transaction, doctor, "000000", NOW)


def test_removed_it_lets_nobody_in(database: Database, doctor: Account) -> None:
    app, codes = set_up(database, doctor)
    with database.transaction() as transaction:
        FACTORS.remove(transaction, doctor)
        assert not FACTORS.stands(transaction, doctor)
    later = NOW + timedelta(minutes=10)
    assert not check(database, doctor, app.at(later), later)
    assert not check(database, doctor, codes[0], later)
    assert app_of(database, doctor).secret != app.secret
