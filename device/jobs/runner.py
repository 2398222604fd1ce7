"""Works through the queue, one job at a time, in another process; waits while a session is on.

The thread here only waits. A job whose process dies, or that the power interrupted, is begun again
from the start, twice in all; one that is interrupted in good order does not lose an attempt.
"""

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Final

import structlog

from device.errors import StoreError
from device.jobs.job import ENDED, Job, Progress
from device.jobs.job_files import JobFiles
from device.jobs.job_store import JobStore
from device.jobs.problem import Problem, analysis_failed
from device.jobs.process import WORKER, WorkerDiedError, WorkerProcess, refusal_of
from device.jobs.work_order import Answer, order_for
from device.session_sign import session_is_under_way
from device.settings import DeviceSettings

STALLED_AFTER_S: Final = 600.0
"""Without a word for so long, while it may work, an analysis is taken for hung."""
_LOOKED_EVERY_S: Final = 0.25
_QUEUE_LOOKED_EVERY_S: Final = 5.0
_SESSION_LOOKED_EVERY_S: Final = 0.5
_STORE_AGAIN_AFTER_S: Final = 5.0
_ENDS_WITHIN_S: Final = 10.0
_S_OF_DAY: Final = 86_400.0

log = structlog.get_logger()


class Runner:
    """A context manager: takes up what was interrupted, then works in a thread of its own.

    Entering it raises :class:`~device.errors.StoreError` or :class:`OSError`; nobody may be
    uploading then. One runner at a time may work on a folder.
    ``command`` is what works, and ``session_is_on`` what is waited for, for tests.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        command: Sequence[str] = WORKER,
        session_is_on: Callable[[], bool] | None = None,
    ) -> None:
        self._settings = settings
        self._files = JobFiles(settings.jobs_folder)
        self._command = command
        self._session_is_on = session_is_on or (
            lambda: session_is_under_way(settings.runtime_folder)
        )
        self._wake, self._stopping = Event(), Event()
        self._current: tuple[str, Progress] | None = None
        self._abandoned: set[str] = set()
        self._thread = Thread(target=self._serve, daemon=True, name="jobs")

    def __enter__(self) -> "Runner":
        with JobStore(self._settings.jobs_folder) as store:
            self._take_up_again(store)
            self._files.remove_all_but({job.id for job in store.jobs()})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(_ENDS_WITHIN_S)

    def wake(self) -> None:
        """There is something new in the queue."""
        self._wake.set()

    def progress(self, job_id: str) -> Progress | None:
        """How far a job has come; ``None`` for one that does not run."""
        current = self._current
        return current[1] if current is not None and current[0] == job_id else None

    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._current is not None

    def waits_for_session(self) -> bool:
        """Whether nothing is begun because the patient trains."""
        return self._session_is_on()

    def abandon(self, job_id: str) -> None:
        """A job was removed: end its process, and come back when it has ended."""
        self._abandoned.add(job_id)
        while self.progress(job_id) is not None:
            time.sleep(_LOOKED_EVERY_S / 5)
        self._abandoned.discard(job_id)

    def _serve(self) -> None:
        is_sound = True
        while not self._stopping.is_set():
            try:
                with JobStore(self._settings.jobs_folder) as store:
                    if not is_sound:
                        self._take_up_again(store)
                    is_sound = True
                    self._work_through(store)
            except (StoreError, OSError) as error:
                is_sound = False
                log.error("jobs_wait_for_the_disk", reason=str(error))
                self._stopping.wait(_STORE_AGAIN_AFTER_S)

    def _take_up_again(self, store: JobStore) -> None:
        """Nobody works now: what is said to run was interrupted."""
        for job in store.jobs():
            if job.status == "running" and store.try_again(job.id):
                log.info("job_taken_up_again", job=job.id, attempts=job.attempts)
        for job in store.jobs():
            if job.status in ENDED:
                self._files.remove_upload(job.id)

    def _work_through(self, store: JobStore) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._forget_old(store)
            job = store.next_queued()
            if job is None:
                self._wake.wait(_QUEUE_LOOKED_EVERY_S)
            elif self._session_is_on():
                self._stopping.wait(_SESSION_LOOKED_EVERY_S)
            else:
                self._current = (job.id, Progress(0, job.request.frames))
                try:
                    self._work(store, job)
                finally:
                    self._current = None

    def _work(self, store: JobStore, job: Job) -> None:
        if not store.begin(job.id):
            return
        log.info("job_begins", job=job.id, kind=job.request.kind, attempt=job.attempts + 1)
        try:
            outcome = self._outcome(job)
        except WorkerDiedError as error:
            again = store.try_again(job.id)
            log.error("job_process_died", job=job.id, status=error.status, again=again)
            if not again:
                self._files.remove_upload(job.id)
            return
        except OSError as error:
            outcome = analysis_failed(f"it cannot be run: {error.strerror}").problem
        if outcome is None:
            # Removed, or we are to stop: an attempt that does not count.
            store.give_back(job.id)
            return
        if isinstance(outcome, Problem):
            kept = store.fail(job.id, outcome)
            log.info("job_failed", job=job.id, kind=outcome.kind)
        else:
            self._files.keep_result(job.id)
            kept = store.finish(job.id)
            log.info("job_done", job=job.id)
        if kept:
            self._files.remove_upload(job.id)

    def _outcome(self, job: Job) -> Problem | Answer | None:
        """How the attempt ended; ``None`` where it was broken off."""
        upload = self._files.upload(job.id, job.request.kind)
        output = self._files.empty_result(job.id)
        order = order_for(self._settings, job.request, "analyse", upload, output)
        heard_s = time.monotonic()
        with WorkerProcess(order, self._command) as process:
            while not self._stopping.is_set() and job.id not in self._abandoned:
                waits = self._session_is_on()
                process.set_stopped(waits)
                self._see(job.id, waits)
                answer = process.answer(_LOOKED_EVERY_S)
                if waits or answer is not None:
                    heard_s = time.monotonic()
                if answer is None:
                    if time.monotonic() - heard_s > STALLED_AFTER_S:
                        raise WorkerDiedError(0)
                elif answer.word == "progress":
                    self._current = (job.id, Progress(answer.frames_done, answer.frames, waits))
                else:
                    return answer if answer.word == "done" else refusal_of(answer).problem
        return None

    def _see(self, job_id: str, waits: bool) -> None:
        progress = self.progress(job_id) or Progress()
        if progress.waits_for_session is not waits:
            self._current = (job_id, Progress(progress.frames_done, progress.frames, waits))
            log.info("job_waits" if waits else "job_goes_on", job=job_id)

    def _forget_old(self, store: JobStore) -> None:
        limits = self._settings.jobs
        ended = [job for job in store.jobs() if job.status in ENDED]
        since = time.time() - limits.keep_days * _S_OF_DAY
        too_many = max(len(ended) - limits.keep_jobs, 0)
        for place, job in enumerate(ended):
            if place < too_many or (job.ended_at or 0.0) < since:
                store.remove(job.id)
                self._files.remove(job.id)
                log.info("old_job_removed", job=job.id)
