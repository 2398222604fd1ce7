"""scripts/run as a person uses it."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts" / "run"


def load_script():
    spec = importlib.util.spec_from_file_location(
        "whole_product", ROOT / "scripts" / "whole_product.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["whole_product"] = module
    spec.loader.exec_module(module)
    return module


def test_a_taken_port_is_not_chosen() -> None:
    script = load_script()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert script.free_port(port) != port


def test_help_needs_no_set_up() -> None:
    result = subprocess.run([RUN, "--help"], capture_output=True, text=True, check=True)
    assert "--check" in result.stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_check_plays_a_session_that_the_doctor_has(pose_network) -> None:
    result = subprocess.run(
        [RUN, "--check", "--exercise", "sit_to_stand"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    stored = json.loads(result.stdout.splitlines()[-1])
    assert stored["exercise_id"] == "sit_to_stand"
    assert stored["reps_counted"] == 3
    assert stored["delivered"] is True
    assert stored["network"] == "movenet-lightning-int8"
    assert stored["rom_peak_deg"] < 20


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_missing_camera_is_told_and_nothing_is_left(pose_network) -> None:
    result = subprocess.run(
        [RUN, "--camera", "97"], capture_output=True, text=True, check=False, timeout=150
    )
    assert result.returncode == 1
    assert "/dev/video97" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_ctrl_c_ends_everything_it_started(pose_network) -> None:
    product = subprocess.Popen([RUN], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert product.stdout is not None
    said = ""
    while "Logs" not in said:
        line = product.stdout.readline()
        assert line, said
        said += line
    started = descendants(product.pid)
    assert len(started) >= 6
    os.kill(product.pid, signal.SIGINT)
    assert product.wait(30) == 0
    deadline_s = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in started) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


def descendants(parent: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: set[int] = set()
    waiting = [parent]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found
