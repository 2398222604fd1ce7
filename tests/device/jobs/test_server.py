"""The real server, the real network, a real film, and a power cut."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.device.jobs.conftest import eventually

pytestmark = [pytest.mark.slow, pytest.mark.network_model, pytest.mark.timeout(600)]
PATIENCE_S = 300.0


def run(command):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE_S)


class Server:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.config = folder / "device.toml"
        self.jobs_folder = folder / "data" / "jobs"
        self.config.write_text(
            f'data_folder = "{folder}/data"\nruntime_folder = "{folder}/run"\n'
            f"[jobs]\nenabled = true\nport = {self.port}\nlargest_upload_mb = 2\nkeep_free_mb = 1\n"
        )
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "device.cli", "jobs", "serve", "--config"]
        self.process = subprocess.Popen([*command, self.config], start_new_session=True)
        eventually(self.listens, PATIENCE_S)

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def command(self, *arguments, fails=False):
        command = [sys.executable, "-m", "device.cli", *map(str, arguments)]
        done = run(command)
        assert (done.returncode != 0) is fails, done.stderr
        return done

    def jobs(self, *arguments, fails=False):
        return self.command("jobs", *arguments, "--config", self.config, fails=fails)

    def job(self, job_id):
        return json.loads(self.jobs("show", job_id).stdout)


@pytest.fixture
def server(tmp_path):
    each = Server(tmp_path)
    each.start()
    yield each
    each.process.terminate()
    each.process.wait(30)


@pytest.fixture
def film(tmp_path, server):
    path = tmp_path / "film.mp4"
    server.command(
        "simulate", "--exercise", "shoulder_abduction", "--reps", 2, "--fps", 10, "--out", path
    )
    return path


def workers_of(server):
    """Workers whose films lie in this server's folder, by number."""
    inside = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"device.jobs.worker" in (process / "cmdline").read_bytes():
                held = [str(each.readlink()) for each in (process / "fd").iterdir()]
                inside += [process.name] * any(str(server.jobs_folder) in each for each in held)
        except OSError:
            continue
    return inside


@pytest.mark.usefixtures("pose_network")
def test_a_job_survives_the_power_and_gives_what_analyse_gives(server, film, tmp_path):
    job_id = json.loads(server.jobs("submit", film, "--exercise", "shoulder_abduction").stdout)[
        "id"
    ]
    upload = server.jobs_folder / job_id / "upload.mp4"
    assert upload.stat().st_mode & 0o777 == 0o600
    eventually(lambda: (server.job(job_id)["progress"] or 0) > 0, PATIENCE_S)
    assert workers_of(server)
    server.kill()
    eventually(lambda: not workers_of(server))
    assert upload.exists()

    server.start()
    eventually(lambda: server.job(job_id)["status"] == "done", PATIENCE_S)
    job = server.job(job_id)
    assert job["attempts"] == 2
    eventually(lambda: not upload.exists())
    said = server.command(
        "analyse", film, "--exercise", "shoulder_abduction", "--quality", "--json",
        "--csv", tmp_path / "tables",
    )  # fmt: skip
    assert job["result"] == json.loads(said.stdout)
    assert sorted(job["series"]) == sorted(each.stem for each in (tmp_path / "tables").iterdir())
    server.jobs("remove", job_id)
    assert not upload.parent.exists()


@pytest.mark.usefixtures("pose_network")
def test_waiting_for_a_film_prints_its_result_and_writes_its_series(server, film, tmp_path):
    tables = tmp_path / "tables"
    done = server.jobs(
        "submit", film, "--exercise", "shoulder_abduction", "--wait", "--csv", tables
    )
    job = json.loads(done.stdout)
    assert (job["status"], job["attempts"]) == ("done", 1)
    assert job["result"]["reps_counted"] == 2
    assert {each.stem for each in tables.iterdir()} == set(job["series"])
    assert (tables / "keypoints.csv").read_text().startswith("time_s,nose_y,nose_x,nose_score")


def test_the_client_hears_why_a_file_is_refused_while_it_is_still_sending(server, tmp_path):
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom")
        file.truncate(40_000_000)
    refused = server.jobs("submit", large, "--exercise", "shoulder_abduction", fails=True)
    assert "too large" in refused.stderr
    token = server.jobs("token").stdout.strip()
    # In pieces, without a length: refused when it has become too much.
    with socket.create_connection(("127.0.0.1", server.port), 60) as raw:
        raw.sendall(
            f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        begin = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
        raw.sendall(b"%x\r\n%s\r\n" % (len(begin), begin))
        for _ in range(50):
            raw.sendall(b"%x\r\n%s\r\n" % (100_000, b"\0" * 100_000))
        raw.sendall(b"0\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert not [path for path in server.jobs_folder.iterdir() if path.is_dir()]


def test_a_sender_that_goes_away_leaves_nothing(server):
    token = server.jobs("token").stdout.strip()
    with socket.create_connection(("127.0.0.1", server.port), 60) as raw:
        raw.sendall(
            f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: 1000000\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            'Content-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'.encode()
        )
        raw.sendall(b"\0" * 300_000)
        eventually(lambda: list(server.jobs_folder.glob("*/upload")))
    eventually(lambda: not [path for path in server.jobs_folder.iterdir() if path.is_dir()])


def test_a_second_server_on_the_same_folder_does_not_start(server, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(server.config.read_text().replace(str(server.port), "1"))
    command = [sys.executable, "-m", "device.cli", "jobs", "serve", "--config", str(other)]
    done = run(command)
    assert (done.returncode, "stop it first" in done.stderr) == (1, True)
    assert server.listens()
