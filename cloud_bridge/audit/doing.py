"""Who is doing what at this moment, for the audit log; set once for each request or command."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Doing:
    """One request or command, and which patients were noted for it already.

    ``principal`` names a person (``account:7``), a token, a device or a command. ``patients`` are
    those that the request names itself, whether or not their data is loaded; ``silent`` is whether
    no line was written yet. A machine that shows nobody what it reads has ``notes_reading`` off.
    """

    action: str
    object_id: str
    principal: str
    clinic_id: int | None = None
    account_id: int | None = None
    address: str = ""
    patients: frozenset[int] = frozenset()
    notes_reading: bool = True
    noted: set[int] = field(default_factory=set)
    silent: bool = True


_current: ContextVar[Doing | None] = ContextVar("doing", default=None)


def doing_now() -> Doing | None:
    """What is being done; ``None`` where nobody asked for a log, as in the ingest."""
    return _current.get()


def begin(doing: Doing | None) -> None:
    """From here on in this thread, reads and changes are noted as this."""
    _current.set(doing)


@contextmanager
def during(doing: Doing) -> Iterator[Doing]:
    """Reads and changes within are noted as this."""
    token = _current.set(doing)
    try:
        yield doing
    finally:
        _current.reset(token)


def name_principal(principal: str, clinic_id: int | None, account_id: int | None = None) -> None:
    """Say who makes the request under way, once that has been found out."""
    doing = _current.get()
    if doing is not None:
        doing.principal, doing.clinic_id, doing.account_id = principal, clinic_id, account_id


def truncated(address: str | None) -> str:
    """An IP address without its host part, /24 or /48: enough to tell a network, not a person."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
