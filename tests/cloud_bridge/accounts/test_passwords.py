"""Passwords: what is refused, how they are kept, and that no account is told from an answer."""

import pytest
from argon2 import PasswordHasher

from cloud_bridge.accounts.passwords import password_is_right, set_password, weakness
from cloud_bridge.store.tables import Account


@pytest.mark.parametrize(
    "password",
    ["elevenchars", "password1234", "Passwort123456", "qwertzuiop12", "aaaaaaaaaaaaaaaa",
     "doctor@clinic.example", "AdaMiller2024", "Miller-Miller1", "x" * 300],
)  # fmt: skip
def test_what_is_short_common_or_personal_is_refused(password: str) -> None:
    assert weakness(password, ("Ada Miller", "doctor@clinic.example")) is not None


@pytest.mark.parametrize("password", ["correct horse battery", "tDf9-kk2-Wp1z", "drei grüne Öfen"])
def test_a_few_unrelated_words_are_taken(password: str) -> None:
    assert weakness(password, ("Ada Miller",)) is None


def test_only_the_hash_is_kept_and_it_is_argon2id() -> None:
    account = Account()
    set_password(account, "correct horse battery")
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$")
    assert "correct" not in account.password_hash


def test_a_hash_with_older_parameters_is_made_anew_when_the_password_is_given() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192).hash("correct horse battery")
    account = Account(password_hash=old)
    assert not password_is_right(account, "wrong")
    assert account.password_hash == old
    assert password_is_right(account, "correct horse battery")
    assert account.password_hash != old
    assert password_is_right(account, "correct horse battery")


@pytest.mark.parametrize("known", [None, Account(password_hash=None), Account(password_hash="x")])
def test_without_a_password_nobody_gets_in_and_as_much_is_computed(
    known: Account | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert not password_is_right(known, "")
    assert len(verified) == 1
    if known is None or known.password_hash is None:
        assert verified[0].startswith("$argon2id$")
