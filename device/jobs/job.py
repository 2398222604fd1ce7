"""One video job, as it is kept and as it is told."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from models.messages import Side

JobStatus = Literal["queued", "running", "done", "failed"]
ENDED: tuple[JobStatus, ...] = ("done", "failed")
MOST_ATTEMPTS = 2
"""An analysis that ended with its process, or with the power, is begun again once."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What is to be analysed, and as what.

    ``kind`` is the file's, as :func:`device.jobs.file_kind.kind_of` says; ``frames`` as many as the
    file states, ``None`` where it states none.
    """

    kind: str
    exercise_id: str
    side: Side | None = None
    recording: str | None = None
    fps: float | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Times are Unix seconds; ``problem`` is an RFC 9457 document where it failed."""

    id: str
    request: JobRequest
    status: JobStatus
    attempts: int
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running analysis has come; ``waits_for_session`` while it is stopped."""

    frames_done: int = 0
    frames: int | None = None
    waits_for_session: bool = False

    @property
    def share(self) -> float | None:
        """0 to 1; ``None`` where the file does not say how many frames it has."""
        if not self.frames:
            return None
        return round(min(self.frames_done / self.frames, 1.0), 4)


def time_text(at: float | None) -> str | None:
    """A time as RFC 3339 writes it, in UTC; ``None`` for none."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
