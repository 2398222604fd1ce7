"""The process in which one file is checked or analysed, from the outside."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from device.errors import DeviceError
from device.jobs.file_kind import FFMPEG_FORMATS
from device.jobs.problem import (
    JobRefusedError,
    analysis_failed,
    disk_full,
    not_analysable,
    not_readable,
)
from device.jobs.work_order import Answer, WorkOrder

WORKER: Final = (sys.executable, "-m", "device.jobs.worker")
CHECKED_WITHIN_S: Final = 60.0
_LONGEST_LINE: Final = 64 * 1024
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENCV_FFMPEG_THREADS": "1",
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": (f"protocol_whitelist;file|format_whitelist;{FFMPEG_FORMATS}"),
}
_PROBLEMS: Final = {
    "not-readable": not_readable,
    "not-analysable": not_analysable,
    "disk-full": disk_full,
    "analysis-failed": analysis_failed,
}


class WorkerDiedError(DeviceError):
    """The process ended without its last word; ``status`` as of :class:`subprocess.Popen`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the analysis ended with status {status}")
        self.status = status


class WorkerProcess:
    """One order being worked on; a context manager that leaves no process behind.

    ``command`` is what to run, for tests. Raises :class:`OSError` when it cannot be started.
    """

    def __init__(self, order: WorkOrder, command: Sequence[str] = WORKER) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
            # Stopped and ended as a whole, and weighed by Linux apart from the server.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._answers = self._process.stdout
        self._unread = b""
        self._is_stopped = False
        try:
            with self._process.stdin as orders:
                orders.write(order.model_dump_json().encode() + b"\n")
        except BrokenPipeError:
            # How it ended is seen where its answer is awaited.
            return

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._signal(signal.SIGKILL)
        self._process.wait()
        self._answers.close()

    def set_stopped(self, stopped: bool) -> None:
        """Stop it where it is, without any cost of CPU, or let it go on."""
        if stopped is not self._is_stopped:
            self._is_stopped = stopped
            self._signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def answer(self, within_s: float) -> Answer | None:
        """Its next word; ``None`` where it says none in time.

        Raises :class:`WorkerDiedError` when it has ended without a word that a worker says.
        """
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._unread:
            left_s = deadline_s - time.monotonic()
            ready, _, _ = select.select([self._answers], [], [], max(left_s, 0.0))
            if not ready:
                return None
            read = os.read(self._answers.fileno(), _LONGEST_LINE)
            if not read or len(self._unread) > _LONGEST_LINE:
                self.__exit__()
                raise WorkerDiedError(self._process.returncode)
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            return Answer.model_validate_json(line)
        except ValidationError as error:
            self.__exit__()
            raise WorkerDiedError(self._process.returncode) from error

    def _signal(self, number: signal.Signals) -> None:
        # It is not waited for in another thread, so that its number is still its own.
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)


def refusal_of(answer: Answer) -> JobRefusedError:
    """The error that a worker's ``refused`` stands for."""
    kind, detail = answer.problem or ("analysis-failed", "no reason was given")
    return _PROBLEMS.get(kind, analysis_failed)(detail)


def checked_frames(order: WorkOrder, command: Sequence[str] = WORKER) -> int | None:
    """How many frames the file says it has, if it can be analysed.

    A hostile file may crash what reads it, or keep it busy for ever: that is why it is another
    process. Raises :class:`~device.jobs.problem.JobRefusedError`.
    """
    try:
        with WorkerProcess(order, command) as process:
            answer = process.answer(CHECKED_WITHIN_S)
    except WorkerDiedError as error:
        raise not_readable("reading it breaks the reader: convert it to MP4 with H.264") from error
    if answer is None:
        raise not_readable("reading it takes too long: convert it to MP4 with H.264")
    if answer.word == "refused":
        raise refusal_of(answer)
    return answer.frames
