"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and what replaces a lost one.

The secret is kept encrypted (Fernet) with a key outside the database. A code is good for its step
of 30 s, the one before and the one after (RFC 6238, section 5.2), and never twice.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import AccountError
from cloud_bridge.store.tables import Account, RecoveryCode, SecondFactor

KEY_NAME: Final = "second-factor-key"
RECOVERY_CODES: Final = 10
_ISSUER: Final = "PhysioPi"
_STEP_S: Final = 30
_STEPS_BESIDE: Final = (-1, 0, 1)


class SecondFactors:
    """Sets up, checks and removes second factors; ``key`` is 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def stands(self, transaction: Transaction, account: Account) -> bool:
        """Whether this person has proved to have one."""
        factor = transaction.get(SecondFactor, account.id)
        return factor is not None and factor.confirmed_at is not None

    def begin(self, transaction: Transaction, account: Account) -> str:
        """The secret for the app, as an ``otpauth`` address, made once until it is confirmed.

        Raises :class:`AccountError` where one stands already.
        """
        factor = transaction.get(SecondFactor, account.id)
        if factor is not None and factor.confirmed_at is not None:
            raise AccountError("A second factor stands already: remove it first.")
        if factor is None:
            secret = pyotp.random_base32()
            factor = SecondFactor(
                account_id=account.id,
                secret_encrypted=self._fernet.encrypt(secret.encode()),
                last_step=0,
            )
            transaction.add(factor)
            transaction.flush()
        totp = pyotp.TOTP(self._secret(factor))
        return totp.provisioning_uri(name=account.email, issuer_name=_ISSUER)

    def confirm(
        self, transaction: Transaction, account: Account, code: str, now: datetime
    ) -> tuple[str, ...] | None:
        """The recovery codes, told only now; ``None`` where the code is not the app's."""
        factor = transaction.get(SecondFactor, account.id)
        if factor is None or factor.confirmed_at is not None:
            return None
        if not self._takes_code(transaction, factor, code, now):
            return None
        factor.confirmed_at = now
        return self.new_recovery_codes(transaction, account)

    def check(self, transaction: Transaction, account: Account, code: str, now: datetime) -> bool:
        """Whether a code of the app or a recovery code lets in; it is used up by that."""
        factor = transaction.get(SecondFactor, account.id)
        if factor is None or factor.confirmed_at is None:
            return False
        if self._takes_code(transaction, factor, code, now):
            return True
        used = transaction.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.code_sha256 == _digest(account, code),
                RecoveryCode.account_id == account.id,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(RecoveryCode.code_sha256)
            .execution_options(synchronize_session=False)
        ).all()
        return bool(used)

    def _takes_code(
        self, transaction: Transaction, factor: SecondFactor, code: str, now: datetime
    ) -> bool:
        totp = pyotp.TOTP(self._secret(factor))
        given = "".join(code.split())
        step = int(now.timestamp()) // _STEP_S
        right = [
            step + beside
            for beside in _STEPS_BESIDE
            if hmac.compare_digest(totp.generate_otp(step + beside).encode(), given.encode())
        ]
        if not right:
            return False
        # In the database, so that the same code sent twice at once is taken once.
        taken = transaction.execute(
            update(SecondFactor)
            .where(SecondFactor.account_id == factor.account_id, SecondFactor.last_step < right[0])
            .values(last_step=right[0])
            .returning(SecondFactor.account_id)
            .execution_options(synchronize_session=False)
        ).all()
        return bool(taken)

    def new_recovery_codes(self, transaction: Transaction, account: Account) -> tuple[str, ...]:
        """Ten codes of 80 random bits, in place of all earlier ones; only their hashes are kept.

        Nobody guesses 80 bits, so a fast hash is enough.
        """
        transaction.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        transaction.add_all(
            RecoveryCode(code_sha256=_digest(account, each), account_id=account.id)
            for each in codes
        )
        return codes

    def recovery_codes_left(self, transaction: Transaction, account: Account) -> int:
        """How many were not used yet."""
        return (
            transaction.scalar(
                select(func.count())
                .select_from(RecoveryCode)
                .where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
            )
            or 0
        )

    def remove(self, transaction: Transaction, account: Account) -> None:
        """The second factor and its recovery codes are gone; a new one can be set up."""
        transaction.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        transaction.execute(delete(SecondFactor).where(SecondFactor.account_id == account.id))

    def _secret(self, factor: SecondFactor) -> str:
        try:
            return self._fernet.decrypt(factor.secret_encrypted).decode()
        except InvalidToken as error:
            raise AccountError(
                f"The second factor cannot be read with the file {KEY_NAME}: put back the file it"
                " was made with, or let an administrator remove the second factor."
            ) from error


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _digest(account: Account, code: str) -> str:
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(f"{account.id}:{plain}".encode()).hexdigest()
