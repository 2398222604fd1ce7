"""Passwords: how they are kept, and which are too easy to guess.

Argon2id with argon2-cffi's parameters (RFC 9106, second recommended option). Length and the check
against what is commonly used follow NIST SP 800-63B, section 5.1.1.2; no rules on kinds of letters.
"""

import re
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from cloud_bridge.store.tables import Account

SHORTEST: Final = 12
LONGEST: Final = 256
# zxcvbn's scale: 10^8 guesses or fewer are within reach of somebody who is slowed down.
_LOWEST_SCORE: Final = 3
_JUDGED: Final = 72
_LEAST_WITHOUT_NAMES: Final = 8
_WORD: Final = re.compile(r"\w{3,}")
_hasher = PasswordHasher()
# Checked when there is no such account, so that the answer takes as long.
_NOBODY: Final = _hasher.hash(secrets.token_urlsafe(16))


def weakness(password: str, personal: tuple[str, ...] = ()) -> str | None:
    """Why a password is refused, as a sentence; ``None`` for a good one.

    ``personal`` is what others know of the person: name, e-mail, clinic.
    """
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few unrelated words are easiest to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    words = {word for each in personal for word in _WORD.findall(each.casefold())}
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    score = zxcvbn(password[:_JUDGED], user_inputs=sorted(words))["score"]
    if score < _LOWEST_SCORE or len(rest) < _LEAST_WITHOUT_NAMES:
        return (
            "This password is easy to guess: it is in common use, or made of a name, a date or"
            " keys beside each other. Take a few unrelated words instead."
        )
    return None


def set_password(account: Account, password: str) -> None:
    """Keep the hash of a password."""
    account.password_hash = _hasher.hash(password)


def password_is_right(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; takes as long where there is no account.

    A hash made with older parameters is made anew.
    """
    known = account.password_hash if account is not None else None
    try:
        _hasher.verify(known or _NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    if account is None or known is None:
        return False
    if _hasher.check_needs_rehash(known):
        set_password(account, password)
    return True
