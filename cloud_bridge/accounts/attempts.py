"""Slows down whoever guesses: a lock under an e-mail address, longer with each failure."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.settings import SignInSettings
from cloud_bridge.store.tables import SignInAttempts

_FORGOTTEN_AFTER: Final = timedelta(days=1)


class AttemptGuard:
    """Counts attempts, each before it is judged, so that many at once cannot slip through."""

    def __init__(self, settings: SignInSettings) -> None:
        self._settings = settings

    def begin(self, transaction: Transaction, email: str, now: datetime) -> bool:
        """Whether an attempt may succeed now; it counts as failed until :meth:`passed`.

        An attempt while locked does not lengthen the lock.
        """
        transaction.execute(
            delete(SignInAttempts).where(SignInAttempts.failed_at < now - _FORGOTTEN_AFTER)
        )
        key = _key(email)
        failures = self._count(transaction, key, now)
        if failures is None:
            known = transaction.scalar(
                select(SignInAttempts.failures).where(SignInAttempts.email_sha256 == key)
            )
            if known is not None:
                return False
            try:
                with transaction.begin_nested():
                    transaction.add(SignInAttempts(email_sha256=key, failures=1, failed_at=now))
            except IntegrityError:
                # Somebody else's first attempt, at the same moment.
                failures = self._count(transaction, key, now)
                if failures is None:
                    return False
            else:
                failures = 1
        if failures >= self._settings.failures_before_lock:
            self._lock(transaction, key, now + self._lasts(failures))
        return True

    def _count(self, transaction: Transaction, key: str, now: datetime) -> int | None:
        return transaction.execute(
            update(SignInAttempts)
            .where(
                SignInAttempts.email_sha256 == key,
                SignInAttempts.locked_until.is_(None) | (SignInAttempts.locked_until <= now),
            )
            .values(failures=SignInAttempts.failures + 1, failed_at=now)
            .returning(SignInAttempts.failures)
            .execution_options(synchronize_session=False)
        ).scalar()

    def _lasts(self, failures: int) -> timedelta:
        doublings = min(failures - self._settings.failures_before_lock, 20)
        lasts_s = min(self._settings.first_lock_s * 2**doublings, self._settings.longest_lock_s)
        return timedelta(seconds=lasts_s)

    def _lock(self, transaction: Transaction, key: str, until: datetime | None) -> None:
        transaction.execute(
            update(SignInAttempts)
            .where(SignInAttempts.email_sha256 == key)
            .values(locked_until=until)
            .execution_options(synchronize_session=False)
        )

    def half_passed(self, transaction: Transaction, email: str) -> None:
        """The password was right, the second factor is to come: only this attempt is forgotten.

        Forgetting all of them would let who knows the password try codes for ever.
        """
        transaction.execute(
            update(SignInAttempts)
            .where(SignInAttempts.email_sha256 == _key(email))
            .values(failures=SignInAttempts.failures - 1, locked_until=None)
            .execution_options(synchronize_session=False)
        )

    def passed(self, transaction: Transaction, email: str) -> None:
        """The person has signed in, or an administrator takes the lock away."""
        transaction.execute(
            delete(SignInAttempts)
            .where(SignInAttempts.email_sha256 == _key(email))
            .execution_options(synchronize_session=False)
        )

    def locked_until(self, transaction: Transaction, email: str, now: datetime) -> datetime | None:
        """Until when nobody gets in with this address; ``None`` when it is not locked."""
        until = transaction.scalar(
            select(SignInAttempts.locked_until).where(SignInAttempts.email_sha256 == _key(email))
        )
        return until if until is not None and until > now else None


def _key(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
