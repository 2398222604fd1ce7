"""scripts/run as a person uses it, and the pieces it is made of."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts" / "run"
ENDS_WITHIN_S = 40


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    yield import_module("whole_product")
    for name in ("whole_product", "doctor", "running_parts"):
        sys.modules.pop(name, None)


@pytest.fixture
def parts(script: ModuleType, tmp_path: Path) -> Iterator:
    with ExitStack() as stack:
        yield script.RunningParts(tmp_path / "log", tmp_path, stack)


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


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def still_running_after_a_while(pids: set[int]) -> set[int]:
    deadline_s = time.monotonic() + ENDS_WITHIN_S
    while (left := {pid for pid in pids if is_running(pid)}) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    return left


def test_free_ports_are_the_preferred_ones_unless_taken(script: ModuleType) -> None:
    with socket.socket() as taken, socket.socket() as spare:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        spare.bind(("127.0.0.1", 0))
        busy, free = taken.getsockname()[1], spare.getsockname()[1]
        spare.close()
        chosen = script.free_ports((busy, free, busy))
    assert chosen[1] == free
    assert busy not in chosen
    assert len(set(chosen)) == 3


def test_one_run_at_a_time_keeps_a_state_folder(script: ModuleType, tmp_path: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        script.take_state_folder(tmp_path, first)
        with pytest.raises(script.ProductError, match="running from this folder already"):
            script.take_state_folder(tmp_path, second)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    with ExitStack() as third:
        script.take_state_folder(tmp_path, third)


def test_configuration_survives_odd_paths(script: ModuleType, tmp_path: Path) -> None:
    import tomllib

    state = tmp_path / 'Jürgen\'s "home" 🏠'
    state.mkdir()
    addresses = script.Addresses(1, 2, 3)
    bridge, device = script.write_configuration(state, tmp_path, addresses)
    assert tomllib.loads(bridge.read_text())["data_folder"] == str(state / "bridge")
    assert tomllib.loads(device.read_text())["data_folder"] == str(state / "device")


def test_a_dose_fits_the_exercise(script: ModuleType) -> None:
    assert script.dose_of("knee_extension_seated", 1, 3)["side"] == "left"
    assert script.dose_of("sit_to_stand", 1, 3)["side"] == "both"
    with pytest.raises(script.ProductError, match="unknown exercise 'handstand': choose one of"):
        script.dose_of("handstand", 1, 3)


def test_a_form_is_read_as_a_browser_would_send_it(script: ModuleType) -> None:
    doctor = import_module("doctor")
    page = """<form><input name="csrf_token" value="a&amp;b"></form>
      <form><input name="csrf_token" value="c"><input name="reps">
      <select name="side"><option value="both">b</option><option value="left" selected>l</option>
      </select><select name="exercise_id"><option value="first">f</option><option value="second">
      </select></form>"""
    assert doctor.form_with(page, "csrf_token").fields == {"csrf_token": "a&b"}
    assert doctor.form_with(page, "reps").fields == {
        "csrf_token": "c", "reps": "", "side": "left", "exercise_id": "first",
    }  # fmt: skip
    with pytest.raises(script.ProductError, match="no form with the field 'hold_s'"):
        doctor.form_with(page, "hold_s")


def test_a_part_that_ends_is_told_in_its_own_words(script: ModuleType, parts) -> None:
    words = "echo noise; echo 'physiopi-device: there is no camera' >&2; echo more; exit 3"
    parts.start("device", "sh", "-c", words)
    with pytest.raises(script.ProductError) as told:
        parts.wait_for("nothing", lambda: None, within_s=30)
    first_line = str(told.value).splitlines()[0]
    assert first_line == ("the device has ended with status 3; physiopi-device: there is no camera")


def test_a_wait_that_is_in_vain_says_why_and_shows_the_logs(script: ModuleType, parts) -> None:
    parts.start("broker", "sh", "-c", "echo listening to nobody; exec sleep 60")

    def refused() -> None:
        raise ConnectionRefusedError("refused")

    with pytest.raises(script.ProductError, match=r"the start did not happen .*\(refused\)") as t:
        parts.wait_for("the start", refused, within_s=1)
    assert "listening to nobody" in str(t.value)


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "300"], start_new_session=True).pid, flush=True)
time.sleep(300)
"""
OWNER = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import running_parts
running_parts.ENDS_WITHIN_S = 1.0
with ExitStack() as stack:
    parts = running_parts.RunningParts(Path(sys.argv[2]), Path("/"), stack)
    {start}
    sys.stdin.readline()
"""


@contextmanager
def owner(start: str, log_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that owns parts until its input ends."""
    code = OWNER.format(start=start)
    arguments = [sys.executable, "-c", code, ROOT / "scripts", log_folder]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdin.close()


def wait_for_descendants(pid: int, count: int) -> set[int]:
    deadline_s = time.monotonic() + ENDS_WITHIN_S
    while len(found := descendants(pid)) < count:
        assert time.monotonic() < deadline_s, found
        time.sleep(0.05)
    return found


def test_a_part_that_will_not_end_is_killed_with_what_it_left_behind(tmp_path: Path) -> None:
    start = f"parts.start('stubborn', sys.executable, '-c', {STUBBORN!r})"
    with owner(start, tmp_path) as process:
        started = wait_for_descendants(process.pid, 2)
        # Only when it has said so is it deaf to SIGTERM.
        while not (tmp_path / "stubborn.log").read_text():
            time.sleep(0.05)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(ENDS_WITHIN_S) == 0
        assert not {pid for pid in started if is_running(pid)}


def test_parts_end_when_their_owner_is_killed_hard(tmp_path: Path) -> None:
    with owner("parts.start('sleep', 'sleep', '300')", tmp_path) as process:
        started = wait_for_descendants(process.pid, 1)
        process.kill()
        assert not still_running_after_a_while(started)


def run(*arguments: str | Path, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RUN, *arguments], capture_output=True, text=True, check=False, **more)


def test_help_needs_no_set_up() -> None:
    result = run("--help", env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    assert result.returncode == 0, result.stderr
    assert "--check" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--repetitions", "3"], "unrecognized arguments: --repetitions"),
        (["--reps", "0"], "--reps takes 1 to 100"),
        (["--clip", "/nonexistent.mp4"], "/nonexistent.mp4: there is no such file"),
    ],
)
def test_wrong_use_is_told_before_anything_starts(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_an_unknown_exercise_is_told_with_those_there_are(tmp_path: Path) -> None:
    result = run("--state", tmp_path / "state", "--exercise", "handstand", "--stand-in")
    assert result.returncode == 1
    assert "sit_to_stand" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("network", ["movenet-lightning-int8", "stand-in-not-for-people"])
def test_check_plays_a_session_that_the_doctor_has(
    network: str, request: pytest.FixtureRequest
) -> None:
    options = ["--check", "--exercise", "sit_to_stand"]
    if network.startswith("movenet"):
        request.getfixturevalue("pose_network")
    else:
        options.append("--stand-in")
    result = run(*options, stdin=subprocess.DEVNULL, cwd="/")
    assert result.returncode == 0, result.stderr
    assert ("NOT FOR USE WITH PEOPLE" in result.stderr) == network.startswith("stand-in")
    stored = json.loads(result.stdout.splitlines()[-1])
    assert stored["exercise_id"] == "sit_to_stand"
    assert (stored["reps_counted"], stored["reps_target"]) == (3, 3)
    assert stored["delivered"] is True
    assert stored["network"] == network
    assert stored["rom_peak_deg"] < 20


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_missing_camera_is_told_and_nothing_is_left(pose_network, tmp_path: Path) -> None:
    state = tmp_path / "a state with spaces"
    result = run("--state", state, "--camera", "97")
    assert result.returncode == 1
    assert "there is no camera at /dev/video97" in result.stderr
    assert "Traceback" not in result.stderr
    assert not [
        path
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if is_running(int(path.parent.name)) and bytes(state) in path.read_bytes()
    ]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The whole product, started by a person who watches the terminal."""
    command = [RUN, "--state", tmp_path / "state", "--exercise", "squat_mini", "--stand-in"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    said = ""
    while "Logs" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    for what in ("kiosk", "portal", "sign-in"):
        assert what in said
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_it_started(product, number: signal.Signals) -> None:
    started = descendants(product.pid)
    assert len(started) >= 6
    os.kill(product.pid, number)
    assert product.wait(ENDS_WITHIN_S) == 0
    assert not still_running_after_a_while(started)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_everything_ends_when_it_is_killed_hard(product) -> None:
    started = descendants(product.pid)
    product.kill()
    assert not still_running_after_a_while(started)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_device_that_dies_takes_the_product_down_with_a_reason(product) -> None:
    started = descendants(product.pid)
    device = next(
        pid
        for pid in started
        if b"physiopi-device\0run" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(device, signal.SIGKILL)
    assert product.wait(ENDS_WITHIN_S) == 1
    assert not still_running_after_a_while(started)
