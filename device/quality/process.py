"""The process in which sets are analysed, so that nothing that costs CPU runs beside coaching.

The parent's thread only waits: it hands a set over, waits for the answer, and starts the process
anew when it has died or taken too long. The child is ``device/quality/worker.py``; it ends when the
parent does.
"""

import contextlib
import math
import os
import queue
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event, Thread
from typing import Final, TypeVar

import structlog

from device.coaching.set_recording import RecordedSet, SetKey
from models.motion import SetMotion
from models.quality import SetQuality, not_analysed
from models.quality_limits import load_quality_limits

TOO_SLOW: Final = "analysis_took_too_long"
DIED: Final = "analysis_stopped"
FAILED: Final = "analysis_failed"
TURNED_OFF: Final = "analysis_not_available"

_ENDS_WITHIN_S = 2.0
_POLL_S = 0.2
_READY_WITHIN_S = 60.0
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

log = structlog.get_logger()
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Ready:
    """The child's first word; ``stages`` are those it has, by name and version."""

    pid: int
    niceness: int
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """The child's answer to a set; ``motion`` where the set asked for it and it could be made."""

    quality: SetQuality
    motion: SetMotion | None = None


class AnalysisProcess:
    """Analyses sets one after the other in a process of low priority; a context manager.

    ``command`` is what to run, for tests; ``research`` turns on what the clinic alone may turn on.
    A set whose analysis dies, fails or takes longer than ``time_limit_s`` comes back marked
    ``not_analysed`` with the reason, and the next one is tried in a new process.
    """

    def __init__(
        self,
        *,
        research: bool = False,
        time_limit_s: float | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        limits = load_quality_limits().analysis
        self._time_limit_s = limits.time_limit_s if time_limit_s is None else time_limit_s
        self._command = list(command or (sys.executable, "-m", "device.quality.worker"))
        self._arguments = ["--research"] if research else []
        self._jobs: queue.SimpleQueue[tuple[SetKey, RecordedSet] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[SetKey, SetQuality]] = queue.SimpleQueue()
        self._motions: queue.SimpleQueue[tuple[SetKey, SetMotion]] = queue.SimpleQueue()
        self._stopping = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self.ready: Ready | None = None
        """What the process that runs now said of itself, once it is ready."""
        self._thread = Thread(target=self._serve, daemon=True, name="quality")

    def __enter__(self) -> "AnalysisProcess":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(_ENDS_WITHIN_S * 2)

    def submit(self, key: SetKey, recorded: RecordedSet) -> None:
        """Queue a set; returns at once."""
        self._jobs.put((key, recorded))

    def finished(self) -> Sequence[tuple[SetKey, SetQuality]]:
        """What has been finished since the last call; returns at once."""
        return _all_of(self._done)

    def motions(self) -> Sequence[tuple[SetKey, SetMotion]]:
        """The movement of sets that asked for it, made since the last call; returns at once."""
        return _all_of(self._motions)

    def _serve(self) -> None:
        try:
            # Before the first set, so that its imports are not waited for.
            self._start()
            while (job := self._jobs.get()) is not None and not self._stopping.is_set():
                key, recorded = job
                analysed = self._analysed(recorded)
                if analysed.motion is not None:
                    self._motions.put((key, analysed.motion))
                self._done.put((key, analysed.quality))
        finally:
            self._end()

    def _analysed(self, recorded: RecordedSet) -> Analysed:
        if not self._is_running() and not self._start():
            return Analysed(not_analysed(TURNED_OFF))
        connection = self._connection
        assert connection is not None
        try:
            connection.send(recorded)
            answer = self._answer(connection, self._time_limit_s)
        except (EOFError, OSError) as error:
            log.error("quality_process_ended", status=self._status(), error=str(error))
            self._end()
            return Analysed(not_analysed(DIED))
        if answer is None:
            log.error("quality_analysis_given_up", after_s=self._time_limit_s)
            self._end()
            return Analysed(not_analysed(TOO_SLOW))
        if isinstance(answer, Analysed):
            return answer
        log.error("quality_analysis_failed", error=str(answer))
        return Analysed(not_analysed(FAILED))

    def _answer(self, connection: Connection, within_s: float) -> object | None:
        """What the child says, ``None`` when it says nothing in time or we are to stop."""
        deadline_s = time.monotonic() + within_s
        while not self._stopping.is_set():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return None
            if connection.poll(min(left_s, _POLL_S)):
                answer: object = connection.recv()
                return answer
        return None

    def _start(self) -> bool:
        ours, theirs = socket.socketpair()
        # A child that hangs before it has read everything must not hold us either.
        limit = struct.pack("ll", math.ceil(self._time_limit_s), 0)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        try:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno()), *self._arguments],
                pass_fds=(theirs.fileno(),),
                env=os.environ | _ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=2,  # where our log goes
                # Out of Ctrl-C's reach, but in our session: Linux weighs sessions alike, whatever
                # their processes' priority (autogroup).
                process_group=0,
            )
        except OSError as error:
            log.error("quality_process_not_started", error=str(error))
            ours.close()
            return False
        finally:
            theirs.close()
        self._connection = Connection(ours.detach())
        try:
            ready = self._answer(self._connection, _READY_WITHIN_S)
        except (EOFError, OSError):
            ready = None
        if not isinstance(ready, Ready):
            log.error("quality_process_not_ready", status=self._status())
            self._end()
            return False
        self.ready = ready
        log.info("quality_process", pid=ready.pid, stages=", ".join(ready.stages))
        return True

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _status(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        process, self._process, self._connection = self._process, None, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _all_of(waiting: queue.SimpleQueue[_Item]) -> list[_Item]:
    found: list[_Item] = []
    with contextlib.suppress(queue.Empty):
        while True:
            found.append(waiting.get_nowait())
    return found
