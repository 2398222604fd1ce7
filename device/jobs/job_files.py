"""A job's files: the upload, which goes as soon as it was analysed, and the result.

``<folder>/<job>/upload.<kind>``, ``<folder>/<job>/result/result.json`` and ``…/<series>.csv``; all
of them for this user alone.
"""

import os
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

RESULT_FILE: Final = "result.json"
_RESULT, _PART, _UPLOAD = "result", "result.part", "upload"
_JOB: Final = re.compile(r"[0-9a-f]{32}")
_SERIES: Final = re.compile(r"[a-z_]{1,40}")


class JobFiles:
    """The files of all jobs below ``folder``; every method may raise :class:`OSError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder, for this user alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def begin(self, job_id: str) -> Path:
        """The place for a new job's upload, whose kind is not known yet."""
        folder = self._job(job_id)
        folder.mkdir(mode=0o700)
        return folder / _UPLOAD

    def upload(self, job_id: str, kind: str) -> Path:
        """Where the upload is once its kind is known."""
        return self._job(job_id) / f"{_UPLOAD}{kind}"

    def empty_result(self, job_id: str) -> Path:
        """An empty folder for a result that is not whole yet."""
        part = self._job(job_id) / _PART
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        return part

    def keep_result(self, job_id: str) -> None:
        """The result is whole."""
        folder = self._job(job_id)
        shutil.rmtree(folder / _RESULT, ignore_errors=True)
        (folder / _PART).rename(folder / _RESULT)
        _sync(folder)

    def remove_upload(self, job_id: str) -> None:
        """Remove the upload, and a result that never became whole."""
        folder = self._job(job_id)
        shutil.rmtree(folder / _PART, ignore_errors=True)
        for path in folder.glob(f"{_UPLOAD}*"):
            path.unlink(missing_ok=True)
        if folder.is_dir():
            _sync(folder)

    def remove(self, job_id: str) -> None:
        """Remove everything of a job."""
        folder = self._job(job_id)
        if folder.exists():
            shutil.rmtree(folder)

    def remove_all_but(self, job_ids: Collection[str]) -> None:
        """Remove what was never finished uploading, and what was left of removed jobs."""
        for path in self._folder.iterdir():
            if path.is_dir() and _JOB.fullmatch(path.name) and path.name not in job_ids:
                shutil.rmtree(path)

    def result(self, job_id: str) -> Path:
        """The result's document."""
        return self._job(job_id) / _RESULT / RESULT_FILE

    def series_names(self, job_id: str) -> Sequence[str]:
        """The series that there are."""
        return sorted(path.stem for path in (self._job(job_id) / _RESULT).glob("*.csv"))

    def series(self, job_id: str, name: str) -> Path | None:
        """One series' table, ``None`` where there is none of that name."""
        if not _SERIES.fullmatch(name):
            return None
        path = self._job(job_id) / _RESULT / f"{name}.csv"
        return path if path.is_file() else None

    def free_bytes(self) -> int:
        """The room that is left on the disk."""
        return shutil.disk_usage(self._folder).free

    def _job(self, job_id: str) -> Path:
        # Ids come in addresses: nothing else may become part of a path.
        if not _JOB.fullmatch(job_id):
            raise FileNotFoundError(job_id)
        return self._folder / job_id


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
