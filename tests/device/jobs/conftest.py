"""A jobs' folder of its own for each test, and workers that do what a test says."""

import sys
import time
from pathlib import Path

import pytest

from device.jobs.api import create_app
from device.jobs.job import JobRequest
from device.jobs.job_files import JobFiles
from device.jobs.job_store import JobStore, new_id
from device.jobs.runner import Runner
from device.settings import DeviceSettings, JobsSettings

TOKEN = "the-token"
PORT = 8081
MP4 = b"\0\0\0\x18ftypisom" + b"\0" * 500

DONE = """
(output / "result.json").write_text('{"reps_counted": 3}')
(output / "keypoints.csv").write_text("time_s")
say(word="progress", frames_done=5, frames=10)
say(word="done", frames=10)
"""
HANGS = """
say(word="progress", frames_done=5, frames=10)
time.sleep(600)
"""
DIES = "os.kill(os.getpid(), 9)"


def worker(what: str) -> tuple[str, ...]:
    """A process that takes an order as the real one does, and then does ``what``."""
    begin = """
import json, os, pathlib, sys, time
order = json.loads(sys.stdin.readline())
output = pathlib.Path(order["output"])
def say(**words):
    print(json.dumps(words), flush=True)
"""
    return (sys.executable, "-S", "-c", begin + what)


def eventually(happened, within_s=30.0):
    deadline_s = time.monotonic() + within_s
    while not (found := happened()):
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> DeviceSettings:
    made = DeviceSettings(
        data_folder=tmp_path / "data",
        runtime_folder=tmp_path / "run",
        jobs=JobsSettings(enabled=True, port=PORT, keep_free_mb=1, most_waiting=2),
    )
    JobFiles(made.jobs_folder).prepare()
    return made


class Queue:
    """Puts jobs in as the server does, and looks at what became of them."""

    def __init__(self, settings: DeviceSettings) -> None:
        self.settings = settings
        self.files = JobFiles(settings.jobs_folder)

    def put(self) -> str:
        job_id = new_id()
        self.files.begin(job_id).write_bytes(MP4)
        (self.settings.jobs_folder / job_id / "upload").rename(self.upload(job_id))
        with JobStore(self.settings.jobs_folder) as store:
            assert store.add(job_id, JobRequest(".mp4", "squat_deep", frames=10), 100)
        return job_id

    def upload(self, job_id: str) -> Path:
        return self.files.upload(job_id, ".mp4")

    def job(self, job_id: str):
        with JobStore(self.settings.jobs_folder) as store:
            return store.find(job_id)

    def ends(self, job_id: str):
        return eventually(lambda: (job := self.job(job_id)).ended_at and job)


@pytest.fixture
def queue(settings: DeviceSettings) -> Queue:
    return Queue(settings)


def asking(settings: DeviceSettings, runner: Runner):
    """Asks the interface as a program of this user does; no file is looked into."""
    app = create_app(settings, runner, TOKEN, check=lambda _order: 10)
    app.config["SERVER_NAME"] = f"127.0.0.1:{PORT}"
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


@pytest.fixture
def client(settings: DeviceSettings):
    """Asks a runner whose worker is done at once."""
    with Runner(settings, worker(DONE), lambda: False) as runner:
        yield asking(settings, runner)
