"""Links that let a person in once, or let them set their password once."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.store.tables import Account, LinkPurpose, OneTimeSignIn

ONE_TIME_SIGN_IN_LASTS = timedelta(hours=1)


def make_one_time_sign_in(
    transaction: Transaction,
    account: Account,
    purpose: LinkPurpose = "sign_in",
    lasts: timedelta = ONE_TIME_SIGN_IN_LASTS,
) -> str:
    """A token for one person, one purpose and one time; a newer one takes its place."""
    transaction.execute(
        update(OneTimeSignIn)
        .where(
            OneTimeSignIn.account_id == account.id,
            OneTimeSignIn.purpose == "set_password",
            OneTimeSignIn.purpose == purpose,
            OneTimeSignIn.used_at.is_(None),
        )
        .values(used_at=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )
    token = secrets.token_urlsafe(32)
    transaction.add(
        OneTimeSignIn(
            token_sha256=_digest(token),
            account_id=account.id,
            expires_at=datetime.now(UTC) + lasts,
            purpose=purpose,
        )
    )
    return token


def link_path(token: str, purpose: LinkPurpose = "sign_in") -> str:
    """The path of the page that takes such a token."""
    return f"/sign-in/{'one-time' if purpose == 'sign_in' else 'set-password'}/{token}"


def account_of_link(transaction: Transaction, token: str, purpose: LinkPurpose) -> Account | None:
    """Whom a link is for, while it can be used; it is not used up."""
    return transaction.scalars(
        select(Account)
        .join(OneTimeSignIn, OneTimeSignIn.account_id == Account.id)
        .where(*_usable(token, purpose), Account.disabled_at.is_(None))
    ).first()


def account_by_one_time_token(
    transaction: Transaction, token: str, purpose: LinkPurpose = "sign_in"
) -> Account | None:
    """The account a token is for, and the token is used up; ``None`` for any other."""
    used = transaction.execute(
        update(OneTimeSignIn)
        .where(*_usable(token, purpose))
        .values(used_at=datetime.now(UTC))
        .returning(OneTimeSignIn.account_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    account = None if used is None else transaction.get(Account, used)
    return None if account is None or account.disabled_at is not None else account


def _usable(token: str, purpose: LinkPurpose) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeSignIn.token_sha256 == _digest(token),
        OneTimeSignIn.purpose == purpose,
        OneTimeSignIn.used_at.is_(None),
        OneTimeSignIn.expires_at > datetime.now(UTC),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
