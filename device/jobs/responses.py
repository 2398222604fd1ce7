"""Answers of the jobs' server: JSON, and problem details for everything that is refused."""

import json
import sqlite3
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from device.errors import StoreError
from device.jobs.problem import PROBLEM_JSON, JobRefusedError, Problem, disk_full, too_large

_DRAINED_BYTES, _DRAINED_WITHIN_S = 64 * 2**20, 2.0
_CHUNK_BYTES: Final = 256 * 1024
_PRIMARY_CODE: Final = 0xFF
_STORE_AGAIN_AFTER_S: Final = 60

log = structlog.get_logger()


def json_response(document: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """``document`` as it is."""
    return Response(json.dumps(document), status, mimetype="application/json")


def chained(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of which the first has been taken to see whether there are any."""
    yield first
    yield from others


def answer_errors(app: Flask) -> None:
    """Turn every error into problem details (RFC 9457)."""

    @app.errorhandler(JobRefusedError)
    def _refused(error: JobRefusedError) -> Response:
        return _problem_response(error.problem)

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(_: RequestEntityTooLarge) -> Response:
        most = app.config["MAX_CONTENT_LENGTH"] / 1e6
        detail = f"at most {most:.0f} MB are taken: cut the film to one set, or film smaller"
        return _problem_response(too_large(detail).problem)

    @app.errorhandler(StoreError)
    def _store(error: StoreError) -> Response:
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        if code & _PRIMARY_CODE == sqlite3.SQLITE_FULL:
            return _problem_response(disk_full("nothing was kept: make room on the disk").problem)
        log.error("jobs_store_error", reason=str(error))
        return _problem_response(
            Problem(
                "store",
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The jobs' database cannot be used",
                "nothing was changed: try again, and see the device's log",
                _STORE_AGAIN_AFTER_S,
            )
        )

    @app.errorhandler(TimeoutError)
    def _silent(_: TimeoutError) -> Response:
        return _problem_response(
            Problem(
                "silence",
                HTTPStatus.REQUEST_TIMEOUT,
                "The file did not come",
                "sending stopped in the middle, and nothing was kept: send it again",
            )
        )

    @app.errorhandler(HTTPException)
    def _other(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("jobs_request_error", error=repr(error.__cause__ or error))
        detail = str(error.description or "see docs/jobs.md")
        kind = status.phrase.lower().replace(" ", "-")
        return _problem_response(Problem(kind, status, status.phrase, detail))


def drain() -> None:
    """Read what still comes, for a while: who is cut off while sending never sees the answer."""
    if request.method != "POST":
        return
    incoming = request.environ["wsgi.input"]
    if (connection := request.environ.get("gunicorn.socket")) is not None:
        connection.settimeout(_DRAINED_WITHIN_S)
    until_s, left = time.monotonic() + _DRAINED_WITHIN_S, _DRAINED_BYTES
    try:
        while left > 0 and time.monotonic() < until_s:
            read = len(incoming.read(_CHUNK_BYTES))
            if not read:
                return
            left -= read
    except OSError:
        # It has gone, or says nothing more.
        return


def _problem_response(problem: Problem) -> Response:
    headers: dict[str, Any] = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = json.dumps(problem.as_document())
    return Response(body, problem.status, headers, mimetype=PROBLEM_JSON)
