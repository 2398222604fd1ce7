"""The tables of signing in: attempts, sessions, second factors."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cloud_bridge.store.base import Base, now

SignInWay = Literal["password", "one_time_link", "oidc"]


class SignInAttempts(Base):
    """Failed sign-ins in a row under one e-mail address, whether or not an account has it.

    Known and unknown addresses are locked alike, so that a lock tells nobody which accounts exist.
    """

    __tablename__ = "sign_in_attempts"

    email_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class SignInSession(Base):
    """A browser that is signed in; the cookie holds a token, the table only its hash.

    Times: ``seen_at`` moves with use, ``expires_at`` never does. ``second_factor_pending`` lets
    the browser no further than the page that asks for the code.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    way: Mapped[SignInWay] = mapped_column(String(20))
    second_factor_pending: Mapped[bool]
    browser: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SecondFactor(Base):
    """A person's TOTP secret, encrypted with a key that is not in the database.

    ``last_step`` is the newest time step whose code was accepted: none is accepted twice. Until
    ``confirmed_at`` the person has not proved that their app has the secret.
    """

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that replaces the second factor once; only its hash is kept."""

    __tablename__ = "recovery_code"

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    used_at: Mapped[datetime | None]
