"""Where and when we are: the device's time zone, and whether its clock can be believed.

A Raspberry Pi has no clock of its own. Until the network has told it the time, it goes on from when
it was switched off or begins long ago.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_timezone

from device.errors import RhythmError

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this release was made."""
TOLERANCE = timedelta(minutes=5)
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it whenever a server has told it the time."""


def device_zone(name: str | None) -> tzinfo:
    """The zone of that IANA name, else the system's; raises :class:`RhythmError`."""
    try:
        return get_timezone(None) if name is None else ZoneInfo(name)
    except (LookupError, ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RhythmError(
            f"the time zone {name or 'of this system'!r} cannot be used: set reminders.time_zone"
        ) from error


def is_synchronised(mark: Path = _SYNCHRONISED) -> bool:
    """Whether a time server has set the clock since the start."""
    return mark.exists()


def is_believed(now: datetime, newest: datetime | None, *, synchronised: bool) -> bool:
    """Whether ``now`` can be right: not before this release, not before what was known to be.

    ``newest`` is the latest moment of which there is any record; a clock that a server has set is
    right even when an earlier record came from a wrong one.
    """
    if now < EARLIEST:
        return False
    return synchronised or newest is None or now >= newest - TOLERANCE
