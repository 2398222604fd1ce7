"""The process that takes jobs in: a server of its own, so that no upload disturbs the live page."""

import fcntl
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final

from gunicorn.app.base import BaseApplication

from device.errors import DeviceError
from device.jobs.access import make_token
from device.jobs.api import create_app
from device.jobs.job_files import JobFiles
from device.jobs.job_store import JobStore
from device.jobs.runner import Runner
from device.settings import DeviceSettings

_NICENESS: Final = 10
_ONLY_WITHIN_S: Final = 10.0


class JobsServer(BaseApplication):  # type: ignore[misc]
    """gunicorn with one worker on the loopback address, at low priority.

    Making it raises :class:`DeviceError` where jobs are off, another server works on the same
    folder, or the folder cannot be used.
    """

    def __init__(self, settings: DeviceSettings) -> None:
        if not settings.jobs.enabled:
            raise DeviceError("video jobs are off: set [jobs] enabled = true in device.toml")
        self._settings = settings
        self._running = ExitStack()
        try:
            JobFiles(settings.jobs_folder).prepare()
            self._only = _be_the_only_one(settings.jobs_folder)
        except OSError as error:
            raise DeviceError(f"{settings.jobs_folder}: cannot be used: {error}") from error
        JobStore(settings.jobs_folder).close()
        self._token = make_token(settings.runtime_folder)
        os.nice(_NICENESS)
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in {
            "bind": f"127.0.0.1:{self._settings.jobs.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 6,
            "timeout": 60,
            "graceful_timeout": 5,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108  gunicorn's heartbeat: in memory, not on the card
            "control_socket_disable": True,
            "proc_name": "physiopi-jobs",
            "loglevel": "warning",
            "worker_exit": self._end,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401
        """Called by gunicorn in its worker."""
        runner = self._running.enter_context(Runner(self._settings))
        return create_app(self._settings, runner, self._token)

    def _end(self, _server: object, _worker: object) -> None:
        self._running.close()


def _be_the_only_one(folder: Path) -> IO[str]:
    """A lock that goes with the server and its worker; one that ends just now is waited for."""
    lock = (folder / "server.lock").open("w")
    until_s = time.monotonic() + _ONLY_WITHIN_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until_s:
                raise DeviceError(
                    f"{folder}: another 'physiopi-device jobs serve' works here: stop it first"
                ) from error
            time.sleep(0.2)
        else:
            return lock
