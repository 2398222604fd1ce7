"""Who may sign in: argon2 passwords, and links that let a person in once."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.store.tables import Account, OneTimeSignIn

ONE_TIME_SIGN_IN_LASTS = timedelta(hours=1)
_hasher = PasswordHasher()
# Checked when there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def set_password(account: Account, password: str) -> None:
    """Keep the hash of a password."""
    account.password_hash = _hasher.hash(password)


def account_by_password(transaction: Transaction, email: str, password: str) -> Account | None:
    """The account whose e-mail and password these are."""
    account = transaction.scalars(select(Account).where(Account.email == email.lower())).first()
    known = account.password_hash if account is not None and account.password_hash else _NOBODY
    try:
        _hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return None
    return account if account is not None and account.password_hash else None


def make_one_time_sign_in(transaction: Transaction, account: Account) -> str:
    """A token that signs this account in once within the hour."""
    token = secrets.token_urlsafe(32)
    transaction.add(
        OneTimeSignIn(
            token_sha256=_digest(token),
            account_id=account.id,
            expires_at=datetime.now(UTC) + ONE_TIME_SIGN_IN_LASTS,
        )
    )
    return token


def account_by_one_time_token(transaction: Transaction, token: str) -> Account | None:
    """The account a token lets in, and the token is used up; ``None`` for any other."""
    now = datetime.now(UTC)
    used = transaction.execute(
        update(OneTimeSignIn)
        .where(
            OneTimeSignIn.token_sha256 == _digest(token),
            OneTimeSignIn.used_at.is_(None),
            OneTimeSignIn.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeSignIn.account_id)
    ).scalar()
    return None if used is None else transaction.get(Account, used)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
