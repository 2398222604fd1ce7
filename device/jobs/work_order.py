"""What passes between the jobs' server and the process that works: JSON, one object a line."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from device.jobs.job import JobRequest
from device.settings import DeviceSettings
from models.messages import Side


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkOrder(_Line):
    """``check`` only looks whether ``file`` can be analysed; ``analyse`` writes into ``output``."""

    task: Literal["check", "analyse"]
    file: Path
    output: Path
    exercise_id: str
    side: Side | None
    recording: str | None
    fps: float | None
    research: bool
    network_folder: Path | None
    exercise_folder: Path | None
    most_megapixels: float
    longest_s: float
    most_frames: int
    keep_free_mb: float


class Answer(_Line):
    """``progress`` comes again and again; any other word is the last one.

    ``frames`` is how many there are, ``None`` where the file does not say. ``problem`` is a kind
    and a detail of :mod:`device.jobs.problem`.
    """

    word: Literal["progress", "done", "refused"]
    frames_done: int = 0
    frames: int | None = None
    problem: tuple[str, str] | None = None


def order_for(
    settings: DeviceSettings,
    request: JobRequest,
    task: Literal["check", "analyse"],
    file: Path,
    output: Path,
) -> WorkOrder:
    """The order for one job with this device's limits."""
    limits = settings.jobs
    return WorkOrder(
        task=task,
        file=file.absolute(),
        output=output.absolute(),
        exercise_id=request.exercise_id,
        side=request.side,
        recording=request.recording,
        fps=request.fps,
        research=settings.quality.research,
        network_folder=settings.network_folder,
        exercise_folder=settings.exercise_folder,
        most_megapixels=limits.most_megapixels,
        longest_s=limits.longest_s,
        most_frames=limits.most_frames,
        keep_free_mb=limits.keep_free_mb,
    )
