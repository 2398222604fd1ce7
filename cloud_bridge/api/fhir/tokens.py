"""Tokens of programs that read FHIR: made once, kept as a hash, with scopes and an end."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.exports.fhir.records import READABLE
from cloud_bridge.store.fhir_tables import FhirToken

Interaction = Literal["read", "search"]

PREFIX: Final = "physiopi_"
"""Begins every token, so that one that has leaked into a file can be found."""
LONGEST: Final = timedelta(days=366)
_SCOPE: Final = re.compile(r"system/(\*|[A-Z][A-Za-z]+)\.(read|\*|[cruds]+)")
_LETTERS: Final[dict[Interaction, str]] = {"read": "r", "search": "s"}


class ScopeError(CloudBridgeError):
    """A scope that is none of SMART's system scopes for reading."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """SMART system scopes: ``system/*.read``, ``system/Observation.rs`` and the like."""

    granted: frozenset[tuple[str, Interaction]]

    @classmethod
    def parse(cls, text: str) -> "Scopes":
        """Scopes separated by spaces; raises :class:`ScopeError` naming the first wrong one."""
        granted: set[tuple[str, Interaction]] = set()
        for each in text.split():
            match = _SCOPE.fullmatch(each)
            if match is None or (match[1] != "*" and match[1] not in READABLE):
                raise ScopeError(
                    f"scope {each!r}: use system/*.read or system/TYPE.read, where TYPE is one of"
                    f" {', '.join(READABLE)}"
                )
            granted |= {(match[1], each) for each in _interactions(match[2])}
        if not granted:
            raise ScopeError("no scope that reads or searches anything")
        return cls(frozenset(granted))

    def allow(self, kind: str, interaction: Interaction) -> bool:
        """Whether resources of a type may be read, or searched for."""
        return bool({("*", interaction), (kind, interaction)} & self.granted)


def _interactions(permission: str) -> Sequence[Interaction]:
    if permission in ("read", "*"):
        return ("read", "search")
    return [each for each, letter in _LETTERS.items() if letter in permission]


def make_token(
    transaction: Transaction, clinic_id: int, name: str, scopes: str, lasts: timedelta
) -> tuple[str, FhirToken]:
    """A new token, to be shown once, and its row.

    Raises :class:`ScopeError`, and :class:`ValueError` for a time that is not up to a year.
    """
    Scopes.parse(scopes)
    if not timedelta(0) < lasts <= LONGEST:
        raise ValueError("a token lasts up to a year")
    token = PREFIX + secrets.token_urlsafe(32)
    row = FhirToken(
        clinic_id=clinic_id,
        name=name,
        scopes=" ".join(scopes.split()),
        token_sha256=_digest(token),
        expires_at=datetime.now(UTC) + lasts,
    )
    transaction.add(row)
    transaction.flush()
    return token, row


def find_token(transaction: Transaction, token: str, now: datetime) -> FhirToken | None:
    """The row of a token that lets in now; ``None`` for any other."""
    row = transaction.scalars(
        select(FhirToken).where(FhirToken.token_sha256 == _digest(token))
    ).first()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    return row


def revoke_token(transaction: Transaction, token_id: UUID, now: datetime) -> FhirToken | None:
    """From now on a token lets nobody in; ``None`` where there is no such one."""
    row = transaction.get(FhirToken, token_id)
    if row is not None:
        row.revoked_at = row.revoked_at or now
    return row


def _digest(token: str) -> str:
    # A token has 256 bits of its own: nothing is won by a slow hash.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
