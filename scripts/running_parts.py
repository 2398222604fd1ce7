"""The running parts of the product: children that end when we do, however we end."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ENDS_WITHIN_S = 12.0
_ORPHANS_END_WITHIN_S = 4.0
_LOOK_EVERY_S = 0.2
_TAIL_LINES = 8
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)
_Result = TypeVar("_Result")


class ProductError(Exception):
    """Something did not start or did not happen; the message says what, and what to do."""


@dataclass(frozen=True)
class Part:
    """One process with the file that holds what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def words(self) -> str:
        """What it said last: its own error in one line, where there is one, else its log's end."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in reversed(lines[-_TAIL_LINES:]):
            if line.startswith(("physiopi-device: ", "physiopi-bridge: ")):
                return line
        return "\n".join(["its last words:", *(f"  {line}" for line in lines[-_TAIL_LINES:])])


class RunningParts:
    """Starts parts and, at the end of ``stack``, ends them all and whatever they left behind."""

    def __init__(self, log_folder: Path, working_folder: Path, stack: ExitStack) -> None:
        self.log_folder = log_folder
        self._working_folder = working_folder
        self._parts: list[Part] = []
        log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What a part that was killed hard leaves behind becomes our child, so that we can end it.
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        stack.callback(self.stop)

    def start(self, name: str, *command: str | Path) -> None:
        """Start a part; what it says goes to its log."""
        log = self.log_folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(each) for each in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._working_folder,
                # Ctrl-C reaches us alone, and we end all parts in order.
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  this program has one thread
            )
        self._parts.append(Part(name, process, log))

    def check_alive(self) -> None:
        """Raises :class:`ProductError`, in the part's own words, when one has ended."""
        for part in self._parts:
            if (status := part.process.poll()) is not None:
                raise ProductError(
                    f"the {part.name} has ended with status {status}; {part.words()}"
                    f"\n(its log: {part.log})"
                )

    def wait_for(
        self, what: str, happened: Callable[[], _Result | None], within_s: float
    ) -> _Result:
        """The first true value of ``happened``, which may raise ``OSError`` until then.

        Raises :class:`ProductError` when a part ends or the time is over.
        """
        deadline_s = time.monotonic() + within_s
        obstacle = ""
        while time.monotonic() < deadline_s:
            self.check_alive()
            try:
                if value := happened():
                    return value
            except OSError as error:
                obstacle = f" ({error})"
            time.sleep(_LOOK_EVERY_S)
        tails = "\n".join(f"the {part.name}, {part.words()}" for part in self._parts)
        raise ProductError(f"{what} did not happen within {within_s:.0f} s{obstacle}\n{tails}")

    def stop(self) -> None:
        """End everything, the last started first; kill what does not end."""
        for part in reversed(self._parts):
            if part.process.poll() is None:
                part.process.terminate()
        deadline_s = time.monotonic() + ENDS_WITHIN_S
        for part in reversed(self._parts):
            try:
                part.process.wait(max(0.1, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(part.process.pid, signal.SIGKILL)
                part.process.wait()
        self._parts.clear()
        _end_orphans()


def _end_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_orphans() -> None:
    began_s = time.monotonic()
    while orphans := _children():
        late = time.monotonic() - began_s > _ORPHANS_END_WITHIN_S
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_LOOK_EVERY_S)


def _children() -> list[int]:
    """Our children that have not been waited for; all of them are orphans we were given."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold blanks and brackets of its own.
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                found.append(int(status.parent.name))
    return found
