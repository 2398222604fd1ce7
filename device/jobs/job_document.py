"""A job as the server tells it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from device.jobs.file_kind import RECORDINGS
from device.jobs.job import Job, Progress, time_text

ADDRESS: Final = "/api/v1/jobs"
Waits = Literal["coaching_session", "another_job"]
_CHUNK_BYTES: Final = 256 * 1024


def job_document(
    job: Job, progress: Progress | None, waits_for: Waits | None, series: tuple[str, ...]
) -> dict[str, Any]:
    """Everything but the result; docs/jobs.md says what each field means."""
    here = f"{ADDRESS}/{job.id}"
    if job.status != "running":
        progress = None
    share = {"queued": 0.0, "done": 1.0}.get(job.status)
    if progress is not None:
        share = progress.share
    return {
        "id": job.id,
        "status": job.status,
        "waits_for": waits_for,
        "progress": share,
        "frames_done": None if progress is None else progress.frames_done,
        "frames": job.request.frames,
        "file": "recording" if job.request.kind in RECORDINGS else "video",
        "exercise_id": job.request.exercise_id,
        "side": job.request.side,
        "attempts": job.attempts,
        "created_at": time_text(job.created_at),
        "started_at": time_text(job.started_at),
        "ended_at": time_text(job.ended_at),
        "problem": job.problem,
        "self": here,
        "series": {name: f"{here}/series/{name}.csv" for name in series},
    }


def with_result(document: dict[str, Any], result: Path) -> Iterator[bytes]:
    """The document with the result in it, in pieces: it may have tens of megabytes."""
    file = result.open("rb")
    yield json.dumps(document).encode().removesuffix(b"}") + b', "result": '
    with file:
        while piece := file.read(_CHUNK_BYTES):
            yield piece
    yield b"}"
