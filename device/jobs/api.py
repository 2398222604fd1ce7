"""The jobs' HTTP interface; docs/jobs.md describes it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any, Final

import structlog
from flask import Flask, Response, request, send_file

from device.jobs.access import refuse_others
from device.jobs.job import Job
from device.jobs.job_document import ADDRESS, Waits, job_document, with_result
from device.jobs.job_files import JobFiles
from device.jobs.job_store import JobStore, new_id
from device.jobs.problem import (
    JobRefusedError,
    bad_request,
    disk_full,
    not_found,
    not_ready,
    queue_full,
)
from device.jobs.process import checked_frames
from device.jobs.responses import answer_errors, chained, drain, json_response
from device.jobs.runner import Runner
from device.jobs.submission import FORM_BYTES, MOST_PARTS, read_submission
from device.jobs.upload import JobsRequest, UploadFile
from device.jobs.work_order import WorkOrder, order_for
from device.settings import DeviceSettings

_QUEUE_AGAIN_AFTER_S, _UPLOAD_AGAIN_AFTER_S = 60, 10
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

log = structlog.get_logger()


Check = Callable[[WorkOrder], int | None]


def create_app(
    settings: DeviceSettings, runner: Runner, token: str, check: Check = checked_frames
) -> Flask:
    """The interface on a runner's queue; only who has ``token`` may use it.

    ``check`` says how many frames a file has, or refuses it.
    """
    app = Flask(__name__, static_folder=None)
    app.request_class = JobsRequest
    app.config["MAX_CONTENT_LENGTH"] = int(settings.jobs.largest_upload_mb * 1e6) + FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
    jobs = Jobs(settings, runner, check)
    answer_errors(app)

    @app.before_request
    def _from_this_user_only() -> None:
        refuse_others(request, settings.jobs.port, token)

    @app.after_request
    def _secure(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            drain()
        return response

    app.add_url_rule(ADDRESS, "submit", jobs.submit, methods=["POST"])
    app.add_url_rule(ADDRESS, "all", jobs.all, methods=["GET"])
    app.add_url_rule(f"{ADDRESS}/<job_id>", "one", jobs.one, methods=["GET"])
    app.add_url_rule(f"{ADDRESS}/<job_id>", "remove", jobs.remove, methods=["DELETE"])
    app.add_url_rule(f"{ADDRESS}/<job_id>/series/<name>.csv", "series", jobs.series)
    return app


class Jobs:
    """What can be asked of the queue; each call opens the store anew, for threads share none."""

    def __init__(self, settings: DeviceSettings, runner: Runner, check: Check) -> None:
        self._settings = settings
        self._check = check
        self._runner = runner
        self._files = JobFiles(settings.jobs_folder)
        self._uploading = BoundedSemaphore(1)

    def submit(self) -> Response:
        """Take a file in, look at it, and queue it."""
        limits = self._settings.jobs
        if request.mimetype != "multipart/form-data":
            raise bad_request("send multipart/form-data with the fields 'video' and 'exercise_id'")
        with JobStore(self._settings.jobs_folder) as store:
            if store.waiting() > limits.most_waiting:
                raise _queue_full(limits.most_waiting)
        if (request.content_length or 0) > self._room():
            raise disk_full("there is no room for the file: make room on the disk")
        if not self._uploading.acquire(blocking=False):
            raise queue_full("another file is being taken in: try again", _UPLOAD_AGAIN_AFTER_S)
        try:
            job = self._taken_in(new_id())
        finally:
            self._uploading.release()
        self._runner.wake()
        response = json_response(self._document(job), HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"{ADDRESS}/{job.id}"
        return response

    def all(self) -> Response:
        """Every job without its result, the oldest first."""
        with JobStore(self._settings.jobs_folder) as store:
            jobs = store.jobs()
        return json_response({"jobs": [self._document(job) for job in jobs]})

    def one(self, job_id: str) -> Response:
        """One job, with its result where it is done."""
        job = self._found(job_id)
        document = self._document(job)
        if job.status != "done":
            return json_response(document)
        try:
            pieces = with_result(document, self._files.result(job.id))
            first = next(pieces)
        except FileNotFoundError as error:
            raise not_found("the job was removed in this moment") from error
        return Response(chained(first, pieces), mimetype="application/json")

    def series(self, job_id: str, name: str) -> Response:
        """One series as a table."""
        job = self._found(job_id)
        if job.status != "done":
            raise not_ready(f"the job is {job.status}: a series is there when it is done")
        path = self._files.series(job.id, name)
        if path is None:
            there = ", ".join(self._files.series_names(job.id)) or "none"
            raise not_found(f"the analysis gave no series of this name; there are: {there}")
        return send_file(path, mimetype="text/csv", etag=False)

    def remove(self, job_id: str) -> tuple[str, int]:
        """Break a job off where it runs, and remove everything of it."""
        job = self._found(job_id)
        with JobStore(self._settings.jobs_folder) as store:
            store.remove(job.id)
        self._runner.abandon(job.id)
        self._files.remove(job.id)
        log.info("job_removed", job=job.id)
        return "", HTTPStatus.NO_CONTENT

    def _found(self, job_id: str) -> Job:
        with JobStore(self._settings.jobs_folder) as store:
            job = store.find(job_id)
        if job is None:
            raise not_found(f"there is no such job; {ADDRESS} lists those there are")
        return job

    def _document(self, job: Job) -> dict[str, Any]:
        progress = self._runner.progress(job.id)
        waits: Waits | None = None
        if job.status == "queued":
            on = self._runner.waits_for_session()
            waits = "coaching_session" if on else "another_job" if self._runner.is_busy() else None
        elif progress is not None and progress.waits_for_session:
            waits = "coaching_session"
        series = self._files.series_names(job.id) if job.status == "done" else ()
        return job_document(job, progress, waits, tuple(series))

    def _taken_in(self, job_id: str) -> Job:
        limits = self._settings.jobs
        place = self._files.begin(job_id)
        upload: UploadFile | None = None
        try:
            upload = UploadFile(place, self._room)
            asked = read_submission(upload)
            path = place.rename(self._files.upload(job_id, asked.kind))
            frames = self._check(order_for(self._settings, asked, "check", path, path.parent))
            with JobStore(self._settings.jobs_folder) as store:
                job = store.add(job_id, replace(asked, frames=frames), limits.most_waiting)
            if job is None:
                raise _queue_full(limits.most_waiting)
        except BaseException:
            self._files.remove(job_id)
            raise
        finally:
            if upload is not None:
                # What cannot be written any more has been refused above.
                with suppress(OSError):
                    upload.close()
        log.info("job_queued", job=job_id, kind=asked.kind, bytes=upload.written)
        return job

    def _room(self) -> float:
        return self._files.free_bytes() - self._settings.jobs.keep_free_mb * 1e6


def _queue_full(most_waiting: int) -> JobRefusedError:
    return queue_full(
        f"{most_waiting} jobs wait already: send the file when one of them is done",
        _QUEUE_AGAIN_AFTER_S,
    )
