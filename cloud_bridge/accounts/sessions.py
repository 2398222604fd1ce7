"""Browsers that are signed in: kept by the bridge, so that each can be ended from elsewhere."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.settings import SignInSettings
from cloud_bridge.store.sign_in_tables import SignInSession, SignInWay
from cloud_bridge.store.tables import Account, Clinic

# Noting each request would make every page a write.
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a sign-in comes from; ``address`` is truncated."""

    browser: str
    address: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that stands, whose it is and where that person works."""

    record: SignInSession
    account: Account
    clinic: Clinic


class SignInSessions:
    """Starts, finds and ends them."""

    def __init__(self, settings: SignInSettings) -> None:
        self._idle = timedelta(minutes=settings.idle_minutes)
        self._lasts = timedelta(hours=settings.absolute_hours)

    def start(
        self,
        transaction: Transaction,
        account: Account,
        way: SignInWay,
        pending: bool,
        visitor: Visitor,
        now: datetime,
    ) -> str:
        """A token for the cookie; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        transaction.add(
            SignInSession(
                token_sha256=_digest(token),
                account_id=account.id,
                way=way,
                second_factor_pending=pending,
                browser=visitor.browser[:200],
                address=visitor.address[:64],
                created_at=now,
                seen_at=now,
                expires_at=now + self._lasts,
            )
        )
        transaction.flush()
        return token

    def find(self, transaction: Transaction, token: str, now: datetime) -> OpenSession | None:
        """What the token stands for, unless it was ended, is too old or was left idle."""
        row = transaction.execute(
            select(SignInSession, Account, Clinic)
            .join(Account, Account.id == SignInSession.account_id)
            .join(Clinic, Clinic.id == Account.clinic_id)
            .where(
                SignInSession.token_sha256 == _digest(token),
                SignInSession.ended_at.is_(None),
                SignInSession.expires_at > now,
                SignInSession.seen_at > now - self._idle,
                Account.disabled_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            return None
        found = OpenSession(*row)
        if now - found.record.seen_at >= _SEEN_EVERY:
            found.record.seen_at = now
        return found

    def of(
        self, transaction: Transaction, account: Account, now: datetime
    ) -> Sequence[SignInSession]:
        """A person's sessions that stand, the last used first."""
        return transaction.scalars(
            select(SignInSession)
            .where(
                SignInSession.account_id == account.id,
                SignInSession.ended_at.is_(None),
                SignInSession.expires_at > now,
                SignInSession.seen_at > now - self._idle,
            )
            .order_by(SignInSession.seen_at.desc())
        ).all()

    def end(
        self, transaction: Transaction, account: Account, session_id: UUID, now: datetime
    ) -> bool:
        """End one of this person's sessions; whether there was such a one."""
        ended = transaction.execute(
            update(SignInSession)
            .where(
                SignInSession.id == session_id,
                SignInSession.account_id == account.id,
                SignInSession.ended_at.is_(None),
            )
            .values(ended_at=now)
            .returning(SignInSession.id)
            .execution_options(synchronize_session=False)
        ).all()
        return bool(ended)

    def end_all(
        self, transaction: Transaction, account: Account, now: datetime, but: UUID | None = None
    ) -> int:
        """End all of a person's sessions, ``but`` one; how many that were."""
        query = update(SignInSession).where(
            SignInSession.account_id == account.id, SignInSession.ended_at.is_(None)
        )
        if but is not None:
            query = query.where(SignInSession.id != but)
        ended = transaction.execute(
            query.values(ended_at=now)
            .returning(SignInSession.id)
            .execution_options(synchronize_session=False)
        ).all()
        return len(ended)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
