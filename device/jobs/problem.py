"""What went wrong with a job or a request, in the form of RFC 9457 (problem details)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from device.errors import DeviceError

PROBLEM_JSON: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """``kind`` is a stable word for programs; ``detail`` says what to do.

    ``retry_after_s`` says when to ask again, where that would help.
    """

    kind: str
    status: HTTPStatus
    title: str
    detail: str
    retry_after_s: int | None = None

    def as_document(self) -> dict[str, Any]:
        """The JSON object of RFC 9457, section 3."""
        return {
            "type": f"urn:physiopi:problem:{self.kind}",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
        }


class JobRefusedError(DeviceError):
    """A job, or a request about one, is refused; ``problem`` says why and what to do."""

    exit_code = 4

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.title}: {problem.detail}")
        self.problem = problem


def bad_request(detail: str) -> JobRefusedError:
    """The request is not what docs/jobs.md describes."""
    return _refused("bad-request", HTTPStatus.BAD_REQUEST, "The request cannot be read", detail)


def not_found(detail: str) -> JobRefusedError:
    """There is no such job, series or address."""
    return _refused("not-found", HTTPStatus.NOT_FOUND, "Not found", detail)


def not_ready(detail: str) -> JobRefusedError:
    """What is asked for is not there yet, or never will be."""
    return _refused("not-ready", HTTPStatus.CONFLICT, "Not there", detail)


def too_large(detail: str) -> JobRefusedError:
    """The upload has too many bytes."""
    return _refused(
        "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The file is too large", detail
    )


def not_readable(detail: str) -> JobRefusedError:
    """The file is neither a video that can be decoded nor a recording."""
    return _refused(
        "not-readable", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The file cannot be read", detail
    )


def not_analysable(detail: str) -> JobRefusedError:
    """The file can be read, but not analysed as was asked for."""
    return _refused(
        "not-analysable", HTTPStatus.UNPROCESSABLE_ENTITY, "The file cannot be analysed", detail
    )


def queue_full(detail: str, retry_after_s: int) -> JobRefusedError:
    """Enough jobs wait already."""
    return _refused(
        "queue-full", HTTPStatus.TOO_MANY_REQUESTS, "Too much at once", detail, retry_after_s
    )


def disk_full(detail: str) -> JobRefusedError:
    """The disk has too little room; nothing of the file was kept."""
    return _refused("disk-full", HTTPStatus.INSUFFICIENT_STORAGE, "The disk is full", detail)


def analysis_failed(detail: str) -> JobRefusedError:
    """The analysis itself went wrong."""
    return _refused(
        "analysis-failed", HTTPStatus.INTERNAL_SERVER_ERROR, "The analysis failed", detail
    )


def _refused(
    kind: str, status: HTTPStatus, title: str, detail: str, retry_after_s: int | None = None
) -> JobRefusedError:
    return JobRefusedError(Problem(kind, status, title, detail, retry_after_s))
