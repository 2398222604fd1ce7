"""Speaks with the jobs' server as any program on this machine may."""

import http.client
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from device.errors import ClipError, DeviceError
from device.jobs.access import read_token
from device.jobs.job_document import ADDRESS
from device.settings import DeviceSettings

_TIMEOUT_S: Final = 120.0
_CHUNK_BYTES: Final = 256 * 1024
_UNSAFE_IN_NAMES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class JobsClient:
    """Raises :class:`DeviceError` with the server's own words where it refuses.

    Making it raises :class:`DeviceError` where no server runs for this user.
    """

    def __init__(self, settings: DeviceSettings) -> None:
        self._port = settings.jobs.port
        self._token = read_token(settings.runtime_folder)

    def submit(self, file: Path, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send a file with the form's other fields; the job. The file is never whole in memory.

        Raises :class:`~device.errors.ClipError` for a file that cannot be read here.
        """
        boundary = secrets.token_hex(16)
        head = _form_head(boundary, file.name, fields)
        end = f"\r\n--{boundary}--\r\n".encode()
        try:
            size = file.stat().st_size
            body = _body(head, file, end)
            first = next(body)
        except OSError as error:
            raise ClipError(f"{file}: cannot be read: {error.strerror}") from error
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(end)),
        }
        return self._document("POST", ADDRESS, headers, _chained(first, body))

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs without their results, the oldest first."""
        return cast("list[dict[str, Any]]", self._document("GET", ADDRESS)["jobs"])

    def job(self, job_id: str) -> dict[str, Any]:
        """One job, with its result where it is done."""
        return self._document("GET", f"{ADDRESS}/{job_id}")

    def series(self, address: str) -> bytes:
        """One series' table."""
        return self._answer("GET", address)

    def remove(self, job_id: str) -> None:
        """Remove a job and everything of it."""
        self._answer("DELETE", f"{ADDRESS}/{job_id}")

    def _document(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        body: Iterator[bytes] | None = None,
    ) -> dict[str, Any]:
        answer = json.loads(self._answer(method, address, headers, body))
        return cast("dict[str, Any]", answer)

    def _answer(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        body: Iterator[bytes] | None = None,
    ) -> bytes:
        known = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        with closing(connection):
            try:
                connection.connect()
                try:
                    connection.request(method, address, body, known)
                except (BrokenPipeError, ConnectionResetError):
                    # Refused while it was being sent: the reason is there to be read.
                    connection.sock.settimeout(_TIMEOUT_S)
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                raise DeviceError(
                    f"the jobs' server at 127.0.0.1:{self._port} cannot be reached: {error}: run"
                    " 'physiopi-device jobs serve'"
                ) from error
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(response.status, content)
        return content


def _form_head(boundary: str, name: str, fields: Mapping[str, str]) -> bytes:
    """The fields, and the file's beginning (RFC 7578)."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    safe = name.translate(_UNSAFE_IN_NAMES)
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="video"; filename="{safe}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode()


def _body(head: bytes, path: Path, end: bytes) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield head
        while piece := file.read(_CHUNK_BYTES):
            yield piece
    yield end


def _chained(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _refusal(status: int, content: bytes) -> DeviceError:
    try:
        problem = json.loads(content)
        words = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        words = f"the jobs' server answered {status}"
    unreadable = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY)
    return ClipError(words) if status in unreadable else DeviceError(words)
