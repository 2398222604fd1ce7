"""Who may speak with the jobs' server: programs of this user on this machine that have the token.

Pages in a browser of this machine and its other users can reach the port too, and are refused.
"""

import hmac
import os
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Request

from device.errors import DeviceError
from device.jobs.problem import JobRefusedError, Problem
from device.kiosk.channel import prepare_runtime_folder

_FILE: Final = "jobs.token"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_FORBIDDEN: Final = JobRefusedError(
    Problem(
        "forbidden",
        HTTPStatus.FORBIDDEN,
        "Not for pages",
        "only programs on this machine may use this, at http://127.0.0.1 and without a page",
    )
)
_NO_TOKEN: Final = JobRefusedError(
    Problem(
        "no-token",
        HTTPStatus.UNAUTHORIZED,
        "The token is missing or wrong",
        "send 'Authorization: Bearer TOKEN'; 'physiopi-device jobs token' prints it",
    )
)


def refuse_others(request: Request, port: int, token: str) -> None:
    """Raise :class:`JobRefusedError` for whoever is not meant."""
    # A page elsewhere could name this address in its own host name (DNS rebinding).
    if request.host not in {f"{name}:{port}" for name in _LOOPBACK}:
        raise _FORBIDDEN
    # No page is served here, so no page has any business here; browsers say when one asks.
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none":
        raise _FORBIDDEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise _NO_TOKEN


def make_token(runtime_folder: Path) -> str:
    """A new token, in a file that this user alone can read."""
    path = prepare_runtime_folder(runtime_folder) / _FILE
    token = secrets.token_urlsafe(32)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    part.rename(path)
    return token


def read_token(runtime_folder: Path) -> str:
    """The token of the server that runs; raises :class:`DeviceError` where none does."""
    path = runtime_folder / _FILE
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise DeviceError(
            f"{path}: there is no token that you may read: set [jobs] enabled = true in device.toml"
            " and run 'physiopi-device jobs serve' as the same user"
        ) from error
