"""The jobs' own SQLite file: what is to be done, and what became of it. No keypoints are in it."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from device.database import Database, Schema
from device.jobs.job import MOST_ATTEMPTS, Job, JobRequest
from device.jobs.problem import Problem, analysis_failed

_COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "job": {
        "id": str, "kind": str, "exercise_id": str, "side": str, "recording": str, "fps": float,
        "frames": int, "status": str, "attempts": int, "created_at": float, "started_at": float,
        "ended_at": float, "problem": str,
    },
}  # fmt: skip
_SCHEMA: Final = Schema(1, _COLUMNS, {"job": "id"})
_FIELDS: Final = ", ".join(_COLUMNS["job"])
GIVEN_UP: Final = analysis_failed(
    "the analysis ended twice before it was finished, with its process or with the power: send the"
    " file again, or a shorter one"
).problem


class JobStore:
    """One connection, for one thread; every method raises :class:`~device.errors.StoreError`."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "jobs.sqlite", _SCHEMA)

    def __enter__(self) -> "JobStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def waiting(self) -> int:
        """How many jobs wait or run."""
        row = self._database.row("SELECT count(*) FROM job WHERE status IN ('queued', 'running')")
        return 0 if row is None else int(row[0])

    def add(self, job_id: str, request: JobRequest, most_waiting: int) -> Job | None:
        """Queue a job; ``None`` where as many as that wait behind the running one."""
        job = Job(job_id, request, "queued", 0, time.time())
        with self._database.transaction():
            if self.waiting() > most_waiting:
                return None
            self._database.table("job").insert(
                {
                    "id": job.id,
                    "kind": request.kind,
                    "exercise_id": request.exercise_id,
                    "side": request.side,
                    "recording": request.recording,
                    "fps": request.fps,
                    "frames": request.frames,
                    "status": job.status,
                    "attempts": job.attempts,
                    "created_at": job.created_at,
                }
            )
        return job

    def find(self, job_id: str) -> Job | None:
        """The job of this id."""
        row = self._database.row(f"SELECT {_FIELDS} FROM job WHERE id = ?", job_id)  # noqa: S608
        return None if row is None else _job(row)

    def jobs(self) -> Sequence[Job]:
        """All jobs, the oldest first."""
        with self._database.using():
            # By row and not by time: a Raspberry Pi has no clock of its own.
            query = f"SELECT {_FIELDS} FROM job ORDER BY rowid"  # noqa: S608
            rows = self._database.connection.execute(query).fetchall()
        return [_job(row) for row in rows]

    def next_queued(self) -> Job | None:
        """The job that has waited longest."""
        return next((job for job in self.jobs() if job.status == "queued"), None)

    def begin(self, job_id: str) -> bool:
        """An attempt begins, and counts even if it is never heard of again."""
        return self._changed(
            "UPDATE job SET status = 'running', attempts = attempts + 1, started_at = ?"
            " WHERE id = ? AND status = 'queued'",
            [time.time(), job_id],
        )

    def give_back(self, job_id: str) -> bool:
        """The attempt was broken off in good order, and does not count."""
        return self._changed(
            "UPDATE job SET status = 'queued', attempts = attempts - 1"
            " WHERE id = ? AND status = 'running'",
            [job_id],
        )

    def finish(self, job_id: str) -> bool:
        """The result is there; false where the job was removed meanwhile."""
        return self._changed(
            "UPDATE job SET status = 'done', ended_at = ? WHERE id = ?", [time.time(), job_id]
        )

    def fail(self, job_id: str, problem: Problem) -> bool:
        """There will be no result; false where the job was removed meanwhile."""
        return self._changed(
            "UPDATE job SET status = 'failed', ended_at = ?, problem = ? WHERE id = ?",
            [time.time(), json.dumps(problem.as_document()), job_id],
        )

    def try_again(self, job_id: str) -> bool:
        """Queue a job whose attempt died; after its last one it has failed, and false comes back.

        It keeps its place in the queue.
        """
        again = self._changed(
            "UPDATE job SET status = 'queued' WHERE id = ? AND attempts < ?",
            [job_id, MOST_ATTEMPTS],
        )
        return again or not self.fail(job_id, GIVEN_UP)

    def remove(self, job_id: str) -> bool:
        """Forget a job; false for an unknown one."""
        return self._changed("DELETE FROM job WHERE id = ?", [job_id])

    def _changed(self, statement: str, values: list[Any]) -> bool:
        with self._database.transaction():
            return self._database.connection.execute(statement, values).rowcount > 0


def new_id() -> str:
    """An id that nobody can guess."""
    return uuid4().hex


def _job(row: Sequence[Any]) -> Job:
    values = dict(zip(_COLUMNS["job"], row, strict=True))
    problem = values.pop("problem")
    request = JobRequest(**{name: values.pop(name) for name in JobRequest.__dataclass_fields__})
    return Job(request=request, problem=None if problem is None else json.loads(problem), **values)
