"""The sign that a session is under way, for processes that must not cost it anything then.

A lock on a file in the runtime folder: it goes with the process that holds it, however that ends.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from device.coaching.feedback import Feedback
from device.kiosk.channel import prepare_runtime_folder

_FILE: Final = "session.lock"
_BETWEEN_SESSIONS: Final = frozenset({"waiting_for_prescription", "ready", "summary", "idle"})


class SessionSign:
    """The coach's end; nothing here ever waits. Raises as :func:`prepare_runtime_folder` does."""

    def __init__(self, runtime_folder: Path) -> None:
        self._file = _lock_file(prepare_runtime_folder(runtime_folder))
        self._shown = False

    def attend(self, feedback: Feedback) -> None:
        """Show or take away the sign as the session's phase asks for it."""
        wanted = feedback.phase not in _BETWEEN_SESSIONS
        if wanted is self._shown:
            return
        try:
            fcntl.flock(self._file, (fcntl.LOCK_EX if wanted else fcntl.LOCK_UN) | fcntl.LOCK_NB)
        except BlockingIOError:
            # Somebody looks at it in this moment: the next frame shows it.
            return
        self._shown = wanted

    def close(self) -> None:
        """Take the sign away."""
        os.close(self._file)


def session_is_under_way(runtime_folder: Path) -> bool:
    """Whether a coach on this machine shows the sign; without a runtime folder none does."""
    try:
        file = os.open(runtime_folder / _FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _lock_file(folder: Path) -> int:
    return os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
